//! Scaling: a head writes more or less of what it writes.

use super::{Intervention, factors};
use crate::error::{Error, Result};
use crate::hook::{Heads, Shape, Site};
use crate::tokens::Tokens;
use candle_core::Tensor;

/// Multiplies `z` of the chosen heads, and so what they write into the residual stream, by a factor.
#[derive(Debug, Clone)]
pub struct Scale {
    heads: Heads,
    factor: f32,
}

impl Scale {
    /// 0 ablates the heads, 1 leaves them as they are, 2 doubles them.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pair = Pair::new("blue sky", "the sky");
    /// let nothing = model.with(Scale::heads([Head::new(2, 9)], 0.0))?;
    /// let ablated = model.with(Zero::heads([Head::new(2, 9)]))?;
    /// assert_eq!(nothing.run(&pair, &Hooks::new())?.logit(), ablated.run(&pair, &Hooks::new())?.logit());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn heads(heads: impl Into<Heads>, factor: f32) -> Self {
        Self { heads: heads.into(), factor }
    }
}

impl Intervention for Scale {
    fn check(&self, shape: &Shape) -> Result<()> {
        if !self.factor.is_finite() {
            return Err(Error::Argument(format!("heads cannot be scaled by {}; give a finite factor", self.factor)));
        }
        self.heads.within(shape).map(drop)
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        site == Site::Z && self.heads.reach(layer)
    }

    fn apply(&self, layer: usize, value: Tensor, _: &Tokens) -> Result<Tensor> {
        let factors = factors(|head| if self.heads.contains(head) { self.factor } else { 1.0 }, layer, &value)?;
        Ok(value.broadcast_mul(&factors)?)
    }
}
