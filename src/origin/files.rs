//! Files as they were when something was opened from them, and what is in them, by its hash.

use crate::error::{Error, Result};
use crate::fingerprint::sha256_of;
use crate::live::Task;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

/// Some files of a folder, in order.
#[derive(Debug)]
pub(crate) struct Files {
    folder: PathBuf,
    /// Names relative to the folder, with size and time of the last change.
    stamps: Vec<(String, Stamp)>,
    /// Made when they are asked for: most processes never do.
    sha256: OnceLock<Vec<String>>,
}

type Stamp = Option<(u64, SystemTime)>;

fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

impl Files {
    /// The files of these names as they are now.
    pub(crate) fn of(folder: &Path, names: impl IntoIterator<Item = String>) -> Self {
        let stamped = |name: String| {
            let stamp = stamp(&folder.join(&name));
            (name, stamp)
        };
        let stamps = names.into_iter().map(stamped).collect();
        Self { folder: folder.to_owned(), stamps, sha256: OnceLock::new() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether both are the same files in the same state.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.folder == other.folder && self.stamps == other.stamps
    }

    /// Fails if these are not the files that were opened before.
    pub(crate) fn check_same(&self, now: &Self) -> Result<()> {
        match self.stamps.iter().zip(&now.stamps).find(|(then, now)| then != now) {
            Some(((name, _), _)) => Err(self.changed(name)),
            None => Ok(()),
        }
    }

    /// Name and SHA-256 of each, as `sha256sum` tells it.
    ///
    /// # Errors
    /// [`Error::Io`] if one is gone, [`Error::Changed`] if one is not any more what was opened.
    pub(crate) fn sha256(&self) -> Result<impl Iterator<Item = (&str, &str)>> {
        let sums = match self.sha256.get() {
            Some(known) => known,
            None => {
                let sums = self.read()?;
                self.sha256.get_or_init(|| sums)
            }
        };
        Ok(self.stamps.iter().zip(sums).map(|((name, _), sum)| (name.as_str(), sum.as_str())))
    }

    fn read(&self) -> Result<Vec<String>> {
        let task = Task::new("reading what was opened", "files", self.stamps.len());
        let one = |(name, then): &(String, Stamp)| {
            task.check()?;
            let path = self.folder.join(name);
            let sum = File::open(&path).and_then(sha256_of).map_err(Error::io(&path))?;
            task.step();
            if stamp(&path) == *then { Ok(sum) } else { Err(self.changed(name)) }
        };
        self.stamps.iter().map(one).collect()
    }

    fn changed(&self, name: &str) -> Error {
        Error::Changed { path: self.folder.join(name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_sha256sum_until_a_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "abc").unwrap();
        let files = || Files::of(folder.path(), ["a".to_owned()]);
        let (read, unread) = (files(), files());
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(read.sha256().unwrap().collect::<Vec<_>>(), [("a", abc)]);
        fs::write(folder.path().join("a"), "abcd").unwrap();
        assert_eq!(read.sha256().unwrap().count(), 1, "what was read is known");
        assert!(matches!(unread.sha256().err(), Some(Error::Changed { .. })));
        assert!(!read.is(&files()));
        assert!(matches!(read.check_same(&files()), Err(Error::Changed { .. })));
    }
}
