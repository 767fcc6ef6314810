//! What `[CLS]` alone gathers, which is all that the last layer needs for the score.
//!
//! One query does not need the keys and values of all tokens: `q · (Wₖ x + bₖ) = (Wₖᵀ q) · x + c`, with a c that the
//! softmax does not see, and `Σⱼ pⱼ (Wᵥ xⱼ + bᵥ) = Wᵥ (Σⱼ pⱼ xⱼ) + bᵥ`. A head then takes `4 n h` operations where keys
//! and values take `4 n h²` for all of them: for a MiniLM a thirtieth.

use super::attention::{NOTHING, WIDE, exponentials};
use super::machine::machine;
use super::matrix::{Matrix, Product};
use super::numbers::Precision;
use super::room::room;
use super::tile::{FEW_ROWS, MOST_LANES, ROWS, put, row, rows_of, tile};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

#[derive(Debug)]
pub(in crate::model) struct Cls {
    q: Matrix,
    /// Per head `Wₖᵀ`: from `head_dim` to `hidden`.
    keys: Vec<Matrix>,
    /// Per head: from `hidden` to `head_dim`.
    values: Vec<Matrix>,
}

impl Cls {
    /// From the weights `[hidden, hidden]` and biases of queries and values, and the weight of keys.
    pub(in crate::model) fn new(
        q: (Vec<f32>, Vec<f32>),
        key: &[f32],
        value: &(Vec<f32>, Vec<f32>),
        heads: usize,
        precision: Precision,
    ) -> Self {
        let hidden = q.1.len();
        let head_dim = hidden / heads;
        let keys = key.chunks(head_dim * hidden).map(|of_head| {
            let turned = (0..hidden).flat_map(|input| of_head[input..].iter().step_by(hidden).copied());
            Matrix::pack(&turned.collect::<Vec<f32>>(), vec![0.0; hidden], precision)
        });
        let values = value.0.chunks(head_dim * hidden).zip(value.1.chunks(head_dim));
        Self {
            keys: keys.collect(),
            values: values.map(|(weight, bias)| Matrix::pack(weight, bias.to_vec(), precision)).collect(),
            q: Matrix::pack(&q.0, q.1, precision),
        }
    }

    /// `z` `[sequence, head, head_dim]` of the first token of each sequence of `x` `[token, hidden]`.
    pub(in crate::model) fn gather(&self, x: &[f32], tokens: &[usize]) -> Vec<f32> {
        let (hidden, heads, many) = (self.q.outputs(), self.keys.len(), tokens.len());
        let head_dim = hidden / heads;
        let product = |matrix, x: &[f32], y: &mut [f32]| machine().dispatch(Product::whole(matrix, x, y));
        let mut rest = x;
        let sequences: Vec<&[f32]> = tokens.iter().filter_map(|tokens| rest.split_off(..tokens * hidden)).collect();
        let (mut first, mut q) = (room(many * hidden), room(many * hidden));
        first.chunks_exact_mut(hidden).zip(&sequences).for_each(|(first, x)| first.copy_from_slice(&x[..hidden]));
        product(&self.q, &first, &mut q);

        // [head, sequence, hidden]
        let mut sought = room(heads * many * hidden);
        let mut of_head = room(many * head_dim);
        for (head, (keys, sought)) in self.keys.iter().zip(sought.chunks_exact_mut(many * hidden)).enumerate() {
            let parts = of_head.chunks_exact_mut(head_dim).zip(q.chunks_exact(hidden));
            parts.for_each(|(part, q)| part.copy_from_slice(&q[head * head_dim..][..head_dim]));
            product(keys, &of_head, sought);
        }
        // [sequence, head, hidden]
        let mut mixed = room(many * heads * hidden);
        let parts = mixed.par_chunks_exact_mut(heads * hidden).zip(&sequences).enumerate();
        parts.for_each(|(at, (mixed, x))| {
            let sought = |head: usize| &sought[(head * many + at) * hidden..][..hidden];
            machine().dispatch(Mix { x, sought: &sought, heads, scale: 1.0 / (head_dim as f32).sqrt(), mixed });
        });
        let mut z = vec![0.0; many * hidden];
        for (head, values) in self.values.iter().enumerate() {
            let parts = first.chunks_exact_mut(hidden).zip(mixed.chunks_exact(heads * hidden));
            parts.for_each(|(part, mixed)| part.copy_from_slice(&mixed[head * hidden..][..hidden]));
            product(values, &first, &mut of_head);
            let parts = z.chunks_exact_mut(hidden).zip(of_head.chunks_exact(head_dim));
            parts.for_each(|(z, part)| z[head * head_dim..][..head_dim].copy_from_slice(part));
        }
        z
    }
}

/// `mixed` `[head, hidden]` becomes the mean of a sequence's `x` `[token, hidden]`, weighted by what each head seeks.
struct Mix<'a, F> {
    x: &'a [f32],
    sought: F,
    heads: usize,
    scale: f32,
    mixed: &'a mut [f32],
}

impl<'a, F: Fn(usize) -> &'a [f32]> WithSimd for Mix<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 { self.by_rows::<S, ROWS>(simd) } else { self.by_rows::<S, FEW_ROWS>(simd) }
    }
}

impl<'a, F: Fn(usize) -> &'a [f32]> Mix<'_, F> {
    #[inline(always)]
    fn by_rows<S: Simd, const R: usize>(self, simd: S) {
        let Self { x, sought, heads, scale, mixed } = self;
        let hidden = mixed.len() / heads;
        let tokens = x.len() / hidden;
        let padded = tokens.next_multiple_of(MOST_LANES);
        let mut weights = room(heads * padded);
        weights.fill(NOTHING);
        let mut panel = room(hidden * S::F32_LANES);
        for first in (0..heads).step_by(S::F32_LANES) {
            let many = S::F32_LANES.min(heads - first);
            for head in 0..many {
                let places = panel[head..].iter_mut().step_by(S::F32_LANES);
                places.zip(sought(first + head)).for_each(|(place, number)| *place = number * scale);
            }
            for token in (0..tokens).step_by(R) {
                let sums = tile::<S, R, 1>(simd, rows_of(x, hidden, token, 0..hidden), &panel);
                for (at, sums) in sums.iter().enumerate().take(tokens - token) {
                    for (head, score) in row::<S, 1>(sums).into_iter().enumerate().take(many) {
                        weights[(first + head) * padded + token + at] = score;
                    }
                }
            }
        }
        let mut factors = room(heads);
        // A loop, not an iterator's closure, which would be compiled without the machine's instructions.
        for (factor, weights) in factors.iter_mut().zip(weights.chunks_exact_mut(padded)) {
            *factor = 1.0 / exponentials::<S, false>(weights).0;
        }
        let wide = WIDE * S::F32_LANES;
        let mut panel = room(tokens * wide);
        for column in (0..hidden).step_by(wide) {
            let columns = wide.min(hidden - column);
            for (place, x) in panel.chunks_exact_mut(wide).zip(x.chunks_exact(hidden)) {
                place[..columns].copy_from_slice(&x[column..column + columns]);
            }
            for first in (0..heads).step_by(R) {
                let sums = tile::<S, R, WIDE>(simd, rows_of(&weights, padded, first, 0..tokens), &panel);
                for (at, sums) in sums.iter().enumerate().take(heads - first) {
                    let mixed = &mut mixed[(first + at) * hidden + column..][..columns];
                    put::<S, WIDE>(simd, sums, factors[first + at], mixed);
                }
            }
        }
    }
}
