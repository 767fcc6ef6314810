//! One number against another, in lines.

use super::axis::Axis;
use super::figure::Figure;
use super::heads::averaged;
use super::plot::{NAME, Name, Plot};
use super::series::{Point, Series, lines};
use crate::error::{Error, Result};
use polars::prelude::DataFrame;

/// The most lines that can be told apart.
const LIMIT: usize = 48;

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
    let series = lines(frame, x, y, group)?;
    if series.len() > LIMIT {
        let what = format!("{} lines are too many to tell apart: filter the frame to {LIMIT}", series.len());
        return Err(Error::Chart(what));
    }
    let xs = || series.iter().flat_map(Series::finite).map(|point| point.x);
    let x_axis = if xs().all(|x| x.fract() == 0.0) { Axis::whole(xs(), 8) } else { Axis::new(xs(), 8, false) };
    let y_axis = Axis::new(series.iter().flat_map(Series::extent), 5, true);
    let summary = summary(&series, (x, &x_axis), (y, &y_axis), title);

    let names = series.iter().map(|series| series.name.as_str());
    let height = (NAME * series.len() as f64 + 20.0).max(260.0);
    let mut plot = Plot::new((title, &note(&series)), (x, x_axis), (y, y_axis), height, names);
    series.iter().for_each(|series| plot.band(series, 0.16));
    series.iter().for_each(|series| plot.line(series));
    if let Some(group) = group {
        plot.heading(group);
        let name = |series: &Series| {
            let at = plot.y.at(series.finite().next_back()?.y);
            Some(Name { at, text: series.name.clone(), mark: series.mark, color: series.color })
        };
        plot.names(series.iter().filter_map(name).collect());
    }
    Ok(Figure::new(plot.finish(title)?, summary))
}

fn note(series: &[Series]) -> String {
    let banded = series.iter().flat_map(Series::finite).any(|point| point.interval.is_some());
    let rows = series.iter().flat_map(|series| &series.points).map(|point| point.rows);
    let parts = [banded.then(|| "band: interval".to_owned()), averaged(rows, "point")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn summary(series: &[Series], (x, x_axis): (&str, &Axis), (y, y_axis): (&str, &Axis), title: &str) -> String {
    let ends = series.iter().filter_map(|series| {
        let numbers = y_axis.numbers.for_closer(series.finite().map(|point| point.y));
        let text = |point: &Point| format!("{} at {}", numbers.text(point.y), x_axis.numbers.text(point.x));
        let (first, last) = (series.finite().next()?, series.finite().next_back()?);
        let name = if series.name.is_empty() { String::new() } else { format!("{}: ", series.name) };
        Some(format!("{name}{}, {}", text(first), text(last)))
    });
    let ends: Vec<String> = ends.collect();
    let (y, x) = (y_axis.numbers.label(y), x_axis.numbers.label(x));
    format!("{title}\n{y} against {x}; {}", ends.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn a_line_is_broken_at_missing_values() {
        let frame = df!("x" => [3, 1, 2, 1, 4], "y" => [Some(3.0), Some(1.0), None, Some(2.0), Some(4.0)]).unwrap();
        let svg = line(&frame, "x", "y", None, "t").unwrap().svg().to_owned();
        assert!(svg.contains("mean of 1 to 2 rows per point"));
        assert_eq!((svg.matches("<circle").count(), svg.matches("stroke-width=\"2\"").count()), (3, 1));
    }
}
