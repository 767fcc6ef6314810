//! The encoder's layers in one pass each, for a CPU: what runs where nobody looks inside.
//!
//! A layer of BERT needs `2 n h (4h + 2i) + 4 n² h` floating-point operations for n tokens, h = hidden and i =
//! intermediate: 478 million for 128 tokens of a MiniLM, of which 95 % are products with weights. A core with two
//! AVX-512 units for 16 numbers each does 64 operations a cycle, so a layer can take no less than 7.5 million cycles.
//! To come near that:
//!
//! - weights are packed once, in the order in which a product reads them ([`matrix`]), so that it streams through them;
//! - a tile of the result stays in registers while the products for it are summed up ([`tile`]);
//! - scores, softmax and the mixing of values are made eight tokens at a time and never leave the cache
//!   ([`attention`]); bias, residual and LayerNorm are one pass each, and nothing is transposed by itself;
//! - sequences lie side by side and are products of one matrix, so that nothing is padded and few tiles stand empty;
//! - in the last layer `[CLS]` gathers alone ([`cls`]), and where few heads have changed, what they change is computed
//!   ([`changed`]);
//! - memory is used again ([`room`]).
//!
//! Each number of the result is summed up in the same order whatever lies beside it, so a score does not depend on the
//! other pairs to the last bit. The instructions are those that the machine has, found at run time; `CROSSLENS_CPU`
//! names lesser ones (`avx2`, `baseline`), to try what they give. candle's path ([`general`](super::general)) stays for
//! everything that reads or changes the inside of a half layer, and is what this one is tested against.

mod activation;
mod attention;
mod changed;
mod cls;
mod machine;
mod matrix;
mod norm;
mod numbers;
mod room;
mod softmax;
mod tile;

pub(super) use activation::gelu;
pub(super) use changed::{Paths, Unchanged};
pub(super) use cls::Cls;
pub(crate) use machine::instructions;
pub(super) use matrix::Matrix;
pub(super) use norm::Norm;
pub(super) use numbers::Numbers;
pub use numbers::Precision;
pub(crate) use softmax::softmax;

use crate::hook::{Observer, Seen};
use activation::Activate;
use attention::Attend;
use candle_transformers::models::bert::HiddenAct;
use machine::machine;
use matrix::Product;
use norm::AddNorm;
use rayon::prelude::*;
use room::room;
use tile::ROWS;

/// The two halves of a layer: up to `z`, and behind it.
#[derive(Debug)]
pub(super) struct Fused {
    pub(super) heads: usize,
    pub(super) q: Matrix,
    /// Keys, then values.
    pub(super) kv: Matrix,
    pub(super) out: Matrix,
    pub(super) attention_norm: Norm,
    pub(super) up: Matrix,
    pub(super) activation: HiddenAct,
    pub(super) down: Matrix,
    pub(super) mlp_norm: Norm,
}

/// What is to be had of one sequence's attention in a layer.
pub(super) struct Gathered<'a> {
    pub(super) tokens: usize,
    /// `[head, token, head_dim]`
    pub(super) z: Option<&'a mut [f32]>,
    /// `[head, from, to]`
    pub(super) pattern: Option<&'a mut [f32]>,
    /// Sees each head's pattern, which is kept nowhere if it is not asked for.
    pub(super) observer: Option<Observer<'a>>,
}

/// Where the parts of a row stand that a layer is finished from: its place in `x`, the place of its first head in `z`,
/// and from there the distance to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub(super) x: usize,
    pub(super) z: usize,
    pub(super) step: usize,
}

impl Fused {
    pub(super) fn hidden(&self) -> usize {
        self.q.outputs()
    }

    /// Attention of sequences that stand one after the other in `x` `[token, hidden]`.
    pub(super) fn gather(&self, x: &[f32], sequences: &mut [Gathered], layer: usize) {
        let hidden = self.hidden();
        let rows = x.len() / hidden;
        // Values are needed for z alone.
        let width = if sequences.iter().any(|of| of.z.is_some()) { 2 * hidden } else { hidden };
        let (mut q, mut kv) = (room(rows * hidden), room(rows * width));
        multiply(&self.q, x, &mut q);
        multiply(&self.kv, x, &mut kv);
        let (mut first, mut tasks) = (0, Vec::with_capacity(sequences.len() * self.heads));
        for Gathered { tokens, z, pattern, observer } in sequences {
            let last = first + *tokens;
            let (q, kv) = (&q[first * hidden..last * hidden], &kv[first * width..last * width]);
            first = last;
            let head_dim = hidden / self.heads;
            let mut z = z.as_deref_mut().map(|z| z.chunks_exact_mut(*tokens * head_dim));
            let mut pattern = pattern.as_deref_mut().map(|pattern| pattern.chunks_exact_mut(*tokens * *tokens));
            for head in 0..self.heads {
                let (z, pattern) = (z.as_mut().and_then(Iterator::next), pattern.as_mut().and_then(Iterator::next));
                tasks.push((Attend { q, kv, hidden, head_dim, head, z, pattern, entropy: None }, *observer));
            }
        }
        tasks.into_par_iter().for_each(|(attend, observer)| match observer {
            None => machine().dispatch(attend),
            Some(observe) => observed(attend, layer, observe),
        });
    }

