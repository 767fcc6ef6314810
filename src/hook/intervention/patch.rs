//! Patching: activations of one run in the place of another's.

use super::Intervention;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::hook::{Activations, Heads, Part, Shape, Site};
use crate::tokens::Tokens;
use candle_core::Tensor;
use std::sync::Arc;

/// Puts what another run, such as that of a clean pair, had at a site in the place of what this run has there.
///
/// Activation patching: run the corrupted pair with a patch from the clean one, and see how much of the clean score
/// comes back (Vig et al., *Investigating Gender Bias in Language Models Using Causal Mediation Analysis*, 2020).
#[derive(Debug, Clone)]
pub struct Patch {
    source: Arc<Activations>,
    site: Site,
    /// Of all layers where there is none.
    layer: Option<usize>,
    heads: Heads,
    /// Where a position of the source goes; each to itself where there is none.
    positions: Option<Vec<(usize, usize)>>,
}

impl Patch {
    /// Patches `z` of these heads; `source` must have captured [`Site::Z`] in their layers.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let clean = model.run(&Pair::new("blue sky", "the sky"), &Hooks::new().capture(Site::Z))?;
    /// let corrupted = Pair::new("blue sky", "the sea");
    /// let patched = model.run(&corrupted, &Hooks::new().intervene(Patch::heads(Heads::all(), &clean)))?;
    /// assert_ne!(patched.logit(), model.run(&corrupted, &Hooks::new())?.logit());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn heads(heads: impl Into<Heads>, source: &Activations) -> Self {
        Self::of_heads(Site::Z, heads, &Arc::new(source.clone()))
    }

    /// Patches `q`, `k`, `v` or `z` of these heads, which `source` must have captured in their layers.
    pub(crate) fn of_heads(site: Site, heads: impl Into<Heads>, source: &Arc<Activations>) -> Self {
        Self { source: Arc::clone(source), site, layer: None, heads: heads.into(), positions: None }
    }

    /// As [`Patch::site`], of a source that others patch from as well.
    pub(crate) fn of_site(site: Site, layer: usize, source: &Arc<Activations>) -> Self {
        Self { site, layer: Some(layer), ..Self::of_heads(Site::Z, Heads::all(), source) }
    }

    /// Patches a whole site of a layer (0 for `embed`, `pooled` and `logit`), which `source` must have captured.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let clean = model.run(&Pair::new("blue sky", "the sky"), &Hooks::new().capture(Site::ResidPost))?;
    /// let restored = Hooks::new().intervene(Patch::site(Site::ResidPost, 5, &clean));
    /// let patched = model.run(&Pair::new("blue sky", "the sea"), &restored)?;
    /// assert_eq!(patched.logit(), clean.logit());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn site(site: Site, layer: usize, source: &Activations) -> Self {
        Self::of_site(site, layer, &Arc::new(source.clone()))
    }

    /// Only these positions: `(in the source, here)`. Without this each position goes to itself, and both pairs must
    /// have the same number of tokens.
    #[must_use]
    pub fn positions(mut self, positions: impl IntoIterator<Item = (usize, usize)>) -> Self {
        self.positions = Some(positions.into_iter().collect());
        self
    }

    /// The source's value with its positions where they go, the others as in `value`.
    fn placed(&self, value: &Tensor, source: &Tensor, axis: usize) -> Result<Tensor> {
        let (here, there) = (value.dim(axis)?, source.dim(axis)?);
        let every: Vec<(usize, usize)> = (0..there).map(|position| (position, position)).collect();
        let positions = self.positions.as_ref().unwrap_or(&every);
        if self.positions.is_none() && here != there {
            let what = format!(
                "the pair has {here} tokens, the run to patch from {there}; name the positions with `positions`"
            );
            return Err(Error::Argument(what));
        }
        if let Some((from, to)) = positions.iter().find(|(from, to)| *from >= there || *to >= here) {
            let what = format!(
                "position {from} cannot be patched into {to}: the run to patch from has {there} tokens, the pair {here}"
            );
            return Err(Error::Argument(what));
        }
        let mut rows: Vec<u32> = (0..here as u32).collect();
        positions.iter().for_each(|(from, to)| rows[*to] = (here + from) as u32);
        let rows = Tensor::new(rows, value.device())?;
        Ok(Tensor::cat(&[value, source], axis)?.index_select(&rows, axis)?)
    }
}

impl Intervention for Patch {
    fn check(&self, shape: &Shape) -> Result<()> {
        let heads = self.heads.within(shape)?;
        self.layer.iter().try_for_each(|layer| shape.check_layer(*layer))?;
        let layers = heads.iter().map(|head| head.layer).filter(|layer| self.layer.is_none_or(|own| own == *layer));
        layers.map(|layer| self.source.get(self.site, layer)).collect::<Result<Vec<_>>>()?;
        if self.positions.is_some() && token_axis(self.site).is_none() {
            return Err(Error::Argument(format!("{} cannot be patched by positions", self.site)));
        }
        Ok(())
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        site == self.site && self.layer.is_none_or(|own| own == layer) && self.heads.reach(layer)
    }

    fn apply(&self, layer: usize, value: Tensor, tokens: &Tokens) -> Result<Tensor> {
        let source = self.source.get(self.site, layer)?;
        let Some(axis) = token_axis(self.site) else { return Ok(source.clone()) };
        let placed = self.placed(&value, source, axis)?;
        if !matches!(self.site, Site::Q | Site::K | Site::V | Site::Z) {
            return Ok(placed);
        }
        Part::projected(self.site, &self.heads).put(layer, &value, &placed, tokens)
    }

    fn describe(&self) -> Option<String> {
        let mut source = Fingerprint::default();
        for ((site, layer), value) in &self.source.values {
            if *site == self.site && self.layer.is_none_or(|own| own == *layer) {
                let numbers = value.flatten_all().and_then(|flat| flat.to_vec1::<f32>()).ok()?;
                source = source.text(&format!("{layer} {:?}", value.dims())).numbers(&numbers);
            }
        }
        let Self { site, layer, heads, positions, .. } = self;
        Some(format!("{} for {site} of {layer:?}, heads {heads}, positions {positions:?}", source.finish()))
    }
}

/// The axis of a site's value that counts tokens, where there is one.
const fn token_axis(site: Site) -> Option<usize> {
    match site {
        Site::Q | Site::K | Site::V | Site::Z => Some(1),
        Site::AttnScores | Site::Pattern | Site::Pooled | Site::Logit => None,
        _ => Some(0),
    }
}
