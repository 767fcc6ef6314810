//! By what a model is known again: the hash of its files and of what is changed in it.

use super::CrossEncoder;
use super::fused::Precision;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

impl CrossEncoder {
    /// SHA-256 over `config.json`, `tokenizer.json`, `model.safetensors`, the precision of the weights unless it is f32,
    /// and the interventions that [`CrossEncoder::with`] added, in hexadecimal.
    ///
    /// # Errors
    /// [`Error::Io`] if a file is gone, [`Error::Weights`] if it has changed meanwhile; [`Error::Argument`] if an intervention is a function, whose effect has no name.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// assert_eq!(model.fingerprint()?.len(), 64);
    /// assert_ne!(model.fingerprint()?, model.with(Zero::mlp([0]))?.fingerprint()?);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn fingerprint(&self) -> Result<String> {
        let interventions = self.always.describe().ok_or_else(|| {
            Error::Argument(
                "this model has an intervention that is a function, by which it cannot be known again; \
                 use one that can describe itself"
                    .into(),
            )
        })?;
        Ok(Fingerprint::default().text(&self.parts.files.fingerprint()?).text(&interventions).finish())
    }
}

/// The files of a model as they were when it was opened.
pub(super) struct Files {
    /// With size and time of the last change.
    stamps: Vec<(PathBuf, Stamp)>,
    folder: PathBuf,
    precision: Precision,
    /// Made when it is asked for: most notebooks never do.
    fingerprint: OnceLock<String>,
}

type Stamp = Option<(u64, SystemTime)>;

fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

impl Files {
    pub(super) fn of(folder: &Path, precision: Precision) -> Self {
        let paths = ["config.json", "tokenizer.json", "model.safetensors"].map(|name| folder.join(name));
        let stamps = paths.map(|path| (path.clone(), stamp(&path))).into();
        Self { stamps, folder: folder.to_owned(), precision, fingerprint: OnceLock::new() }
    }

    /// Fails if these are not the files that were opened before.
    pub(super) fn check_same(&self, now: &Self) -> Result<()> {
        match self.stamps.iter().zip(&now.stamps).find(|(then, now)| then != now) {
            Some(((path, _), _)) => Err(changed(path)),
            None => Ok(()),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn fingerprint(&self) -> Result<&str> {
        if let Some(known) = self.fingerprint.get() {
            return Ok(known);
        }
        let mut fingerprint = match self.precision {
            Precision::F32 => Fingerprint::default(),
            shorter => Fingerprint::default().text(&format!("weights held as {shorter:?}")),
        };
        for (path, then) in &self.stamps {
            let bytes = fs::read(path).map_err(Error::io(path))?;
            if stamp(path) != *then {
                return Err(changed(path));
            }
            fingerprint = fingerprint.bytes(&bytes);
        }
        Ok(self.fingerprint.get_or_init(|| fingerprint.finish()))
    }
}

fn changed(path: &Path) -> Error {
    let what = "has changed since the model was opened, which is therefore not what the file holds; open it again";
    Error::Weights { path: path.to_owned(), what: what.into() }
}
