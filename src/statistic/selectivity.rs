//! Exact-match selectivity: does a query token look for itself in the document?
//!
//! For a query token `q` with equal word pieces `M` in the document `D`:
//! `selectivity(q) = log₂( mean attention from q to M / mean attention from q to D \ M )`.
//! Uniform attention gives 0 bits, a head that attends twice as much to a match as to another document token 1 bit.

use super::{HeadPattern, Rows, Statistic};
use crate::collection::Pair;
use crate::error::Result;
use crate::frame::columns as c;
use crate::model::CrossEncoder;
use crate::tokens::{Segment, Tokens};
use polars::prelude::DataFrame;

/// Attention below this is noise of single precision, and its logarithm would rule the mean.
const FLOOR: f64 = 1e-9;

/// How much more a head attends from a query token to the document tokens equal to it than to the others.
///
/// Special tokens and punctuation take no part on either side. A query token takes part if the document has an equal
/// piece and a different one; a pair without such a token has a null.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selectivity;

impl Statistic for Selectivity {
    fn labels(&self) -> Vec<&'static str> {
        vec![]
    }

    fn values(&self) -> Vec<&'static str> {
        vec![c::MATCHED, c::MATCH_MASS, c::OTHER_MASS, c::SELECTIVITY]
    }

    fn reduce(&self, pattern: HeadPattern<'_>, tokens: &Tokens, rows: &mut Rows) {
        let words = |segment| tokens.positions(segment).filter(|at| !tokens.is_punctuation(*at));
        let document: Vec<usize> = words(Segment::Document).collect();
        let (mut matched, mut match_mass, mut other_mass, mut bits) = (0.0, 0.0, 0.0, 0.0);
        for from in words(Segment::Query) {
            let row = pattern.row(from);
            let (mut equal, mut others) = (Side::default(), Side::default());
            for to in &document {
                let side = if tokens.ids()[*to] == tokens.ids()[from] { &mut equal } else { &mut others };
                side.add(row[*to]);
            }
            if equal.count > 0.0 && others.count > 0.0 {
                matched += 1.0;
                match_mass += equal.mass;
                other_mass += others.mass;
                bits += (equal.mean() / others.mean()).log2();
            }
        }
        rows.push(&[], &[matched, match_mass / matched, other_mass / matched, bits / matched]);
    }
}

#[derive(Default)]
struct Side {
    mass: f64,
    count: f64,
}

impl Side {
    fn add(&mut self, weight: f32) {
        self.mass += f64::from(weight);
        self.count += 1.0;
    }

    fn mean(&self) -> f64 {
        (self.mass / self.count).max(FLOOR)
    }
}

impl CrossEncoder {
    /// Whether query tokens look for themselves in the document: `query_id`, `doc_id`, `layer`, `head`, `matched`
    /// (query tokens with an equal document token), `match_mass` and `other_mass` (their attention to equal and to
    /// other document tokens, averaged over them), `selectivity` (bits; 0 for uniform attention).
    ///
    /// # Errors
    /// Those of [`CrossEncoder::score`].
    pub fn selectivity(&self, pairs: &[Pair]) -> Result<DataFrame> {
        self.observe(&Selectivity, pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CrossEncoder;

    /// `[CLS] blue sky [SEP] the sky [SEP]`, with the row of the query token `sky` given.
    fn selectivity(sky: [f32; 7]) -> Vec<f64> {
        let model = CrossEncoder::embedded().unwrap();
        let tokens = model.tokens(&Pair::new("blue sky", "the sky")).unwrap();
        let mut weights = vec![1.0 / 7.0; 49];
        weights[14..21].copy_from_slice(&sky);
        let mut rows = Rows::default();
        Selectivity.reduce(HeadPattern::new(&weights, 7).unwrap(), &tokens, &mut rows);
        rows.values().to_vec()
    }

    #[test]
    fn uniform_attention_selects_nothing() {
        let values = selectivity([1.0 / 7.0; 7]);
        assert_eq!(values[0], 1.0);
        assert!(values[3].abs() < 1e-6);
    }

    #[test]
    fn four_times_the_attention_is_two_bits() {
        let values = selectivity([0.5, 0.0, 0.0, 0.0, 0.1, 0.4, 0.0]);
        assert!((values[1] - 0.4).abs() < 1e-6 && (values[2] - 0.1).abs() < 1e-6);
        assert!((values[3] - 2.0).abs() < 1e-6);
    }
}
