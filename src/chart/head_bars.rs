//! The heads that matter most, as bars with intervals.

use super::axis::Axis;
use super::canvas::{Canvas, MARGIN, Text, WIDTH, text_width};
use super::figure::Figure;
use super::heads::{averaged, by_head, strongest};
use super::number::{Numbers, axis_name, counted};
use super::palette::{GREY, INK, NEGATIVE, PALE, POSITIVE};
use super::read;
use crate::error::{Error, Result};
use crate::frame::columns;
use polars::prelude::DataFrame;

const BAR: f64 = 13.0;
const STEP: f64 = 20.0;

/// One bar: its head, its value, its interval where there is one.
struct Bar {
    name: String,
    value: f64,
    interval: Option<(f64, f64)>,
}

impl Bar {
    /// The ends of the interval.
    fn ends(&self) -> impl Iterator<Item = f64> {
        self.interval.into_iter().flat_map(|(low, high)| [low, high])
    }

    /// Whether the interval leaves the sign open.
    fn open(&self) -> bool {
        self.interval.is_some_and(|(low, high)| low <= 0.0 && high >= 0.0)
    }

    fn text(&self, numbers: Numbers) -> String {
        let value = numbers.text(self.value);
        match self.interval {
            Some((low, high)) => format!("{value} [{}, {}]", numbers.text(low), numbers.text(high)),
            None => value,
        }
    }
}

/// Draws the `n` heads with the largest values of a column, in size, as bars from zero.
///
/// Blue is negative, red positive. Where the frame has one row per head and the columns `<column>_low` and
/// `<column>_high`, each bar carries its interval, and a bar whose interval contains zero is grey.
///
/// # Errors
/// [`Error::Unknown`] for a column that the frame lacks, [`Error::Chart`] for one that cannot be drawn,
/// [`Error::Argument`] when `n` is 0.
///
/// ```
/// use crosslens::prelude::*;
/// let frame = df!(
///     "layer" => [0u32, 0, 1],
///     "head" => [0u32, 1, 0],
///     "effect" => [-0.30, 0.10, 0.02],
///     "effect_low" => [-0.40, 0.05, -0.01],
///     "effect_high" => [-0.20, 0.15, 0.05],
/// )?;
/// let figure = head_bars(&frame, "effect", 2, "Which heads does the ranking need?")?;
/// assert_eq!(
///     figure.summary(),
///     "Which heads does the ranking need?\neffect, 2 of 3 heads: 0.0 −0.300 [−0.400, −0.200], 0.1 0.100 [0.050, 0.150]"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn head_bars(frame: &DataFrame, column: &str, n: usize, title: &str) -> Result<Figure> {
    if n == 0 {
        return Err(Error::Argument("head_bars draws at least one head: n is 0".into()));
    }
    let heads = by_head(frame, column)?;
    let repeated = averaged(heads.iter().map(|head| head.rows), "head");
    let intervals = intervals(frame, column, repeated.is_some())?;
    let bars: Vec<Bar> = strongest(&heads)
        .into_iter()
        .take(n)
        .map(|head| Bar {
            name: head.name(),
            value: head.value,
            interval: intervals.as_ref().map(|(low, high)| (low[head.first], high[head.first])).filter(finite),
        })
        .collect();
    let numbers = || bars.iter().flat_map(|bar| [bar.value].into_iter().chain(bar.ends()));
    let axis = Axis::new(numbers().chain([0.0]), 6, true);
    let numbers = axis.numbers.for_closer(numbers());
    let svg = draw(&bars, axis, numbers, column, title, &note(&bars, repeated.as_deref()))?;
    let list: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.name, bar.text(numbers))).collect();
    let name = numbers.label(column);
    let summary = format!("{title}\n{name}, {} of {}: {}", bars.len(), counted(heads.len(), "head"), list.join(", "));
    Ok(Figure::new(svg, summary))
}

fn finite((low, high): &(f64, f64)) -> bool {
    low.is_finite() && high.is_finite()
}

/// The columns of the interval's ends; none where they are lacking, or where rows were averaged: the mean of
/// intervals is no interval.
fn intervals(frame: &DataFrame, column: &str, averaged: bool) -> Result<Option<(Vec<f64>, Vec<f64>)>> {
    let (low, high) = (columns::low(column), columns::high(column));
    if averaged || !read::has(frame, &low) || !read::has(frame, &high) {
        return Ok(None);
    }
    Ok(Some((read::numbers(frame, &low)?, read::numbers(frame, &high)?)))
}

