//! What the forward pass calls at every site.

use super::hooks::intervened;
use super::{Activations, Hooks, Intervention, Site};
use crate::error::Result;
use crate::tokens::Tokens;
use candle_core::Tensor;
use std::collections::BTreeMap;

/// The pattern of a head as it passes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) layer: usize,
    pub(crate) head: usize,
    /// `[from, to]`
    pub(crate) pattern: &'a [f32],
    /// Of each row in bits, where it was asked for and fell out of the softmax.
    pub(crate) entropy: Option<&'a [f32]>,
}

/// Reads every pattern as it passes, the heads of a layer in any order, so that it need not be stored.
#[derive(Clone, Copy)]
pub(crate) struct Observer<'a> {
    pub(crate) see: &'a (dyn Fn(Seen) + Sync),
    /// Whether the entropy of rows is asked for.
    pub(crate) entropy: bool,
}

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
            value = intervened(intervention, site, layer, value, self.tokens)?;
        }
        if self.hooks.captures(site, layer) {
            self.values.insert((site, layer), value.clone());
        }
        if let (Site::Pattern, Some(observer)) = (site, self.observer) {
            let heads = value.dim(0)?;
            let patterns: Vec<f32> = value.flatten_all()?.to_vec1()?;
            for (head, pattern) in patterns.chunks(patterns.len() / heads).enumerate() {
                (observer.see)(Seen { layer, head, pattern, entropy: None });
            }
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

    pub(crate) fn tokens(&self) -> &'a Tokens {
        self.tokens
    }

    pub(crate) fn observer(&self) -> Option<Observer<'a>> {
        self.observer
    }

    /// Whether the run keeps the site.
    pub(crate) fn captures(&self, site: Site, layer: usize) -> bool {
        self.hooks.captures(site, layer)
    }

    /// Whether the site is read or changed.
    pub(crate) fn watches(&self, site: Site, layer: usize) -> bool {
        self.changes(site, layer) || self.captures(site, layer)
    }

    /// Whether anything on the way to `z` is read or changed, except that the pattern may be read.
    pub(crate) fn looks_before_z(&self, layer: usize) -> bool {
        let watched = [Site::Q, Site::K, Site::V, Site::AttnScores].into_iter().any(|site| self.watches(site, layer));
        watched || self.changes(Site::Pattern, layer)
    }

    /// Whether somebody reads the pattern.
    pub(crate) fn reads_pattern(&self, layer: usize) -> bool {
        self.observer.is_some() || self.captures(Site::Pattern, layer)
    }

    /// Whether anything between `z` and `resid_post` is read or changed.
    pub(crate) fn looks_behind_z(&self, layer: usize) -> bool {
        [Site::AttnOut, Site::ResidMid, Site::MlpOut].into_iter().any(|site| self.watches(site, layer))
    }

    /// Whether anything behind `z`, `resid_post` included, is read or changed.
    pub(crate) fn looks_from_z_on(&self, layer: usize) -> bool {
        self.looks_behind_z(layer) || self.watches(Site::ResidPost, layer)
    }

    /// Whether anything of the layer is read or changed; if not, only what comes after it must be computed.
    pub(crate) fn looks_into(&self, layer: usize) -> bool {
        Site::ALL.into_iter().any(|site| site.is_per_layer() && self.watches(site, layer))
    }

    pub(crate) fn into_activations(self, logit: f32) -> Activations {
        Activations { tokens: self.tokens.clone(), logit, values: self.values }
    }
}
