//! The rest of a layer when few of its heads have changed, from what it was before.
//!
//! Heads write by addition: with `d` the change of their z, the sum before the LayerNorm is `s' = s + Wₒ d`. The LayerNorm
//! is linear but for the factor f of each row (one over its deviation), so what enters the MLP's activation is
//! `u' = c + f'/f (u - c) + f' W₁ diag(γ) C Wₒ d`, where C takes the mean of a row away and `c = W₁ β + b₁`. The product
//! of the matrices is made once. For one head of twelve that takes a twelfth of the operations up to the activation.

use super::machine::machine;
use super::matrix::{Matrix, Product};
use super::norm::{AddNorm, Norm, moments};
use super::numbers::Precision;
use super::room::room;
use super::{Fused, multiply, share};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

/// What heads write, to the sum and through the LayerNorm to the MLP.
#[derive(Debug)]
pub(in crate::model) struct Paths {
    /// From `z` to the sum, then to the MLP: `[hidden + inner, hidden]`, without bias.
    both: Matrix,
    /// `W₁ β + b₁`
    constant: Vec<f32>,
}

/// A layer as it is without a change.
pub(in crate::model) struct Unchanged {
    /// `resid_pre + attn_out` `[token, hidden]`
    sum: Vec<f32>,
    /// What enters the activation `[token, inner]`.
    inner: Vec<f32>,
}

impl Fused {
    pub(in crate::model) fn paths(&self) -> Paths {
        let (hidden, inner) = (self.hidden(), self.up.outputs());
        let (out, _) = self.out.unpack();
        let (up, bias) = self.up.unpack();
        // [z, hidden]: row i is what the i-th number of z writes, without its mean, times γ.
        let mut written = vec![0.0; hidden * hidden];
        for (at, written) in written.chunks_exact_mut(hidden).enumerate() {
            let column = || out[at..].iter().step_by(hidden);
            let mean = column().sum::<f32>() / hidden as f32;
            let weighted = column().zip(&self.attention_norm.weight).map(|(number, weight)| (number - mean) * weight);
            written.iter_mut().zip(weighted).for_each(|(place, number)| *place = number);
        }
        let mut reached = vec![0.0; hidden * inner];
        let bare = Matrix::pack(&up, vec![0.0; inner], Precision::F32);
        multiply(&bare, &written, &mut reached);
        let turned = (0..inner).flat_map(|at| reached[at..].iter().step_by(inner).copied());
        let both: Vec<f32> = out.iter().copied().chain(turned).collect();
        let mut constant = vec![0.0; inner];
        multiply(&bare, &self.attention_norm.bias, &mut constant);
        constant.iter_mut().zip(bias).for_each(|(sum, bias)| *sum += bias);
        Paths { both: Matrix::pack(&both, vec![0.0; hidden + inner], Precision::F32), constant }
    }

    /// From `x` `[token, hidden]` and `z` `[head, token, head_dim]`.
    pub(in crate::model) fn unchanged(&self, x: &[f32], z: &[f32]) -> Unchanged {
        let hidden = self.hidden();
        let (tokens, head_dim) = (x.len() / hidden, hidden / self.heads);
        let mut by_token = room(z.len());
        for (at, part) in z.chunks_exact(head_dim).enumerate() {
            let (head, token) = (at / tokens, at % tokens);
            by_token[token * hidden + head * head_dim..][..head_dim].copy_from_slice(part);
        }
        let mut sum = vec![0.0; x.len()];
        multiply(&self.out, &by_token, &mut sum);
        let mut mid = room(x.len());
        machine().dispatch(AddNorm { x, y: &sum, norm: &self.attention_norm, sum: &mut mid });
        sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
        let mut inner = vec![0.0; tokens * self.up.outputs()];
        multiply(&self.up, &mid, &mut inner);
        Unchanged { sum, inner }
    }

    /// The heads in which one `z` `[head, token, head_dim]` differs from another, if they are so few that it pays.
    pub(in crate::model) fn few_changed(&self, before: &[f32], z: &[f32]) -> Option<Vec<usize>> {
        let size = z.len() / self.heads;
        let both = z.chunks_exact(size).zip(before.chunks_exact(size)).enumerate();
        let changed: Vec<usize> = both.filter(|(_, (z, other))| z != other).map(|(head, _)| head).collect();
        (!changed.is_empty() && 2 * changed.len() <= self.heads).then_some(changed)
    }

