//! Many pairs, spread over the cores: one pair is one forward pass at its own length, so nothing is ever padded.

use super::CrossEncoder;
use crate::collection::Pair;
use crate::error::Result;
use crate::live::{Progress, Task};
use crate::tokens::Tokens;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Mutex;

impl CrossEncoder {
    /// Fails if there is anything wrong with a pair.
    pub(crate) fn check_pairs(&self, pairs: &[Pair]) -> Result<()> {
        pairs.par_iter().try_for_each(|pair| self.tokens(pair).map(drop))
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
        self.rest(pairs, &mut results, task, &|_| 0, &|_| (), work)?;
        Ok(results.into_values().collect())
    }

    /// `work(position, tokens)` for every pair of which `results` lacks the position; an error leaves in `results` what was
    /// finished.
    ///
    /// The pairs of a lower `group` come first, among them the longest, so that no core is left with one at the end. All
    /// pairs are tokenised before anything is computed: a bad pair costs no work.
    pub(crate) fn rest<T, F>(
        &self,
        pairs: &[Pair],
        results: &mut BTreeMap<usize, T>,
        task: &Task,
        group: &dyn Fn(usize) -> usize,
        told: &(dyn Fn(Progress) + Sync),
        work: F,
    ) -> Result<()>
    where
        T: Send,
        F: Fn(usize, &Tokens) -> Result<T> + Sync,
    {
        let tokens = pairs.par_iter().map(|pair| self.tokens(pair)).collect::<Result<Vec<Tokens>>>()?;
        let mut order: Vec<usize> = (0..tokens.len()).filter(|at| !results.contains_key(at)).collect();
        order.sort_by_key(|at| (group(*at), Reverse(tokens[*at].len())));
        let results = Mutex::new(results);
        order.into_par_iter().with_max_len(1).try_for_each(|at| {
            task.check()?;
            let result = work(at, &tokens[at])?;
            // Poisoned only by a panic, which rayon passes on.
            if let Ok(mut results) = results.lock() {
                results.insert(at, result);
            }
            told(task.step());
            Ok(())
        })
    }
}
