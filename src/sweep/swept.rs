//! What a sweep found.

use super::design::{Variant, label_columns};
use super::store::{Scores, pair_rows};
use crate::collection::{Measure, Pair, Pairs};
use crate::effect::{self, Baseline, Settings};
use crate::error::Result;
use crate::frame::{columns as c, frame};
use polars::prelude::DataFrame;
use std::fmt;

/// The scores of pairs under every variant of a sweep, and what follows from them.
#[derive(Clone)]
pub struct Swept {
    pub(super) variants: Vec<Variant>,
    pub(super) pairs: Pairs,
    pub(super) plain: Vec<f32>,
    /// Per variant, per pair.
    pub(super) changed: Vec<Vec<f32>>,
    pub(super) settings: Settings,
}

impl Swept {
    pub(super) fn new(variants: Vec<Variant>, pairs: Pairs, scores: Vec<Scores>, settings: Settings) -> Self {
        let of_variant = |variant: usize| scores.iter().map(|(_, changed)| changed[variant]).collect();
        let changed = (0..variants.len()).map(of_variant).collect();
        let plain = scores.iter().map(|(plain, _)| *plain).collect();
        Self { variants, pairs, plain, changed, settings }
    }

    /// A row per variant: the columns that name it, then
    ///
    /// - for the logit (`logit_effect`) and each measure (`nDCG@10_effect`, …) the mean over queries of *changed minus
    ///   plain*, the ends of its bootstrap interval (`…_low`, `…_high`), the p value of a paired t-test over queries
    ///   (`…_p`) and that after Holm's correction over the rows (`…_p_holm`);
    /// - the mean absolute change of the logit (`abs_logit_effect`), the share of document pairs whose order is reversed
    ///   (`preference_flips`) and Kendall's tau-b between both rankings (`kendall_tau`), each with its interval;
    /// - `queries`, how many there are.
    ///
    /// # Errors
    /// [`Argument`](crate::Error::Argument) if there are no pairs, as in one of more shards than queries.
    pub fn effects(&self) -> Result<DataFrame> {
        // A shard may have no query.
        effect::check(&self.pairs, &self.settings)?;
        let baseline = Baseline::new(&self.pairs, &self.plain, &self.settings)?;
        let mut columns = label_columns(&self.variants, 1);
        columns.extend(baseline.columns(&self.changed)?);
        frame(columns)
    }

    /// A row per variant and pair: the columns that name the variant, `query_id`, `doc_id`, `score` (the plain logit)
    /// and `logit_effect`.
    ///
    /// # Errors
    /// None but those of polars.
    pub fn pairs(&self) -> Result<DataFrame> {
        let scores: Vec<Scores> =
            (0..self.pairs.len()).map(|at| (self.plain[at], self.changed.iter().map(|of| of[at]).collect())).collect();
        pair_rows(&self.pairs.iter().collect::<Vec<_>>(), &self.variants, &scores)
    }

    /// A row per variant and relevance grade: the columns that name the variant, `relevance` (null where unjudged), then
    /// `logit_effect` (with p values, as in [`Swept::effects`]) and `abs_logit_effect` of the pairs of that grade, and the `queries` that have any.
    ///
    /// # Errors
    /// None but those of polars.
    pub fn by_relevance(&self) -> Result<DataFrame> {
        self.by(c::RELEVANCE, |pair| pair.relevance)
    }

    /// As [`Swept::by_relevance`], by how documents match (`kind`: exact, paraphrase, …), where the collection says it.
    ///
    /// # Errors
    /// None but those of polars.
    pub fn by_kind(&self) -> Result<DataFrame> {
        self.by(c::KIND, |pair| pair.kind.clone())
    }

    fn by<G: effect::Group>(&self, name: &str, group: impl Fn(&Pair) -> G) -> Result<DataFrame> {
        let (groups, columns) = effect::by_group(name, &self.pairs, &self.plain, &self.changed, &self.settings, group)?;
        let mut all = label_columns(&self.variants, groups);
        all.extend(columns);
        frame(all)
    }

    /// A measure of the plain ranking, and of that under each variant: the mean over queries, the ends of its interval.
    pub(crate) fn measured(&self, measure: Measure) -> Result<([f64; 3], Vec<[f64; 3]>)> {
        let settings = Settings { measures: vec![measure], ..self.settings.clone() };
        let baseline = Baseline::new(&self.pairs, &self.plain, &settings)?;
        let of = |logits: &Vec<f32>| baseline.mean(logits);
        Ok((of(&self.plain)?, self.changed.iter().map(of).collect::<Result<_>>()?))
    }

    /// Per variant, per query in the order of their ids: how much a measure of the ranking changes.
    pub(crate) fn measure_changes(&self, measure: Measure) -> Result<Vec<Vec<f64>>> {
        let settings = Settings { measures: vec![measure], ..self.settings.clone() };
        let baseline = Baseline::new(&self.pairs, &self.plain, &settings)?;
        self.changed.iter().map(|logits| baseline.change(logits)).collect()
    }

    /// Per variant, per query in the order of their ids: how much the logit changes, in absolute value.
    pub(crate) fn logit_distances(&self) -> Result<Vec<Vec<f64>>> {
        let baseline = Baseline::new(&self.pairs, &self.plain, &self.settings)?;
        Ok(self.changed.iter().map(|logits| baseline.distance(logits)).collect())
    }

    /// Per variant: how much the logit changes, in absolute value, on average over pairs.
    pub(crate) fn distances(&self) -> Vec<f64> {
        let distance = |changed: &Vec<f32>| {
            let differences = changed.iter().zip(&self.plain).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
            differences.sum::<f64>() / self.plain.len() as f64
        };
        self.changed.iter().map(distance).collect()
    }
}

impl fmt::Debug for Swept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Swept({} variants over {} pairs)", self.variants.len(), self.pairs.len())
    }
}
