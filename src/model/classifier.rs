//! `pooled = tanh(W [CLS] + b)`, `logit = w pooled + b`

use super::batch::Batch;
use super::fused::{Matrix, Precision, multiply};
use super::pass::Passed;
use super::weights::Weights;
use crate::error::{Error, Result};
use crate::hook::Site;
use candle_core::{Device, Tensor};
use candle_transformers::models::bert::Config;
use std::path::Path;

#[derive(Debug)]
pub(super) struct Classifier {
    pooler: Matrix,
    classifier: Matrix,
}

impl Classifier {
    pub(super) fn load(weights: &Weights, config: &Config, precision: Precision, path: &Path) -> Result<Self> {
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
            pooler: weights.matrix("pooler.dense", hidden, hidden, precision)?,
            classifier: weights.matrix("classifier", hidden, 1, precision).map_err(one_label)?,
        })
    }

    /// The pooler and the classifier.
    pub(super) fn matrices(&self) -> [&Matrix; 2] {
        [&self.pooler, &self.classifier]
    }

    /// The logits, from what the last layer leaves of each sequence, whose first row is `[CLS]`.
    pub(super) fn forward<'a>(&self, batch: Batch<'a>) -> Result<Vec<Passed<'a>>> {
        let hidden = self.pooler.outputs();
        let first = |at: usize| &batch.x[batch.span(at..at + 1).start..][..hidden];
        let cls: Vec<f32> = (0..batch.taps.len()).flat_map(first).copied().collect();
        let mut pooled = vec![0.0; cls.len()];
        multiply(&self.pooler, &cls, &mut pooled);
        pooled.iter_mut().for_each(|number| *number = number.tanh());
        let mut passed = Vec::with_capacity(batch.taps.len());
        for (mut tap, pooled) in batch.taps.into_iter().zip(pooled.chunks_exact(hidden)) {
            let mut own = pooled.to_vec();
            if tap.watches(Site::Pooled, 0) {
                own = tap.at(Site::Pooled, 0, Tensor::from_vec(own, hidden, &Device::Cpu)?)?.to_vec1()?;
            }
            let mut logit = [0.0];
            multiply(&self.classifier, &own, &mut logit);
            if tap.watches(Site::Logit, 0) {
                logit = [tap.at(Site::Logit, 0, Tensor::new(&logit, &Device::Cpu)?)?.squeeze(0)?.to_scalar()?];
            }
            passed.push((logit[0], tap));
        }
        Ok(passed)
    }
}
