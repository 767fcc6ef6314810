//! `mlp_out = act(x W₁ + b₁) W₂ + b₂`

use super::gelu::Gelu;
use super::weights::Weights;
use crate::error::Result;
use candle_core::Tensor;
use candle_nn::{Linear, Module};
use candle_transformers::models::bert::{Config, HiddenAct};

#[derive(Debug)]
pub(super) struct Mlp {
    up: Linear,
    down: Linear,
    activation: HiddenAct,
}

impl Mlp {
    pub(super) fn load(weights: &Weights, config: &Config) -> Result<Self> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        Ok(Self {
            up: weights.linear("intermediate.dense", hidden, inner)?,
            down: weights.linear("output.dense", inner, hidden)?,
            activation: config.hidden_act,
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
