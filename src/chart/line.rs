//! One number against another, in lines.

use super::axis::Axis;
use super::canvas::{Canvas, MARGIN, Text, WIDTH, cut, text_width};
use super::figure::Figure;
use super::heads::averaged;
use super::number::axis_name;
use super::palette::{CATEGORIES, GREY, INK, RULE, ordered};
use super::read::{self, Mean};
use crate::error::{Error, Result};
use crate::frame::columns;
use plotters::style::RGBColor;
use polars::prelude::DataFrame;
use std::collections::BTreeMap;

/// The most lines that can be told apart.
const LIMIT: usize = 48;
/// Height of a label in the margin.
const LABEL: f64 = 14.0;

/// One line: its name and its points, by x.
struct Series {
    name: String,
    color: RGBColor,
    marker: usize,
    points: Vec<Point>,
}

struct Point {
    x: f64,
    y: f64,
    rows: usize,
    /// Both ends finite.
    interval: Option<(f64, f64)>,
}

/// Draws column `y` against column `x`, one line per value of the column `group`.
///
/// Rows with the same `x` and group are averaged. Where the frame has the columns `<y>_low` and `<y>_high` and one row
/// per point, a band shows the interval. A line is broken where `y` is missing. Groups that are numbers are coloured
/// in their order, others each in its own colour.
///
/// # Errors
/// [`Error::Unknown`] for a column that the frame lacks, [`Error::Chart`] for one that cannot be drawn.
///
/// ```
/// use crosslens::prelude::*;
/// let frame = df!(
///     "heads" => [0u32, 1, 2, 0, 1, 2],
///     "ndcg" => [0.70, 0.60, 0.40, 0.70, 0.69, 0.68],
///     "order" => ["strongest", "strongest", "strongest", "random", "random", "random"],
/// )?;
/// let figure = line(&frame, "heads", "ndcg", Some("order"), "How many heads does the ranking need?")?;
/// assert_eq!(
///     figure.summary(),
///     "How many heads does the ranking need?\nndcg against heads; strongest: 0.700 at 0, 0.400 at 2; random: 0.700 \
///      at 0, 0.680 at 2"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn line(frame: &DataFrame, x: &str, y: &str, group: Option<&str>, title: &str) -> Result<Figure> {
    let (series, note) = read_series(frame, x, y, group)?;
    if series.len() > LIMIT {
        let what = format!("{} lines are too many to tell apart: filter the frame to {LIMIT}", series.len());
        return Err(Error::Chart(what));
    }
    let (svg, x_axis, y_axis) = draw(&series, x, y, group, title, &note)?;
    let ends = series.iter().filter_map(|series| {
        let finite = || series.points.iter().filter(|point| point.y.is_finite());
        let numbers = y_axis.numbers.for_closer(finite().map(|point| point.y));
        let text = |point: &Point| format!("{} at {}", numbers.text(point.y), x_axis.numbers.text(point.x));
        let (first, last) = (finite().next()?, finite().next_back()?);
        let name = if series.name.is_empty() { String::new() } else { format!("{}: ", series.name) };
        Some(format!("{name}{}, {}", text(first), text(last)))
    });
    let ends: Vec<String> = ends.collect();
    let (y, x) = (y_axis.numbers.label(y), x_axis.numbers.label(x));
    Ok(Figure::new(svg, format!("{title}\n{y} against {x}; {}", ends.join("; "))))
}

