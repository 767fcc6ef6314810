//! Many pairs, spread over the cores in batches, at their own lengths: nothing is ever padded.

use super::CrossEncoder;
use crate::collection::Pair;
use crate::error::Result;
use crate::live::{Progress, Task};
use crate::tokens::Tokens;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Tokens of a batch: enough that few tiles of the products stand empty, few enough that what a layer makes of them
/// (1 MiB of a MiniLM) stays near the core.
const BATCH: usize = 256;

/// Which pairs are computed when, and who is told.
pub(crate) struct Order<'a> {
    pub(crate) task: &'a Task,
    /// The pairs of a lower group come first.
    pub(crate) group: &'a (dyn Fn(usize) -> usize + Sync),
    pub(crate) told: &'a (dyn Fn(Progress) + Sync),
}

impl<'a> Order<'a> {
    /// In any order, and nobody is told but the task.
    pub(crate) fn of(task: &'a Task) -> Self {
        Self { task, group: &|_| 0, told: &|_| () }
    }
}

impl CrossEncoder {
    /// The tokens of pairs, in their order.
    pub(crate) fn all_tokens(&self, pairs: &[Pair]) -> Result<Arc<Vec<Tokens>>> {
        self.parts.tokenised.of(pairs, || {
            let tokens: Vec<Result<Tokens>> = pairs.par_iter().map(|pair| self.tokens(pair)).collect();
            // In their order, so that of several errors always the same is told.
            tokens.into_iter().collect()
        })
    }

    /// `work(tokens)` for every pair, in the order of the pairs.
    pub(crate) fn each<T, F>(&self, pairs: &[Pair], task: &Task, work: F) -> Result<Vec<T>>
    where
        T: Send,
        F: Fn(&Tokens) -> Result<T> + Sync,
    {
        self.each_at(pairs, task, |_, tokens| work(tokens))
    }

    /// `work(position, tokens)` for every pair, in the order of the pairs.
    pub(crate) fn each_at<T, F>(&self, pairs: &[Pair], task: &Task, work: F) -> Result<Vec<T>>
    where
        T: Send,
        F: Fn(usize, &Tokens) -> Result<T> + Sync,
    {
        let mut results = BTreeMap::new();
        self.rest(pairs, &mut results, &Order::of(task), work)?;
        Ok(results.into_values().collect())
    }

    /// `work(tokens)` for batches of pairs, its results in the order of the pairs.
    pub(crate) fn each_batch<T, F>(&self, pairs: &[Pair], task: &Task, work: F) -> Result<Vec<T>>
    where
        T: Send,
        F: Fn(&[&Tokens]) -> Result<Vec<T>> + Sync,
    {
        let mut results = BTreeMap::new();
        self.rest_in_batches(pairs, &mut results, &Order::of(task), |_, some| work(some))?;
        Ok(results.into_values().collect())
    }

    /// `work(position, tokens)` for every pair of which `results` lacks the position; an error leaves in `results` what was
    /// finished.
    pub(crate) fn rest<T, F>(
        &self,
        pairs: &[Pair],
        results: &mut BTreeMap<usize, T>,
        order: &Order,
        work: F,
    ) -> Result<()>
    where
        T: Send,
        F: Fn(usize, &Tokens) -> Result<T> + Sync,
    {
        self.spread(pairs, results, order, 1, |at, some| Ok(vec![work(at[0], some[0])?]))
    }

    /// As [`CrossEncoder::rest`], of some pairs at a time.
    pub(crate) fn rest_in_batches<T, F>(
        &self,
        pairs: &[Pair],
        results: &mut BTreeMap<usize, T>,
        order: &Order,
        work: F,
    ) -> Result<()>
    where
        T: Send,
        F: Fn(&[usize], &[&Tokens]) -> Result<Vec<T>> + Sync,
    {
        self.spread(pairs, results, order, BATCH, work)
    }

    /// Spreads pairs over the cores, in batches of up to so many tokens.
    ///
    /// In a group the longest pairs come first, so that no core is left with one at the end. All pairs are tokenised
    /// before anything is computed: a bad pair costs no work.
    fn spread<T, F>(
        &self,
        pairs: &[Pair],
        results: &mut BTreeMap<usize, T>,
        Order { task, group, told }: &Order,
        most: usize,
        work: F,
    ) -> Result<()>
    where
        T: Send,
        F: Fn(&[usize], &[&Tokens]) -> Result<Vec<T>> + Sync,
    {
        let tokens = self.all_tokens(pairs)?;
        let mut order: Vec<usize> = (0..tokens.len()).filter(|at| !results.contains_key(at)).collect();
        order.sort_by_key(|at| (group(*at), Reverse(tokens[*at].len())));
        // Every core is to have several, so that all end at about the same time.
        let sum: usize = order.iter().map(|at| tokens[*at].len()).sum();
        let most = most.min(sum / (4 * rayon::current_num_threads()));
        let mut own = order.first().map_or(0, |at| tokens[*at].len());
        let fits = |_: &usize, next: &usize| {
            let more = tokens[*next].len();
            let fits = own + more <= most;
            own = if fits { own + more } else { more };
            fits
        };
        let batches: Vec<&[usize]> = order.chunk_by(fits).collect();
        let results = Mutex::new(results);
        batches.into_par_iter().with_max_len(1).try_for_each(|at| {
            task.check()?;
            let some: Vec<&Tokens> = at.iter().map(|at| &tokens[*at]).collect();
            let found = work(at, &some)?;
            // Poisoned only by a panic, which rayon passes on.
            if let Ok(mut results) = results.lock() {
                results.extend(at.iter().copied().zip(found));
            }
            at.iter().for_each(|_| told(task.step()));
            Ok(())
        })
    }
}
