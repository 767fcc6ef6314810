//! Zero ablation: what a head, an attention layer or an MLP would have written is left out.

use super::{Intervention, mask};
use crate::error::Result;
use crate::hook::{Heads, Shape, Site};
use crate::tokens::Tokens;
use candle_core::Tensor;
use std::collections::BTreeSet;

/// Sets what a part of the model writes into the residual stream to zero.
#[derive(Debug, Clone)]
pub struct Zero(Part);

#[derive(Debug, Clone)]
enum Part {
    Heads(Heads),
    /// The site where whole layers write.
    Layers(Site, BTreeSet<usize>),
}

impl Zero {
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
        Self(Part::Heads(heads.into()))
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
        Self(Part::Layers(Site::AttnOut, layers.into_iter().collect()))
    }

    /// Ablates the MLPs of these layers: `mlp_out` is zero.
    pub fn mlp(layers: impl IntoIterator<Item = usize>) -> Self {
        Self(Part::Layers(Site::MlpOut, layers.into_iter().collect()))
    }
}

impl Intervention for Zero {
    fn check(&self, shape: &Shape) -> Result<()> {
        match &self.0 {
            Part::Heads(heads) => heads.within(shape).map(drop),
            Part::Layers(_, layers) => layers.iter().try_for_each(|layer| shape.check_layer(*layer)),
        }
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        match &self.0 {
            Part::Heads(heads) => site == Site::Z && heads.reach(layer),
            Part::Layers(of, layers) => site == *of && layers.contains(&layer),
        }
    }

    fn apply(&self, layer: usize, value: Tensor, _: &Tokens) -> Result<Tensor> {
        match &self.0 {
            Part::Heads(heads) => Ok(value.broadcast_mul(&mask(|head| !heads.contains(head), layer, &value)?)?),
            Part::Layers(..) => Ok(value.zeros_like()?),
        }
    }
}
