//! The general interventions: a given value, or a function of the value.

use super::Intervention;
use crate::error::Result;
use crate::fingerprint::Fingerprint;
use crate::hook::{Shape, Site};
use crate::tokens::Tokens;
use candle_core::Tensor;
use std::fmt;

/// Puts a given value in the place of a site's, for example one captured from another run.
#[derive(Debug, Clone)]
pub struct Replace {
    site: Site,
    layer: usize,
    value: Tensor,
}

impl Replace {
    /// `value` must have the site's shape for the pair that is run.
    pub fn new(site: Site, layer: usize, value: Tensor) -> Self {
        Self { site, layer, value }
    }
}

impl Intervention for Replace {
    fn check(&self, shape: &Shape) -> Result<()> {
        shape.check_layer(self.layer)
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        (site, layer) == (self.site, self.layer)
    }

    fn apply(&self, _: usize, _: Tensor, _: &Tokens) -> Result<Tensor> {
        Ok(self.value.clone())
    }

    fn describe(&self) -> Option<String> {
        let numbers = self.value.flatten_all().and_then(|flat| flat.to_vec1::<f32>()).ok()?;
        let value = Fingerprint::default().text(&format!("{:?}", self.value.dims())).numbers(&numbers).finish();
        Some(format!("{value} for {} of layer {}", self.site, self.layer))
    }
}

/// Puts a function of a site's value in its place.
pub struct Change<F> {
    site: Site,
    layer: usize,
    change: F,
}

impl<F: Fn(&Tensor, &Tokens) -> Result<Tensor> + Send + Sync> Change<F> {
    /// `change` gets the value and the tokens, and must keep the shape.
    pub fn new(site: Site, layer: usize, change: F) -> Self {
        Self { site, layer, change }
    }
}

impl<F> fmt::Debug for Change<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Change({} of layer {})", self.site, self.layer)
    }
}

impl<F: Fn(&Tensor, &Tokens) -> Result<Tensor> + Send + Sync> Intervention for Change<F> {
    fn check(&self, shape: &Shape) -> Result<()> {
        shape.check_layer(self.layer)
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        (site, layer) == (self.site, self.layer)
    }

    fn apply(&self, _: usize, value: Tensor, tokens: &Tokens) -> Result<Tensor> {
        (self.change)(&value, tokens)
    }
}
