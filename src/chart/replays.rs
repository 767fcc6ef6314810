//! Claims and what came of them: a line of text, an interval and a verdict each.

use super::canvas::{Canvas, MARGIN, Text, WIDTH, wrapped};
use super::figure::Figure;
use super::number::Numbers;
use super::palette::{CATEGORIES, GREY, INK, RULE};
use super::read;
use crate::error::{Error, Result};
use crate::frame::columns as c;
use plotters::style::RGBColor;
use polars::prelude::DataFrame;

/// Where the intervals begin and end, and where the verdicts begin.
const STRIP: (f64, f64) = (346.0, 576.0);
const VERDICTS: f64 = 592.0;
/// The widest claim.
const CLAIM: f64 = STRIP.0 - MARGIN - 16.0;
/// The most lines of a claim, and of a measure.
const MOST: usize = 3;
/// Sizes of claims and verdicts, and of what stands below them.
const SIZES: (f64, f64) = (11.0, 9.0);
const LINES: (f64, f64) = (15.0, 12.5);
const AGREES: RGBColor = CATEGORIES[0];
const DISAGREES: RGBColor = CATEGORIES[1];
/// How opaque the two sides of a reference are.
const SIDES: f64 = 0.09;

/// One claim.
struct Row {
    source: String,
    claim: String,
    measure: String,
    verdict: String,
    /// The figure, and the ends of its interval.
    ends: [f64; 3],
    reference: f64,
    /// 1 where the claim expects more than the reference, -1 where less.
    sign: f64,
}

impl Row {
    fn color(&self) -> RGBColor {
        match self.verdict.as_str() {
            "agrees" => AGREES,
            "disagrees" => DISAGREES,
            _ => GREY,
        }
    }

    fn told(&self) -> bool {
        self.ends.iter().all(|end| end.is_finite())
    }

    /// The figure with its interval, in words.
    fn text(&self) -> String {
        if !self.told() {
            return "no figure".into();
        }
        let all = || self.ends.into_iter().chain([self.reference]);
        let numbers = Numbers::for_values(all()).for_closer(all());
        let [value, low, high] = self.ends.map(|end| numbers.text(end));
        numbers.label(&format!("{value} [{low}, {high}] against {}", numbers.text(self.reference)))
    }

    /// Where a value stands: the reference in the middle, what agrees at the right, the farthest end at the margin.
    fn at(&self, value: f64) -> f64 {
        let farthest = self.ends.iter().map(|end| (end - self.reference).abs()).fold(0.0, f64::max);
        let reach = if farthest > 0.0 { farthest * 1.12 } else { 1.0 };
        let (middle, half) = ((STRIP.0 + STRIP.1) / 2.0, (STRIP.1 - STRIP.0) / 2.0);
        middle + half * (self.sign * (value - self.reference) / reach).clamp(-1.0, 1.0)
    }
}

/// Draws the table of a replay ([`CrossEncoder::replay`](crate::model::CrossEncoder::replay)): each claim with its
/// source and measure, its figure with interval, and the verdict in a word and a colour.
///
/// Figures have different units, so each interval has a scale of its own, with what it is held against in the middle and
/// the side that agrees with the claim at the right.
///
/// # Errors
/// [`Error::Unknown`] for a column that the frame lacks, [`Error::Chart`] for one that cannot be drawn.
///
/// ```
/// use crosslens::prelude::*;
/// let table = df!(
///     "source" => ["Someone 1999"], "claim" => ["words matter"], "measure" => ["effect (logits)"],
///     "figure" => [-0.30], "figure_low" => [-0.40], "figure_high" => [-0.20],
///     "reference" => [0.0], "agrees_when" => ["below"], "verdict" => ["agrees"],
/// )?;
/// let figure = replays(&table, "What holds here?")?;
/// assert_eq!(
///     figure.summary(),
///     "What holds here?\n1 agrees\nSomeone 1999: words matter: agrees, −0.300 [−0.400, −0.200] against 0.000"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn replays(frame: &DataFrame, title: &str) -> Result<Figure> {
    let rows = rows(frame)?;
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for row in &rows {
        match counts.iter_mut().find(|(verdict, _)| *verdict == row.verdict) {
            Some((_, count)) => *count += 1,
            None => counts.push((&row.verdict, 1)),
        }
    }
    let counts: Vec<String> = counts.into_iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    let list = rows.iter().map(|row| format!("{}: {}: {}, {}", row.source, row.claim, row.verdict, row.text()));
    let list: Vec<String> = list.collect();
    let summary = format!("{title}\n{}\n{}", counts.join(", "), list.join("\n"));
    Ok(Figure::new(draw(&rows, title)?, summary))
}

fn rows(frame: &DataFrame) -> Result<Vec<Row>> {
    let texts = |name: &str| -> Result<Vec<String>> {
        Ok(read::texts(frame, name)?.iter().map(|text| text.unwrap_or("null").to_owned()).collect())
    };
    let (sources, claims, measures) = (texts(c::SOURCE)?, texts(c::CLAIM)?, texts(c::MEASURE)?);
    let (sides, verdicts) = (texts(c::AGREES_WHEN)?, texts(c::VERDICT)?);
    let ends = [c::FIGURE.into(), c::low(c::FIGURE), c::high(c::FIGURE)].map(|name| read::numbers(frame, &name));
    let [figures, lows, highs] = ends;
    let (figures, lows, highs) = (figures?, lows?, highs?);
    let references = read::numbers(frame, c::REFERENCE)?;
    let row = |at: usize| {
        let sign = match sides[at].as_str() {
            "above" => 1.0,
            "below" => -1.0,
            side => {
                return Err(Error::Chart(format!(
                    "column \"agrees_when\" holds {side:?} in row {at}, not above or below"
                )));
            }
        };
        Ok(Row {
            source: sources[at].clone(),
            claim: claims[at].clone(),
            measure: measures[at].clone(),
            verdict: verdicts[at].clone(),
            ends: [figures[at], lows[at], highs[at]],
            reference: references[at],
            sign,
        })
    };
    (0..frame.height()).map(row).collect()
}

