//! `H = - Σ p log₂ p` over each row of the pattern, in bits.

use super::{HeadPattern, Rows, Statistic};
use crate::collection::Pair;
use crate::error::Result;
use crate::frame::columns as c;
use crate::model::CrossEncoder;
use crate::tokens::{Segment, Tokens};
use polars::prelude::DataFrame;

/// How spread out attention is: 0 bits on one token, log₂ n bits evenly over n tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Entropy;

impl Entropy {
    /// The entropy of one row in bits.
    ///
    /// ```
    /// use crosslens::statistic::Entropy;
    /// assert_eq!(Entropy::of_row(&[0.5, 0.5]), 1.0);
    /// assert_eq!(Entropy::of_row(&[1.0, 0.0]), 0.0);
    /// assert_eq!(Entropy::of_row(&[0.25; 4]), 2.0);
    /// ```
    pub fn of_row(row: &[f32]) -> f64 {
        row.iter().map(|p| f64::from(*p)).filter(|p| *p > 0.0).map(|p| -p * p.log2()).sum()
    }
}

impl Statistic for Entropy {
    fn labels(&self) -> Vec<&'static str> {
        vec![c::FROM]
    }

    fn values(&self) -> Vec<&'static str> {
        vec![c::ENTROPY]
    }

    fn needs_entropy(&self) -> bool {
        true
    }

    fn reduce(&self, pattern: HeadPattern<'_>, tokens: &Tokens, rows: &mut Rows) {
        for segment in Segment::ALL {
            rows.push(&[segment.name()], &[pattern.mean_over(tokens, segment, |from| pattern.entropy(from))]);
        }
    }
}

impl CrossEncoder {
    /// How spread out attention is: `query_id`, `doc_id`, `layer`, `head`, `from`, `entropy` (bits, averaged over the
    /// tokens of the attending segment).
    ///
    /// # Errors
    /// Those of [`CrossEncoder::score`].
    pub fn entropy(&self, pairs: &[Pair]) -> Result<DataFrame> {
        self.observe(&Entropy, pairs)
    }
}
