//! What replays share: the model, the pairs, and figures over queries.

use super::finding::Figure;
use crate::collection::{Pair, Pairs, by_query};
use crate::effect::Settings;
use crate::error::Result;
use crate::model::CrossEncoder;
use polars::prelude::DataFrame;
use std::collections::BTreeMap;

/// A model and the pairs on which claims are put to the test.
pub(super) struct Study<'a> {
    pub(super) model: &'a CrossEncoder,
    pub(super) pairs: &'a Pairs,
    settings: &'a Settings,
    /// The queries, and the positions of their pairs.
    queries: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Study<'a> {
    pub(super) fn new(model: &'a CrossEncoder, pairs: &'a Pairs, settings: &'a Settings) -> Self {
        Self { model, pairs, settings, queries: by_query(pairs) }
    }

    pub(super) fn seed(&self) -> u64 {
        self.settings.seed
    }

    /// The most relevant pair of each query, the first of several.
    pub(super) fn best_pairs(&self) -> Vec<&'a Pair> {
        let best =
            |places: &Vec<usize>| places.iter().rev().map(|at| &self.pairs[*at]).max_by_key(|pair| pair.relevance);
        self.queries.values().filter_map(best).collect()
    }

    /// Numbers told of pairs, `(query id, number)`, averaged within each query; not a number where a query has none.
    pub(super) fn by_query<'b>(&self, numbers: impl Iterator<Item = (&'b str, f64)>) -> Vec<f64> {
        let mut sums: BTreeMap<&str, (f64, f64)> = self.queries.keys().map(|query| (*query, (0.0, 0.0))).collect();
        for (query, number) in numbers.filter(|(_, number)| number.is_finite()) {
            if let Some((sum, count)) = sums.get_mut(query) {
                (*sum, *count) = (*sum + number, *count + 1.0);
            }
        }
        sums.into_values().map(|(sum, count)| sum / count).collect()
    }

    /// A number that is made of means over the queries that have all of them, one list per mean, by query.
    pub(super) fn figure(&self, lists: &[Vec<f64>], of: impl Fn(&[f64]) -> f64) -> Figure {
        let told = |query: &usize| lists.iter().all(|list| list[*query].is_finite());
        let told: Vec<usize> = (0..self.queries.len()).filter(told).collect();
        if told.is_empty() {
            return Figure { ends: [f64::NAN; 3], queries: 0 };
        }
        let lists: Vec<Vec<f64>> = lists.iter().map(|list| told.iter().map(|query| list[*query]).collect()).collect();
        let ends = self.settings.bootstrap(told.len()).of_many(&lists, of);
        Figure { ends, queries: told.len() }
    }
}

/// A column of numbers beside the query ids, null as not a number.
pub(super) fn with_queries<'f>(frame: &'f DataFrame, column: &str) -> Result<impl Iterator<Item = (&'f str, f64)>> {
    use crate::frame::columns::QUERY_ID;
    let numbers: Vec<f64> = frame.column(column)?.f64()?.iter().map(|number| number.unwrap_or(f64::NAN)).collect();
    Ok(frame.column(QUERY_ID)?.str()?.iter().map(Option::unwrap_or_default).zip(numbers))
}
