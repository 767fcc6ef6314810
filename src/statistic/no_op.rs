//! No-op mass: attention parked where it carries no content (Zhan et al. 2020).

use super::{HeadPattern, Rows, Statistic};
use crate::collection::Pair;
use crate::error::Result;
use crate::frame::columns as c;
use crate::model::CrossEncoder;
use crate::tokens::{Segment, Tokens};
use polars::prelude::DataFrame;

/// Attention to `[CLS]`, to each `[SEP]` and to punctuation, and their sum, for every attending segment.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoOp;

impl Statistic for NoOp {
    fn labels(&self) -> Vec<&'static str> {
        vec![c::FROM]
    }

    fn values(&self) -> Vec<&'static str> {
        vec![c::TO_CLS, c::TO_SEP1, c::TO_SEP2, c::TO_PUNCTUATION, c::NO_OP]
    }

    fn reduce(&self, pattern: HeadPattern<'_>, tokens: &Tokens, rows: &mut Rows) {
        let sinks = [Segment::Cls, Segment::Sep1, Segment::Sep2].map(|segment| tokens.span(segment));
        let punctuation: Vec<usize> = (0..tokens.len()).filter(|at| tokens.is_punctuation(*at)).collect();
        for from in Segment::ALL {
            let attending = tokens.span(from);
            let count = attending.len() as f64;
            let received = pattern.received(attending);
            let sum = |weights: &mut dyn Iterator<Item = &f32>| weights.map(|weight| f64::from(*weight)).sum::<f64>();
            let [to_cls, to_sep1, to_sep2] = sinks.clone().map(|sink| sum(&mut received[sink].iter()) / count);
            let to_punctuation = sum(&mut punctuation.iter().map(|at| &received[*at])) / count;
            let no_op = to_cls + to_sep1 + to_sep2 + to_punctuation;
            rows.push(&[from.name()], &[to_cls, to_sep1, to_sep2, to_punctuation, no_op]);
        }
    }
}

impl CrossEncoder {
    /// Attention that carries no content: `query_id`, `doc_id`, `layer`, `head`, `from`, `to_cls`, `to_sep1`,
    /// `to_sep2`, `to_punctuation`, `no_op` (their sum; 0 to 1), averaged over the tokens of the attending segment.
    ///
    /// # Errors
    /// Those of [`CrossEncoder::score`].
    pub fn no_op(&self, pairs: &[Pair]) -> Result<DataFrame> {
        self.observe(&NoOp, pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CrossEncoder;

    #[test]
    fn uniform_attention_parks_the_share_of_the_sinks() {
        let model = CrossEncoder::embedded().unwrap();
        // [CLS] why ? [SEP] so . [SEP]
        let tokens = model.tokens(&Pair::new("why?", "so.")).unwrap();
        let weights = vec![1.0 / 7.0; 49];
        let mut rows = Rows::default();
        NoOp.reduce(HeadPattern::new(&weights, 7).unwrap(), &tokens, &mut rows);
        for values in rows.values().chunks(5) {
            let expected = [1.0, 1.0, 1.0, 2.0, 5.0].map(|sinks| sinks / 7.0);
            assert!(values.iter().zip(expected).all(|(value, expected)| (value - expected).abs() < 1e-6));
        }
    }
}
