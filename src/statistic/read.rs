//! Everything that crosslens reads off attention, in one pass.

use super::{Entropy, NoOp, SegmentMass, Selectivity};
use crate::collection::Pair;
use crate::error::Result;
use crate::frame::score_frame;
use crate::model::CrossEncoder;
use polars::prelude::DataFrame;

/// The frames of one pass over pairs; made by [`CrossEncoder::read`].
#[derive(Debug, Clone)]
pub struct Reading {
    /// As [`CrossEncoder::score`] gives it.
    pub scores: DataFrame,
    /// As [`CrossEncoder::attention`] gives it.
    pub attention: DataFrame,
    /// As [`CrossEncoder::entropy`] gives it.
    pub entropy: DataFrame,
    /// As [`CrossEncoder::selectivity`] gives it.
    pub selectivity: DataFrame,
    /// As [`CrossEncoder::no_op`] gives it.
    pub no_op: DataFrame,
}

impl CrossEncoder {
    /// Scores pairs and collects all statistics of their attention in the same pass, which takes little longer than
    /// scoring alone.
    ///
    /// # Errors
    /// Those of [`CrossEncoder::score`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let reading = model.read(&pairs)?;
    /// assert_eq!(reading.attention, model.attention(&pairs)?);
    /// assert_eq!(reading.scores, model.score(&pairs)?);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn read(&self, pairs: &[Pair]) -> Result<Reading> {
        let (scored, frames) = self.observe_all(&[&SegmentMass, &Entropy, &Selectivity, &NoOp], pairs, &|_| ())?;
        let (logits, truncated): (Vec<f32>, Vec<usize>) = scored.iter().map(|of| (of.logit, of.truncated)).unzip();
        let [attention, entropy, selectivity, no_op] = frames.try_into().map_err(|frames: Vec<DataFrame>| {
            crate::error::Error::Argument(format!("{} frames for four statistics", frames.len()))
        })?;
        Ok(Reading { scores: score_frame(pairs, &logits, &truncated)?, attention, entropy, selectivity, no_op })
    }
}
