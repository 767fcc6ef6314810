//! Scores of changed runs, from what a plain run captured: what lies before the change is not computed again, and runs
//! that are changed at the same place go on side by side.

use super::CrossEncoder;
use super::batch::Batch;
use super::fused::Unchanged;
use super::pass::Passed;
use crate::error::Result;
use crate::hook::{Activations, Hooks, Site, Tap};
use crate::tokens::Tokens;
use candle_core::Tensor;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Tokens of changed runs that go side by side unless told otherwise.
pub(crate) const CHANGED_TOKENS: usize = 512;

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
    /// A change of nothing, or one that the model has already, has the score of that run to the last bit, unless candle's
    /// path computes it.
    pub(crate) fn logits_with(&self, seen: &Activations, hooks: &[&Hooks], batch: usize) -> Result<Vec<f32>> {
        let mut of_start: BTreeMap<Start, Vec<usize>> = BTreeMap::new();
        hooks.iter().enumerate().for_each(|(at, hooks)| of_start.entry(self.start(hooks)).or_default().push(at));
        let many = (batch / seen.tokens().len()).max(1);
        let mut found: Vec<(usize, f32)> = Vec::with_capacity(hooks.len());
        for (start, runs) in of_start {
            let own: Vec<&Hooks> = runs.iter().map(|at| hooks[*at]).collect();
            found.extend(runs.into_iter().zip(self.logits_from(start, seen, &own, many)?));
        }
        found.sort_by_key(|(at, _)| *at);
        // What changes nothing ends in the short way through the last layer, which rounds in its own way.
        let short = self.logit_of_cls(seen)?;
        let logit = |(_, logit)| if logit == short { seen.logit() } else { logit };
        Ok(found.into_iter().map(logit).collect())
    }

    /// The score of the plain run, if `[CLS]` goes alone through the last layer.
    fn logit_of_cls(&self, seen: &Activations) -> Result<f32> {
        let (none, last) = (Hooks::new(), self.shape().layers - 1);
        let mut batch = Batch::new(self.shape().hidden);
        batch.push(Tap::new(&self.always, &none, seen.tokens()), &numbers(seen.get(Site::ResidPre, last)?)?);
        Ok(self.pass_from(batch, last)?.into_iter().fold(seen.logit(), |_, (logit, _)| logit))
    }

    /// The scores of runs that part from the plain one at the same place, so many at a time.
    fn logits_from(&self, start: Start, seen: &Activations, hooks: &[&Hooks], many: usize) -> Result<Vec<f32>> {
        let logits = |passed: Vec<Passed>| passed.into_iter().map(|(logit, _)| logit).collect();
        match start {
            Start::Embed => each_few(hooks, many, |some| {
                Ok(logits(self.pass_all(some.iter().map(|hooks| Tap::new(&self.always, hooks, seen.tokens())))?))
            }),
            Start::ResidPre(layer) => {
                let x = numbers(seen.get(Site::ResidPre, layer)?)?;
                each_few(hooks, many, |some| {
                    let mut batch = Batch::new(self.shape().hidden);
                    some.iter().for_each(|hooks| batch.push(Tap::new(&self.always, hooks, seen.tokens()), &x));
                    Ok(logits(self.pass_from(batch, layer)?))
                })
            }
            Start::Z(layer) => {
                let value = seen.get(Site::Z, layer)?;
                let z = |hooks: &Hooks| numbers(&hooks.apply(Site::Z, layer, value.clone(), seen.tokens())?);
                let plain = Plain::new(self, seen, layer, hooks.iter().map(|hooks| z(hooks)))?;
                each_few(hooks, many, |some| {
                    plain.logits(&some.iter().map(|hooks| Ok((z(hooks)?, *hooks))).collect::<Result<Vec<_>>>()?)
                })
            }
        }
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

    /// `z` of a layer as the model's own interventions leave it.
    pub(crate) fn changed_z(&self, layer: usize, z: Tensor, tokens: &Tokens) -> Result<Tensor> {
        self.always.apply(Site::Z, layer, z, tokens)
    }

    /// What the heads of a layer make of these queries, keys and values: `z` `[head, token, head_dim]`, as each of them is.
    pub(crate) fn mix(&self, tokens: &Tokens, layer: usize, qkv: [&Tensor; 3]) -> Result<Tensor> {
        self.parts.blocks[layer].mix(qkv, layer, &mut Tap::new(&self.always, &Hooks::new(), tokens))
    }

    /// The scores when the heads of one layer give each of these `z` `[head, token, head_dim]`, in such batches as well.
    pub(crate) fn logits_from_z(
        &self,
        seen: &Activations,
        layer: usize,
        z: &[Tensor],
        batch: usize,
    ) -> Result<Vec<f32>> {
        let none = Hooks::new();
        let plain = Plain::new(self, seen, layer, z.iter().map(numbers))?;
        each_few(z, (batch / seen.tokens().len()).max(1), |some| {
            plain.logits(&some.iter().map(|z| Ok((numbers(z)?, &none))).collect::<Result<Vec<_>>>()?)
        })
    }
}

