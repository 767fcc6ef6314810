//! What a run captured.

use super::Site;
use crate::error::{Error, Result};
use crate::tokens::Tokens;
use candle_core::Tensor;
use std::collections::BTreeMap;

/// The captured activations of one pair, its tokens and its score.
///
/// A captured value is what the rest of the model saw: it is taken after the interventions at its site.
#[derive(Debug, Clone)]
pub struct Activations {
    pub(crate) tokens: Tokens,
    pub(crate) logit: f32,
    pub(crate) values: BTreeMap<(Site, usize), Tensor>,
}

impl Activations {
    /// The pair as it was read.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The score.
    pub fn logit(&self) -> f32 {
        self.logit
    }

    /// The value at a site of a layer; for `embed`, `pooled` and `logit` the layer is 0. Shapes are told at [`Site`].
    ///
    /// # Errors
    /// [`Error::Unknown`] if it was not captured; the message names what was.
    pub fn get(&self, site: Site, layer: usize) -> Result<&Tensor> {
        self.values.get(&(site, layer)).ok_or_else(|| Error::Unknown {
            kind: "captured activation",
            name: format!("{site} of layer {layer}"),
            known: self.values.keys().map(|(site, layer)| format!("{site} of layer {layer}")).collect(),
        })
    }

    /// The value at a site of a layer as numbers in row-major order, with the shape.
    ///
    /// # Errors
    /// As [`Activations::get`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let seen = model.run(&Pair::new("blue sky", "the sky"), &Hooks::new().capture(Site::Pattern))?;
    /// let (pattern, shape) = seen.values(Site::Pattern, 2)?;
    /// assert_eq!(shape, [12, 7, 7]);
    /// assert!((pattern[..7].iter().sum::<f32>() - 1.0).abs() < 1e-5);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn values(&self, site: Site, layer: usize) -> Result<(Vec<f32>, Vec<usize>)> {
        let tensor = self.get(site, layer)?;
        Ok((tensor.flatten_all()?.to_vec1()?, tensor.dims().to_vec()))
    }
}