fn note(bars: &[Bar], averaged: Option<&str>) -> String {
    let mut parts = Vec::new();
    if bars.iter().any(|bar| bar.interval.is_some()) {
        parts.push("whiskers and brackets: interval");
    }
    if bars.iter().any(Bar::open) {
        parts.push("grey: the interval contains zero");
    }
    parts.extend(averaged);
    parts.join(" · ")
}

fn draw(bars: &[Bar], axis: Axis, numbers: Numbers, column: &str, title: &str, note: &str) -> Result<String> {
    let mut canvas = Canvas::default();
    let top = canvas.header(title, note, WIDTH);
    // One or two bars still leave room for the name of their axis.
    let step = STEP.max(66.0 / bars.len() as f64);
    let bottom = top + step * bars.len() as f64 + 4.0;
    let names = bars.iter().map(|bar| text_width(&bar.name, 11.0, false)).fold(0.0, f64::max);
    let texts = bars.iter().map(|bar| text_width(&bar.text(numbers), 10.5, false)).fold(0.0, f64::max);
    let (left, right) = (MARGIN + 22.0 + names, WIDTH - MARGIN - texts - 14.0);
    let axis = axis.over(left + 6.0, right);
    axis.draw_below(&mut canvas, top, bottom);
    canvas.text((left + right) / 2.0, bottom + 27.0, Text::new(axis.numbers.label(&axis_name(column)), 11.0).middle());
    canvas.text(MARGIN + 4.0, (top + bottom) / 2.0, Text::new("layer.head", 11.0).middle().upwards());

    let zero = axis.at(0.0).round();
    for (place, bar) in bars.iter().enumerate() {
        let y = (top + step * place as f64 + 2.0 + step / 2.0).round();
        let color = match bar.value {
            _ if bar.open() => PALE,
            value if value < 0.0 => NEGATIVE,
            _ => POSITIVE,
        };
        let end = axis.at(bar.value).round();
        canvas.rect(zero.min(end), y - (BAR / 2.0).floor(), (end - zero).abs().max(1.0), BAR, color);
        if let Some((low, high)) = bar.interval {
            let (low, high) = (axis.at(low), axis.at(high));
            canvas.path(vec![(low, y), (high, y)], INK, 1);
            [low, high].into_iter().for_each(|end| canvas.line((end, y - 4.0), (end, y + 4.0), INK));
        }
        canvas.text(left - 2.0, y, Text::new(bar.name.as_str(), 11.0).end());
        canvas.text(WIDTH - MARGIN, y, Text::new(bar.text(numbers), 10.5).color(GREY).end());
    }
    canvas.line((zero, top), (zero, bottom), INK);
    canvas.finish(WIDTH, bottom + 40.0, title)
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    fn frame() -> DataFrame {
        df!(
            "layer" => [0u32, 0, 1, 1],
            "head" => [0u32, 1, 0, 1],
            "effect" => [Some(-0.1), Some(0.3), Some(0.2), None],
            "effect_low" => [-0.2, -0.1, 0.1, 0.0],
            "effect_high" => [-0.05, 0.7, 0.3, 0.0]
        )
        .unwrap()
    }

    #[test]
    fn bars_are_ordered_and_coloured_by_sign_and_interval() {
        let svg = head_bars(&frame(), "effect", 10, "t").unwrap().svg().to_owned();
        // The last one: ticks of the axis, which come before the bars, may read the same.
        let place = |text: &str| svg.rfind(text).unwrap();
        assert!(place("\n0.1\n") < place("\n1.0\n") && place("\n1.0\n") < place("\n0.0\n"));
        let fills = ["#B4B4B4", "#B2182B", "#2166AC"];
        assert!(fills.windows(2).all(|pair| place(pair[0]) < place(pair[1])));
        assert!(svg.contains("grey: the interval contains zero"));
        assert!(!svg.contains("\n1.1\n"), "a head without a value has no bar");
    }

    #[test]
    fn averaged_heads_have_no_interval() {
        let twice = frame().vstack(&frame()).unwrap();
        let figure = head_bars(&twice, "effect", 3, "t").unwrap();
        assert!(figure.svg().contains("mean of 2 rows per head") && !figure.summary().contains('['));
    }

    #[test]
    fn no_bars_are_refused() {
        assert!(head_bars(&frame(), "effect", 0, "t").unwrap_err().to_string().contains("at least one head"));
    }
}
