//! The pairs that a regression is fitted on, or those that it is tried on.

use super::reading::Reading;
use super::ridge::Ridge;
use crate::collection::{Pairs, by_query};
use crate::error::Result;

/// Pairs with what was read of them, by query.
pub(super) struct Half<'a> {
    pub(super) pairs: &'a Pairs,
    pub(super) readings: &'a [Reading],
    pub(super) query_ids: Vec<&'a str>,
    /// The positions of the pairs of each query.
    pub(super) queries: Vec<Vec<usize>>,
    pub(super) scores: Vec<f64>,
}

/// Predictions for the pairs of the held-out half.
pub(super) struct Predictions {
    /// Of the score.
    pub(super) plain: Vec<f64>,
    /// Of the score less its mean over the query, from predictors less theirs.
    pub(super) within: Vec<f64>,
    pub(super) penalty: f64,
    pub(super) penalty_within: f64,
    pub(super) features: usize,
}

impl<'a> Half<'a> {
    pub(super) fn new(pairs: &'a Pairs, readings: &'a [Reading]) -> Self {
        let (query_ids, queries) = by_query(pairs).into_iter().unzip();
        Self { pairs, readings, query_ids, queries, scores: readings.iter().map(|reading| reading.score).collect() }
    }

    /// A number per pair, less its mean over the pairs of the query.
    pub(super) fn centred(&self, values: &[f64]) -> Vec<f64> {
        let mut centred = values.to_vec();
        for query in &self.queries {
            let mean = query.iter().map(|at| values[*at]).sum::<f64>() / query.len() as f64;
            query.iter().for_each(|at| centred[*at] -= mean);
        }
        centred
    }

    /// A number per query made of its pairs.
    pub(super) fn each(&self, of: impl Fn(&[usize]) -> f64) -> Vec<f64> {
        self.queries.iter().map(|query| of(query)).collect()
    }

    /// The number of each query for each of its pairs.
    pub(super) fn spread(&self, of_queries: &[usize]) -> Vec<usize> {
        let mut spread = vec![0; self.pairs.len()];
        for (query, number) in self.queries.iter().zip(of_queries) {
            query.iter().for_each(|at| spread[*at] = *number);
        }
        spread
    }

    fn features(&self, of: impl Fn(&Reading) -> Vec<f64>) -> [Vec<Vec<f64>>; 2] {
        let plain: Vec<Vec<f64>> = self.readings.iter().map(of).collect();
        let mut within = plain.clone();
        for at in 0..plain.first().map_or(0, Vec::len) {
            let column: Vec<f64> = plain.iter().map(|row| row[at]).collect();
            within.iter_mut().zip(self.centred(&column)).for_each(|(row, centred)| row[at] = centred);
        }
        [plain, within]
    }

    /// Fits the score by numbers of each pair, and predicts it on other pairs. `folds` has a number per pair.
    pub(super) fn predict(
        &self,
        test: &Half,
        folds: &[usize],
        features: impl Fn(&Reading) -> Vec<f64>,
    ) -> Result<Predictions> {
        let ([plain, within], [test_plain, test_within]) = (self.features(&features), test.features(&features));
        let ridge = Ridge::chosen(&plain, &self.scores, folds)?;
        let ridge_within = Ridge::chosen(&within, &self.centred(&self.scores), folds)?;
        let predicted = |ridge: &Ridge, rows: &[Vec<f64>]| rows.iter().map(|row| ridge.predict(row)).collect();
        Ok(Predictions {
            plain: predicted(&ridge, &test_plain),
            within: predicted(&ridge_within, &test_within),
            penalty: ridge.penalty,
            penalty_within: ridge_within.penalty,
            features: ridge.coefficients.len(),
        })
    }
}
