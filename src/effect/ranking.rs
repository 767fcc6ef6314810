//! What a change of the model does to the scores and to the ranking.
//!
//! An effect is always *changed minus plain*: negative where the change hurts. Effects are averaged within a query and
//! then over queries; intervals come from a paired bootstrap over queries, p values from a paired t-test over them.

use super::Bootstrap;
use super::agreement::flips_and_tau;
use super::settings::Settings;
use super::summary::Effect;
use crate::collection::{Pairs, Run, by_query, evaluate};
use crate::error::{Error, Result};
use crate::frame::columns as c;
use polars::prelude::{Column, NamedFrom, Series};
use std::collections::BTreeMap;

/// Refuses what no effect can be measured with, so that it costs no computation.
pub(crate) fn check(pairs: &Pairs, settings: &Settings) -> Result<()> {
    settings.check()?;
    if pairs.is_empty() {
        return Err(Error::Argument("there are no pairs to measure an effect on".into()));
    }
    let run = run(pairs, &vec![0.0; pairs.len()])?;
    settings.measures.iter().try_for_each(|measure| evaluate(&run, pairs.qrels(), *measure).map(drop))
}

/// The ranking that some logits make of the pairs.
fn run(pairs: &Pairs, logits: &[f32]) -> Result<Run> {
    let scores = pairs.iter().zip(logits);
    let scores = scores.map(|(pair, logit)| (pair.query_id.as_str(), pair.doc_id.as_str(), f64::from(*logit)));
    Run::from_scores("crosslens", scores)
}

/// The plain scores of some pairs, against which variants are held.
pub(crate) struct Baseline<'a> {
    pairs: &'a Pairs,
    plain: &'a [f32],
    settings: &'a Settings,
    /// The queries of the pairs, and the positions of their pairs.
    queries: BTreeMap<&'a str, Vec<usize>>,
    /// Per measure, per query of `queries`.
    measures: Vec<Vec<f64>>,
    bootstrap: Bootstrap,
}

impl<'a> Baseline<'a> {
    pub(crate) fn new(pairs: &'a Pairs, plain: &'a [f32], settings: &'a Settings) -> Result<Self> {
        let queries = by_query(pairs);
        let bootstrap = settings.bootstrap(queries.len());
        let mut baseline = Self { pairs, plain, settings, queries, measures: vec![], bootstrap };
        baseline.measures = baseline.measured(plain)?;
        Ok(baseline)
    }

    /// Per measure, per query.
    fn measured(&self, logits: &[f32]) -> Result<Vec<Vec<f64>>> {
        let run = run(self.pairs, logits)?;
        let of = |measure: &_| {
            let by_query = evaluate(&run, self.pairs.qrels(), *measure)?;
            Ok(self.queries.keys().map(|query| by_query.get(*query).copied().unwrap_or(0.0)).collect())
        };
        self.settings.measures.iter().map(of).collect()
    }

    /// The first measure of the ranking that these logits make: its mean and the ends of its interval.
    pub(crate) fn mean(&self, logits: &[f32]) -> Result<[f64; 3]> {
        let measured = self.measured(logits)?;
        Ok(measured.first().map_or([f64::NAN; 3], |of_queries| self.bootstrap.mean(of_queries)))
    }

    /// Per query: how much the first measure changes.
    pub(crate) fn change(&self, changed: &[f32]) -> Result<Vec<f64>> {
        Ok(self.per_query(changed)?.swap_remove(1))
    }

    /// Per query: how much the logit changes, in absolute value.
    pub(crate) fn distance(&self, changed: &[f32]) -> Vec<f64> {
        logit_changes(self.queries.values(), self.plain, changed, f64::abs)
    }

    /// Effect columns, one row per variant: the mean change of the logit, of its absolute value and of each measure, the
    /// reversed preferences and the agreement with the plain ranking, and how many queries they rest on.
    pub(crate) fn columns(&self, variants: &[Vec<f32>]) -> Result<Vec<Column>> {
        let mut effects = vec![Effect::new(c::LOGIT_EFFECT).tested(), Effect::new(c::ABS_LOGIT_EFFECT)];
        effects.extend(self.settings.measures.iter().map(|measure| Effect::new(c::effect(measure)).tested()));
        effects.extend([c::PREFERENCE_FLIPS, c::KENDALL_TAU].map(Effect::new));
        for changed in variants {
            let mut per_query = self.per_query(changed)?;
            per_query.insert(1, logit_changes(self.queries.values(), self.plain, changed, f64::abs));
            per_query.extend(self.agreement(changed));
            for (effect, values) in effects.iter_mut().zip(per_query) {
                effect.add(&values, &self.bootstrap);
            }
        }
        let mut columns: Vec<Column> = effects.into_iter().flat_map(Effect::columns).collect();
        columns.push(Series::new(c::QUERIES.into(), vec![self.queries.len() as u32; variants.len()]).into());
        Ok(columns)
    }

    /// The names of what [`Baseline::per_query`] tells.
    pub(crate) fn names(&self) -> Vec<String> {
        let measures = self.settings.measures.iter().map(c::effect);
        std::iter::once(c::LOGIT_EFFECT.to_owned()).chain(measures).collect()
    }

    /// The effect on the logit and on each measure, each per query.
    pub(crate) fn per_query(&self, changed: &[f32]) -> Result<Vec<Vec<f64>>> {
        let mut per_query = vec![logit_changes(self.queries.values(), self.plain, changed, |effect| effect)];
        for (changed, plain) in self.measured(changed)?.iter().zip(&self.measures) {
            per_query.push(changed.iter().zip(plain).map(|(changed, plain)| changed - plain).collect());
        }
        Ok(per_query)
    }

    /// Per query: the reversed preferences, and Kendall's tau.
    fn agreement(&self, changed: &[f32]) -> [Vec<f64>; 2] {
        let scores =
            |logits: &[f32], pairs: &[usize]| -> Vec<f64> { pairs.iter().map(|at| f64::from(logits[*at])).collect() };
        let of_queries = self.queries.values();
        let both = of_queries.map(|pairs| flips_and_tau(&scores(self.plain, pairs), &scores(changed, pairs)));
        both.map(<(f64, f64)>::from).unzip::<f64, f64, Vec<f64>, Vec<f64>>().into()
    }
}

/// Per query, given by the positions of its pairs: the mean of a function of the change of the logit.
pub(super) fn logit_changes<'a>(
    queries: impl Iterator<Item = &'a Vec<usize>>,
    plain: &[f32],
    changed: &[f32],
    of: fn(f64) -> f64,
) -> Vec<f64> {
    let effect = |at: &usize| of(f64::from(changed[*at]) - f64::from(plain[*at]));
    queries.map(|pairs| pairs.iter().map(effect).sum::<f64>() / pairs.len() as f64).collect()
}
