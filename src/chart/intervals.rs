//! Numbers with their intervals, one row per name: a forest plot.

use super::axis::Axis;
use super::canvas::{Canvas, MARGIN, Text, WIDTH, cut, text_width, wrapped};
use super::figure::Figure;
use super::heads::averaged;
use super::interval_rows::{Point, Row, ends, rows};
use super::number::{Numbers, axis_name};
use super::palette::{CATEGORIES, GREY, INK, PALE, RULE, ordered};
use super::read::{self, Names};
use crate::error::{Error, Result};
use plotters::style::RGBColor;
use polars::prelude::DataFrame;

/// The most points that can be looked over.
const LIMIT: usize = 120;
/// The size of names, their widest and the lines that one may take.
const NAMES: (f64, f64, usize) = (11.0, 230.0, 2);
/// The height of a point, of a line of a name, and between rows.
const LANE: f64 = 15.0;
const LEADING: f64 = 14.0;
const GAP: f64 = 6.0;

/// Draws the values of a column as points with their intervals, a row for each value of the column `label`.
///
/// Rows stand in the frame's order, labels that are numbers in theirs; long labels are wrapped, then cut. The interval
/// goes from `<value>_low` to `<value>_high`, where the frame has them; a point whose interval contains zero is grey.
/// Rows of the frame with one label are averaged, and an average has no interval. Zero is always on the axis.
/// [`intervals_by`] gives each label several points.
///
/// # Errors
/// [`Error::Unknown`] for a column that the frame lacks, [`Error::Chart`] for one that cannot be drawn and for more than
/// 120 points.
///
/// ```
/// use crosslens::prelude::*;
/// let frame = df!(
///     "predictor" => ["BM25 alone", "soft term frequency"],
///     "r_squared" => [0.05, 0.62],
///     "r_squared_low" => [-0.02, 0.55],
///     "r_squared_high" => [0.11, 0.70],
/// )?;
/// let figure = intervals(&frame, "predictor", "r_squared", "What explains the score?")?;
/// assert_eq!(
///     figure.summary(),
///     "What explains the score?\nr_squared: BM25 alone 0.050 [−0.020, 0.110]; soft term frequency 0.620 [0.550, 0.700]"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn intervals(frame: &DataFrame, label: &str, value: &str, title: &str) -> Result<Figure> {
    drawn(frame, label, value, None, title)
}

/// The same with a point for each value of the column `group` within a row, each group in a colour of its own.
///
/// Groups that are numbers are coloured in their order. The colour says the group alone: a point whose interval contains
/// zero is not grey.
///
/// # Errors
/// As [`intervals`], and [`Error::Chart`] for more groups than there are colours, seven, unless they are numbers.
///
/// ```
/// use crosslens::prelude::*;
/// let frame = df!(
///     "kind" => ["exact", "exact", "paraphrase", "paraphrase"],
///     "heads" => ["matching", "random", "matching", "random"],
///     "effect" => [-0.50, -0.04, -0.30, 0.01],
/// )?;
/// let figure = intervals_by(&frame, "kind", "effect", "heads", "Which matches need the heads?")?;
/// assert_eq!(
///     figure.summary(),
///     "Which matches need the heads?\neffect: exact matching −0.500, random −0.040; paraphrase matching −0.300, \
///      random 0.010"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn intervals_by(frame: &DataFrame, label: &str, value: &str, group: &str, title: &str) -> Result<Figure> {
    drawn(frame, label, value, Some(group), title)
}