/// `work` on so many at a time, its results one after the other.
fn each_few<T: Sync>(
    all: &[T],
    many: usize,
    work: impl Fn(&[T]) -> Result<Vec<f32>> + Send + Sync,
) -> Result<Vec<f32>> {
    // In their order, so that of several errors always the same is told.
    let found: Vec<Result<Vec<f32>>> = all.par_chunks(many).map(work).collect();
    Ok(found.into_iter().collect::<Result<Vec<_>>>()?.concat())
}

fn numbers(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(tensor.flatten_all()?.to_vec1()?)
}

/// A layer of the plain run, in which heads are to give another `z`.
struct Plain<'a> {
    model: &'a CrossEncoder,
    seen: &'a Activations,
    layer: usize,
    x: Vec<f32>,
    z: Vec<f32>,
    /// Where few heads change.
    unchanged: Option<Unchanged>,
}

impl<'a> Plain<'a> {
    /// `others` are looked through for one in which few heads change.
    fn new(
        model: &'a CrossEncoder,
        seen: &'a Activations,
        layer: usize,
        mut others: impl Iterator<Item = Result<Vec<f32>>>,
    ) -> Result<Self> {
        let (x, z) = (numbers(seen.get(Site::ResidPre, layer)?)?, numbers(seen.get(Site::Z, layer)?)?);
        let fused = &model.parts.blocks[layer].fused;
        // In the last layer only one row is left.
        let pays = layer + 1 < model.shape().layers
            && others.any(|other| other.is_ok_and(|other| fused.few_changed(&z, &other).is_some()));
        let unchanged = pays.then(|| fused.unchanged(&x, &z));
        Ok(Self { model, seen, layer, x, z, unchanged })
    }

    /// The scores with each of these `z`, and hooks for what comes after.
    fn logits(&self, runs: &[(Vec<f32>, &Hooks)]) -> Result<Vec<f32>> {
        let Self { model, seen, layer, x, z: before, unchanged } = self;
        let (shape, block) = (model.shape(), &model.parts.blocks[*layer]);
        let mut logits = vec![seen.logit(); runs.len()];
        let mut sides = [false, true].map(|_| (Vec::new(), Batch::new(shape.hidden)));
        for (at, (z, hooks)) in runs.iter().enumerate() {
            if z == before && hooks.touch_nothing_but(Site::Z, *layer, shape.layers) {
                continue;
            }
            let tap = Tap::new(&model.always, hooks, seen.tokens());
            let few = || block.fused.few_changed(before, z).filter(|_| !tap.looks_behind_z(*layer));
            let after = unchanged.as_ref().and_then(|unchanged| Some((unchanged, few()?)));
            let after = after.map(|(unchanged, heads)| block.finish_changed(unchanged, before, z, &heads));
            let (places, batch) = &mut sides[usize::from(after.is_some())];
            places.push(at);
            match after {
                Some(after) => batch.push(tap, &after),
                None => {
                    batch.push(tap, x);
                    batch.z.extend(z);
                }
            }
        }
        let [(whole_at, whole), (changed_at, mut changed)] = sides;
        let mut put = |places: Vec<usize>, passed: Vec<Passed>| {
            places.into_iter().zip(passed).for_each(|(at, (logit, _))| logits[at] = logit);
        };
        if !whole_at.is_empty() {
            put(whole_at, model.pass_from_z(whole, *layer)?);
        }
        if !changed_at.is_empty() {
            changed.at_rows(Site::ResidPost, *layer)?;
            put(changed_at, model.pass_from(changed, layer + 1)?);
        }
        Ok(logits)
    }
}
