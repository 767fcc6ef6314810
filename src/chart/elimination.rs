//! What a ranking is worth with fewer and fewer heads, beside as many heads drawn at random.

use super::axis::Axis;
use super::figure::Figure;
use super::heads::averaged;
use super::number::counted;
use super::palette::{GREY, INK};
use super::plot::{Name, Plot};
use super::read::{self, Mean};
use super::series::{Mark, Point, Series, lines};
use crate::error::{Error, Result};
use crate::frame::columns::{DRAW, HEADS_LEFT};
use polars::prelude::DataFrame;
use std::collections::{BTreeMap, BTreeSet};

/// The share of the plain model's value that is asked for.
const SHARE: f64 = 0.95;
/// How opaque the bands are: the intervals', and the draws' behind it.
const BANDS: (f64, f64) = (0.2, 0.18);

/// Draws a measure against how many heads are left, from many to few: those that an elimination keeps, in `curve`, and
/// as many drawn at random, in `control`.
///
/// `curve` has the columns `heads_left` and `<measure>`; where it has `<measure>_low` and `<measure>_high` too and one
/// row per number of heads, a band shows the interval. `control` has a row per `heads_left` and `draw`: its line is
/// the mean over the draws, its band goes from the lowest to the highest. The dashed rules are the value with most
/// heads left, which is the plain model's, and 95 % of it.
///
/// # Errors
/// [`Error::Unknown`] for a column that a frame lacks, [`Error::Chart`] for one that cannot be drawn and for a curve
/// without a value where most heads are left.
///
/// ```
/// use crosslens::prelude::*;
/// let curve = df!("heads_left" => [72u32, 36, 12, 1], "nDCG@10" => [0.40, 0.41, 0.39, 0.10])?;
/// let control = df!(
///     "heads_left" => [36u32, 36, 12, 12],
///     "draw" => [0u32, 1, 0, 1],
///     "nDCG@10" => [0.35, 0.25, 0.20, 0.08],
/// )?;
/// let figure = elimination(&curve, &control, "nDCG@10", "How few heads are enough?")?;
/// assert_eq!(
///     figure.summary(),
///     "How few heads are enough?\nnDCG@10 of the plain model, 72 heads: 0.400; the chosen heads hold 95 % of it, 0.380, \
///      down to 12 heads; 2 random draws on average: 0.300 at 36, 0.140 at 12"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn elimination(curve: &DataFrame, control: &DataFrame, measure: &str, title: &str) -> Result<Figure> {
    let chosen = chosen(curve, measure)?;
    let (random, draws) = random(control, measure)?;
    let plain = plain(&chosen, measure)?;
    let enough = (plain.y > 0.0).then_some(SHARE * plain.y);

    let both = [&chosen, &random];
    let xs = || both.iter().flat_map(|series| series.finite()).map(|point| point.x);
    let ys = both.iter().flat_map(|series| series.extent()).chain(enough);
    let (x, y) = (Axis::whole(xs(), 8).falling(), Axis::new(ys, 5, true));
    let numbers = y.numbers.for_closer([plain.y]);
    let mut rules = vec![(plain.y, format!("all heads {}", numbers.text(plain.y)))];
    rules.extend(enough.map(|value| (value, format!("95 % of it {}", numbers.text(value)))));
    let summary = {
        let held = enough.map(|enough| {
            let fewest = held(&chosen, enough);
            format!("; the chosen heads hold 95 % of it, {}, down to {}", numbers.text(enough), counted(fewest, "head"))
        });
        let at = |point: &Point| format!("{} at {}", numbers.text(point.y), point.x);
        let ends: Vec<String> = random.finite().next_back().into_iter().chain(random.finite().next()).map(at).collect();
        format!(
            "{title}\n{} of the plain model, {}: {}{}; {} on average: {}",
            numbers.label(measure),
            counted(plain.x as usize, "head"),
            numbers.text(plain.y),
            held.unwrap_or_default(),
            counted(draws, "random draw"),
            ends.join(", ")
        )
    };

    let texts = both.map(|series| series.name.as_str()).into_iter().chain(rules.iter().map(|(_, text)| text.as_str()));
    let note = note(&chosen, draws);
    let mut plot = Plot::new((title, &note), ("heads left", x), (measure, y), 280.0, texts);
    plot.band(&random, BANDS.1);
    rules.iter().for_each(|(value, _)| plot.rule(*value, INK));
    plot.line(&random);
    plot.band(&chosen, BANDS.0);
    plot.line(&chosen);
    let mut names: Vec<Name> = rules
        .into_iter()
        .map(|(value, text)| Name { at: plot.y.at(value), text, mark: Mark::Dash, color: INK })
        .collect();
    names.extend(both.into_iter().filter_map(|series| {
        // The axis falls: the line ends at the right with fewest heads.
        let at = plot.y.at(series.finite().next()?.y);
        Some(Name { at, text: series.name.clone(), mark: series.mark, color: series.color })
    }));
    plot.names(names);
    Ok(Figure::new(plot.finish(title)?, summary))
}