fn drawn(frame: &DataFrame, label: &str, value: &str, group: Option<&str>, title: &str) -> Result<Figure> {
    let values = read::drawable(frame, value)?;
    let labels = read::names(frame, label)?;
    let groups = group.map(|group| read::names(frame, group)).transpose()?;
    let colors = groups.as_ref().map_or(Ok(vec![]), |groups| colors(groups, group.unwrap_or_default()))?;
    let rows = rows(labels, groups.as_ref(), &values, ends(frame, value)?.as_ref());
    let points = || rows.iter().flat_map(|row| &row.points);
    if points().count() > LIMIT {
        let what = format!("{} points are too many for one figure: filter the frame to {LIMIT}", points().count());
        return Err(Error::Chart(what));
    }
    let extent = || points().flat_map(Point::extent);
    let axis = Axis::new(extent().chain([0.0]), 6, true);
    let numbers = axis.numbers.for_closer(extent());
    let names = groups.map_or(vec![], |groups| groups.different);
    let summary = summary(&rows, &names, numbers, value, title);
    let groups: Vec<(String, RGBColor)> = names.into_iter().zip(colors).collect();
    let sheet = Sheet { rows: &rows, by: group.unwrap_or_default(), groups: &groups, axis, numbers };
    Ok(Figure::new(sheet.draw(value, title)?, summary))
}

/// The colour of each group.
fn colors(groups: &Names, group: &str) -> Result<Vec<RGBColor>> {
    let count = groups.different.len();
    if groups.numeric {
        return Ok((0..count).map(|place| ordered(place, count)).collect());
    }
    if count > CATEGORIES.len() {
        let most = CATEGORIES.len();
        let what = format!("column {group:?} has {count} groups, but {most} colours are told apart: filter the frame");
        return Err(Error::Chart(what));
    }
    Ok(CATEGORIES[..count].to_vec())
}

fn summary(rows: &[Row], groups: &[String], numbers: Numbers, value: &str, title: &str) -> String {
    let point = |point: &Point| match groups.get(point.group) {
        Some(group) => format!("{group} {}", point.text(numbers)),
        None => point.text(numbers),
    };
    let row = |row: &Row| format!("{} {}", row.name, row.points.iter().map(point).collect::<Vec<_>>().join(", "));
    let rows: Vec<String> = rows.iter().map(row).collect();
    format!("{title}\n{}: {}", numbers.label(value), rows.join("; "))
}

/// What a figure is drawn from.
struct Sheet<'a> {
    rows: &'a [Row],
    by: &'a str,
    groups: &'a [(String, RGBColor)],
    axis: Axis,
    numbers: Numbers,
}