fn read_series(frame: &DataFrame, x: &str, y: &str, group: Option<&str>) -> Result<(Vec<Series>, String)> {
    let (xs, ys) = (read::drawable(frame, x)?, read::drawable(frame, y)?);
    let ends = [columns::low(y), columns::high(y)];
    let banded = ends.iter().all(|end| read::has(frame, end));
    let ends = if banded { Some((read::numbers(frame, &ends[0])?, read::numbers(frame, &ends[1])?)) } else { None };
    let (names, numeric) = match group {
        Some(group) => read::names(frame, group)?,
        None => (vec![String::new(); xs.len()], false),
    };
    let mut order: Vec<&str> = Vec::new();
    // The points of a line by x; the key is ordered as numbers are.
    let mut points: BTreeMap<&str, BTreeMap<Key, (f64, usize, Mean)>> = BTreeMap::new();
    for (row, (place, value)) in xs.iter().zip(&ys).enumerate() {
        let name = names[row].as_str();
        if !points.contains_key(name) {
            order.push(name);
        }
        let line = points.entry(name).or_default();
        if place.is_finite() {
            // -0.0 and 0.0 are one place.
            let place = place + 0.0;
            line.entry(Key(place)).or_insert_with(|| (place, row, Mean::default())).2.add(*value);
        }
    }
    if numeric {
        order.sort_by(|a, b| a.parse().unwrap_or(f64::NAN).total_cmp(&b.parse().unwrap_or(f64::NAN)));
    }
    let interval = |row: usize, rows: usize| {
        let (low, high) = ends.as_ref().map(|(low, high)| (low[row], high[row]))?;
        (rows == 1 && low.is_finite() && high.is_finite()).then_some((low, high))
    };
    let places = order.len();
    let series = order.into_iter().enumerate().map(|(place, name)| Series {
        name: name.to_owned(),
        color: if numeric { ordered(place, places) } else { CATEGORIES[place % CATEGORIES.len()] },
        marker: place / if numeric { LIMIT } else { CATEGORIES.len() },
        points: points[name]
            .values()
            .map(|(x, row, mean)| Point {
                x: *x,
                y: mean.value(),
                rows: mean.rows,
                interval: interval(*row, mean.rows),
            })
            .collect(),
    });
    let series: Vec<Series> = series.collect();
    if !series.iter().flat_map(|series| &series.points).any(|point| point.y.is_finite()) {
        let what = format!("columns {x:?} and {y:?} are never finite in the same row: nothing to draw");
        return Err(Error::Chart(what));
    }
    let all = || series.iter().flat_map(|series| &series.points);
    let mut note: Vec<String> = averaged(all().map(|point| point.rows), "point").into_iter().collect();
    if all().any(|point| point.interval.is_some() && point.y.is_finite()) {
        note.insert(0, "band: interval".into());
    }
    Ok((series, note.join(" · ")))
}

/// A finite number as a key.
#[derive(PartialEq)]
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

fn draw(
    series: &[Series],
    x: &str,
    y: &str,
    group: Option<&str>,
    title: &str,
    note: &str,
) -> Result<(String, Axis, Axis)> {
    let points = || series.iter().flat_map(|series| &series.points).filter(|point| point.y.is_finite());
    let ends = points().flat_map(|point| point.interval.into_iter().flat_map(|(low, high)| [low, high]));
    let y_axis = Axis::new(points().map(|point| point.y).chain(ends), 5, true);
    let xs = || points().map(|point| point.x);
    let x_axis = if xs().all(|x| x.fract() == 0.0) { Axis::whole(xs(), 8) } else { Axis::new(xs(), 8, false) };

    let mut canvas = Canvas::default();
    let top = canvas.header(title, note, WIDTH) + 4.0;
    let labels = series.iter().map(|series| text_width(&series.name, 11.0, false)).fold(0.0, f64::max).min(180.0);
    let height = (LABEL * series.len() as f64 + 20.0).max(260.0);
    let ticks =
        y_axis.ticks.iter().map(|tick| text_width(&y_axis.numbers.text(*tick), 10.0, false)).fold(0.0, f64::max);
    let (left, right) = (MARGIN + 28.0 + ticks, WIDTH - MARGIN - if labels > 0.0 { labels + 20.0 } else { 10.0 });
    let bottom = top + height;
    let (x_axis, y_axis) = (x_axis.over(left + 10.0, right - 6.0), y_axis.over(bottom, top));
    y_axis.draw_left(&mut canvas, left, right);
    x_axis.draw_ticks_below(&mut canvas, bottom);
    canvas.line((left, bottom), (right, bottom), GREY);
    if y_axis.spans(0.0) {
        canvas.line((left, y_axis.at(0.0)), (right, y_axis.at(0.0)), GREY);
    }
    canvas.text((left + right) / 2.0, bottom + 29.0, Text::new(x_axis.numbers.label(&axis_name(x)), 11.0).middle());
    let name = y_axis.numbers.label(&axis_name(y));
    canvas.text(MARGIN + 6.0, (top + bottom) / 2.0, Text::new(name, 11.0).middle().upwards());

    series.iter().for_each(|series| band(&mut canvas, series, &x_axis, &y_axis));
    for series in series {
        for run in runs(series, |point| point.y.is_finite()) {
            let path: Vec<(f64, f64)> = run.iter().map(|point| (x_axis.at(point.x), y_axis.at(point.y))).collect();
            path.iter().for_each(|at| marker(&mut canvas, *at, series));
            if path.len() > 1 {
                canvas.path(path, series.color, 2);
            }
        }
    }
    if let Some(group) = group {
        canvas.text(right + 12.0, top - 8.0, Text::new(cut(group, labels + 20.0, 10.0, true), 10.0).bold(true));
        direct_labels(&mut canvas, series, &y_axis, right, (top, bottom));
    }
    Ok((canvas.finish(WIDTH, bottom + 42.0, title)?, x_axis, y_axis))
}

