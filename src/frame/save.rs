//! One call writes a frame.

use crate::error::{Error, Result};
use crate::whole_file::write_whole;
use polars::prelude::{CsvWriter, DataFrame, ParquetWriter, SerWriter};
use std::fs::{self, File};
use std::io::BufWriter;
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

type Write = fn(&mut BufWriter<File>, &mut DataFrame) -> Result<()>;

fn save(frame: &mut DataFrame, path: &Path) -> Result<()> {
    let write = writer(path)?;
    write_in_folder(path, |file| write(file, frame))
}

fn writer(path: &Path) -> Result<Write> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Ok(|file, frame| Ok(CsvWriter::new(file).finish(frame)?)),
        Some("parquet") => Ok(|file, frame| Ok(ParquetWriter::new(file).finish(frame).map(drop)?)),
        _ => {
            let next = "a frame is saved as .parquet or .csv; end the name with one of them";
            Err(Error::Argument(format!("{}: {next}", path.display())))
        }
    }
}

/// Fails if no frame can be saved under this name, to be asked before what takes long.
///
/// # Errors
/// [`Error::Argument`] for another ending than `.parquet` and `.csv`.
///
/// ```
/// use crosslens::frame::check_name;
/// assert!(check_name("effects.csv").is_ok() && check_name("effects.txt").is_err());
/// ```
pub fn check_name(path: impl AsRef<Path>) -> Result<()> {
    writer(path.as_ref()).map(drop)
}

/// Writes a file whole or not at all, in a folder that is made if it is missing.
pub(crate) fn write_in_folder(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
    }
    write_whole(path, write)
}
