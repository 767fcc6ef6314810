//! Zero ablation: what a part of the model writes is left out.

use super::Intervention;
use crate::error::Result;
use crate::hook::{Heads, Part, Shape, Site};
use crate::tokens::Tokens;
use candle_core::Tensor;

/// Sets a part of the model to zero.
#[derive(Debug, Clone)]
pub struct Zero(Part);

impl Zero {
    /// Ablates any part, heads included.
    pub fn of(part: impl Into<Part>) -> Self {
        Self(part.into())
    }

    /// Ablates the heads named, by their `z`.
    ///
    /// The bias of the output projection stays: it belongs to the layer, not to a head.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let hooks = Hooks::new().intervene(Zero::heads([Head::new(0, 0)])).capture_at(Site::Z, 0);
    /// let (z, shape) = model.run(&Pair::new("blue sky", "the sky"), &hooks)?.values(Site::Z, 0)?;
    /// assert!(z[..shape[1] * shape[2]].iter().all(|value| *value == 0.0));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn heads(heads: impl Into<Heads>) -> Self {
        Self::of(Part::heads(heads))
    }

    /// Ablates whole attention layers: `attn_out` is zero, bias and all.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?.with(Zero::attention(2..4))?;
    /// assert!(model.run(&Pair::new("blue sky", "the sky"), &Hooks::new())?.logit().is_finite());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn attention(layers: impl IntoIterator<Item = usize>) -> Self {
        Self::of(Part::attention(layers))
    }

    /// Ablates the MLPs of these layers: `mlp_out` is zero.
    pub fn mlp(layers: impl IntoIterator<Item = usize>) -> Self {
        Self::of(Part::mlp(layers))
    }
}

impl Intervention for Zero {
    fn check(&self, shape: &Shape) -> Result<()> {
        self.0.check(shape)
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        self.0.touches(site, layer)
    }

    fn apply(&self, layer: usize, value: Tensor, tokens: &Tokens) -> Result<Tensor> {
        self.0.put(layer, &value, &value.zeros_like()?, tokens)
    }

    fn describe(&self) -> Option<String> {
        Some(format!("zero for {}", self.0))
    }
}
