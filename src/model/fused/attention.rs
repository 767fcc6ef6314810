//! `pattern = softmax(Q Kᵀ / √d)`, `z = pattern V`, a few tokens at a time.

use super::activation::exp;
use super::tile::{FEW_ROWS, MOST_LANES, ROWS, row, side_by_side, tile};
use pulp::{Simd, WithSimd};

/// Vectors of a panel of keys, and of values: two hold the 32 numbers of a head.
const WIDE: usize = 3;
const NARROW: usize = 2;

/// Fills `z` `[row, head_dim]` of one head, and `pattern` `[row, token]` if it is there.
pub(super) struct Attend<'a> {
    /// `[row, hidden]`
    pub(super) q: &'a [f32],
    /// `[token, 2 hidden]`: keys, then values.
    pub(super) kv: &'a [f32],
    pub(super) tokens: usize,
    pub(super) rows: usize,
    pub(super) heads: usize,
    pub(super) head: usize,
    pub(super) z: &'a mut [f32],
    pub(super) pattern: Option<&'a mut [f32]>,
}

impl WithSimd for Attend<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 { self.by_rows::<S, ROWS>(simd) } else { self.by_rows::<S, FEW_ROWS>(simd) }
    }
}

impl Attend<'_> {
    #[inline(always)]
    fn by_rows<S: Simd, const R: usize>(self, simd: S) {
        let Self { q, kv, tokens, rows, heads, head, z, mut pattern } = self;
        let head_dim = z.len() / rows;
        let hidden = heads * head_dim;
        let (wide, narrow) = (WIDE * S::F32_LANES, NARROW * S::F32_LANES);
        let scale = 1.0 / (head_dim as f32).sqrt();
        // Whole panels, so that rows can be written without looking for their end.
        let padded = tokens.div_ceil(wide) * wide;
        let mut keys = vec![0.0; padded * head_dim];
        let mut values = vec![0.0; head_dim.div_ceil(narrow) * narrow * tokens];
        for (token, kv) in kv.chunks_exact(2 * hidden).enumerate() {
            let (key, value) = (&kv[head * head_dim..][..head_dim], &kv[hidden + head * head_dim..][..head_dim]);
            let (panel, column) = (token / wide, token % wide);
            let places = keys[panel * wide * head_dim + column..].iter_mut().step_by(wide);
            places.zip(key).for_each(|(place, number)| *place = *number);
            for (panel, value) in value.chunks(narrow).enumerate() {
                values[(panel * tokens + token) * narrow..][..value.len()].copy_from_slice(value);
            }
        }
        let mut queries = vec![0.0; R * head_dim];
        let mut scores = vec![0.0; R * padded];
        let mut weights = vec![0.0; R * tokens];
        for first in (0..rows).step_by(R) {
            let many = R.min(rows - first);
            let of_block = (first..first + many).map(|row| &q[row * hidden + head * head_dim..][..head_dim]);
            side_by_side::<R>(of_block, scale, &mut queries);
            for (panel, keys) in keys.chunks_exact(wide * head_dim).enumerate() {
                let sums = tile::<S, R, WIDE>(simd, &queries, keys);
                for (scores, sums) in scores.chunks_exact_mut(padded).zip(&sums) {
                    let (scores, _) = S::as_mut_simd_f32s(&mut scores[panel * wide..][..wide]);
                    scores.iter_mut().zip(sums).for_each(|(score, sum)| *score = *sum);
                }
            }
            for (at, scores) in scores.chunks_exact_mut(padded).take(many).enumerate() {
                softmax(&mut scores[..tokens]);
                if let Some(pattern) = &mut pattern {
                    pattern[(first + at) * tokens..][..tokens].copy_from_slice(&scores[..tokens]);
                }
            }
            let of_block = scores.chunks_exact(padded).take(many).map(|scores| &scores[..tokens]);
            side_by_side::<R>(of_block, 1.0, &mut weights);
            for (panel, values) in values.chunks_exact(narrow * tokens).enumerate() {
                let sums = tile::<S, R, NARROW>(simd, &weights, values);
                let columns = narrow.min(head_dim - panel * narrow);
                for (at, sums) in (first..first + many).zip(&sums) {
                    let z = &mut z[at * head_dim + panel * narrow..][..columns];
                    z.copy_from_slice(&row::<S, NARROW>(sums)[..columns]);
                }
            }
        }
    }
}

/// A row of scores becomes weights that sum to 1.
#[inline(always)]
fn softmax(scores: &mut [f32]) {
    let (parts, rest) = scores.as_chunks::<MOST_LANES>();
    let mut most = [f32::NEG_INFINITY; MOST_LANES];
    for part in parts {
        most.iter_mut().zip(part).for_each(|(most, score)| *most = most.max(*score));
    }
    let most = most.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max);
    let (parts, rest) = scores.as_chunks_mut::<MOST_LANES>();
    let mut sums = [0.0; MOST_LANES];
    for part in parts {
        for (sum, score) in sums.iter_mut().zip(part) {
            *score = exp(*score - most);
            *sum += *score;
        }
    }
    let mut sum: f32 = sums.iter().sum();
    for score in rest {
        *score = exp(*score - most);
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
}
