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
    /// All tokens gather in the last layer, as they did in that run, although only `[CLS]` goes on: one row and many
    /// round apart, and a change of nothing, or one that the model has already, is to have an effect of exactly nothing.
    pub(crate) fn logit_with(&self, seen: &Activations, hooks: &Hooks) -> Result<f32> {
        let layers = self.shape().layers;
        let touched =
            |layer: &usize| Site::ALL.into_iter().any(|site| site.is_per_layer() && hooks.touch(site, *layer));
        let first = (0..layers).find(touched).unwrap_or(layers - 1);
        let mut tap = Tap::new(&self.always, hooks, seen.tokens());
        // What is always changed where the layer begins has been changed in what was captured there.
        if hooks.touch(Site::Embed, 0) || self.always.touch(Site::ResidPre, first) {
            let x = self.parts.embed.forward(seen.tokens(), &mut tap)?;
            return self.from_layer(x, 0, seen.tokens(), &mut tap, |_, _| seen.tokens().len());
        }
        if GATHERING.into_iter().any(|site| hooks.touch(site, first)) {
            let x = seen.get(Site::ResidPre, first)?.clone();
            return self.from_layer(x, first, seen.tokens(), &mut tap, |_, _| seen.tokens().len());
        }
        let z = hooks.apply(Site::Z, first, seen.get(Site::Z, first)?.clone(), seen.tokens())?;
        self.from_z(seen.get(Site::ResidPre, first)?, &z, first, seen.tokens(), &mut tap)
    }

    /// The score when the heads of one layer give `z` `[head, token, head_dim]`.
    pub(crate) fn logit_from_z(&self, seen: &Activations, layer: usize, z: &Tensor) -> Result<f32> {
        let hooks = Hooks::new();
        let mut tap = Tap::new(&self.always, &hooks, seen.tokens());
        self.from_z(seen.get(Site::ResidPre, layer)?, z, layer, seen.tokens(), &mut tap)
    }

    fn from_z(&self, x: &Tensor, z: &Tensor, layer: usize, tokens: &Tokens, tap: &mut Tap) -> Result<f32> {
        let rows = self.rows_behind_z(tokens, layer, tap);
        let x = self.parts.blocks[layer].finish(&x.narrow(0, 0, rows)?, &z.narrow(1, 0, rows)?, layer, tap)?;
        self.from_layer(x, layer + 1, tokens, tap, |_, _| tokens.len())
    }
}
