//! One call writes a frame.

use crate::error::{Error, Result};
use polars::prelude::{CsvWriter, DataFrame, ParquetWriter, SerWriter};
use std::fs::{self, File};
use std::path::Path;

/// Writes a `DataFrame` to a file.
pub trait SaveFrame {
    /// Writes the frame to `path`, as the ending says: `.parquet` or `.csv`. Missing folders are made.
    ///
    /// The file appears whole or not at all: it is written beside its place and moved there.
    ///
    /// # Errors
    /// [`Error::Argument`] for another ending, [`Error::Io`] and [`Error::Frame`] when writing fails.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let frame = df!("layer" => [0u32, 1], "mass" => [0.25, 0.75])?;
    /// let folder = std::env::temp_dir().join("crosslens-save-doc");
    /// frame.save(folder.join("mass.csv"))?;
    /// assert_eq!(std::fs::read_to_string(folder.join("mass.csv")).unwrap(), "layer,mass\n0,0.25\n1,0.75\n");
    /// # Ok::<(), Error>(())
    /// ```
    fn save(&self, path: impl AsRef<Path>) -> Result<()>;
}

impl SaveFrame for DataFrame {
    fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        save(&mut self.clone(), path.as_ref())
    }
}

fn save(frame: &mut DataFrame, path: &Path) -> Result<()> {
    let write: fn(File, &mut DataFrame) -> Result<()> = match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => |file, frame| Ok(CsvWriter::new(file).finish(frame)?),
        Some("parquet") => |file, frame| Ok(ParquetWriter::new(file).finish(frame).map(drop)?),
        _ => {
            let what =
                format!("{}: a frame is saved as .parquet or .csv; end the name with one of them", path.display());
            return Err(Error::Argument(what));
        }
    };
    write_whole(path, |file| write(file, frame))
}

/// Writes a file beside its place and moves it there, so that a full disk or a killed process never leaves half of one.
pub(crate) fn write_whole(path: &Path, write: impl FnOnce(File) -> Result<()>) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = File::create(&part).map_err(Error::io(&part)).and_then(write);
    let moved = written.and_then(|()| fs::rename(&part, path).map_err(Error::io(path)));
    if moved.is_err() {
        let _ = fs::remove_file(&part);
    }
    moved
}
