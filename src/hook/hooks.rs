//! What a run captures and what it changes.

use super::intervention::{Change, Replace};
use super::{Intervention, Shape, Site};
use crate::error::{Error, Result};
use crate::tokens::Tokens;
use candle_core::Tensor;
use std::sync::Arc;

/// Captures and interventions of a run; interventions at one site apply in the order in which they were added.
///
/// ```
/// use crosslens::prelude::*;
/// let model = CrossEncoder::embedded()?;
/// let pair = Pair::new("why is the sky blue", "Air scatters short waves of light most.");
/// let plain = model.run(&pair, &Hooks::new())?;
/// let changed = model.run(&pair, &Hooks::new().intervene(Zero::heads([Head::new(3, 4)])))?;
/// assert_ne!(plain.logit(), changed.logit());
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Hooks {
    captures: Vec<(Site, Option<usize>)>,
    interventions: Vec<Arc<dyn Intervention>>,
}

impl Hooks {
    /// No capture, no intervention.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the value of a site, in every layer.
    #[must_use]
    pub fn capture(mut self, site: Site) -> Self {
        self.captures.push((site, None));
        self
    }

    /// Keeps the value of a site in one layer.
    #[must_use]
    pub fn capture_at(mut self, site: Site, layer: usize) -> Self {
        self.captures.push((site, Some(layer)));
        self
    }

    /// Adds an intervention.
    #[must_use]
    pub fn intervene(mut self, intervention: impl Intervention + 'static) -> Self {
        self.interventions.push(Arc::new(intervention));
        self
    }

    /// Puts `value` in the place of a site's value in one layer (0 for `embed`, `pooled` and `logit`).
    #[must_use]
    pub fn replace(self, site: Site, layer: usize, value: Tensor) -> Self {
        self.intervene(Replace::new(site, layer, value))
    }

    /// Puts `change(value, tokens)` in the place of a site's value in one layer.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let halved = Hooks::new().change(Site::MlpOut, 5, |value, _| Ok((value * 0.5)?));
    /// let logit = model.run(&Pair::new("blue sky", "the sky"), &halved)?.logit();
    /// assert!(logit.is_finite());
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn change<F>(self, site: Site, layer: usize, change: F) -> Self
    where
        F: Fn(&Tensor, &Tokens) -> Result<Tensor> + Send + Sync + 'static,
    {
        self.intervene(Change::new(site, layer, change))
    }

    /// Fails if a capture or an intervention names a layer or head that the model does not have.
    pub(crate) fn check(&self, shape: &Shape) -> Result<()> {
        self.captures.iter().filter_map(|(_, layer)| *layer).try_for_each(|layer| shape.check_layer(layer))?;
        self.interventions.iter().try_for_each(|intervention| intervention.check(shape))
    }

    /// Whether both change the same things in the same order.
    pub(crate) fn changes_as(&self, other: &Self) -> bool {
        let described = |change: &Arc<dyn Intervention>| change.describe();
        let same = |(ours, theirs): (&Arc<_>, &Arc<_>)| {
            Arc::ptr_eq(ours, theirs) || described(ours).is_some_and(|ours| Some(ours) == described(theirs))
        };
        self.interventions.len() == other.interventions.len()
            && self.interventions.iter().zip(&other.interventions).all(same)
    }

    /// What it changes, in words that differ wherever the effect differs, if all interventions can tell.
    pub(crate) fn describe(&self) -> Option<String> {
        let each = self.interventions.iter().map(|intervention| intervention.describe());
        each.collect::<Option<Vec<String>>>().map(|each| each.join("; "))
    }

    /// The value to go on with at a site.
    pub(crate) fn apply(&self, site: Site, layer: usize, value: Tensor, tokens: &Tokens) -> Result<Tensor> {
        self.changes(site, layer).try_fold(value, |value, change| intervened(change, site, layer, value, tokens))
    }

    /// How many interventions there are.
    pub(crate) fn interventions(&self) -> usize {
        self.interventions.len()
    }

    pub(super) fn captures(&self, site: Site, layer: usize) -> bool {
        self.captures.iter().any(|(of, at)| *of == site && at.is_none_or(|at| at == layer))
    }

    /// Whether no other site is changed, in a model of so many layers.
    pub(crate) fn touch_nothing_but(&self, site: Site, layer: usize, layers: usize) -> bool {
        let places = Site::ALL.into_iter().flat_map(|of| (0..layers).map(move |at| (of, at)));
        places.filter(|place| *place != (site, layer)).all(|(of, at)| !self.touch(of, at))
    }

    /// Whether an intervention changes the site.
    pub(crate) fn touch(&self, site: Site, layer: usize) -> bool {
        self.changes(site, layer).next().is_some()
    }

    pub(super) fn changes(&self, site: Site, layer: usize) -> impl Iterator<Item = &dyn Intervention> {
        self.interventions.iter().map(AsRef::as_ref).filter(move |change| change.touches(site, layer))
    }
}

/// What an intervention gives in the place of a value; another shape is refused.
pub(super) fn intervened(
    intervention: &dyn Intervention,
    site: Site,
    layer: usize,
    value: Tensor,
    tokens: &Tokens,
) -> Result<Tensor> {
    let dims = value.dims().to_vec();
    let value = intervention.apply(layer, value, tokens)?;
    if value.dims() == dims {
        return Ok(value);
    }
    let found = value.dims();
    Err(Error::Argument(format!("{site} of layer {layer} has shape {dims:?}, the intervention gave {found:?}")))
}
