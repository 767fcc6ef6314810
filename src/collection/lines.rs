//! A text file line by line, gzipped or not: what every reader of this module stands on.

use crate::error::{Error, Result};
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The lines of a file, read as they are asked for.
///
/// Gzip is recognised by its first two bytes, whatever the file is called. Blank lines are skipped but counted, a
/// byte order mark and carriage returns are dropped.
pub(super) struct Lines {
    path: PathBuf,
    reader: Box<dyn BufRead>,
    gzip: bool,
    buffer: Vec<u8>,
    number: usize,
}

impl Lines {
    /// Opens a file; `next` tells the reader of the error how to get the file if it is not there.
    pub(super) fn open(path: &Path, next: &str) -> Result<Self> {
        let file = File::open(path).map_err(|source| match source.kind() {
            ErrorKind::NotFound => Error::Missing { path: path.to_owned(), next: next.to_owned() },
            _ => Error::io(path)(source),
        })?;
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let gzip = reader.fill_buf().map_err(Error::io(path))?.starts_with(&GZIP);
        let reader: Box<dyn BufRead> =
            if gzip { Box::new(BufReader::new(MultiGzDecoder::new(reader))) } else { Box::new(reader) };
        Ok(Self { path: path.to_owned(), reader, gzip, buffer: Vec::new(), number: 0 })
    }

    /// The next line that is not blank, with its number from 1; `None` at the end.
    pub(super) fn next_line(&mut self) -> Result<Option<(usize, &str)>> {
        loop {
            self.buffer.clear();
            self.number += 1;
            match self.reader.read_until(b'\n', &mut self.buffer) {
                Ok(0) => return Ok(None),
                Ok(_) => {}
                Err(source) => return Err(self.unreadable(source)),
            }
            if self.number == 1 && self.buffer.starts_with(BOM) {
                self.buffer.drain(..BOM.len());
            }
            while matches!(self.buffer.last(), Some(b'\n' | b'\r')) {
                self.buffer.pop();
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        match std::str::from_utf8(&self.buffer) {
            Ok(line) => Ok(Some((self.number, line))),
            Err(error) => Err(self.malformed(format!(
                "byte {} of the line is not valid UTF-8; save the file as UTF-8",
                error.valid_up_to() + 1
            ))),
        }
    }

    fn unreadable(&self, source: std::io::Error) -> Error {
        let damaged =
            matches!(source.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidInput | ErrorKind::InvalidData);
        if self.gzip && damaged {
            self.malformed(format!("the gzip stream is damaged or cut short ({source}); copy the file again"))
        } else {
            Error::io(&self.path)(source)
        }
    }

    fn malformed(&self, what: String) -> Error {
        Error::Malformed { path: self.path.clone(), line: self.number, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn all(bytes: &[u8]) -> Result<Vec<(usize, String)>> {
        let file = tempfile::NamedTempFile::new().map_err(Error::io(Path::new("temp")))?;
        std::fs::write(file.path(), bytes).map_err(Error::io(file.path()))?;
        let mut lines = Lines::open(file.path(), "")?;
        let mut found = Vec::new();
        while let Some((number, line)) = lines.next_line()? {
            found.push((number, line.to_owned()));
        }
        Ok(found)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
    }

    #[test]
    fn blank_lines_are_counted_marks_and_carriage_returns_dropped() -> Result<()> {
        let lines = all(b"\xEF\xBB\xBFone\r\n\r\n  \ntwo\n\nthree")?;
        assert_eq!(lines, [(1, "one".into()), (4, "two".into()), (6, "three".into())]);
        assert!(all(b"")?.is_empty());
        Ok(())
    }

    #[test]
    fn gzip_members_are_joined() -> Result<()> {
        let members = [gzip(b"one\ntw"), gzip(b"o\n")].concat();
        assert_eq!(all(&members)?, [(1, "one".into()), (2, "two".into())]);
        Ok(())
    }

    #[test]
    fn a_cut_gzip_stream_is_an_error_at_every_length() {
        let whole = gzip(b"one\ntwo\nthree\n");
        for length in 2..whole.len() {
            let error = all(&whole[..length]).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains("the gzip stream is damaged or cut short"), "{length}: {error}");
        }
    }

    #[test]
    fn invalid_utf8_names_line_and_byte() {
        let error = all(b"one\ntw\xFFo\n").err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.ends_with(":2: byte 3 of the line is not valid UTF-8; save the file as UTF-8"), "{error}");
    }
}
