//! Patching the residual stream, one position at a time.

use super::change::rows;
use super::study::Patching;
use crate::error::Result;
use crate::frame::columns as c;
use crate::hook::intervention::Patch;
use crate::hook::{Hooks, Site};
use polars::prelude::{DataFrame, NamedFrom, Series};

impl Patching {
    /// Patches the residual stream where it enters a layer (`resid_pre`), one position at a time.
    ///
    /// Columns: those of [`Patching::by_head`] with `position`, `token` and `segment` (of the run that is patched) in
    /// the place of `head`.
    ///
    /// # Errors
    /// Whatever is wrong with a pair, before anything is computed.
    pub fn by_position(&self) -> Result<DataFrame> {
        let layers = self.model.shape().layers;
        let found = self.each(&[Site::ResidPre, Site::Z], |runs| {
            let base = runs.base.tokens();
            let places = (0..layers).flat_map(|layer| runs.positions.iter().map(move |places| (layer, *places)));
            let patch = |(layer, places): (usize, (usize, usize))| {
                let patch = Patch::of_site(Site::ResidPre, layer, &runs.source).positions([places]);
                let (position, segment) = (places.1, base.segments()[places.1]);
                ((layer, position, base.pieces()[position].clone(), segment), Hooks::new().intervene(patch))
            };
            self.patched(runs, places.map(patch).collect())
        })?;
        rows(&self.perturbed, &found, self.noising, |patches| {
            let layers: Vec<u32> = patches.iter().map(|(layer, ..)| *layer as u32).collect();
            let positions: Vec<u32> = patches.iter().map(|(_, position, ..)| *position as u32).collect();
            let tokens: Vec<&str> = patches.iter().map(|(_, _, token, _)| token.as_str()).collect();
            let segments: Vec<&str> = patches.iter().map(|(.., segment)| segment.name()).collect();
            vec![
                Series::new(c::LAYER.into(), layers).into(),
                Series::new(c::POSITION.into(), positions).into(),
                Series::new(c::TOKEN.into(), tokens).into(),
                Series::new(c::SEGMENT.into(), segments).into(),
            ]
        })
    }
}
