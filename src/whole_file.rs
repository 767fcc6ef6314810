//! Files that are whole or not there at all.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

static WRITTEN: AtomicUsize = AtomicUsize::new(0);

/// Writes into a temporary file of the same folder, which takes the place of `path` once all of it is on disk, so that
/// a full disk or a killed process never leaves half of one.
pub(crate) fn write_whole(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let Some(name) = path.file_name() else {
        return Err(Error::Argument(format!("{}: not the name of a file; give a folder and a name", path.display())));
    };
    let (file, temporary) = loop {
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let temporary =
            path.with_file_name(format!(".{}.{}-{number}.part", name.to_string_lossy(), std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => break (file, temporary),
            // Left by a process that was killed and had the same number, as in a container.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io(path)(error)),
        }
    };
    let moved = write_to_disk(file, path, write).and_then(|()| fs::rename(&temporary, path).map_err(Error::io(path)));
    if moved.is_err() {
        // The first error is the one to tell; what is left behind is hidden and harmless.
        let _ = fs::remove_file(&temporary);
    }
    moved
}

fn write_to_disk(file: File, path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let mut writer = BufWriter::new(file);
    write(&mut writer)?;
    let flushed = writer.into_inner().map_err(std::io::IntoInnerError::into_error);
    flushed.and_then(|file| file.sync_all()).map_err(Error::io(path))
}
