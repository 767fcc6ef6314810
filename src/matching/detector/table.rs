//! The evidence for every head as a frame, and the rule that it decides.

use super::cut::Cut;
use super::specificity::Specificity;
use crate::collection::{Pair, by_query};
use crate::effect::{Settings, holm, paired_t_test};
use crate::error::Result;
use crate::frame::{columns as c, frame, head_columns, interval_columns};
use crate::hook::Head;
use crate::model::CrossEncoder;
use polars::prelude::{Column, DataFrame, IntoLazy, NamedFrom, Series, SortMultipleOptions, col, lit, when};

/// What is known of all heads, in their order: what they look at and what that matters, their identity scores and their
/// selectivity.
pub(super) struct Evidence<'a> {
    pub(super) specificity: &'a Specificity,
    pub(super) cuts: &'a [Cut],
    pub(super) reciprocal_ranks: Column,
    pub(super) selectivity: Vec<Option<f64>>,
}

/// A row per head, those that match first.
pub(super) fn table(evidence: Evidence, settings: &Settings, level: f64, allowed: usize) -> Result<DataFrame> {
    let Evidence { specificity, cuts, reciprocal_ranks, selectivity } = evidence;
    let queries = specificity.bits[0].len();
    let bootstrap = settings.bootstrap(queries);
    let (heads, needed) = (&specificity.heads, specificity.scrambled[allowed]);
    let cut_of = |head: &Head| cuts.iter().position(|cut| cut.head == *head);
    // A head that does not look is a test that failed.
    let p = |head: &Head| cut_of(head).map_or(Some(1.0), |cut| more_than_nothing(&cuts[cut].excess));
    let p = holm(&heads.iter().map(p).collect::<Vec<_>>());
    let of_cut = |of: &dyn Fn(usize, usize) -> Option<f64>| -> Vec<Option<f64>> {
        heads.iter().enumerate().map(|(at, head)| of(at, cut_of(head)?)).collect()
    };
    let interval = |of: fn(&Cut) -> &[f64]| -> Vec<[Option<f64>; 3]> {
        let of_head = |cut: usize| bootstrap.mean(of(&cuts[cut])).map(Some);
        heads.iter().map(|head| cut_of(head).map_or([None; 3], of_head)).collect()
    };
    let p_cut = of_cut(&|head, _| p[head]);
    let stable = |head: usize, cut: usize| {
        let lists = [&specificity.bits[head][..], &cuts[cut].excess];
        Some(bootstrap.share_of_means(lists, |[bits, excess]| bits > needed && excess > 0.0))
    };
    let bits: Vec<[f64; 3]> = specificity.bits.iter().map(|bits| bootstrap.mean(bits)).collect();
    let matches: Vec<bool> =
        p_cut.iter().zip(&bits).map(|(p, [_, low, _])| *low > 0.0 && p.is_some_and(|p| p <= level)).collect();
    let p_bits: Vec<f64> = (0..heads.len()).map(|head| specificity.p(head)).collect();

    let mut columns: Vec<Column> = head_columns(heads.iter().map(|head| (head.layer, head.head))).into();
    columns.push(Series::new(c::MATCHES.into(), matches).into());
    columns.extend(interval_columns(c::SPECIFICITY, &bits));
    columns.push(Series::new(c::p(c::SPECIFICITY).into(), p_bits).into());
    columns.extend(interval_columns(c::CUT_EFFECT, &interval(|cut| &cut.excess)));
    columns.push(Series::new(c::p_holm(c::CUT_EFFECT).into(), p_cut).into());
    columns.extend(interval_columns(c::LOGIT_EFFECT, &interval(|cut| &cut.logit)));
    columns.push(Series::new(c::STABILITY.into(), of_cut(&stable)).into());
    columns.push(Series::new(c::QUERIES.into(), vec![queries as u32; heads.len()]).into());
    columns.extend([reciprocal_ranks, Series::new(c::SELECTIVITY.into(), selectivity).into()]);
    let falling = SortMultipleOptions::default().with_order_descending_multi([true, true, true, false, false]);
    let by = [c::MATCHES, "by_cut", c::SPECIFICITY, c::LAYER, c::HEAD];
    // Only among those that match does the effect of the cut decide.
    let by_cut = when(col(c::MATCHES)).then(col(c::CUT_EFFECT)).otherwise(lit(0.0)).alias("by_cut");
    let sorted = frame(columns)?.lazy().with_column(by_cut).sort(by, falling).collect()?;
    Ok(sorted.drop("by_cut")?)
}

/// Selectivity per head, averaged within a query, then over queries; null where no pair has any.
pub(super) fn selectivity_of_heads(model: &CrossEncoder, pairs: &[Pair]) -> Result<Vec<Option<f64>>> {
    // A row per pair and head, so that they are summed up in the same order at every run.
    let all: Vec<Option<f64>> = model.selectivity(pairs)?.column(c::SELECTIVITY)?.f64()?.iter().collect();
    let (heads, queries) = (model.shape().layers * model.shape().heads, by_query(pairs));
    let mean = |values: Vec<f64>| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let of_query = |own: &Vec<usize>, head: usize| mean(own.iter().filter_map(|at| all[at * heads + head]).collect());
    Ok((0..heads).map(|head| mean(queries.values().filter_map(|own| of_query(own, head)).collect())).collect())
}

/// One-sided: whether the mean is above 0.
fn more_than_nothing(values: &[f64]) -> Option<f64> {
    let p = paired_t_test(values)?;
    Some(if values.iter().sum::<f64>() > 0.0 { p / 2.0 } else { 1.0 - p / 2.0 })
}
