//! `pattern = softmax(Q Kᵀ / √d)`, `z = pattern V`, `attn_out = z Wₒ + bₒ`, head by head.

use super::super::fused::Fused;
use super::linear;
use crate::error::Result;
use crate::hook::{Site, Tap};
use candle_core::{DType, Tensor};
use candle_nn::{Linear, Module, ops};

#[derive(Debug)]
pub(super) struct Attention {
    q: Linear,
    k: Linear,
    v: Linear,
    out: Linear,
    heads: usize,
    head_dim: usize,
}

impl Attention {
    pub(super) fn new(fused: &Fused) -> Result<Self> {
        let hidden = fused.hidden();
        Ok(Self {
            q: linear(&fused.q, 0..hidden)?,
            k: linear(&fused.kv, 0..hidden)?,
            v: linear(&fused.kv, hidden..2 * hidden)?,
            out: linear(&fused.out, 0..hidden)?,
            heads: fused.heads,
            head_dim: hidden / fused.heads,
        })
    }

    /// `[head, token, head_dim]`: what the tokens of `x` `[token, hidden]` gather.
    pub(super) fn gather(&self, x: &Tensor, layer: usize, tap: &mut Tap) -> Result<Tensor> {
        let q = tap.at(Site::Q, layer, self.split(&self.q.forward(x)?)?)?;
        let k = tap.at(Site::K, layer, self.split(&self.k.forward(x)?)?)?;
        let v = tap.at(Site::V, layer, self.split(&self.v.forward(x)?)?)?;
        self.mix([&q, &k, &v], layer, tap)
    }

    /// `[head, token, head_dim]`: values mixed by the pattern of queries and keys, each `[head, token, head_dim]`.
    pub(super) fn mix(&self, [q, k, v]: [&Tensor; 3], layer: usize, tap: &mut Tap) -> Result<Tensor> {
        let scale = 1.0 / (self.head_dim as f64).sqrt();
        let scores = ((q * scale)?.matmul(&k.t()?)?).contiguous()?;
        let scores = tap.at(Site::AttnScores, layer, scores)?;
        let mut pattern = ops::softmax_last_dim(&scores)?;
        if tap.changes(Site::AttnScores, layer) {
            pattern = silent_where_cut_off(&scores, &pattern)?;
        }
        let pattern = tap.at(Site::Pattern, layer, pattern)?;
        Ok(pattern.matmul(v)?)
    }

    /// `[token, hidden]`: what all heads write, from `z` `[head, token, head_dim]`.
    pub(super) fn write(&self, z: &Tensor) -> Result<Tensor> {
        let (heads, rows, head_dim) = z.dims3()?;
        let z = z.transpose(0, 1)?.reshape((rows, heads * head_dim))?;
        Ok(self.out.forward(&z)?)
    }

    /// `[token, hidden]` to `[head, token, head_dim]`.
    fn split(&self, x: &Tensor) -> Result<Tensor> {
        let tokens = x.dim(0)?;
        Ok(x.reshape((tokens, self.heads, self.head_dim))?.transpose(0, 1)?.contiguous()?)
    }
}

/// A row without a single finite score attends to nothing; the softmax would make it NaN.
fn silent_where_cut_off(scores: &Tensor, pattern: &Tensor) -> Result<Tensor> {
    let open = scores.max_keepdim(2)?.gt(f32::NEG_INFINITY)?.to_dtype(DType::U8)?;
    Ok(open.broadcast_as(pattern.shape())?.where_cond(pattern, &pattern.zeros_like()?)?)
}
