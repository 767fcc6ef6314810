//! A layer on candle's tensors, step by step: what runs where somebody looks inside.
//!
//! `resid_mid = LayerNorm(resid_pre + attn_out)`, `resid_post = LayerNorm(resid_mid + mlp_out)`.

mod attention;
mod gelu;
mod mlp;

use super::fused::{Fused, Matrix, Norm};
use crate::error::Result;
use crate::hook::{Site, Tap};
use attention::Attention;
use candle_core::{Device, Tensor};
use candle_nn::{LayerNorm, Linear, Module};
use mlp::Mlp;
use std::ops::Range;

#[derive(Debug)]
pub(super) struct General {
    attention: Attention,
    attention_norm: LayerNorm,
    mlp: Mlp,
    mlp_norm: LayerNorm,
}

impl General {
    /// With the weights of a layer.
    pub(super) fn new(fused: &Fused) -> Result<Self> {
        Ok(Self {
            attention: Attention::new(fused)?,
            attention_norm: layer_norm(&fused.attention_norm)?,
            mlp: Mlp::new(fused)?,
            mlp_norm: layer_norm(&fused.mlp_norm)?,
        })
    }

    /// `z` `[head, token, head_dim]`, from `resid_pre` `[token, hidden]`.
    pub(super) fn gather(&self, x: &Tensor, layer: usize, tap: &mut Tap) -> Result<Tensor> {
        self.attention.gather(x, layer, tap)
    }

    /// `z` `[head, token, head_dim]`, from queries, keys and values of the same shape.
    pub(super) fn mix(&self, qkv: [&Tensor; 3], layer: usize, tap: &mut Tap) -> Result<Tensor> {
        self.attention.mix(qkv, layer, tap)
    }

    /// `resid_post` `[token, hidden]`, from `resid_pre` `[token, hidden]` and `z` `[head, token, head_dim]`.
    pub(super) fn finish(&self, x: &Tensor, z: &Tensor, layer: usize, tap: &mut Tap) -> Result<Tensor> {
        let attn_out = tap.at(Site::AttnOut, layer, self.attention.write(z)?)?;
        let mid = tap.at(Site::ResidMid, layer, self.attention_norm.forward(&(x + attn_out)?)?)?;
        let mlp_out = tap.at(Site::MlpOut, layer, self.mlp.forward(&mid)?)?;
        Ok(self.mlp_norm.forward(&(mid + mlp_out)?)?)
    }
}

/// Some of the outputs of a matrix.
fn linear(matrix: &Matrix, outputs: Range<usize>) -> Result<Linear> {
    let (weight, bias) = matrix.unpack();
    let (inputs, count) = (matrix.inputs(), outputs.len());
    let own = weight[outputs.start * inputs..outputs.end * inputs].to_vec();
    // In memory column by column: the product takes Wᵀ, which it then packs by copying whole rows.
    let weight = Tensor::from_vec(own, (count, inputs), &Device::Cpu)?.t()?.contiguous()?.t()?;
    Ok(Linear::new(weight, Some(Tensor::from_vec(bias[outputs].to_vec(), count, &Device::Cpu)?)))
}

fn layer_norm(norm: &Norm) -> Result<LayerNorm> {
    let tensor = |numbers: &[f32]| Tensor::new(numbers, &Device::Cpu);
    Ok(LayerNorm::new(tensor(&norm.weight)?, tensor(&norm.bias)?, f64::from(norm.epsilon)))
}
