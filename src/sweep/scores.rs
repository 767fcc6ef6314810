//! Every pair under every variant: from the store, from an interrupted run, or computed.

use super::design::{self, Design, Variant};
use super::manifest::Manifest;
use super::options::Options;
use super::store::{Scores, Store};
use super::swept::Swept;
use super::unfinished::go_on;
use crate::collection::{Pair, Pairs, by_query};
use crate::effect;
use crate::error::{Error, Result};
use crate::hook::Hooks;
use crate::live::Task;
use crate::model::{CrossEncoder, Order};
use crate::tokens::Tokens;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// Scores by the position of the pair.
pub(super) type Finished = BTreeMap<usize, Scores>;

pub(super) fn run(model: &CrossEncoder, design: &dyn Design, all: &Pairs, options: &Options) -> Result<Swept> {
    let variants = design.variants(&model.shape(), options.settings.seed)?;
    check(model, &variants, all, options)?;
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
    let parts = Parts { store, variants: &variants, queries: &queries, pairs: &pairs, open: Mutex::default() };
    let mut stored = parts.read()?;
    if let Some(store) = parts.store.as_ref().filter(|_| stored.len() < pairs.len()) {
        store.check_writable()?;
    }
    let compute = |finished: &mut Finished| {
        // Whole queries that an interrupt left in memory are stored as the rest is.
        for (at, scores) in finished.iter().filter(|(at, _)| !stored.contains_key(at)) {
            parts.done(*at, scores)?;
        }
        finished.append(&mut stored);
        let task = Task::new(design.title(), "pairs", pairs.len());
        task.skip(finished.len());
        let group = |at: usize| if parts.store.is_some() { queries.number[at] } else { 0 };
        let order = Order { task: &task, group: &group, told: &*options.progress };
        model.rest(&pairs, finished, &order, |at, tokens| {
            let scores = score(model, &variants, &pairs[at], tokens, options.batch)?;
            parts.done(at, &scores)?;
            Ok(scores)
        })
    };
    let scores = go_on(model, &variants, &pairs, compute)?;
    Ok(Swept::new(variants, pairs, scores.into_values().collect(), options.settings.clone()))
}

/// Refuses what can be known to fail, so that it costs no computation and leaves no store.
fn check(model: &CrossEncoder, variants: &[Variant], pairs: &Pairs, options: &Options) -> Result<()> {
    design::check(variants)?;
    variants.iter().try_for_each(|variant| variant.hooks.check(&model.shape()))?;
    effect::check(pairs, &options.settings)?;
    // Fails if there is anything wrong with a pair; the tokens are kept for the sweep.
    model.all_tokens(pairs).map(drop)
}

/// The plain score of a pair, and that under each variant.
fn score(model: &CrossEncoder, variants: &[Variant], pair: &Pair, tokens: &Tokens, batch: usize) -> Result<Scores> {
    let finite = |score: f32, of: &dyn Fn() -> String| {
        if score.is_finite() {
            return Ok(score);
        }
        let Pair { query_id, doc_id, .. } = pair;
        let what =
            format!("the score of query {query_id:?}, document {doc_id:?} is {score} {}: it cannot be ranked", of());
        Err(Error::Argument(what))
    };
    let seen = model.begin(tokens)?;
    let plain = finite(seen.logit(), &|| "by the plain model".into())?;
    let hooks: Vec<&Hooks> = variants.iter().map(|variant| &variant.hooks).collect();
    let changed = model.logits_with(&seen, &hooks, batch)?.into_iter().zip(variants);
    let changed = changed.map(|(logit, variant)| finite(logit, &|| format!("under the variant {}", variant.name())));
    Ok((plain, changed.collect::<Result<_>>()?))
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
