//! The forward pass, of sequences side by side.

use super::CrossEncoder;
use super::batch::Batch;
use crate::error::Result;
use crate::hook::{Activations, Hooks, Observer, Tap};
use crate::tokens::Tokens;

/// The logit of a sequence, and what its hooks have seen.
pub(super) type Passed<'a> = (f32, Tap<'a>);

impl CrossEncoder {
    pub(crate) fn run_tokens(&self, tokens: &Tokens, hooks: &Hooks) -> Result<Activations> {
        hooks.check(&self.shape())?;
        let mut passed = self.pass_all([Tap::new(&self.always, hooks, tokens)])?;
        let (logit, tap) = passed.swap_remove(0);
        Ok(tap.into_activations(logit))
    }

    /// The scores alone.
    pub(crate) fn logits(&self, some: &[&Tokens]) -> Result<Vec<f32>> {
        let hooks = Hooks::new();
        let passed = self.pass_all(some.iter().map(|tokens| Tap::new(&self.always, &hooks, tokens)))?;
        Ok(passed.into_iter().map(|(logit, _)| logit).collect())
    }

    /// The scores of pairs whose patterns are shown to an observer each.
    pub(crate) fn observe_tokens(&self, some: &[&Tokens], observers: &[Observer<'_>]) -> Result<Vec<f32>> {
        let hooks = Hooks::new();
        let each = some.iter().zip(observers);
        let taps = each.map(|(tokens, observer)| Tap::new(&self.always, &hooks, tokens).observed_by(*observer));
        let passed = self.pass_all(taps)?;
        Ok(passed.into_iter().map(|(logit, _)| logit).collect())
    }

    /// The whole pass.
    pub(super) fn pass_all<'a>(&self, taps: impl IntoIterator<Item = Tap<'a>>) -> Result<Vec<Passed<'a>>> {
        let mut batch = Batch::new(self.shape().hidden);
        for mut tap in taps {
            let x = self.parts.embed.forward(&mut tap)?;
            batch.push(tap, &x);
        }
        self.pass_from(batch, 0)
    }

    /// The rest of the pass, when a batch enters the layer `first`.
    pub(super) fn pass_from<'a>(&self, mut batch: Batch<'a>, first: usize) -> Result<Vec<Passed<'a>>> {
        let last = self.shape().layers - 1;
        for (layer, block) in self.parts.blocks.iter().enumerate().take(last).skip(first) {
            block.gather(&mut batch, layer)?;
            block.finish(&mut batch, layer, |batch, at| batch.tokens[at])?;
        }
        if first > last { self.parts.classifier.forward(batch) } else { self.pass_last(batch) }
    }

    /// As [`CrossEncoder::pass_from`], of a batch that has `z` of the layer as well.
    pub(super) fn pass_from_z<'a>(&self, mut batch: Batch<'a>, layer: usize) -> Result<Vec<Passed<'a>>> {
        let last = layer + 1 == self.shape().layers;
        // Behind the last z, what is not [CLS] is computed only if somebody looks there.
        let alone = |batch: &Batch, at: usize| last && !batch.taps[at].looks_from_z_on(layer);
        let rows = |batch: &Batch, at: usize| if alone(batch, at) { 1 } else { batch.tokens[at] };
        self.parts.blocks[layer].finish(&mut batch, layer, rows)?;
        self.pass_from(batch, layer + 1)
    }

    /// The last layer: `[CLS]` alone gathers where nobody looks.
    ///
    /// Which way a sequence goes depends on its own hooks alone, so that its score does not depend on the others.
    fn pass_last<'a>(&self, batch: Batch<'a>) -> Result<Vec<Passed<'a>>> {
        let (last, block) = (self.shape().layers - 1, &self.parts.blocks[self.shape().layers - 1]);
        let [(unseen_at, mut unseen), (seen_at, mut seen)] = batch.split(|tap| tap.looks_into(last));
        let mut passed = Vec::new();
        if !unseen_at.is_empty() {
            block.show_pattern(&mut unseen, last)?;
            unseen.z = self.parts.cls.gather(&unseen.x, &unseen.tokens);
            unseen.keep_first();
            passed.extend(unseen_at.into_iter().zip(self.pass_from_z(unseen, last)?));
        }
        if !seen_at.is_empty() {
            block.gather(&mut seen, last)?;
            passed.extend(seen_at.into_iter().zip(self.pass_from_z(seen, last)?));
        }
        passed.sort_by_key(|(at, _)| *at);
        Ok(passed.into_iter().map(|(_, passed)| passed).collect())
    }
}
