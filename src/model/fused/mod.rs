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
//!   ([`attention`]); bias, residual and LayerNorm are one pass each, and nothing is transposed by itself.
//!
//! Cores are filled by pairs (`parallel.rs`), and where there are fewer pairs than cores by shares of one. The
//! instructions are those that the machine has, found at run time; `CROSSLENS_CPU` names lesser ones (`avx2`,
//! `baseline`), to try what they give. candle's path (`attention.rs`, `mlp.rs`, `block.rs`) stays for everything that
//! reads or changes the inside of a half layer, and is what this one is tested against.

mod activation;
mod attention;
mod machine;
mod matrix;
mod norm;
mod tile;

use super::weights::Weights;
use crate::error::Result;
use activation::Activate;
use attention::Attend;
use candle_core::{CpuStorage, Storage, Tensor};
use candle_transformers::models::bert::{Config, HiddenAct};
use machine::machine;
use matrix::{Matrix, Product};
use norm::{AddNorm, Norm};
use rayon::prelude::*;
use tile::ROWS;

/// The two halves of a layer: up to `z`, and behind it.
#[derive(Debug)]
pub(super) struct Fused {
    heads: usize,
    q: Matrix,
    kv: Matrix,
    out: Matrix,
    attention_norm: Norm,
    up: Matrix,
    activation: HiddenAct,
    down: Matrix,
    mlp_norm: Norm,
}

impl Fused {
    pub(super) fn load(weights: &Weights, config: &Config) -> Result<Self> {
        let (hidden, inner, epsilon) = (config.hidden_size, config.intermediate_size, config.layer_norm_eps as f32);
        let own = weights.at("attention.self");
        let linear = |weights: &Weights, name: &str, from: usize, to: usize| -> Result<(Vec<f32>, Vec<f32>)> {
            let at = weights.at(name);
            let weight = at.tensor("weight", &[to, from])?.flatten_all()?.to_vec1()?;
            Ok((weight, at.tensor("bias", &[to])?.to_vec1()?))
        };
        let matrix = |(weight, bias): (Vec<f32>, Vec<f32>)| Matrix::pack(&weight, bias);
        let (k, v) = (linear(&own, "key", hidden, hidden)?, linear(&own, "value", hidden, hidden)?);
        Ok(Self {
            heads: config.num_attention_heads,
            q: matrix(linear(&own, "query", hidden, hidden)?),
            kv: matrix(([k.0, v.0].concat(), [k.1, v.1].concat())),
            out: matrix(linear(weights, "attention.output.dense", hidden, hidden)?),
            attention_norm: Norm::load(&weights.at("attention.output"), hidden, epsilon)?,
            up: matrix(linear(weights, "intermediate.dense", hidden, inner)?),
            activation: config.hidden_act,
            down: matrix(linear(weights, "output.dense", inner, hidden)?),
            mlp_norm: Norm::load(&weights.at("output"), hidden, epsilon)?,
        })
    }

    /// `z` `[head, row, head_dim]` of the first `rows` tokens of `x` `[token, hidden]`, and their pattern
    /// `[head, row, token]` if it is wanted.
    pub(super) fn gather(&self, x: &Tensor, rows: usize, with_pattern: bool) -> Result<(Tensor, Option<Tensor>)> {
        let (tokens, hidden) = x.dims2()?;
        let (heads, head_dim) = (self.heads, hidden / self.heads);
        let mut z = vec![0.0; rows * hidden];
        let mut pattern = with_pattern.then(|| vec![0.0; heads * rows * tokens]);
        numbers(x, |x| {
            let (q, kv) = (multiply(&self.q, &x[..rows * hidden], rows), multiply(&self.kv, x, tokens));
            let of_heads = z.par_chunks_mut(rows * head_dim).enumerate();
            let attend = |head: usize, z: &mut [f32], pattern: Option<&mut [f32]>| {
                machine().dispatch(Attend { q: &q, kv: &kv, tokens, rows, heads, head, z, pattern });
            };
            match &mut pattern {
                None => of_heads.for_each(|(head, z)| attend(head, z, None)),
                Some(pattern) => {
                    let patterns = pattern.par_chunks_mut(rows * tokens);
                    of_heads.zip(patterns).for_each(|((head, z), pattern)| attend(head, z, Some(pattern)));
                }
            }
        })?;
        let pattern = pattern.map(|pattern| Tensor::from_vec(pattern, (heads, rows, tokens), x.device()));
        Ok((Tensor::from_vec(z, (heads, rows, head_dim), x.device())?, pattern.transpose()?))
    }

    /// `resid_post` `[row, hidden]`, from `resid_pre` `[row, hidden]` and `z` `[head, row, head_dim]`.
    pub(super) fn finish(&self, x: &Tensor, z: &Tensor) -> Result<Tensor> {
        let (rows, hidden) = x.dims2()?;
        let z = z.transpose(0, 1)?.reshape((rows, hidden))?;
        let mut post = vec![0.0; rows * hidden];
        let size = share(rows) * hidden;
        numbers(&z, |z| {
            numbers(x, |x| {
                let shares = post.par_chunks_mut(size).zip(x.par_chunks(size)).zip(z.par_chunks(size));
                shares.for_each(|((post, x), z)| self.finish_rows(x, z, post));
            })
        })??;
        Ok(Tensor::from_vec(post, (rows, hidden), x.device())?)
    }

    /// As [`Fused::finish`], for some rows: `z` is `[row, hidden]`.
    fn finish_rows(&self, x: &[f32], z: &[f32], post: &mut [f32]) {
        let rows = x.len() / self.out.outputs();
        let mut mid = vec![0.0; x.len()];
        let attn_out = multiply(&self.out, z, rows);
        machine().dispatch(AddNorm { x, y: &attn_out, norm: &self.attention_norm, sum: &mut mid });
        let mut inner = multiply(&self.up, &mid, rows);
        machine().dispatch(Activate { x: &mut inner, by: self.activation });
        let mlp_out = multiply(&self.down, &inner, rows);
        machine().dispatch(AddNorm { x: &mid, y: &mlp_out, norm: &self.mlp_norm, sum: post });
    }
}

/// How many rows are worked on at once: few enough that what the MLP makes of them (400 KiB of a MiniLM) stays in the
/// cache of a core, all shares of one size. Idle cores take shares; where all are busy with pairs of their own, one core
/// goes through them.
fn share(rows: usize) -> usize {
    const MOST: usize = 64;
    rows.div_ceil(rows.div_ceil(MOST)).next_multiple_of(ROWS)
}

/// `[row, output]`: `x Wᵀ + b` for `x` `[row, input]`.
fn multiply(matrix: &Matrix, x: &[f32], rows: usize) -> Vec<f32> {
    let mut y = vec![0.0; rows * matrix.outputs()];
    let share = share(rows);
    let shares = y.par_chunks_mut(share * matrix.outputs()).zip(x.par_chunks(share * matrix.inputs()));
    shares.for_each(|(y, x)| machine().dispatch(Product { matrix, x, rows: y.len() / matrix.outputs(), y }));
    y
}

/// The numbers of a tensor in row-major order, without a copy where they lie so.
fn numbers<T>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match (&*storage, layout.contiguous_offsets()) {
        (Storage::Cpu(CpuStorage::F32(values)), Some((start, end))) => Ok(read(&values[start..end])),
        _ => Ok(read(&tensor.flatten_all()?.to_vec1::<f32>()?)),
    }
}
