//! The pattern of one head for one pair, as a statistic sees it.

use super::Entropy;
use crate::error::{Error, Result};
use crate::tokens::{Segment, Tokens};
use std::ops::Range;

/// The pattern of one head for one pair.
#[derive(Debug, Clone, Copy)]
pub struct HeadPattern<'a> {
    weights: &'a [f32],
    tokens: usize,
    entropy: Option<&'a [f32]>,
}

impl<'a> HeadPattern<'a> {
    /// From `[from, to]` in row-major order.
    ///
    /// # Errors
    /// [`Error::Argument`] if that is not a square of `tokens`.
    pub fn new(weights: &'a [f32], tokens: usize) -> Result<Self> {
        if weights.len() == tokens * tokens {
            Ok(Self { weights, tokens, entropy: None })
        } else {
            let what = format!("a pattern over {tokens} tokens has {} weights, not {}", tokens * tokens, weights.len());
            Err(Error::Argument(what))
        }
    }

    /// With the entropy of each row in bits, where it is known.
    pub(super) fn with_entropy(self, entropy: Option<&'a [f32]>) -> Self {
        Self { entropy, ..self }
    }

    /// What one token attends to, by position; sums to 1.
    pub fn row(&self, from: usize) -> &'a [f32] {
        &self.weights[from * self.tokens..(from + 1) * self.tokens]
    }

    /// How much each position receives from some tokens, summed over them.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let pattern = [0.5, 0.25, 0.25, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
    /// assert_eq!(HeadPattern::new(&pattern, 3)?.received(0..2), [1.5, 0.25, 0.25]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn received(&self, from: Range<usize>) -> Vec<f32> {
        let mut received = vec![0.0; self.tokens];
        for row in from.map(|at| self.row(at)) {
            received.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight);
        }
        received
    }

    /// How spread out one token's attention is, in bits; see [`Statistic::needs_entropy`](super::Statistic).
    pub fn entropy(&self, from: usize) -> f64 {
        self.entropy.map_or_else(|| Entropy::of_row(self.row(from)), |entropy| f64::from(entropy[from]))
    }

    /// The mean over the tokens of a segment of a number told of each.
    pub fn mean_over(&self, tokens: &Tokens, segment: Segment, of: impl Fn(usize) -> f64) -> f64 {
        let span = tokens.span(segment);
        let count = span.len() as f64;
        span.map(of).sum::<f64>() / count
    }
}
