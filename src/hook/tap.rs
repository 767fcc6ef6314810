//! What the forward pass calls at every site.

use super::{Activations, Hooks, Intervention, Site};
use crate::error::{Error, Result};
use crate::tokens::Tokens;
use candle_core::Tensor;
use std::collections::BTreeMap;

/// Reads every layer's pattern as it passes, `(layer, [head, from, to])`, so that it need not be stored.
pub(crate) type Observer<'a> = &'a mut dyn FnMut(usize, &Tensor) -> Result<()>;

/// The hooks of one run of one pair, with what they have captured so far.
pub(crate) struct Tap<'a> {
    /// What the model always changes, before what the run does.
    always: &'a Hooks,
    hooks: &'a Hooks,
    tokens: &'a Tokens,
    observer: Option<Observer<'a>>,
    values: BTreeMap<(Site, usize), Tensor>,
}

impl<'a> Tap<'a> {
    pub(crate) fn new(always: &'a Hooks, hooks: &'a Hooks, tokens: &'a Tokens) -> Self {
        Self { always, hooks, tokens, observer: None, values: BTreeMap::new() }
    }

    /// Shows every layer's pattern to `observer` as it passes.
    pub(crate) fn observed_by(self, observer: Observer<'a>) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// The value with which the forward pass goes on.
    pub(crate) fn at(&mut self, site: Site, layer: usize, mut value: Tensor) -> Result<Tensor> {
        for intervention in self.interventions(site, layer) {
            let dims = value.dims().to_vec();
            value = intervention.apply(layer, value, self.tokens)?;
            if value.dims() != dims {
                let found = value.dims();
                let what = format!("{site} of layer {layer} has shape {dims:?}, the intervention gave {found:?}");
                return Err(Error::Argument(what));
            }
        }
        if self.hooks.captures(site, layer) {
            self.values.insert((site, layer), value.clone());
        }
        if let (Site::Pattern, Some(observe)) = (site, &mut self.observer) {
            observe(layer, &value)?;
        }
        Ok(value)
    }

    fn interventions(&self, site: Site, layer: usize) -> impl Iterator<Item = &'a dyn Intervention> {
        self.always.changes(site, layer).chain(self.hooks.changes(site, layer))
    }

    /// Whether an intervention changes the site.
    pub(crate) fn changes(&self, site: Site, layer: usize) -> bool {
        self.always.touch(site, layer) || self.hooks.touch(site, layer)
    }

    fn watches(&self, site: Site, layer: usize) -> bool {
        self.changes(site, layer) || self.hooks.captures(site, layer)
    }

    /// Whether anything on the way to `z` is read or changed, except that the pattern may be read.
    pub(crate) fn looks_before_z(&self, layer: usize) -> bool {
        let watched = [Site::Q, Site::K, Site::V, Site::AttnScores].into_iter().any(|site| self.watches(site, layer));
        watched || self.changes(Site::Pattern, layer)
    }

    /// Whether somebody reads the pattern.
    pub(crate) fn reads_pattern(&self, layer: usize) -> bool {
        self.observer.is_some() || self.hooks.captures(Site::Pattern, layer)
    }

    /// Whether anything between `z` and `resid_post` is read or changed.
    pub(crate) fn looks_behind_z(&self, layer: usize) -> bool {
        [Site::AttnOut, Site::ResidMid, Site::MlpOut].into_iter().any(|site| self.watches(site, layer))
    }

    /// Whether anything behind `z`, `resid_post` included, is read or changed.
    pub(crate) fn looks_from_z_on(&self, layer: usize) -> bool {
        self.looks_behind_z(layer) || self.watches(Site::ResidPost, layer)
    }

    /// Whether anything inside the layer is read or changed; if not, only what the next layer needs must be computed.
    pub(crate) fn looks_into(&self, layer: usize) -> bool {
        let per_layer = Site::ALL.into_iter().filter(|site| site.is_per_layer());
        self.observer.is_some() || per_layer.into_iter().any(|site| self.watches(site, layer))
    }

    pub(crate) fn into_activations(self, logit: f32) -> Activations {
        Activations { tokens: self.tokens.clone(), logit, values: self.values }
    }
}