/// The longest pieces of a line in which all points are so.
fn runs(series: &Series, is: impl Fn(&Point) -> bool) -> impl Iterator<Item = &[Point]> {
    series.points.split(move |point| !is(point)).filter(|run| !run.is_empty())
}

fn band(canvas: &mut Canvas, series: &Series, x_axis: &Axis, y_axis: &Axis) {
    for run in runs(series, |point| point.y.is_finite() && point.interval.is_some()) {
        let at = |point: &Point, upper: bool| {
            let (low, high) = point.interval?;
            Some((x_axis.at(point.x), y_axis.at(if upper { high } else { low })))
        };
        let upper = run.iter().filter_map(|point| at(point, true));
        let outline: Vec<(f64, f64)> = upper.chain(run.iter().rev().filter_map(|point| at(point, false))).collect();
        if run.len() > 1 {
            canvas.area(outline, series.color, 0.16);
        } else if let [high, low] = outline[..] {
            canvas.line(high, low, series.color);
        }
    }
}

fn marker(canvas: &mut Canvas, (x, y): (f64, f64), series: &Series) {
    match series.marker % 3 {
        0 => canvas.circle((x, y), 3, series.color),
        1 => canvas.rect(x - 3.0, y - 3.0, 6.0, 6.0, series.color),
        _ => canvas.area(vec![(x, y - 4.0), (x + 4.0, y + 3.0), (x - 4.0, y + 3.0)], series.color, 1.0),
    }
}

/// Each line's name beside its last point, moved apart where they would touch.
fn direct_labels(canvas: &mut Canvas, series: &[Series], y_axis: &Axis, right: f64, (top, bottom): (f64, f64)) {
    let last =
        |series: &Series| series.points.iter().rev().find(|point| point.y.is_finite()).map(|point| y_axis.at(point.y));
    let mut ends: Vec<(f64, &Series)> = series.iter().filter_map(|series| Some((last(series)?, series))).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut places: Vec<f64> = ends.iter().map(|(y, _)| *y).collect();
    for place in 1..places.len() {
        places[place] = places[place].max(places[place - 1] + LABEL);
    }
    let mut limit = bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - LABEL;
    }
    let lift = (top - places.first().copied().unwrap_or(top)).max(0.0);
    for ((y, series), place) in ends.into_iter().zip(places) {
        let place = place + lift;
        canvas.line((right, y), (right + 9.0, place), RULE);
        marker(canvas, (right + 12.0, place), series);
        canvas.text(right + 20.0, place, Text::new(cut(&series.name, 180.0, 11.0, false), 11.0).color(INK));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn points_are_sorted_averaged_and_broken_at_missing_values() {
        let frame = df!("x" => [3, 1, 2, 1, 4], "y" => [Some(3.0), Some(1.0), None, Some(2.0), Some(4.0)]).unwrap();
        let (series, note) = read_series(&frame, "x", "y", None).unwrap();
        let points: Vec<(f64, f64)> = series[0].points.iter().map(|point| (point.x, point.y)).collect();
        assert_eq!((points[0], points[2], points[3]), ((1.0, 1.5), (3.0, 3.0), (4.0, 4.0)));
        assert!(points[1].1.is_nan());
        assert_eq!(note, "mean of 1 to 2 rows per point");
        let svg = line(&frame, "x", "y", None, "t").unwrap().svg().to_owned();
        assert_eq!((svg.matches("<circle").count(), svg.matches("stroke-width=\"2\"").count()), (3, 1));
    }

    #[test]
    fn points_without_place_or_value_are_refused() {
        let frame = df!("x" => [Some(1.0), None], "y" => [None, Some(1.0)]).unwrap();
        let error = line(&frame, "x", "y", None, "t").unwrap_err().to_string();
        assert_eq!(error, "chart: columns \"x\" and \"y\" are never finite in the same row: nothing to draw");
    }

    #[test]
    fn groups_of_numbers_are_in_order() {
        let frame = df!("x" => [0, 0, 0], "y" => [1.0, 2.0, 3.0], "layer" => [10u32, 9, 2]).unwrap();
        let (series, _) = read_series(&frame, "x", "y", Some("layer")).unwrap();
        assert_eq!(series.iter().map(|series| series.name.as_str()).collect::<Vec<_>>(), ["2", "9", "10"]);
    }
}
