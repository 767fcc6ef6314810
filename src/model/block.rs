//! One layer: `resid_mid = LayerNorm(resid_pre + attn_out)`, `resid_post = LayerNorm(resid_mid + mlp_out)`.

use super::attention::Attention;
use super::fused::Fused;
use super::mlp::Mlp;
use super::weights::Weights;
use crate::error::Result;
use crate::hook::{Site, Tap};
use candle_core::Tensor;
use candle_nn::{LayerNorm, Module};
use candle_transformers::models::bert::Config;

#[derive(Debug)]
pub(super) struct Block {
    attention: Attention,
    attention_norm: LayerNorm,
    mlp: Mlp,
    mlp_norm: LayerNorm,
    fused: Fused,
}

impl Block {
    pub(super) fn load(weights: &Weights, config: &Config) -> Result<Self> {
        let (hidden, epsilon) = (config.hidden_size, config.layer_norm_eps);
        Ok(Self {
            attention: Attention::load(weights, config)?,
            attention_norm: weights.at("attention.output").layer_norm(hidden, epsilon)?,
            mlp: Mlp::load(weights, config)?,
            mlp_norm: weights.at("output").layer_norm(hidden, epsilon)?,
            fused: Fused::load(weights, config)?,
        })
    }

    /// `resid_pre` `[token, hidden]`, and `z` `[head, row, head_dim]` of its first `rows` tokens.
    pub(super) fn gather(&self, x: Tensor, rows: usize, layer: usize, tap: &mut Tap) -> Result<(Tensor, Tensor)> {
        let x = tap.at(Site::ResidPre, layer, x)?;
        if tap.looks_before_z(layer) {
            let z = self.attention.gather(&x, rows, layer, tap)?;
            return Ok((x, z));
        }
        let (z, pattern) = self.fused.gather(&x, rows, tap.reads_pattern(layer))?;
        pattern.map(|pattern| tap.at(Site::Pattern, layer, pattern)).transpose()?;
        Ok((x, tap.at(Site::Z, layer, z)?))
    }

    /// The layer from `z` `[head, row, head_dim]` on; `x` is `resid_pre` `[row, hidden]`.
    pub(super) fn finish(&self, x: &Tensor, z: &Tensor, layer: usize, tap: &mut Tap) -> Result<Tensor> {
        if !tap.looks_behind_z(layer) {
            return tap.at(Site::ResidPost, layer, self.fused.finish(x, z)?);
        }
        let attn_out = tap.at(Site::AttnOut, layer, self.attention.write(z)?)?;
        let mid = tap.at(Site::ResidMid, layer, self.attention_norm.forward(&(x + attn_out)?)?)?;
        let mlp_out = tap.at(Site::MlpOut, layer, self.mlp.forward(&mid)?)?;
        tap.at(Site::ResidPost, layer, self.mlp_norm.forward(&(mid + mlp_out)?)?)
    }
}
