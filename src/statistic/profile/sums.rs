//! What heads do in each cell of a profile, averaged within a query as soon as all its pairs are there: what is kept
//! grows with queries, not with pairs.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What a head does, summed over query tokens, or averaged over them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    /// To a token of the class, as a share of what the document gets.
    pub(super) attention: f64,
    /// The same over that of uniform attention.
    pub(super) lift: f64,
    /// What the lift would be wherever in the same quarters the class stood.
    pub(super) control: f64,
    pub(super) document_mass: f64,
    pub(super) special_mass: f64,
}

impl Sums {
    pub(super) fn add(&mut self, other: &Self) {
        self.attention += other.attention;
        self.lift += other.lift;
        self.control += other.control;
        self.document_mass += other.document_mass;
        self.special_mass += other.special_mass;
    }

    fn over(self, count: f64) -> Self {
        Self {
            attention: self.attention / count,
            lift: self.lift / count,
            control: self.control / count,
            document_mass: self.document_mass / count,
            special_mass: self.special_mass / count,
        }
    }
}

/// A query of whose pairs all are there.
#[derive(Debug, Clone)]
pub(super) struct OfQuery {
    /// Query tokens per cell, over all pairs.
    pub(super) counts: Vec<u32>,
    /// `[head][cell]`: means over those query tokens; no sense where there are none.
    pub(super) heads: Vec<Vec<Sums>>,
}

/// One pair: the sums of each head, and how many query tokens they are over.
type OfPair = (Vec<u32>, Vec<Vec<Sums>>);

/// Takes pairs in, in any order, and gives queries out.
pub(super) struct Gathering<'a> {
    /// The positions of each query's pairs.
    queries: &'a [Vec<usize>],
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The pairs of queries under way.
    waiting: BTreeMap<usize, BTreeMap<usize, OfPair>>,
    finished: BTreeMap<usize, OfQuery>,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(queries: &'a [Vec<usize>]) -> Self {
        Self { queries, state: Mutex::default() }
    }

    /// Takes in a pair of a query. Pairs are added in their order, whatever the order in which they come: so sums are
    /// the same to the last bit on any number of threads.
    pub(super) fn add(&self, query: usize, pair: usize, of_pair: OfPair) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = state.waiting.entry(query).or_default();
        waiting.insert(pair, of_pair);
        if waiting.len() == self.queries[query].len() {
            let pairs = state.waiting.remove(&query).unwrap_or_default();
            if let Some(of_query) = averaged(pairs.into_values()) {
                state.finished.insert(query, of_query);
            }
        }
    }

    /// The queries in their order.
    pub(super) fn finish(self) -> Vec<OfQuery> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).finished.into_values().collect()
    }
}

fn averaged(mut pairs: impl Iterator<Item = OfPair>) -> Option<OfQuery> {
    let (mut counts, mut heads) = pairs.next()?;
    for (more, of_heads) in pairs {
        counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        for (sums, more) in heads.iter_mut().flatten().zip(of_heads.iter().flatten()) {
            sums.add(more);
        }
    }
    for cells in &mut heads {
        cells.iter_mut().zip(&counts).for_each(|(sums, count)| *sums = sums.over(f64::from(*count)));
    }
    Some(OfQuery { counts, heads })
}
