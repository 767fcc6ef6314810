//! The study that a notebook asks for, over heads and over heads at segments.

use super::change::{Found, Scores, rows};
use crate::collection::Pair;
use crate::error::Result;
use crate::frame::{columns as c, head_columns};
use crate::hook::intervention::Patch;
use crate::hook::{Activations, Head, Heads, Hooks, Site};
use crate::live::Task;
use crate::model::{CHANGED_TOKENS, CrossEncoder};
use crate::perturbation::Perturbed;
use crate::tokens::Segment;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use std::sync::Arc;

/// Patches to be measured; made by [`CrossEncoder::patch`].
#[must_use = "patching computes nothing until a frame is asked for"]
#[derive(Debug, Clone)]
pub struct Patching {
    pub(super) model: CrossEncoder,
    pub(super) perturbed: Vec<Perturbed>,
    pub(super) heads: Heads,
    pub(super) noising: bool,
    pub(super) batch: usize,
}

/// A pair's two runs, and which positions are the same: `(in the source, in the base)`.
pub(super) struct Runs {
    pub(super) base: Arc<Activations>,
    pub(super) source: Arc<Activations>,
    pub(super) positions: Vec<(usize, usize)>,
}

impl CrossEncoder {
    /// Patches activations between the clean and the corrupted run of these pairs: denoising, over all heads, unless
    /// told otherwise. Positions that only one of both has are never patched.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let perturbed = stmc1(&Pair::new("blue sky", "The sky is blue at noon."), "sky", "sea")?;
    /// let effects = model.patch([perturbed]).heads([Head::new(2, 9), Head::new(3, 4)]).by_head()?;
    /// assert_eq!(effects.height(), 2);
    /// assert!(effects.column("effect")?.f64()?.max() > Some(0.0));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn patch(&self, perturbed: impl IntoIterator<Item = Perturbed>) -> Patching {
        let perturbed = perturbed.into_iter().collect();
        Patching { model: self.clone(), perturbed, heads: Heads::all(), noising: false, batch: CHANGED_TOKENS }
    }
}

impl Patching {
    /// Only these heads; of no meaning for [`Patching::by_position`].
    pub fn heads(mut self, heads: impl Into<Heads>) -> Self {
        self.heads = heads.into();
        self
    }

    /// Patches from the corrupted run into the clean one: an effect of 1 means that the patch alone makes the clean
    /// score the corrupted one.
    pub fn noising(mut self) -> Self {
        self.noising = true;
        self
    }

    /// How many tokens of patched runs each core computes side by side (512 unless told otherwise). It bounds the memory and
    /// changes nothing else.
    pub fn batch(mut self, tokens: usize) -> Self {
        self.batch = tokens;
        self
    }

    /// Patches `z` of one head at a time, at all positions that both runs have.
    ///
    /// Columns: `query_id`, `doc_id`, `layer`, `head`, `clean_score`, `corrupted_score`, `patched_score`, `effect`
    /// (`(patched − corrupted) / (clean − corrupted)`, or with [noising](Patching::noising) `(patched − clean) /
    /// (corrupted − clean)`; null where the two scores differ by less than 1e-4).
    ///
    /// # Errors
    /// [`UnknownHead`](crate::Error::UnknownHead) and whatever is wrong with a pair, before anything is computed.
    pub fn by_head(&self) -> Result<DataFrame> {
        let found = self.of_heads(&[()], |(), _| true)?;
        rows(&self.perturbed, &found, self.noising, |patches| columns_of(patches.iter().map(|(head, _)| *head)))
    }

