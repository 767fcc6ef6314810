//! `mlp_out = act(x W₁ + b₁) W₂ + b₂`

use super::super::fused::Fused;
use super::gelu::Gelu;
use super::linear;
use crate::error::Result;
use candle_core::Tensor;
use candle_nn::{Linear, Module};
use candle_transformers::models::bert::HiddenAct;

#[derive(Debug)]
pub(super) struct Mlp {
    up: Linear,
    down: Linear,
    activation: HiddenAct,
}

impl Mlp {
    pub(super) fn new(fused: &Fused) -> Result<Self> {
        Ok(Self {
            up: linear(&fused.up, 0..fused.up.outputs())?,
            down: linear(&fused.down, 0..fused.hidden())?,
            activation: fused.activation,
        })
    }

    /// `[token, hidden]` to `[token, hidden]`
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let inner = self.up.forward(x)?;
        let active = match self.activation {
            HiddenAct::Gelu => inner.apply_op1_no_bwd(&Gelu)?,
            HiddenAct::GeluApproximate => inner.gelu()?,
            HiddenAct::Relu => inner.relu()?,
        };
        Ok(self.down.forward(&active)?)
    }
}
