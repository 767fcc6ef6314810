//! `pattern = softmax(Q Kᵀ / √d)`, `z = pattern V`, a few tokens at a time.

use super::activation::{exp, multiply_add};
use super::room::{Room, room};
use super::tile::{FEW_ROWS, MOST_LANES, ROWS, across, put, rows_of, tile};
use pulp::{Simd, WithSimd};

/// Vectors of a panel of keys, and of values: two hold the 32 numbers of a head.
pub(super) const WIDE: usize = 3;
const NARROW: usize = 2;

/// One head of one sequence: fills what is asked for.
pub(super) struct Attend<'a> {
    /// `[token, hidden]`
    pub(super) q: &'a [f32],
    /// `[token, hidden]`, or with the values behind the keys `[token, 2 hidden]`.
    pub(super) kv: &'a [f32],
    pub(super) hidden: usize,
    pub(super) head_dim: usize,
    pub(super) head: usize,
    /// `[token, head_dim]`; needs the values.
    pub(super) z: Option<&'a mut [f32]>,
    /// `[from, to]`
    pub(super) pattern: Option<&'a mut [f32]>,
    /// `[from]`, in bits.
    pub(super) entropy: Option<&'a mut [f32]>,
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
    fn by_rows<S: Simd, const R: usize>(mut self, simd: S) {
        let (hidden, head_dim) = (self.hidden, self.head_dim);
        let tokens = self.q.len() / hidden;
        let own = self.head * head_dim..(self.head + 1) * head_dim;
        let wide = WIDE * S::F32_LANES;
        let keys = self.keys(wide);
        let values = if self.z.is_some() { self.values(NARROW * S::F32_LANES) } else { room(0) };
        // Whole panels and vectors, so that rows can be written and read without looking for their end.
        let padded = tokens.next_multiple_of(wide).next_multiple_of(MOST_LANES);
        let mut weights = room(R * padded);
        for first in (0..tokens).step_by(R) {
            let many = R.min(tokens - first);
            let queries = rows_of::<R>(self.q, hidden, first, own.clone());
            for (panel, keys) in keys.chunks_exact(wide * head_dim).enumerate() {
                let sums = tile::<S, R, WIDE>(simd, queries, keys);
                for (scores, sums) in weights.chunks_exact_mut(padded).zip(&sums) {
                    let (scores, _) = S::as_mut_simd_f32s(&mut scores[panel * wide..][..wide]);
                    scores.iter_mut().zip(sums).for_each(|(score, sum)| *score = *sum);
                }
            }
            let mut factors = [0.0; R];
            for (at, weights) in weights.chunks_exact_mut(padded).take(many).enumerate() {
                weights[tokens..].fill(NOTHING);
                let sum = match &mut self.entropy {
                    None => exponentials::<S, false>(weights).0,
                    Some(entropy) => {
                        let (sum, moment) = exponentials::<S, true>(weights);
                        // -Σ p ln p = ln Σ eˢ - Σ s eˢ / Σ eˢ, for scores s below their largest.
                        entropy[first + at] = (sum.ln() - moment / sum) * std::f32::consts::LOG2_E;
                        sum
                    }
                };
                factors[at] = 1.0 / sum;
                if let Some(pattern) = &mut self.pattern {
                    let row = &mut pattern[(first + at) * tokens..][..tokens];
                    row.iter_mut().zip(&*weights).for_each(|(to, weight)| *to = weight * factors[at]);
                }
            }
            let Some(z) = &mut self.z else { continue };
            let narrow = NARROW * S::F32_LANES;
            for (panel, values) in values.chunks_exact(narrow * tokens).enumerate() {
                let sums = tile::<S, R, NARROW>(simd, rows_of(&weights, padded, 0, 0..tokens), values);
                let columns = narrow.min(head_dim - panel * narrow);
                for (at, sums) in sums.iter().enumerate().take(many) {
                    let z = &mut z[(first + at) * head_dim + panel * narrow..][..columns];
                    put::<S, NARROW>(simd, sums, factors[at], z);
                }
            }
        }
    }

    /// In panels of `wide` tokens `[head_dim, token]`, times `1 / √d`.
    fn keys(&self, wide: usize) -> Room {
        let (tokens, head_dim) = (self.q.len() / self.hidden, self.head_dim);
        let scale = 1.0 / (head_dim as f32).sqrt();
        let mut keys = room(tokens.div_ceil(wide) * wide * head_dim);
        for (token, kv) in self.kv.chunks_exact(self.kv.len() / tokens).enumerate() {
            let places = keys[token / wide * wide * head_dim + token % wide..].iter_mut().step_by(wide);
            let key = &kv[self.head * head_dim..][..head_dim];
            places.zip(key).for_each(|(place, number)| *place = number * scale);
        }
        keys
    }

    /// In panels of `narrow` numbers `[token, number]`.
    fn values(&self, narrow: usize) -> Room {
        let (tokens, head_dim) = (self.q.len() / self.hidden, self.head_dim);
        let mut values = room(head_dim.div_ceil(narrow) * narrow * tokens);
        for (token, kv) in self.kv.chunks_exact(2 * self.hidden).enumerate() {
            let value = &kv[self.hidden + self.head * head_dim..][..head_dim];
            for (panel, value) in value.chunks(narrow).enumerate() {
                values[(panel * tokens + token) * narrow..][..value.len()].copy_from_slice(value);
            }
        }
        values
    }
}

/// A score with which a token gets nothing: far below all others, but so that its products are numbers.
pub(super) const NOTHING: f32 = -1e30;

/// Scores `s`, less their largest, become `eˢ`; returns `Σ eˢ` and, if it is asked for, `Σ s eˢ`. There are as many as
/// fill vectors.
#[inline(always)]
pub(super) fn exponentials<S: Simd, const MOMENT: bool>(scores: &mut [f32]) -> (f32, f32) {
    let (scores, _) = scores.as_chunks_mut::<MOST_LANES>();
    let mut most = [NOTHING; MOST_LANES];
    for part in &*scores {
        most.iter_mut().zip(part).for_each(|(most, score)| *most = most.max(*score));
    }
    let most = across(most, f32::max);
    let (mut sums, mut moments) = ([0.0; MOST_LANES], [0.0; MOST_LANES]);
    for part in scores {
        for ((sum, moment), score) in sums.iter_mut().zip(&mut moments).zip(part) {
            let below = *score - most;
            *score = exp::<S>(below);
            *sum += *score;
            if MOMENT {
                *moment = multiply_add::<S>(below.max(-87.0), *score, *moment);
            }
        }
    }
    (across(sums, |a, b| a + b), across(moments, |a, b| a + b))
}