    /// As [`Patching::by_head`], at the positions of these segments together.
    ///
    /// # Errors
    /// As [`Patching::by_head`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let perturbed = stmc1(&Pair::new("blue sky", "The sky is blue at noon."), "sky", "sea")?;
    /// let study = model.patch([perturbed]).heads([Head::new(2, 9)]);
    /// assert_eq!(study.by_head_at(Segment::ALL)?, study.by_head()?);
    /// assert_eq!(study.by_head_at([])?.column("effect")?.f64()?.get(0), Some(0.0));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn by_head_at(&self, segments: impl IntoIterator<Item = Segment>) -> Result<DataFrame> {
        let segments: Vec<Segment> = segments.into_iter().collect();
        let found = self.of_heads(&[()], |(), segment| segments.contains(&segment))?;
        rows(&self.perturbed, &found, self.noising, |patches| columns_of(patches.iter().map(|(head, _)| *head)))
    }

    /// As [`Patching::by_head`], at the positions of one segment at a time; its name is in the column `segment`.
    ///
    /// # Errors
    /// As [`Patching::by_head`].
    pub fn by_head_and_segment(&self) -> Result<DataFrame> {
        let found = self.of_heads(&Segment::ALL, |of, segment| of == segment)?;
        rows(&self.perturbed, &found, self.noising, |patches| {
            let mut columns = columns_of(patches.iter().map(|(head, _)| *head));
            let segments: Vec<&str> = patches.iter().map(|(_, segment)| segment.name()).collect();
            columns.push(Series::new(c::SEGMENT.into(), segments).into());
            columns
        })
    }

    /// Patches every head in each of these places: at the positions of the segments that it holds.
    fn of_heads<P: Copy + Send + Sync>(
        &self,
        places: &[P],
        holds: impl Fn(P, Segment) -> bool + Sync,
    ) -> Result<Vec<Found<(Head, P)>>> {
        let heads = self.heads.within(&self.model.shape())?;
        self.each(&[Site::ResidPre, Site::Z], |runs| {
            let every = heads.iter().flat_map(|head| places.iter().map(move |place| (*head, *place)));
            let patch = |(head, place): (Head, P)| {
                let tokens = runs.base.tokens();
                let here = |(_, to): &&(usize, usize)| holds(place, tokens.segments()[*to]);
                let positions = runs.positions.iter().filter(here).copied();
                let patch = Patch::of_heads(Site::Z, head, &runs.source).positions(positions);
                ((head, place), Hooks::new().intervene(patch))
            };
            self.patched(runs, every.map(patch).collect())
        })
    }

    /// The scores of the base under each of these hooks.
    pub(super) fn patched<P>(&self, runs: &Runs, patches: Vec<(P, Hooks)>) -> Result<Found<P>> {
        let hooks: Vec<&Hooks> = patches.iter().map(|(_, hooks)| hooks).collect();
        let logits = self.model.logits_with(&runs.base, &hooks, self.batch)?;
        let patched = patches.into_iter().zip(logits).map(|((patch, _), logit)| (patch, logit)).collect();
        Ok(Found { scores: runs.scores(), patched })
    }

    /// `work(runs)` for every pair, with these sites of both runs; the tokens of both are made before anything else.
    pub(super) fn each<P: Send>(
        &self,
        sites: &[Site],
        work: impl Fn(&Runs) -> Result<Found<P>> + Sync,
    ) -> Result<Vec<Found<P>>> {
        let pair_of = |clean: bool| -> Vec<Pair> {
            let pair = |of: &Perturbed| if clean { of.clean() } else { of.corrupted() }.clone();
            self.perturbed.iter().map(pair).collect()
        };
        let sources = self.model.all_tokens(&pair_of(!self.noising))?;
        let task = Task::new("patching", "pairs", self.perturbed.len());
        self.model.each_at(&pair_of(self.noising), &task, |at, base| {
            let (perturbed, source) = (&self.perturbed[at], &sources[at]);
            let positions = if self.noising {
                perturbed.positions(base, source).into_iter().map(|(clean, corrupted)| (corrupted, clean)).collect()
            } else {
                perturbed.positions(source, base)
            };
            let run = |tokens| {
                let hooks = sites.iter().fold(Hooks::new(), |hooks, site| hooks.capture(*site));
                self.model.run_tokens(tokens, &hooks).map(Arc::new)
            };
            work(&Runs { base: run(base)?, source: run(source)?, positions })
        })
    }
}

impl Runs {
    /// The scores of both runs.
    pub(super) fn scores(&self) -> Scores {
        Scores { base: self.base.logit(), source: self.source.logit() }
    }
}

pub(super) fn columns_of(heads: impl Iterator<Item = Head>) -> Vec<Column> {
    head_columns(heads.map(|Head { layer, head }| (layer, head))).into()
}
