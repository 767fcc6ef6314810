//! Labels with their numbers and intervals, read from a frame.

use super::number::Numbers;
use super::read::{self, Mean, Names};
use crate::error::Result;
use crate::frame::columns;
use polars::prelude::DataFrame;
use std::collections::BTreeMap;

/// One number.
pub(super) struct Point {
    /// NaN without one.
    pub value: f64,
    pub interval: Option<(f64, f64)>,
    pub group: usize,
    /// How many rows of the frame it is the mean of.
    pub rows: usize,
}

impl Point {
    /// The value and the ends of its interval.
    pub fn extent(&self) -> impl Iterator<Item = f64> {
        [self.value].into_iter().chain(self.interval.into_iter().flat_map(|(low, high)| [low, high]))
    }

    /// Whether the interval leaves the sign open.
    pub fn open(&self) -> bool {
        self.interval.is_some_and(|(low, high)| low <= 0.0 && high >= 0.0)
    }

    pub fn text(&self, numbers: Numbers) -> String {
        let value = numbers.text(self.value);
        match self.interval {
            Some((low, high)) => format!("{value} [{}, {}]", numbers.text(low), numbers.text(high)),
            None => value,
        }
    }
}

/// A name and its numbers, by group.
pub(super) struct Row {
    pub name: String,
    pub points: Vec<Point>,
}

/// The columns of the interval's ends, where the frame has them.
pub(super) fn ends(frame: &DataFrame, value: &str) -> Result<Option<(Vec<f64>, Vec<f64>)>> {
    let (low, high) = (columns::low(value), columns::high(value));
    if !read::has(frame, &low) || !read::has(frame, &high) {
        return Ok(None);
    }
    Ok(Some((read::numbers(frame, &low)?, read::numbers(frame, &high)?)))
}

/// A row per label, its points by group; what has one label and group is averaged.
pub(super) fn rows(
    labels: Names,
    groups: Option<&Names>,
    values: &[f64],
    ends: Option<&(Vec<f64>, Vec<f64>)>,
) -> Vec<Row> {
    // By group: the first row of the frame, and the mean over all.
    let mut means: Vec<BTreeMap<usize, (usize, Mean)>> = vec![BTreeMap::new(); labels.different.len()];
    for (row, value) in values.iter().enumerate() {
        let group = groups.map_or(0, |groups| groups.places[row]);
        means[labels.places[row]].entry(group).or_insert_with(|| (row, Mean::default())).1.add(*value);
    }
    let interval = |row: usize, rows: usize| {
        let (low, high) = ends.map(|(low, high)| (low[row], high[row]))?;
        (rows == 1 && low.is_finite() && high.is_finite()).then_some((low, high))
    };
    let point = |(group, (row, mean)): (usize, (usize, Mean))| Point {
        value: mean.value(),
        interval: interval(row, mean.rows).filter(|_| mean.value().is_finite()),
        group,
        rows: mean.rows,
    };
    let row = |(name, means): (String, BTreeMap<usize, (usize, Mean)>)| Row {
        name,
        points: means.into_iter().map(point).collect(),
    };
    labels.different.into_iter().zip(means).map(row).collect()
}