impl Sheet<'_> {
    fn draw(self, value: &str, title: &str) -> Result<String> {
        let mut canvas = Canvas::default();
        let top = self.legend(&mut canvas, title);
        let (size, widest, lines) = NAMES;
        let names: Vec<Vec<String>> =
            self.rows.iter().map(|row| wrapped(&row.name, widest, size, false, lines)).collect();
        let width = |text: &String| text_width(text, size, false);
        let left = MARGIN + names.iter().flatten().map(width).fold(0.0, f64::max) + 14.0;
        let points = || self.rows.iter().flat_map(|row| &row.points);
        let texts = points().map(|point| text_width(&point.text(self.numbers), 10.5, false)).fold(0.0, f64::max);
        let right = WIDTH - MARGIN - texts - 14.0;
        let heights: Vec<f64> = self.rows.iter().zip(&names).map(|(row, name)| height(row, name)).collect();
        let bottom = top + heights.iter().sum::<f64>() + 4.0;
        let axis = self.axis.clone().over(left, right);
        axis.draw_below(&mut canvas, top, bottom);
        let zero = axis.at(0.0).round();
        canvas.line((zero, top), (zero, bottom), INK);
        canvas.text(
            (left + right) / 2.0,
            bottom + 27.0,
            Text::new(axis.numbers.label(&axis_name(value)), 11.0).middle(),
        );

        let mut y = top + 2.0;
        for (place, ((row, name), height)) in self.rows.iter().zip(&names).zip(heights).enumerate() {
            if place > 0 && !self.groups.is_empty() {
                canvas.line((MARGIN, y), (WIDTH - MARGIN, y), RULE);
            }
            let middle = y + height / 2.0;
            for (line, text) in name.iter().enumerate() {
                let above = (line as f64 - (name.len() as f64 - 1.0) / 2.0) * LEADING;
                canvas.text(left - 10.0, middle + above, Text::new(text.as_str(), size).end());
            }
            for (lane, point) in row.points.iter().enumerate() {
                let below = (lane as f64 - (row.points.len() as f64 - 1.0) / 2.0) * LANE;
                self.point(&mut canvas, point, &axis, (middle + below).round());
            }
            y += height;
        }
        canvas.finish(WIDTH, bottom + 40.0, title)
    }

    /// The header and the colours of the groups; gives the height where rows may begin.
    fn legend(&self, canvas: &mut Canvas, title: &str) -> f64 {
        let top = canvas.header(title, &self.note(), WIDTH);
        if self.groups.is_empty() {
            return top;
        }
        let (mut x, mut y) = (MARGIN, top + 4.0);
        canvas.text(x, y, Text::new(self.by, 10.0).bold(true));
        x += text_width(self.by, 10.0, true) + 14.0;
        for (name, color) in self.groups {
            let name = cut(name, NAMES.1, 10.0, false);
            let width = text_width(&name, 10.0, false) + 28.0;
            if x + width > WIDTH - MARGIN {
                (x, y) = (MARGIN, y + LANE);
            }
            canvas.circle((x + 4.0, y), 4, *color);
            canvas.text(x + 13.0, y, Text::new(name, 10.0));
            x += width;
        }
        y + 14.0
    }

    fn note(&self) -> String {
        let points = || self.rows.iter().flat_map(|row| &row.points);
        let mut parts = Vec::new();
        if points().any(|point| point.interval.is_some()) {
            parts.push("whiskers and brackets: interval".to_owned());
        }
        if self.groups.is_empty() && points().any(Point::open) {
            parts.push("grey: the interval contains zero".into());
        }
        parts.extend(averaged(points().map(|point| point.rows), "point"));
        parts.join(" · ")
    }

    fn point(&self, canvas: &mut Canvas, point: &Point, axis: &Axis, y: f64) {
        let color = match self.groups.get(point.group) {
            Some((_, color)) => *color,
            None if point.open() => PALE,
            None => CATEGORIES[0],
        };
        if let Some((low, high)) = point.interval {
            let (low, high) = (axis.at(low), axis.at(high));
            canvas.path(vec![(low, y), (high, y)], color, 2);
            [low, high].into_iter().for_each(|end| canvas.path(vec![(end, y - 3.0), (end, y + 3.0)], color, 2));
        }
        if point.value.is_finite() {
            canvas.circle((axis.at(point.value), y), 4, color);
        }
        canvas.text(WIDTH - MARGIN, y, Text::new(point.text(self.numbers), 10.5).color(GREY).end());
    }
}

fn height(row: &Row, name: &[String]) -> f64 {
    (row.points.len() as f64 * LANE).max(name.len() as f64 * LEADING) + GAP
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn a_repeated_label_is_averaged_and_has_no_interval() {
        let frame = df!("x" => ["a", "b", "a"], "y" => [1.0, 2.0, 3.0], "y_low" => [0.5; 3], "y_high" => [3.5; 3]);
        let figure = intervals(&frame.unwrap(), "x", "y", "t").unwrap();
        assert_eq!(figure.summary(), "t\ny: a 2.00; b 2.00 [0.50, 3.50]");
        assert!(figure.svg().contains("mean of 1 to 2 rows per point"));
    }

    #[test]
    fn long_labels_take_two_lines_and_are_cut() {
        let frame = df!("x" => ["soft term frequency ".repeat(9)], "y" => [1.0]).unwrap();
        let svg = intervals(&frame, "x", "y", "t").unwrap().svg().to_owned();
        assert_eq!((svg.matches("soft term").count(), svg.matches('…').count()), (2, 1));
    }

    #[test]
    fn too_many_groups_or_points_are_refused() {
        let names: Vec<String> = (0..121).map(|name| name.to_string()).collect();
        let frame = |names: &[String]| df!("x" => names, "y" => vec![1.0; names.len()]).unwrap();
        let error = intervals_by(&frame(&names[..8]), "x", "y", "x", "t").unwrap_err().to_string();
        assert_eq!(error, "chart: column \"x\" has 8 groups, but 7 colours are told apart: filter the frame");
        let error = intervals(&frame(&names), "x", "y", "t").unwrap_err().to_string();
        assert_eq!(error, "chart: 121 points are too many for one figure: filter the frame to 120");
    }
}
