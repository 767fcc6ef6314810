//! Scores of changed runs, from what a run captured: layers before the change are not computed again.

use super::CrossEncoder;
use crate::error::Result;
use crate::hook::{Activations, Hooks, Site, Tap};
use crate::tokens::Tokens;
use candle_core::Tensor;

/// The sites of a layer before `z`.
const GATHERING: [Site; 6] = [Site::ResidPre, Site::Q, Site::K, Site::V, Site::AttnScores, Site::Pattern];

impl CrossEncoder {
    /// A run with what [`CrossEncoder::logit_with`] begins from.
    pub(crate) fn begin(&self, tokens: &Tokens) -> Result<Activations> {
        self.run_tokens(tokens, &Hooks::new().capture(Site::ResidPre).capture(Site::Z))
    }

    /// The score under these hooks, from a run that [`CrossEncoder::begin`] made.
    ///
    /// Without hooks it is the plain score, computed as that of a changed run is (the run itself has computed all tokens
    /// of the last layer, and the two round apart), so that a change of nothing has an effect of exactly nothing.
    pub(crate) fn logit_with(&self, seen: &Activations, hooks: &Hooks) -> Result<f32> {
        let layers = self.shape().layers;
        let touched =
            |layer: &usize| Site::ALL.into_iter().any(|site| site.is_per_layer() && hooks.touch(site, *layer));
        let first = (0..layers).find(touched).unwrap_or(layers - 1);
        // What is always changed where the layer begins has been changed in what was captured there.
        let again = |site| self.always.touch(site, first) && site == Site::ResidPre;
        if hooks.touch(Site::Embed, 0) || GATHERING.into_iter().any(again) {
            return self.logit(seen.tokens(), hooks);
        }
        let mut tap = Tap::new(&self.always, hooks, seen.tokens());
        if GATHERING.into_iter().any(|site| hooks.touch(site, first)) {
            return self.forward_from(seen.get(Site::ResidPre, first)?.clone(), first, seen.tokens(), &mut tap);
        }
        let z = hooks.apply(Site::Z, first, seen.get(Site::Z, first)?.clone(), seen.tokens())?;
        self.finish(seen, first, &z, &mut tap)
    }

    /// The score when the heads of one layer give `z` `[head, token, head_dim]`.
    pub(crate) fn logit_from_z(&self, seen: &Activations, layer: usize, z: &Tensor) -> Result<f32> {
        let hooks = Hooks::new();
        self.finish(seen, layer, z, &mut Tap::new(&self.always, &hooks, seen.tokens()))
    }

    /// The score when `x` `[token, hidden]` enters a layer.
    pub(crate) fn logit_from_resid(&self, seen: &Activations, layer: usize, x: Tensor) -> Result<f32> {
        let hooks = Hooks::new();
        self.forward_from(x, layer, seen.tokens(), &mut Tap::new(&self.always, &hooks, seen.tokens()))
    }

    fn finish(&self, seen: &Activations, layer: usize, z: &Tensor, tap: &mut Tap) -> Result<f32> {
        let last = layer + 1 == self.shape().layers;
        let rows = if last && !tap.looks_behind_z(layer) { 1 } else { seen.tokens().len() };
        let x = seen.get(Site::ResidPre, layer)?.narrow(0, 0, rows)?;
        let x = self.parts.blocks[layer].finish(&x, &z.narrow(1, 0, rows)?, layer, tap)?;
        self.forward_from(x, layer + 1, seen.tokens(), tap)
    }
}
