//! The frame of a profile.

use super::class::Match;
use super::group::Groups;
use super::sums::{OfQuery, Sums};
use crate::effect::{Bootstrap, Settings};
use crate::error::Result;
use crate::frame::{columns as c, frame, head_columns};
use crate::hook::Shape;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use rayon::prelude::*;

/// The numbers of one row, in the order of [`names`].
type Row = [f64; COLUMNS];
const COLUMNS: usize = 12;

fn names() -> [String; COLUMNS] {
    let banded = |name: &str| [name.to_owned(), c::low(name), c::high(name)];
    let masses = [c::DOCUMENT_MASS, c::SPECIAL_MASS].map(str::to_owned);
    in_order(c::ATTENTION.to_owned(), [c::BITS, c::CONTROL_BITS, c::EXCESS_BITS].map(banded), masses)
}

/// The order of the columns: attention, then bits, their control and the excess with the ends of their intervals.
fn in_order<T>(attention: T, [bits, control, excess]: [[T; 3]; 3], [document, special]: [T; 2]) -> [T; COLUMNS] {
    let ([b0, b1, b2], [c0, c1, c2], [e0, e1, e2]) = (bits, control, excess);
    [attention, b0, b1, b2, c0, c1, c2, e0, e1, e2, document, special]
}

/// One row per head, group and class.
pub(super) fn profile_frame(
    shape: Shape,
    classes: &[Match],
    groups: &Groups,
    queries: &[OfQuery],
    settings: &Settings,
) -> Result<DataFrame> {
    let cells = classes.len() * groups.count();
    // The queries that have each cell: the same for all heads, so that heads are compared on the same draws.
    let has = |cell: usize| (0..queries.len()).filter(move |at| queries[*at].counts[cell] > 0);
    let present: Vec<Vec<usize>> = (0..cells).map(|cell| has(cell).collect()).collect();
    let bootstrap = |present: &Vec<usize>| (!present.is_empty()).then(|| settings.bootstrap(present.len()));
    let bootstraps: Vec<Option<Bootstrap>> = present.par_iter().map(bootstrap).collect();
    let heads = shape.layers * shape.heads;
    let places = || (0..heads).flat_map(|head| (0..cells).map(move |cell| (head, cell)));
    let row = |(head, cell): (usize, usize)| {
        let of_queries = present[cell].iter().map(|at| &queries[*at].heads[head][cell]);
        bootstraps[cell].as_ref().map_or([f64::NAN; COLUMNS], |bootstrap| row(of_queries, bootstrap))
    };
    let rows: Vec<Row> = places().collect::<Vec<_>>().into_par_iter().map(row).collect();

    let numbers = |name: &str, of: &dyn Fn(usize) -> usize| -> Column {
        Series::new(name.into(), places().map(|(_, cell)| of(cell) as u32).collect::<Vec<_>>()).into()
    };
    let tokens = |cell: usize| queries.iter().map(|query| query.counts[cell] as usize).sum();
    let class = |(_, cell): (usize, usize)| classes[cell % classes.len()].to_string();
    let mut columns: Vec<Column> =
        head_columns(places().map(|(head, _)| (head / shape.heads, head % shape.heads))).into();
    columns.push(Series::new(c::MATCH.into(), places().map(class).collect::<Vec<_>>()).into());
    columns.extend(groups.column(places().map(|(_, cell)| cell / classes.len())));
    for (at, name) in names().iter().enumerate() {
        let values = rows.iter().map(|row| Some(row[at]).filter(|value| value.is_finite())).collect::<Vec<_>>();
        columns.push(Series::new(name.as_str().into(), values).into());
    }
    columns.push(numbers(c::QUERIES, &|cell| present[cell].len()));
    columns.push(numbers(c::TOKENS, &|cell| tokens(cell)));
    frame(columns)
}

/// Averages first, then logarithms: the ends of an interval of a mean are those of its logarithm.
fn row<'a>(of_queries: impl Iterator<Item = &'a Sums> + Clone, bootstrap: &Bootstrap) -> Row {
    let list = |of: fn(&Sums) -> f64| of_queries.clone().map(of).collect::<Vec<f64>>();
    let mean = |of: fn(&Sums) -> f64| {
        let values = list(of);
        values.iter().sum::<f64>() / values.len() as f64
    };
    let (lifts, controls) = (list(|sums| sums.lift), list(|sums| sums.control));
    let [bits, control] = [&lifts, &controls].map(|values| bootstrap.mean(values).map(f64::log2));
    let excess = bootstrap.of_means([&lifts, &controls], |[lift, control]| (lift / control).log2());
    let masses = [mean(|sums| sums.document_mass), mean(|sums| sums.special_mass)];
    in_order(mean(|sums| sums.attention), [bits, control, excess], masses)
}
