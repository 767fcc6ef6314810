//! What a change of the model does to the scores and to the ranking.
//!
//! An effect is always *changed minus plain*: negative where the ablation hurts. Effects are averaged within a query
//! and then over queries; intervals come from a paired bootstrap over queries.

use crate::collection::{Measure, Pairs, Run, by_query, evaluate};
use crate::effect::Bootstrap;
use crate::error::{Error, Result};
use crate::frame::{columns as c, frame, id_columns};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use std::collections::BTreeMap;

/// The measures of the ranking that every ablation reports.
pub const MEASURES: [Measure; 3] = [Measure::NdcgAt(10), Measure::MrrAt(10), Measure::Ap];

/// How intervals are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The seed of the bootstrap; the same seed gives the same bytes.
    pub seed: u64,
    /// How many resamples of the queries.
    pub resamples: usize,
    /// The share of resamples within the interval, such as 0.95.
    pub confidence: f64,
}

impl Default for Settings {
    /// Seed 42, 2,000 resamples, 95 %.
    fn default() -> Self {
        Self { seed: 42, resamples: 2_000, confidence: 0.95 }
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        if self.resamples == 0 || !(self.confidence > 0.0 && self.confidence < 1.0) {
            let what = format!(
                "a bootstrap needs at least one resample and a confidence between 0 and 1, not {} and {}",
                self.resamples, self.confidence
            );
            return Err(Error::Argument(what));
        }
        Ok(())
    }
}

/// The options of everything whose `settings` make intervals.
macro_rules! interval_options {
    () => {
        /// The seed of the bootstrap (42 unless told otherwise).
        pub fn seed(mut self, seed: u64) -> Self {
            self.settings.seed = seed;
            self
        }

        /// How many resamples of the queries an interval rests on (2,000 unless told otherwise).
        pub fn resamples(mut self, resamples: usize) -> Self {
            self.settings.resamples = resamples;
            self
        }

        /// How much an interval covers (0.95 unless told otherwise).
        pub fn confidence(mut self, confidence: f64) -> Self {
            self.settings.confidence = confidence;
            self
        }
    };
}
pub(super) use interval_options;

/// Refuses what no effect can be measured with, so that it costs no computation.
pub(super) fn check(pairs: &Pairs, settings: Settings) -> Result<()> {
    settings.check()?;
    if pairs.is_empty() {
        return Err(Error::Argument("there are no pairs to measure an effect on".into()));
    }
    run(pairs, &vec![0.0; pairs.len()]).map(drop)
}

/// The ranking that some logits make of the pairs.
fn run(pairs: &Pairs, logits: &[f32]) -> Result<Run> {
    let scores = pairs.iter().zip(logits);
    let scores = scores.map(|(pair, logit)| (pair.query_id.as_str(), pair.doc_id.as_str(), f64::from(*logit)));
    Run::from_scores("crosslens", scores)
}

/// The plain scores of some pairs, against which variants are held.
pub(super) struct Baseline<'a> {
    pairs: &'a Pairs,
    plain: &'a [f32],
    /// The queries of the pairs, and the positions of their pairs.
    queries: BTreeMap<&'a str, Vec<usize>>,
    /// Per measure, per query of `queries`.
    measures: Vec<Vec<f64>>,
    bootstrap: Bootstrap,
}

impl<'a> Baseline<'a> {
    pub(super) fn new(pairs: &'a Pairs, plain: &'a [f32], settings: Settings) -> Result<Self> {
        let queries = by_query(pairs);
        let bootstrap = Bootstrap::new(queries.len(), settings.resamples, settings.confidence, settings.seed);
        let mut baseline = Self { pairs, plain, queries, measures: vec![], bootstrap };
        baseline.measures = baseline.measured(plain)?;
        Ok(baseline)
    }

    /// Per measure, per query.
    fn measured(&self, logits: &[f32]) -> Result<Vec<Vec<f64>>> {
        let run = run(self.pairs, logits)?;
        let of = |measure| {
            let by_query = evaluate(&run, self.pairs.qrels(), measure)?;
            Ok(self.queries.keys().map(|query| by_query.get(*query).copied().unwrap_or(0.0)).collect())
        };
        MEASURES.into_iter().map(of).collect()
    }

    /// Effect columns, one row per variant: the mean change of the logit, of its absolute value and of each measure,
    /// each with the two ends of its interval, and how many queries they rest on.
    pub(super) fn columns(&self, variants: &[Vec<f32>]) -> Result<Vec<Column>> {
        let mut names = vec![c::LOGIT_EFFECT.to_owned(), c::ABS_LOGIT_EFFECT.to_owned()];
        names.extend(MEASURES.iter().map(c::effect));
        let mut effects: Vec<[Vec<f64>; 3]> = vec![Default::default(); names.len()];
        for changed in variants {
            let mut per_query = vec![self.logit(changed, |effect| effect), self.logit(changed, f64::abs)];
            for (changed, plain) in self.measured(changed)?.iter().zip(&self.measures) {
                per_query.push(changed.iter().zip(plain).map(|(changed, plain)| changed - plain).collect());
            }
            for (effect, values) in effects.iter_mut().zip(per_query) {
                for (column, value) in effect.iter_mut().zip(self.bootstrap.mean(&values)) {
                    column.push(value);
                }
            }
        }
        let mut columns = Vec::new();
        for (name, [mean, low, high]) in names.iter().zip(effects) {
            columns.push(Series::new(name.as_str().into(), mean).into());
            columns.push(Series::new(c::low(name).into(), low).into());
            columns.push(Series::new(c::high(name).into(), high).into());
        }
        columns.push(Series::new(c::QUERIES.into(), vec![self.queries.len() as u32; variants.len()]).into());
        Ok(columns)
    }

    /// Per query: the mean over its pairs of a function of the change of the logit.
    fn logit(&self, changed: &[f32], of: fn(f64) -> f64) -> Vec<f64> {
        let effect = |at: &usize| of(f64::from(changed[*at]) - f64::from(self.plain[*at]));
        let mean = |pairs: &Vec<usize>| pairs.iter().map(effect).sum::<f64>() / pairs.len() as f64;
        self.queries.values().map(mean).collect()
    }

    /// One row per pair: `query_id`, `doc_id`, the plain logit and its change.
    pub(super) fn pair_columns(&self, variants: &[Vec<f32>]) -> Vec<Column> {
        let pairs = (0..variants.len()).flat_map(|_| self.pairs.iter());
        let plain = || (0..variants.len()).flat_map(|_| self.plain.iter().copied().map(f64::from));
        let effects = variants.iter().flatten().zip(plain()).map(|(changed, plain)| f64::from(*changed) - plain);
        let mut columns: Vec<Column> = id_columns(pairs).into();
        columns.push(Series::new(c::SCORE.into(), plain().collect::<Vec<_>>()).into());
        columns.push(Series::new(c::LOGIT_EFFECT.into(), effects.collect::<Vec<_>>()).into());
        columns
    }
}

/// Columns that name the variants, then the effects.
pub(super) fn effects(names: Vec<Column>, columns: Vec<Column>) -> Result<DataFrame> {
    frame(names.into_iter().chain(columns).collect())
}
