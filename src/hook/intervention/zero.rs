//! Zero ablation: what a head would have written is left out.

use super::{Intervention, mask};
use crate::error::Result;
use crate::hook::{Heads, Shape, Site};
use crate::tokens::Tokens;
use candle_core::Tensor;

/// Sets `z` of the chosen heads to zero, so that they write nothing into the residual stream.
///
/// The bias of the output projection stays: it belongs to the layer, not to a head.
#[derive(Debug, Clone)]
pub struct Zero {
    heads: Heads,
}

impl Zero {
    /// Ablates the heads named.
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
        Self { heads: heads.into() }
    }
}

impl Intervention for Zero {
    fn check(&self, shape: &Shape) -> Result<()> {
        self.heads.within(shape).map(drop)
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        site == Site::Z && self.heads.reach(layer)
    }

    fn apply(&self, layer: usize, value: Tensor, _: &Tokens) -> Result<Tensor> {
        let kept = mask(|head| !self.heads.contains(head), layer, &value)?;
        Ok(value.broadcast_mul(&kept)?)
    }
}
