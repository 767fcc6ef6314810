//! Files that are whole or not there at all.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

static SAVED: AtomicUsize = AtomicUsize::new(0);

/// Writes into a temporary file of the same folder, which takes the place of `path` once all of it is on disk.
pub(super) fn save(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let Some(name) = path.file_name() else {
        return Err(Error::Argument(format!("{}: not the name of a file; give a folder and a name", path.display())));
    };
    let number = SAVED.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_file_name(format!(".{}.{}-{number}.part", name.to_string_lossy(), std::process::id()));
    let file = OpenOptions::new().write(true).create_new(true).open(&temporary).map_err(Error::io(path))?;
    let written = write_all(file, write).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|source| {
        // The first error is the one to tell; what is left behind is hidden and harmless.
        let _ = fs::remove_file(&temporary);
        Error::io(path)(source)
    })
}

fn write_all(file: File, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut writer = BufWriter::new(file);
    write(&mut writer)?;
    writer.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
}
