//! Scaling: a part of the model writes more or less of what it writes.

use super::Intervention;
use crate::error::{Error, Result};
use crate::hook::{Heads, Part, Shape, Site};
use crate::tokens::Tokens;
use candle_core::Tensor;

/// Multiplies a part of the model, such as `z` of the chosen heads, by a factor.
#[derive(Debug, Clone)]
pub struct Scale {
    part: Part,
    factor: f32,
}

impl Scale {
    /// Scales any part, heads included.
    pub fn of(part: impl Into<Part>, factor: f32) -> Self {
        Self { part: part.into(), factor }
    }

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
        Self::of(Part::heads(heads), factor)
    }
}

impl Intervention for Scale {
    fn check(&self, shape: &Shape) -> Result<()> {
        if !self.factor.is_finite() {
            return Err(Error::Argument(format!("a part cannot be scaled by {}; give a finite factor", self.factor)));
        }
        self.part.check(shape)
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        self.part.touches(site, layer)
    }

    fn apply(&self, layer: usize, value: Tensor, tokens: &Tokens) -> Result<Tensor> {
        self.part.put(layer, &value, &value.affine(f64::from(self.factor), 0.0)?, tokens)
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{:?} times {}", self.factor, self.part))
    }
}
