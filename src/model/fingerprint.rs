//! By what a model is known again: the hash of its files and of what is changed in it.

use super::CrossEncoder;
use super::fused::Precision;
use super::hub::FILES;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::origin::{Files, Kind, Opened, note};
use std::path::Path;
use std::sync::Arc;

impl CrossEncoder {
    /// SHA-256 over `config.json`, `tokenizer.json`, `model.safetensors`, the precision of the weights unless it is f32,
    /// and the interventions that [`CrossEncoder::with`] added, in hexadecimal.
    ///
    /// # Errors
    /// [`Error::Io`] if a file is gone, [`Error::Changed`] if it has changed meanwhile; [`Error::Argument`] if an intervention is a function, whose effect has no name.
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
        let fingerprint = match self.parts.precision {
            Precision::F32 => Fingerprint::default(),
            shorter => Fingerprint::default().text(&format!("weights held as {shorter:?}")),
        };
        let sums = self.parts.files.sha256()?.fold(fingerprint, |fingerprint, (_, sum)| fingerprint.text(sum));
        Ok(sums.text(&interventions).finish())
    }

    /// Notes that it was opened.
    pub(super) fn noted(self) -> Self {
        let Self { parts, .. } = &self;
        let shape = self.shape();
        let name = match parts.precision {
            Precision::F32 => self.name().to_owned(),
            shorter => format!("{} (held as {shorter:?})", self.name()),
        };
        let counts = [("layers", shape.layers), ("heads", shape.heads), ("hidden", shape.hidden)];
        let counts = counts.map(|(what, count)| (what.to_owned(), count)).into();
        note(Opened { kind: Kind::Model, name, files: Arc::clone(&parts.files), counts });
        self
    }
}

/// The files of the model in the folder, as they are now.
pub(super) fn files(folder: &Path) -> Files {
    Files::of(folder, FILES.map(str::to_owned))
}
