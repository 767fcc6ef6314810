//! Many pairs, spread over the cores: one pair is one forward pass at its own length, so nothing is ever padded.

use super::CrossEncoder;
use crate::collection::Pair;
use crate::error::Result;
use crate::tokens::Tokens;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How far a long computation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pairs that are finished.
    pub done: usize,
    /// Pairs in all.
    pub total: usize,
}

impl CrossEncoder {
    /// `work(tokens)` for every pair, in the order of the pairs, computed longest first so that no core is left with
    /// a long pair at the end. All pairs are tokenised before anything is computed: a bad pair costs no work.
    pub(crate) fn each<T, F>(&self, pairs: &[Pair], progress: &(dyn Fn(Progress) + Sync), work: F) -> Result<Vec<T>>
    where
        T: Send,
        F: Fn(&Tokens) -> Result<T> + Sync,
    {
        let tokens = pairs.par_iter().map(|pair| self.tokens(pair)).collect::<Result<Vec<Tokens>>>()?;
        let mut order: Vec<usize> = (0..tokens.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(tokens[*at].len()));
        let done = AtomicUsize::new(0);
        let mut results = order
            .into_par_iter()
            .with_max_len(1)
            .map(|at| {
                let result = work(&tokens[at])?;
                progress(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, total: tokens.len() });
                Ok((at, result))
            })
            .collect::<Result<Vec<(usize, T)>>>()?;
        results.sort_unstable_by_key(|(at, _)| *at);
        Ok(results.into_iter().map(|(_, result)| result).collect())
    }
}

/// For computations that nobody watches.
pub(crate) fn unwatched(_: Progress) {}
