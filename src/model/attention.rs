//! `pattern = softmax(Q Kᵀ / √d)`, `z = pattern V`, `attn_out = z Wₒ + bₒ`, head by head.

use super::weights::Weights;
use crate::error::Result;
use crate::hook::{Site, Tap};
use candle_core::{DType, Tensor};
use candle_nn::{Linear, Module, ops};
use candle_transformers::models::bert::Config;

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
    pub(super) fn load(weights: &Weights, config: &Config) -> Result<Self> {
        let hidden = config.hidden_size;
        let own = weights.at("attention.self");
        Ok(Self {
            q: own.linear("query", hidden, hidden)?,
            k: own.linear("key", hidden, hidden)?,
            v: own.linear("value", hidden, hidden)?,
            out: weights.linear("attention.output.dense", hidden, hidden)?,
            heads: config.num_attention_heads,
            head_dim: hidden / config.num_attention_heads,
        })
    }

    /// `[head, row, head_dim]`: what the first `rows` tokens of `x` `[token, hidden]` gather from all of them.
    pub(super) fn gather(&self, x: &Tensor, rows: usize, layer: usize, tap: &mut Tap) -> Result<Tensor> {
        let q = tap.at(Site::Q, layer, self.split(&self.q.forward(&x.narrow(0, 0, rows)?)?)?)?;
        let k = tap.at(Site::K, layer, self.split(&self.k.forward(x)?)?)?;
        let v = tap.at(Site::V, layer, self.split(&self.v.forward(x)?)?)?;

        let scale = 1.0 / (self.head_dim as f64).sqrt();
        let scores = ((q * scale)?.matmul(&k.t()?)?).contiguous()?;
        let scores = tap.at(Site::AttnScores, layer, scores)?;
        let mut pattern = ops::softmax_last_dim(&scores)?;
        if tap.changes(Site::AttnScores, layer) {
            pattern = silent_where_cut_off(&scores, &pattern)?;
        }
        let pattern = tap.at(Site::Pattern, layer, pattern)?;
        tap.at(Site::Z, layer, pattern.matmul(&v)?)
    }

    /// `[row, hidden]`: what all heads write, from `z` `[head, row, head_dim]`.
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