    /// `post` becomes `resid_post` `[row, hidden]`, from `resid_pre` `[row, hidden]` and `z`, at the rows named.
    pub(super) fn finish(&self, x: &[f32], z: &[f32], rows: &[Source], post: &mut [f32]) {
        let share = share(rows.len());
        let shares = post.par_chunks_mut(share * self.hidden()).zip(rows.par_chunks(share));
        shares.for_each(|(post, rows)| self.finish_rows(x, z, rows, post));
    }

    fn finish_rows(&self, x: &[f32], z: &[f32], rows: &[Source], post: &mut [f32]) {
        let hidden = self.hidden();
        let head_dim = hidden / self.heads;
        let mut own_z = room(post.len());
        for (source, own_z) in rows.iter().zip(own_z.chunks_exact_mut(hidden)) {
            for (head, own_z) in own_z.chunks_exact_mut(head_dim).enumerate() {
                own_z.copy_from_slice(&z[source.z + head * source.step..][..head_dim]);
            }
        }
        let (mut written, mut mid) = (room(post.len()), room(post.len()));
        let product = |matrix, x: &[f32], y: &mut [f32]| machine().dispatch(Product::whole(matrix, x, y));
        product(&self.out, &own_z, &mut written);
        // Rows that stand together are one.
        let together = |a: &Source, b: &Source| a.x + hidden == b.x;
        let mut done = 0;
        for rows in rows.chunk_by(together) {
            let (own, size) = (done..done + rows.len() * hidden, rows.len() * hidden);
            done = own.end;
            let (x, y) = (&x[rows[0].x..][..size], &written[own.clone()]);
            machine().dispatch(AddNorm { x, y, norm: &self.attention_norm, sum: &mut mid[own] });
        }
        let mut inner = room(rows.len() * self.up.outputs());
        product(&self.up, &mid, &mut inner);
        self.activate_and_finish(&mid, &mut inner, post);
    }

    /// What the MLP makes of `resid_mid` `[row, hidden]`.
    pub(super) fn mlp(&self, mid: &[f32]) -> Vec<f32> {
        let mut inner = vec![0.0; mid.len() / self.hidden() * self.up.outputs()];
        multiply(&self.up, mid, &mut inner);
        machine().dispatch(Activate { x: &mut inner, by: self.activation });
        let mut written = vec![0.0; mid.len()];
        multiply(&self.down, &inner, &mut written);
        written
    }

    /// `post` becomes `resid_post` from `resid_mid` and what enters the activation `[row, inner]`, which is used up.
    fn activate_and_finish(&self, mid: &[f32], inner: &mut [f32], post: &mut [f32]) {
        machine().dispatch(Activate { x: &mut *inner, by: self.activation });
        let mut written = room(post.len());
        machine().dispatch(Product::whole(&self.down, inner, &mut written));
        machine().dispatch(AddNorm { x: mid, y: &written, norm: &self.mlp_norm, sum: post });
    }
}

/// Attends and shows the pattern.
fn observed(mut attend: Attend, layer: usize, observer: Observer) {
    let (tokens, head) = (attend.q.len() / attend.hidden, attend.head);
    let (mut entropy, mut passing) = (room(if observer.entropy { tokens } else { 0 }), room(tokens * tokens));
    let pattern = attend.pattern.take().unwrap_or(&mut passing);
    let of_rows = observer.entropy.then_some(&mut entropy[..]);
    machine().dispatch(Attend { pattern: Some(&mut *pattern), entropy: of_rows, ..attend });
    (observer.see)(Seen { layer, head, pattern, entropy: observer.entropy.then_some(&entropy[..]) });
}

/// How many rows are worked on at once: few enough that what the MLP makes of them (400 KiB of a MiniLM) stays in the
/// cache of a core, all shares of one size. Idle cores take shares; where all are busy with pairs of their own, one core
/// goes through them.
fn share(rows: usize) -> usize {
    const MOST: usize = 64;
    rows.div_ceil(rows.div_ceil(MOST).max(1)).next_multiple_of(ROWS)
}

/// `y` `[row, output]` becomes `x Wᵀ + b` for `x` `[row, input]`, as many outputs as `y` has.
pub(super) fn multiply(matrix: &Matrix, x: &[f32], y: &mut [f32]) {
    let rows = x.len() / matrix.inputs();
    let (share, outputs) = (share(rows), y.len() / rows);
    let shares = y.par_chunks_mut(share * outputs).zip(x.par_chunks(share * matrix.inputs()));
    shares.for_each(|(y, x)| machine().dispatch(Product::whole(matrix, x, y)));
}

/// `sum` `[row, hidden]` becomes `LayerNorm(x + y)`.
pub(super) fn add_and_norm(x: &[f32], y: &[f32], norm: &Norm, sum: &mut [f32]) {
    machine().dispatch(AddNorm { x, y, norm, sum });
}
