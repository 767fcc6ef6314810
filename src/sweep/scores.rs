//! Every pair under every variant: from the store, from an interrupted run, or computed.

use super::design::{Design, Variant};
use super::manifest::Manifest;
use super::options::Options;
use super::store::{Scores, Store};
use super::swept::Swept;
use super::unfinished::go_on;
use crate::collection::{Pair, Pairs, by_query};
use crate::effect;
use crate::error::Result;
use crate::live::Task;
use crate::model::CrossEncoder;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Scores by the position of the pair.
pub(super) type Finished = BTreeMap<usize, Scores>;

pub(super) fn run(model: &CrossEncoder, design: &dyn Design, all: &Pairs, options: &Options) -> Result<Swept> {
    let variants = design.variants(&model.shape(), options.settings.seed)?;
    for variant in &variants {
        variant.hooks.check(&model.shape())?;
    }
    effect::check(all, &options.settings)?;
    let store = match &options.store {
        // Without variants a part would have no rows, and nothing to keep.
        Some(folder) if !variants.is_empty() => {
            let manifest = Manifest::new(model, design, &variants, all, options.settings.seed)?;
            Some(Store::open(folder, manifest)?)
        }
        _ => None,
    };
    let queries = Queries::new(all, options);
    let pairs = queries.pairs(all);
    effect::check(&pairs, &options.settings)?;
    let parts = Parts { store, variants: &variants, queries: &queries, pairs: &pairs, open: Mutex::default() };
    let mut stored = parts.read()?;
    let compute = |finished: &mut Finished| {
        // Whole queries that an interrupt left in memory are stored as the rest is.
        for (at, scores) in finished.iter().filter(|(at, _)| !stored.contains_key(at)) {
            parts.done(*at, scores)?;
        }
        finished.append(&mut stored);
        let task = Task::new(design.title(), "pairs", pairs.len());
        task.skip(finished.len());
        let group = |at: usize| if parts.store.is_some() { queries.number[at] } else { 0 };
        model.rest(&pairs, finished, &task, &group, &*options.progress, |at, tokens| {
            let seen = model.begin(tokens)?;
            let plain = model.logit_with(&seen, &Default::default())?;
            let changed = variants.iter().map(|variant| model.logit_with(&seen, &variant.hooks));
            let scores = (plain, changed.collect::<Result<Vec<f32>>>()?);
            parts.done(at, &scores)?;
            Ok(scores)
        })
    };
    let scores = go_on(model, &variants, &pairs, compute)?;
    Ok(Swept::new(variants, pairs, scores.into_values().collect(), options.settings.clone()))
}

/// The queries of a sweep, and which of them this shard takes.
struct Queries {
    /// Positions among all pairs of those that are taken.
    taken: Vec<usize>,
    /// For each pair that is taken: its query's number among all queries.
    number: Vec<usize>,
    /// Per query number: the positions of its pairs among those that are taken.
    pairs_of: BTreeMap<usize, Vec<usize>>,
}

impl Queries {
    fn new(all: &Pairs, options: &Options) -> Self {
        let mut number_of = vec![0; all.len()];
        for (number, at) in by_query(all).into_values().enumerate() {
            at.into_iter().for_each(|at| number_of[at] = number);
        }
        let here = |at: &usize| options.shard.is_none_or(|shard| shard.holds(number_of[*at]));
        let taken: Vec<usize> = (0..all.len()).filter(here).collect();
        let number: Vec<usize> = taken.iter().map(|at| number_of[*at]).collect();
        let mut pairs_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, query) in number.iter().enumerate() {
            pairs_of.entry(*query).or_default().push(at);
        }
        Self { taken, number, pairs_of }
    }

    fn pairs(&self, all: &Pairs) -> Pairs {
        Pairs::new(self.taken.iter().map(|at| all[*at].clone()).collect(), all.qrels())
    }
}

/// The parts of the store, one per query, of which some are being filled.
struct Parts<'a> {
    store: Option<Store>,
    variants: &'a [Variant],
    queries: &'a Queries,
    pairs: &'a Pairs,
    open: Mutex<HashMap<usize, BTreeMap<usize, Scores>>>,
}

impl Parts<'_> {
    fn of(&self, query: usize) -> (&[usize], Vec<&Pair>) {
        let at = self.queries.pairs_of.get(&query).map_or(&[][..], Vec::as_slice);
        (at, at.iter().map(|at| &self.pairs[*at]).collect())
    }

    fn read(&self) -> Result<Finished> {
        let mut finished = Finished::new();
        let Some(store) = &self.store else { return Ok(finished) };
        for query in self.queries.pairs_of.keys() {
            let (at, pairs) = self.of(*query);
            if let Some(scores) = store.read(*query, &pairs, self.variants.len())? {
                finished.extend(at.iter().copied().zip(scores));
            }
        }
        Ok(finished)
    }

    /// Takes in the scores of a pair; the last one of its query writes the part.
    fn done(&self, at: usize, scores: &Scores) -> Result<()> {
        let Some(store) = &self.store else { return Ok(()) };
        let query = self.queries.number[at];
        let (all, pairs) = self.of(query);
        let whole = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let part = open.entry(query).or_default();
            part.insert(at, scores.clone());
            if part.len() < all.len() {
                return Ok(());
            }
            open.remove(&query)
        };
        let scores: Vec<Scores> = whole.into_iter().flat_map(BTreeMap::into_values).collect();
        store.write(query, &pairs, self.variants, &scores)
    }
}
