//! Scores of changed runs, from what a plain run captured: what lies before the change is not computed again, and runs
//! that are changed at the same place go on side by side.

use super::CrossEncoder;
use super::batch::Batch;
use crate::error::Result;
use crate::hook::{Activations, Hooks, Site, Tap};
use crate::tokens::Tokens;
use candle_core::Tensor;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Tokens of changed runs that go side by side unless told otherwise.
pub(crate) const BATCH: usize = 512;

/// The sites of a layer before `z`.
const GATHERING: [Site; 6] = [Site::ResidPre, Site::Q, Site::K, Site::V, Site::AttnScores, Site::Pattern];

/// Where a changed run parts from the plain one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Start {
    Embed,
    ResidPre(usize),
    Z(usize),
}

impl CrossEncoder {
    /// A run with what [`CrossEncoder::logits_with`] begins from.
    pub(crate) fn begin(&self, tokens: &Tokens) -> Result<Activations> {
        self.run_tokens(tokens, &Hooks::new().capture(Site::ResidPre).capture(Site::Z))
    }

    /// The scores under each of these hooks, from a run that [`CrossEncoder::begin`] made, in batches of at most so many
    /// tokens.
    ///
    /// A change of nothing, or one that the model has already, has the score of that run to the last bit.
    pub(crate) fn logits_with(&self, seen: &Activations, hooks: &[&Hooks], batch: usize) -> Result<Vec<f32>> {
        let mut of_start: BTreeMap<Start, Vec<usize>> = BTreeMap::new();
        hooks.iter().enumerate().for_each(|(at, hooks)| of_start.entry(self.start(hooks)).or_default().push(at));
        let many = (batch / seen.tokens().len()).max(1);
        let batches = of_start.iter().flat_map(|(start, runs)| runs.chunks(many).map(move |some| (*start, some)));
        let found = batches.collect::<Vec<_>>().into_par_iter().map(|(start, some)| {
            let own: Vec<&Hooks> = some.iter().map(|at| hooks[*at]).collect();
            Ok(some.iter().copied().zip(self.logits_from(start, seen, &own)?).collect::<Vec<_>>())
        });
        let mut found: Vec<(usize, f32)> = found.collect::<Result<Vec<_>>>()?.concat();
        found.sort_by_key(|(at, _)| *at);
        Ok(found.into_iter().map(|(_, logit)| logit).collect())
    }

    fn start(&self, hooks: &Hooks) -> Start {
        let layers = self.shape().layers;
        let touched =
            |layer: &usize| Site::ALL.into_iter().any(|site| site.is_per_layer() && hooks.touch(site, *layer));
        let first = (0..layers).find(touched).unwrap_or(layers - 1);
        // What is always changed where the layer begins has been changed in what was captured there.
        if hooks.touch(Site::Embed, 0) || self.always.touch(Site::ResidPre, first) {
            Start::Embed
        } else if GATHERING.into_iter().any(|site| hooks.touch(site, first)) {
            Start::ResidPre(first)
        } else {
            Start::Z(first)
        }
    }

    fn logits_from(&self, start: Start, seen: &Activations, hooks: &[&Hooks]) -> Result<Vec<f32>> {
        let taps = hooks.iter().map(|hooks| Tap::new(&self.always, hooks, seen.tokens()));
        let passed = match start {
            Start::Embed => self.pass_all(taps)?,
            Start::ResidPre(layer) => {
                let mut batch = Batch::new(self.shape().hidden);
                let x: Vec<f32> = seen.get(Site::ResidPre, layer)?.flatten_all()?.to_vec1()?;
                taps.for_each(|tap| batch.push(tap, &x));
                self.pass_from(batch, layer)?
            }
            Start::Z(layer) => {
                let z = seen.get(Site::Z, layer)?;
                let changed = hooks.iter().map(|hooks| hooks.apply(Site::Z, layer, z.clone(), seen.tokens()));
                return self.logits_after(seen, layer, &changed.collect::<Result<Vec<_>>>()?, hooks);
            }
        };
        Ok(passed.into_iter().map(|(logit, _)| logit).collect())
    }

    /// The scores when the heads of one layer give each of these `z` `[head, token, head_dim]`, in such batches as well.
    pub(crate) fn logits_from_z(
        &self,
        seen: &Activations,
        layer: usize,
        z: &[Tensor],
        batch: usize,
    ) -> Result<Vec<f32>> {
        let (none, many) = (Hooks::new(), (batch / seen.tokens().len()).max(1));
        let found = z.par_chunks(many).map(|z| self.logits_after(seen, layer, z, &vec![&none; z.len()]));
        Ok(found.collect::<Result<Vec<_>>>()?.concat())
    }

    /// As [`CrossEncoder::logits_from_z`], all at once, with hooks for what comes after.
    fn logits_after(&self, seen: &Activations, layer: usize, z: &[Tensor], hooks: &[&Hooks]) -> Result<Vec<f32>> {
        let numbers = |tensor: &Tensor| -> Result<Vec<f32>> { Ok(tensor.flatten_all()?.to_vec1()?) };
        let (x, plain) = (numbers(seen.get(Site::ResidPre, layer)?)?, numbers(seen.get(Site::Z, layer)?)?);
        let mut batch = Batch::new(self.shape().hidden);
        let mut logits = Vec::with_capacity(z.len());
        for (z, hooks) in z.iter().zip(hooks) {
            let z = numbers(z)?;
            if z == plain && hooks.touch_nothing_but(Site::Z, layer, self.shape().layers) {
                logits.push(Some(seen.logit()));
                continue;
            }
            logits.push(None);
            batch.push(Tap::new(&self.always, hooks, seen.tokens()), &x);
            batch.z.extend(z);
        }
        let passed = if batch.taps.is_empty() { Vec::new() } else { self.pass_from_z(batch, layer)? };
        let mut changed = passed.into_iter().map(|(logit, _)| logit);
        Ok(logits.into_iter().filter_map(|known| known.or_else(|| changed.next())).collect())
    }
}
