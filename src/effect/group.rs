//! Effects on the pairs of one relevance grade, or of one kind.

use super::Bootstrap;
use super::ranking::logit_changes;
use super::settings::Settings;
use super::summary::Effect;
use crate::collection::{Pair, Pairs};
use crate::error::Result;
use crate::frame::columns as c;
use polars::prelude::{Column, NamedFrom, Series};
use std::collections::BTreeMap;

/// What pairs are grouped by.
pub(crate) trait Group: Ord + Clone {
    /// The column of the groups.
    fn column(name: &str, groups: Vec<Self>) -> Column;
}

impl Group for Option<i32> {
    fn column(name: &str, groups: Vec<Self>) -> Column {
        Series::new(name.into(), groups).into()
    }
}

impl Group for Option<String> {
    fn column(name: &str, groups: Vec<Self>) -> Column {
        Series::new(name.into(), groups).into()
    }
}

/// The pairs of each group, by query.
pub(crate) fn grouped<G: Ord>(pairs: &[Pair], group: impl Fn(&Pair) -> G) -> BTreeMap<G, BTreeMap<&str, Vec<usize>>> {
    let mut groups: BTreeMap<G, BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        groups.entry(group(pair)).or_default().entry(&pair.query_id).or_default().push(at);
    }
    groups
}

/// How many groups there are, and for each variant and group the mean effect on the logit of its pairs.
///
/// Averaged within a query, then over the queries that have a pair of the group; the bootstrap draws among those.
pub(crate) fn by_group<G: Group>(
    name: &str,
    pairs: &Pairs,
    plain: &[f32],
    variants: &[Vec<f32>],
    settings: &Settings,
    group: impl Fn(&Pair) -> G,
) -> Result<(usize, Vec<Column>)> {
    let groups = grouped(pairs, group);
    let bootstraps: Vec<Bootstrap> = groups.values().map(|queries| settings.bootstrap(queries.len())).collect();
    let mut effects = [Effect::new(c::LOGIT_EFFECT).tested(), Effect::new(c::ABS_LOGIT_EFFECT)];
    for changed in variants {
        for (queries, bootstrap) in groups.values().zip(&bootstraps) {
            for (effect, of) in effects.iter_mut().zip([|effect: f64| effect, f64::abs]) {
                effect.add(&logit_changes(queries.values(), plain, changed, of), bootstrap);
            }
        }
    }
    let each = || variants.iter().flat_map(|_| &groups);
    let mut columns = vec![G::column(name, each().map(|(group, _)| group.clone()).collect())];
    columns.extend(effects.into_iter().flat_map(Effect::columns));
    let queries: Vec<u32> = each().map(|(_, queries)| queries.len() as u32).collect();
    columns.push(Series::new(c::QUERIES.into(), queries).into());
    Ok((groups.len(), columns))
}
