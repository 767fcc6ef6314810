//! The points of a line, and how lines are read from a frame.

use super::palette::{CATEGORIES, ordered};
use super::read::{self, Mean, Names};
use crate::error::{Error, Result};
use crate::frame::columns;
use plotters::style::RGBColor;
use polars::prelude::DataFrame;
use std::collections::BTreeMap;

/// One line: its name and its points, by x.
pub(super) struct Series {
    pub name: String,
    pub color: RGBColor,
    pub mark: Mark,
    pub points: Vec<Point>,
}

/// What stands at a point, and before a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mark {
    Circle,
    Square,
    Triangle,
    /// For a line that is seen without marks: nothing where two points are joined.
    Stroke,
    /// For a dashed rule.
    Dash,
}

pub(super) struct Point {
    pub x: f64,
    pub y: f64,
    /// How many rows it is the mean of.
    pub rows: usize,
    /// Both ends finite.
    pub interval: Option<(f64, f64)>,
}

impl Series {
    /// The points that have a value.
    pub fn finite(&self) -> impl DoubleEndedIterator<Item = &Point> {
        self.points.iter().filter(|point| point.y.is_finite())
    }

    /// The longest pieces of the line in which all points are so.
    pub fn runs(&self, is: impl Fn(&Point) -> bool) -> impl Iterator<Item = &[Point]> {
        self.points.split(move |point| !is(point)).filter(|run| !run.is_empty())
    }

    /// The values and the ends of their intervals: what an axis has to hold.
    pub fn extent(&self) -> impl Iterator<Item = f64> {
        self.finite().flat_map(|point| {
            let ends = point.interval.into_iter().flat_map(|(low, high)| [low, high]);
            [point.y].into_iter().chain(ends)
        })
    }
}

/// One line per value of the column `group`; rows with the same place and group are averaged, and the interval of a
/// point is read from the columns of its ends where the point is a single row.
pub(super) fn lines(frame: &DataFrame, x: &str, y: &str, group: Option<&str>) -> Result<Vec<Series>> {
    let (xs, ys) = (read::drawable(frame, x)?, read::drawable(frame, y)?);
    let ends = [columns::low(y), columns::high(y)];
    let banded = ends.iter().all(|end| read::has(frame, end));
    let ends = if banded { Some((read::numbers(frame, &ends[0])?, read::numbers(frame, &ends[1])?)) } else { None };
    let Names { different, places, numeric } = match group {
        Some(group) => read::names(frame, group)?,
        None => Names { different: vec![String::new()], places: vec![0; xs.len()], numeric: false },
    };
    // The points of each line by x: the first of their rows, and the mean over all.
    let mut points: Vec<BTreeMap<Key, (usize, Mean)>> = vec![BTreeMap::new(); different.len()];
    for (row, (place, value)) in xs.iter().zip(&ys).enumerate() {
        if place.is_finite() {
            // -0.0 and 0.0 are one place.
            let point = points[places[row]].entry(Key(place + 0.0));
            point.or_insert_with(|| (row, Mean::default())).1.add(*value);
        }
    }
    let interval = |row: usize, rows: usize| {
        let (low, high) = ends.as_ref().map(|(low, high)| (low[row], high[row]))?;
        (rows == 1 && low.is_finite() && high.is_finite()).then_some((low, high))
    };
    let point = |(x, (row, mean)): (Key, (usize, Mean))| Point {
        x: x.0,
        y: mean.value(),
        rows: mean.rows,
        interval: interval(row, mean.rows),
    };
    let count = different.len();
    let series = different.into_iter().zip(points).enumerate().map(|(place, (name, points))| Series {
        name,
        color: if numeric { ordered(place, count) } else { CATEGORIES[place % CATEGORIES.len()] },
        mark: match place / CATEGORIES.len() {
            1.. if numeric => Mark::Circle,
            round => [Mark::Circle, Mark::Square, Mark::Triangle][round % 3],
        },
        points: points.into_iter().map(point).collect(),
    });
    let series: Vec<Series> = series.collect();
    if !series.iter().any(|series| series.finite().next().is_some()) {
        let what = format!("columns {x:?} and {y:?} are never finite in the same row: nothing to draw");
        return Err(Error::Chart(what));
    }
    Ok(series)
}

/// A finite number as a key, in the order of numbers.
#[derive(Clone, PartialEq)]
struct Key(f64);

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn points_are_sorted_averaged_and_broken_at_missing_values() {
        let frame = df!("x" => [3, 1, 2, 1, 4], "y" => [Some(3.0), Some(1.0), None, Some(2.0), Some(4.0)]).unwrap();
        let series = &lines(&frame, "x", "y", None).unwrap()[0];
        let points: Vec<(f64, f64)> = series.finite().map(|point| (point.x, point.y)).collect();
        assert_eq!(points, [(1.0, 1.5), (3.0, 3.0), (4.0, 4.0)]);
        assert_eq!(series.runs(|point| point.y.is_finite()).map(<[Point]>::len).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn points_without_place_or_value_are_refused() {
        let frame = df!("x" => [Some(1.0), None], "y" => [None, Some(1.0)]).unwrap();
        let error = lines(&frame, "x", "y", None).err().unwrap().to_string();
        assert_eq!(error, "chart: columns \"x\" and \"y\" are never finite in the same row: nothing to draw");
    }

    #[test]
    fn groups_of_numbers_are_in_order() {
        let frame = df!("x" => [0, 0, 0], "y" => [1.0, 2.0, 3.0], "layer" => [10u32, 9, 2]).unwrap();
        let series = lines(&frame, "x", "y", Some("layer")).unwrap();
        assert_eq!(series.iter().map(|series| series.name.as_str()).collect::<Vec<_>>(), ["2", "9", "10"]);
    }

    #[test]
    fn only_single_rows_have_an_interval() {
        let frame = df!("x" => [0, 1, 1], "y" => [1.0; 3], "y_low" => [0.5; 3], "y_high" => [1.5; 3]).unwrap();
        let series = &lines(&frame, "x", "y", None).unwrap()[0];
        let intervals: Vec<Option<(f64, f64)>> = series.points.iter().map(|point| point.interval).collect();
        assert_eq!(intervals, [Some((0.5, 1.5)), None]);
        assert_eq!(series.extent().collect::<Vec<_>>(), [1.0, 0.5, 1.5, 1.0]);
    }
}