    /// `resid_post` `[token, hidden]` when these heads give `z`, not what they gave before.
    pub(in crate::model) fn finish_changed(
        &self,
        (paths, unchanged): (&Paths, &Unchanged),
        before: &[f32],
        z: &[f32],
        heads: &[usize],
    ) -> Vec<f32> {
        let hidden = self.hidden();
        let tokens = z.len() / hidden;
        let mut post = vec![0.0; z.len()];
        let size = share(tokens);
        post.par_chunks_mut(size * hidden).enumerate().for_each(|(at, post)| {
            self.finish_changed_rows((paths, unchanged), (before, z), heads, at * size, post);
        });
        post
    }

    /// As [`Fused::finish_changed`], for the rows from `first` on that there is place for.
    fn finish_changed_rows(
        &self,
        (paths, unchanged): (&Paths, &Unchanged),
        (before, z): (&[f32], &[f32]),
        heads: &[usize],
        first: usize,
        post: &mut [f32],
    ) {
        let (hidden, inner) = (self.hidden(), self.up.outputs());
        let (tokens, rows, head_dim) = (z.len() / hidden, post.len() / hidden, hidden / self.heads);
        let (mut change, mut reached) = (room(rows * head_dim), room(rows * (hidden + inner)));
        reached.fill(0.0);
        for head in heads {
            let own = (head * tokens + first) * head_dim..(head * tokens + first + rows) * head_dim;
            let both = z[own.clone()].iter().zip(&before[own]);
            change.iter_mut().zip(both).for_each(|(change, (z, other))| *change = z - other);
            let inputs = head * head_dim..(head + 1) * head_dim;
            let (matrix, x, y) = (&paths.both, &change[..], &mut reached[..]);
            machine().dispatch(Product { matrix, inputs, x, y, add: true });
        }
        let (mut mid, mut active) = (room(rows * hidden), room(rows * inner));
        machine().dispatch(Through {
            reached: &reached,
            sum: &unchanged.sum[first * hidden..][..rows * hidden],
            inner: &unchanged.inner[first * inner..][..rows * inner],
            norm: &self.attention_norm,
            constant: &paths.constant,
            mid: &mut mid,
            active: &mut active,
        });
        self.activate_and_finish(&mid, &mut active, post);
    }
}

/// `mid` and what enters the activation, from the changes `[row, hidden + inner]` and what was before.
struct Through<'a> {
    reached: &'a [f32],
    sum: &'a [f32],
    inner: &'a [f32],
    norm: &'a Norm,
    constant: &'a [f32],
    mid: &'a mut [f32],
    active: &'a mut [f32],
}

impl WithSimd for Through<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { reached, sum, inner, norm, constant, mid, active } = self;
        let (hidden, width) = (norm.weight.len(), constant.len());
        let before = sum.chunks_exact(hidden).zip(inner.chunks_exact(width));
        let after = mid.chunks_exact_mut(hidden).zip(active.chunks_exact_mut(width));
        for ((change, (sum, inner)), (mid, active)) in reached.chunks_exact(hidden + width).zip(before).zip(after) {
            let (to_sum, to_inner) = change.split_at(hidden);
            let (_, old) = moments(sum, norm.epsilon);
            mid.iter_mut().zip(sum).zip(to_sum).for_each(|((mid, sum), change)| *mid = sum + change);
            let (mean, factor) = moments(mid, norm.epsilon);
            for ((mid, weight), bias) in mid.iter_mut().zip(&norm.weight).zip(&norm.bias) {
                *mid = (*mid - mean) * factor * weight + bias;
            }
            let ratio = factor / old;
            let parts = inner.iter().zip(constant).zip(to_inner);
            for (active, ((inner, constant), change)) in active.iter_mut().zip(parts) {
                *active = constant + ratio * (inner - constant) + factor * change;
            }
        }
    }
}
