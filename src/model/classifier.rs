//! `pooled = tanh(W [CLS] + b)`, `logit = w pooled + b`

use super::weights::Weights;
use crate::error::{Error, Result};
use crate::hook::{Site, Tap};
use candle_core::Tensor;
use candle_nn::{Linear, Module};
use candle_transformers::models::bert::Config;
use std::path::Path;

#[derive(Debug)]
pub(super) struct Classifier {
    pooler: Linear,
    classifier: Linear,
}

impl Classifier {
    pub(super) fn load(weights: &Weights, config: &Config, path: &Path) -> Result<Self> {
        let hidden = config.hidden_size;
        let one_label = |error| match error {
            Error::Shape { found, .. } if found.len() == 2 && found[0] != 1 => Error::Weights {
                path: path.to_owned(),
                what: format!(
                    "the classifier has {} labels; a cross-encoder for ranking has one (its logit)",
                    found[0]
                ),
            },
            other => other,
        };
        Ok(Self {
            pooler: weights.linear("pooler.dense", hidden, hidden)?,
            classifier: weights.linear("classifier", hidden, 1).map_err(one_label)?,
        })
    }

    /// The logit, from the last `resid_post` `[row, hidden]`, whose first row is `[CLS]`.
    pub(super) fn forward(&self, x: &Tensor, tap: &mut Tap) -> Result<f32> {
        let pooled = self.pooler.forward(&x.narrow(0, 0, 1)?)?.tanh()?.squeeze(0)?;
        let pooled = tap.at(Site::Pooled, 0, pooled)?;
        let logit = self.classifier.forward(&pooled.unsqueeze(0)?)?.squeeze(0)?;
        let logit = tap.at(Site::Logit, 0, logit)?;
        Ok(logit.squeeze(0)?.to_scalar()?)
    }
}
