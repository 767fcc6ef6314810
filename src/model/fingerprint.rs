//! By what a model is known again: the hash of its files and of what is changed in it.

use super::CrossEncoder;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use std::fs;

impl CrossEncoder {
    /// SHA-256 over `config.json`, `tokenizer.json`, `model.safetensors` and the interventions that
    /// [`CrossEncoder::with`] added, in hexadecimal.
    ///
    /// # Errors
    /// [`Error::Io`] if a file is gone; [`Error::Argument`] if an intervention is a function, whose effect has no name.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// assert_eq!(model.fingerprint()?.len(), 64);
    /// assert_ne!(model.fingerprint()?, model.with(Zero::mlp([0]))?.fingerprint()?);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn fingerprint(&self) -> Result<String> {
        let mut fingerprint = Fingerprint::default();
        for name in ["config.json", "tokenizer.json", "model.safetensors"] {
            let path = self.parts.folder.join(name);
            fingerprint = fingerprint.bytes(&fs::read(&path).map_err(Error::io(&path))?);
        }
        let interventions = self.always.describe().ok_or_else(|| {
            Error::Argument(
                "this model has an intervention that is a function, by which it cannot be known again; \
                 use one that can describe itself"
                    .into(),
            )
        })?;
        Ok(fingerprint.text(&interventions).finish())
    }
}