fn chosen(curve: &DataFrame, measure: &str) -> Result<Series> {
    read::indices(curve, HEADS_LEFT)?;
    let line = lines(curve, HEADS_LEFT, measure, None)?.pop();
    let line = line.ok_or_else(|| Error::Chart(format!("the frame has no line of {measure:?}")))?;
    Ok(Series { name: "chosen heads".into(), ..line })
}

/// The mean over the draws, with the lowest and the highest as its interval, and how many draws there are.
fn random(control: &DataFrame, measure: &str) -> Result<(Series, usize)> {
    let values = read::drawable(control, measure)?;
    let heads = read::indices(control, HEADS_LEFT)?;
    let draws: BTreeSet<u32> = read::indices(control, DRAW)?.into_iter().collect();
    let mut found: BTreeMap<u32, (Mean, f64, f64)> = BTreeMap::new();
    for (heads, value) in heads.into_iter().zip(values) {
        let (mean, low, high) = found.entry(heads).or_insert((Mean::default(), f64::INFINITY, f64::NEG_INFINITY));
        mean.add(value);
        if value.is_finite() {
            (*low, *high) = (low.min(value), high.max(value));
        }
    }
    let point = |(heads, (mean, low, high)): (u32, (Mean, f64, f64))| Point {
        x: f64::from(heads),
        y: mean.value(),
        rows: mean.rows,
        interval: low.is_finite().then_some((low, high)),
    };
    let points = found.into_iter().map(point).collect();
    let series = Series { name: "random heads".into(), color: GREY, mark: Mark::Stroke, points };
    Ok((series, draws.len()))
}

/// The point with most heads left.
fn plain<'a>(chosen: &'a Series, measure: &str) -> Result<&'a Point> {
    let most = chosen.points.last().filter(|point| point.y.is_finite());
    most.ok_or_else(|| {
        let heads = chosen.points.last().map_or(0.0, |point| point.x);
        let what = format!("column {measure:?} is missing at {heads} heads left, where the plain model stands");
        Error::Chart(what)
    })
}

/// The fewest heads before the measure falls below `enough` for the first time.
fn held(chosen: &Series, enough: f64) -> usize {
    let held = chosen.finite().rev().take_while(|point| point.y >= enough).last();
    held.map_or(0, |point| point.x as usize)
}

fn note(chosen: &Series, draws: usize) -> String {
    let interval = chosen.finite().any(|point| point.interval.is_some());
    let parts = [
        interval.then(|| "blue band: interval".to_owned()),
        Some(format!("grey: mean, lowest and highest of {} of as many heads", counted(draws, "random draw"))),
        averaged(chosen.points.iter().map(|point| point.rows), "point of the chosen heads"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    fn control() -> DataFrame {
        df!("heads_left" => [2u32, 2, 2, 1], "draw" => [0u32, 1, 2, 0], "x" => [Some(0.3), Some(0.1), None, None])
            .unwrap()
    }

    #[test]
    fn draws_have_a_mean_a_lowest_and_a_highest() {
        let (series, draws) = random(&control(), "x").unwrap();
        assert_eq!(draws, 3);
        assert!(series.points[0].y.is_nan() && series.points[0].interval.is_none());
        assert_eq!((series.points[1].y, series.points[1].interval), (0.2, Some((0.1, 0.3))));
    }

    #[test]
    fn heads_hold_until_they_fall_for_the_first_time() {
        let curve = df!("heads_left" => [1u32, 2, 3, 4, 5], "x" => [0.9, 0.1, 0.8, 0.7, 1.0]).unwrap();
        let chosen = chosen(&curve, "x").unwrap();
        assert_eq!([0.05, 0.65, 0.75].map(|enough| held(&chosen, enough)), [1, 3, 5]);
    }

    #[test]
    fn a_plain_model_without_value_is_refused() {
        let curve = df!("heads_left" => [4u32, 2], "x" => [None, Some(0.3)]).unwrap();
        let error = elimination(&curve, &control(), "x", "").unwrap_err().to_string();
        assert_eq!(error, "chart: column \"x\" is missing at 4 heads left, where the plain model stands");
    }

    #[test]
    fn a_value_below_zero_has_no_share() {
        let curve = df!("heads_left" => [4u32, 2], "x" => [-1.0, -2.0]).unwrap();
        let figure = elimination(&curve, &control(), "x", "t").unwrap();
        assert!(!figure.svg().contains("95 %") && !figure.summary().contains("95 %"));
    }
}