fn draw(rows: &[Row], title: &str) -> Result<String> {
    let mut canvas = Canvas::default();
    let note =
        "bars: interval, each on a scale of its own · middle: what the figure is held against · grey: cannot be tested";
    let mut y = canvas.header(title, note, WIDTH) + 4.0;
    let middle = (STRIP.0 + STRIP.1) / 2.0;
    canvas.text(middle - 8.0, y + 4.0, Text::new("← disagrees", SIZES.1).color(GREY).end());
    canvas.text(middle + 8.0, y + 4.0, Text::new("agrees →", SIZES.1).color(GREY));
    y += 14.0;
    for (place, row) in rows.iter().enumerate() {
        if place == 0 || rows[place - 1].source != row.source {
            canvas.line((MARGIN, y), (WIDTH - MARGIN, y), RULE);
            canvas.text(MARGIN, y + 12.0, Text::new(row.source.as_str(), SIZES.0).bold(true));
            y += 22.0;
        }
        y += draw_row(&mut canvas, row, y) + 8.0;
    }
    canvas.finish(WIDTH, y + 6.0, title)
}

/// Draws a claim from this height down, and tells how much it takes.
fn draw_row(canvas: &mut Canvas, row: &Row, top: f64) -> f64 {
    let mut y = top;
    for (text, size, line, color) in [(&row.claim, SIZES.0, LINES.0, INK), (&row.measure, SIZES.1, LINES.1, GREY)] {
        for text in wrapped(text, CLAIM, size, false, MOST) {
            canvas.text(MARGIN, y + line / 2.0, Text::new(text, size).color(color));
            y += line;
        }
    }
    let color = row.color();
    let (upper, lower) = (top + 1.0, top + 17.0);
    let middle = (STRIP.0 + STRIP.1) / 2.0;
    for (from, to, side) in [(STRIP.0, middle, DISAGREES), (middle, STRIP.1, AGREES)] {
        canvas.area(vec![(from, upper), (to, upper), (to, lower), (from, lower)], side, SIDES);
    }
    if row.told() {
        let [at, low, high] = row.ends.map(|end| row.at(end));
        let height = (upper + lower) / 2.0;
        canvas.path(vec![(low, height), (high, height)], color, 3);
        canvas.circle((at, height), 4, color);
    }
    canvas.line((middle, upper - 2.0), (middle, lower + 2.0), INK);
    canvas.text(middle, lower + 8.0, Text::new(row.text(), SIZES.1).color(GREY).middle());
    canvas.text(VERDICTS, (upper + lower) / 2.0, Text::new(row.verdict.as_str(), SIZES.0).bold(true).color(color));
    (y - top).max(lower + 14.0 - top)
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{Column, df};

    fn table() -> DataFrame {
        df!(
            "source" => ["A 2001", "A 2001", "B 2002"],
            "claim" => ["one", "two", "three"],
            "measure" => ["bits", "logits", "share"],
            "figure" => [Some(0.7), Some(-0.3), None],
            "figure_low" => [Some(0.6), Some(-0.4), None],
            "figure_high" => [Some(0.8), Some(-0.2), None],
            "reference" => [0.5, 0.0, 0.5],
            "agrees_when" => ["above", "above", "below"],
            "verdict" => ["agrees", "disagrees", "cannot be tested"],
        )
        .unwrap()
    }

    #[test]
    fn what_agrees_is_at_the_right_whatever_the_side() {
        let middle = (STRIP.0 + STRIP.1) / 2.0;
        let mut frame = table();
        let rows_of = |frame: &DataFrame| rows(frame).unwrap();
        assert!(rows_of(&frame)[0].at(0.6) > middle && rows_of(&frame)[1].at(-0.3) < middle);
        frame.with_column(Column::new("agrees_when".into(), ["below"; 3])).unwrap();
        assert!(rows_of(&frame)[0].at(0.6) < middle && rows_of(&frame)[1].at(-0.3) > middle);
        assert_eq!(rows_of(&frame)[0].at(0.5), middle);
    }

    #[test]
    fn every_verdict_is_a_word_and_a_colour() {
        let rows = rows(&table()).unwrap();
        assert_eq!(rows.iter().map(Row::color).collect::<Vec<_>>(), [AGREES, DISAGREES, GREY]);
        let figure = replays(&table(), "t").unwrap();
        for word in ["agrees", "disagrees", "cannot be tested", "no figure", "A 2001", "three"] {
            assert!(figure.svg().contains(word), "{word}");
        }
        assert!(figure.summary().starts_with("t\n1 agrees, 1 disagrees, 1 cannot be tested\n"));
    }

    #[test]
    fn an_unknown_side_is_refused() {
        let mut frame = table();
        frame.with_column(Column::new("agrees_when".into(), ["left"; 3])).unwrap();
        let error = replays(&frame, "t").unwrap_err().to_string();
        assert_eq!(error, "chart: column \"agrees_when\" holds \"left\" in row 0, not above or below");
    }
}
