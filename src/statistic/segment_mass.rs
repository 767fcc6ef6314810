//! `mass(from, to) = mean over tokens of from ( sum over tokens of to ( pattern ) )`

use super::{HeadPattern, Rows, Statistic};
use crate::collection::Pair;
use crate::error::Result;
use crate::frame::columns as c;
use crate::model::CrossEncoder;
use crate::tokens::{Segment, Tokens};
use polars::prelude::DataFrame;

/// How much attention goes from one segment to another; the five masses of a segment sum to 1.
#[derive(Debug, Clone, Copy, Default)]
pub struct SegmentMass;

impl Statistic for SegmentMass {
    fn labels(&self) -> Vec<&'static str> {
        vec![c::FROM, c::TO]
    }

    fn values(&self) -> Vec<&'static str> {
        vec![c::MASS]
    }

    fn reduce(&self, pattern: HeadPattern<'_>, tokens: &Tokens, rows: &mut Rows) {
        for from in Segment::ALL {
            let attending = tokens.span(from);
            let count = attending.len() as f64;
            let received = pattern.received(attending);
            for to in Segment::ALL {
                let sum: f64 = received[tokens.span(to)].iter().map(|weight| f64::from(*weight)).sum();
                rows.push(&[from.name(), to.name()], &[sum / count]);
            }
        }
    }
}

impl CrossEncoder {
    /// Where attention goes between segments: `query_id`, `doc_id`, `layer`, `head`, `from`, `to`, `mass`.
    ///
    /// 25 rows for every head of every pair; `mass` is summed over attended tokens and averaged over attending ones.
    ///
    /// # Errors
    /// Those of [`CrossEncoder::score`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let attention = model.attention(&[Pair::new("blue sky", "the sky")])?;
    /// assert_eq!(attention.height(), 6 * 12 * 25);
    /// let total = attention.column("mass")?.f64()?.sum().unwrap();
    /// assert!((total - 6.0 * 12.0 * 5.0).abs() < 1e-3);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn attention(&self, pairs: &[Pair]) -> Result<DataFrame> {
        self.observe(&SegmentMass, pairs)
    }
}
