//! The evidence for every head as a frame, and the rule that it decides.

use super::cut::Cut;
use super::specificity::Specificity;
use crate::effect::{Bootstrap, Settings, holm, paired_t_test};
use crate::error::Result;
use crate::frame::{columns as c, frame, head_columns};
use crate::hook::Head;
use polars::prelude::{Column, DataFrame, IntoLazy, JoinArgs, JoinType, NamedFrom, Series, SortMultipleOptions, col};

/// What is known of all heads but what other frames say.
pub(super) struct Evidence(DataFrame);

/// The mean, the ends of its interval.
type Interval = Option<[f64; 3]>;

pub(super) fn evidence(
    settings: &Settings,
    level: f64,
    specificity: &Specificity,
    allowed: usize,
    cuts: &[Cut],
) -> Result<Evidence> {
    let queries = specificity.bits[0].len();
    let bootstrap = Bootstrap::new(queries, settings.resamples, settings.confidence, settings.seed);
    let (heads, needed) = (&specificity.heads, specificity.scrambled[allowed]);
    let cut_of = |head: &Head| cuts.iter().position(|cut| cut.head == *head);
    // A head that does not look is a test that failed.
    let p = |head: &Head| cut_of(head).map_or(Some(1.0), |cut| more_than_nothing(&cuts[cut].excess));
    let p = holm(&heads.iter().map(p).collect::<Vec<_>>());
    let of_cut = |of: &dyn Fn(usize, usize) -> Option<f64>| -> Vec<Option<f64>> {
        heads.iter().enumerate().map(|(at, head)| of(at, cut_of(head)?)).collect()
    };
    let interval = |of: fn(&Cut) -> &[f64]| -> Vec<Interval> {
        heads.iter().map(|head| Some(bootstrap.mean(of(&cuts[cut_of(head)?])))).collect()
    };
    let p_cut = of_cut(&|head, _| p[head]);
    let stable = |head: usize, cut: usize| {
        let lists = [&specificity.bits[head][..], &cuts[cut].excess];
        Some(bootstrap.share_of_means(lists, |[bits, excess]| bits > needed && excess > 0.0))
    };
    let bits: Vec<Interval> = specificity.bits.iter().map(|bits| Some(bootstrap.mean(bits))).collect();
    let looks = |bits: &Interval| bits.is_some_and(|[_, low, _]| low > 0.0);
    let matches: Vec<bool> =
        p_cut.iter().zip(&bits).map(|(p, bits)| looks(bits) && p.is_some_and(|p| p <= level)).collect();
    let p_bits: Vec<f64> = (0..heads.len()).map(|head| specificity.p(head)).collect();

    let mut columns: Vec<Column> = head_columns(heads.iter().map(|head| (head.layer, head.head))).into();
    columns.push(Series::new(c::MATCHES.into(), matches).into());
    columns.extend(interval_columns(c::SPECIFICITY, bits));
    columns.push(Series::new(c::p(c::SPECIFICITY).into(), p_bits).into());
    columns.extend(interval_columns(c::CUT_EFFECT, interval(|cut| &cut.excess)));
    columns.push(Series::new(c::p_holm(c::CUT_EFFECT).into(), p_cut).into());
    columns.extend(interval_columns(c::LOGIT_EFFECT, interval(|cut| &cut.logit)));
    columns.push(Series::new(c::STABILITY.into(), of_cut(&stable)).into());
    columns.push(Series::new(c::QUERIES.into(), vec![queries as u32; heads.len()]).into());
    Ok(Evidence(frame(columns)?))
}

impl Evidence {
    /// With the identity scores of heads, and their selectivity averaged over pairs; in order.
    pub(super) fn with(self, identity: &DataFrame, selectivity: &DataFrame) -> Result<DataFrame> {
        let heads = [col(c::LAYER), col(c::HEAD)];
        let identity = identity.clone().lazy().select([col(c::LAYER), col(c::HEAD), col(c::RECIPROCAL_RANK)]);
        let of_query = selectivity.clone().lazy().group_by_stable([col(c::LAYER), col(c::HEAD), col(c::QUERY_ID)]);
        let of_query = of_query.agg([col(c::SELECTIVITY).mean()]);
        let selectivity = of_query.group_by_stable(heads.clone()).agg([col(c::SELECTIVITY).mean()]);
        let joined = [identity, selectivity].into_iter().fold(self.0.lazy(), |all, other| {
            all.join(other, heads.clone(), heads.clone(), JoinArgs::new(JoinType::Left))
        });
        let falling = SortMultipleOptions::default().with_order_descending_multi([true, true, true, false, false]);
        let by = [c::MATCHES, "by_cut", c::SPECIFICITY, c::LAYER, c::HEAD];
        // Only among those that match does the effect of the cut decide.
        let by_cut =
            polars::prelude::when(col(c::MATCHES)).then(col(c::CUT_EFFECT)).otherwise(polars::prelude::lit(0.0));
        let sorted = joined.with_column(by_cut.alias("by_cut")).sort(by, falling).collect()?;
        Ok(sorted.drop("by_cut")?)
    }
}

/// One-sided: whether the mean is above 0.
fn more_than_nothing(values: &[f64]) -> Option<f64> {
    let p = paired_t_test(values)?;
    Some(if values.iter().sum::<f64>() > 0.0 { p / 2.0 } else { 1.0 - p / 2.0 })
}

fn interval_columns(name: &str, of_heads: Vec<Interval>) -> [Column; 3] {
    let column = |(at, name): (usize, String)| {
        Series::new(name.into(), of_heads.iter().map(|of| of.map(|of| of[at])).collect::<Vec<Option<f64>>>()).into()
    };
    [(0, name.to_owned()), (1, c::low(name)), (2, c::high(name))].map(column)
}
