//! The study that a notebook asks for: over heads, heads and segments, or positions of the residual stream.

use super::change::{Found, Scores, rows};
use crate::collection::Pair;
use crate::error::Result;
use crate::frame::columns as c;
use crate::hook::intervention::Patch;
use crate::hook::{Activations, Head, Heads, Hooks, Intervention, Site};
use crate::live::Task;
use crate::model::CrossEncoder;
use crate::perturbation::Perturbed;
use crate::tokens::{Segment, Tokens};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

/// Patches to be measured; made by [`CrossEncoder::patch`].
#[must_use = "patching computes nothing until a frame is asked for"]
#[derive(Debug, Clone)]
pub struct Patching {
    model: CrossEncoder,
    perturbed: Vec<Perturbed>,
    heads: Heads,
    noising: bool,
}

/// A head, at the positions of a segment or at all.
type HeadPatch = (Head, Option<Segment>);

/// A pair's two runs, and which positions are the same: `(in the source, in the base)`.
struct Runs {
    base: Activations,
    source: Activations,
    positions: Vec<(usize, usize)>,
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
        Patching { model: self.clone(), perturbed, heads: Heads::all(), noising: false }
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

    /// Patches `z` of one head at a time, at all positions that both runs have.
    ///
    /// Columns: `query_id`, `doc_id`, `layer`, `head`, `clean_score`, `corrupted_score`, `patched_score`, `effect`
    /// (`(patched − corrupted) / (clean − corrupted)`, or with [noising](Patching::noising) `(patched − clean) /
    /// (corrupted − clean)`; null where the two scores are the same).
    ///
    /// # Errors
    /// [`UnknownHead`](crate::Error::UnknownHead) and whatever is wrong with a pair, before anything is computed.
    pub fn by_head(&self) -> Result<DataFrame> {
        let found = self.of_heads(&[None])?;
        rows(&self.perturbed, &found, self.noising, |patches| head_columns(patches.iter().map(|(head, _)| *head)))
    }

    /// As [`Patching::by_head`], at the positions of one segment at a time; its name is in the column `segment`.
    ///
    /// # Errors
    /// As [`Patching::by_head`].
    pub fn by_head_and_segment(&self) -> Result<DataFrame> {
        let found = self.of_heads(&Segment::ALL.map(Some))?;
        rows(&self.perturbed, &found, self.noising, |patches| {
            let mut columns = head_columns(patches.iter().map(|(head, _)| *head));
            let segments: Vec<Option<&str>> = patches.iter().map(|(_, segment)| segment.map(Segment::name)).collect();
            columns.push(Series::new(c::SEGMENT.into(), segments).into());
            columns
        })
    }

    /// Patches the residual stream where it enters a layer (`resid_pre`), one position at a time.
    ///
    /// Columns: those of [`Patching::by_head`] with `position`, `token` and `segment` (of the run that is patched) in
    /// the place of `head`.
    ///
    /// # Errors
    /// Whatever is wrong with a pair, before anything is computed.
    pub fn by_position(&self) -> Result<DataFrame> {
        let layers = self.model.shape().layers;
        let found = self.each(|model, base, source, positions| {
            let runs = Runs::new(model, base, source, positions, &[Site::ResidPre])?;
            let scores = Scores { base: runs.base.logit(), source: runs.source.logit() };
            let places = (0..layers).flat_map(|layer| runs.positions.iter().map(move |places| (layer, *places)));
            let patched = places.map(|(layer, places)| {
                let patch = Patch::site(Site::ResidPre, layer, &runs.source).positions([places]);
                let x = patch.apply(layer, runs.base.get(Site::ResidPre, layer)?.clone(), base)?;
                let (position, segment) = (places.1, base.segments()[places.1]);
                let patch = (layer, position, base.pieces()[position].clone(), segment);
                Ok((patch, model.logit_from_resid(&runs.base, layer, x)?))
            });
            Ok(Found { scores, patched: patched.collect::<Result<_>>()? })
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

    /// Patches every head at the positions of each of these segments, or at all.
    fn of_heads(&self, segments: &[Option<Segment>]) -> Result<Vec<Found<HeadPatch>>> {
        let heads = self.heads.within(&self.model.shape())?;
        self.each(|model, base, source, positions| {
            let runs = Runs::new(model, base, source, positions, &[Site::ResidPre, Site::Z])?;
            // Not the logit of that run: it computed the whole last layer, a patched one only [CLS].
            let plain = model.logit_from_z(&runs.base, 0, runs.base.get(Site::Z, 0)?)?;
            let scores = Scores { base: plain, source: runs.source.logit() };
            let every = heads.iter().flat_map(|head| segments.iter().map(move |segment| (*head, *segment)));
            let patched = every.map(|(head, segment)| {
                let here = |place: &&(usize, usize)| segment.is_none_or(|of| base.segments()[place.1] == of);
                let positions = runs.positions.iter().filter(here).copied();
                let patch = Patch::heads(head, &runs.source).positions(positions);
                let z = patch.apply(head.layer, runs.base.get(Site::Z, head.layer)?.clone(), base)?;
                Ok(((head, segment), model.logit_from_z(&runs.base, head.layer, &z)?))
            });
            Ok(Found { scores, patched: patched.collect::<Result<_>>()? })
        })
    }

    /// `work(model, base, source, positions)` for every pair; the tokens of both runs are made before anything else.
    fn each<P: Send>(
        &self,
        work: impl Fn(&CrossEncoder, &Tokens, &Tokens, Vec<(usize, usize)>) -> Result<Found<P>> + Sync,
    ) -> Result<Vec<Found<P>>> {
        let pair_of = |clean: bool| -> Vec<Pair> {
            let pair = |of: &Perturbed| if clean { of.clean() } else { of.corrupted() }.clone();
            self.perturbed.iter().map(pair).collect()
        };
        let sources = pair_of(!self.noising).iter().map(|pair| self.model.tokens(pair)).collect::<Result<Vec<_>>>()?;
        let task = Task::new("patching", "pairs", self.perturbed.len());
        self.model.each_at(&pair_of(self.noising), &task, |at, base| {
            let (perturbed, source) = (&self.perturbed[at], &sources[at]);
            let positions = if self.noising {
                perturbed.positions(base, source).into_iter().map(|(clean, corrupted)| (corrupted, clean)).collect()
            } else {
                perturbed.positions(source, base)
            };
            work(&self.model, base, source, positions)
        })
    }
}

impl Runs {
    fn new(
        model: &CrossEncoder,
        base: &Tokens,
        source: &Tokens,
        positions: Vec<(usize, usize)>,
        sites: &[Site],
    ) -> Result<Self> {
        let hooks = sites.iter().fold(Hooks::new(), |hooks, site| hooks.capture(*site));
        Ok(Self { base: model.run_tokens(base, &hooks)?, source: model.run_tokens(source, &hooks)?, positions })
    }
}

fn head_columns(heads: impl Iterator<Item = Head>) -> Vec<Column> {
    let (layers, heads): (Vec<u32>, Vec<u32>) = heads.map(|head| (head.layer as u32, head.head as u32)).unzip();
    vec![Series::new(c::LAYER.into(), layers).into(), Series::new(c::HEAD.into(), heads).into()]
}
