//! The key of a colour scale: a bar with ticks and the name of what is coloured.

use super::axis::Axis;
use super::canvas::{Canvas, Text, text_width};
use super::palette::{GREY, INK, Scale};

/// Strips of one colour in a bar.
const STRIPS: usize = 64;
/// Breadth of a bar.
const BREADTH: f64 = 12.0;

/// A bar that stands at the right of a chart, highest value at the top; takes 82 points of width.
pub(super) fn upright(canvas: &mut Canvas, (x, y): (f64, f64), height: f64, scale: Scale, name: &str) {
    let ticks = (height / 35.0) as usize;
    let axis = Axis::new([scale.low, scale.high], ticks, false).over(y + height, y);
    let mut widest: f64 = 0.0;
    strips(scale, y + height, y, |from, to, color| canvas.rect(x, to, BREADTH, from - to, color));
    for &tick in &axis.ticks {
        let at = axis.at(tick);
        canvas.line((x + BREADTH, at), (x + BREADTH + 4.0, at), GREY);
        let number = axis.numbers.text(tick);
        widest = widest.max(text_width(&number, 10.0, false));
        canvas.text(x + BREADTH + 7.0, at, Text::new(number, 10.0).color(GREY));
    }
    let label = axis.numbers.label(name);
    canvas.text(
        x + BREADTH + 7.0 + widest + 12.0,
        y + height / 2.0,
        Text::new(label, 11.0).color(INK).middle().upwards(),
    );
}

/// A bar that lies below a chart, with the name at its left; takes 30 points of height.
pub(super) fn flat(canvas: &mut Canvas, at: (f64, f64), width: f64, scale: Scale, name: &str) {
    let axis = Axis::new([scale.low, scale.high], 4, false);
    let name = axis.numbers.label(name);
    lying(canvas, at, width, scale, &name, &axis, |tick| axis.numbers.text(tick));
}

/// The same for shares that are told in per cent.
pub(super) fn flat_in_percent(canvas: &mut Canvas, at: (f64, f64), width: f64, scale: Scale, name: &str) {
    let axis = Axis::new([scale.low, scale.high], 4, false);
    lying(canvas, at, width, scale, name, &axis, |tick| format!("{:.0}", tick * 100.0));
}

fn lying(
    canvas: &mut Canvas,
    (x, y): (f64, f64),
    width: f64,
    scale: Scale,
    name: &str,
    axis: &Axis,
    text: impl Fn(f64) -> String,
) {
    let axis = axis.clone().over(x, x + width);
    strips(scale, x, x + width, |from, to, color| canvas.rect(from, y, to - from, BREADTH, color));
    for &tick in &axis.ticks {
        let at = axis.at(tick);
        canvas.line((at, y + BREADTH), (at, y + BREADTH + 3.0), GREY);
        canvas.text(at, y + BREADTH + 10.0, Text::new(text(tick), 10.0).color(GREY).middle());
    }
    canvas.text(x - 10.0, y + BREADTH / 2.0, Text::new(name, 11.0).color(INK).end());
}

fn strips(scale: Scale, from: f64, to: f64, mut draw: impl FnMut(f64, f64, plotters::style::RGBColor)) {
    let place = |strip: usize| (from + (to - from) * strip as f64 / STRIPS as f64).round();
    for strip in 0..STRIPS {
        let share = (strip as f64 + 0.5) / STRIPS as f64;
        if let Some(color) = scale.color(scale.low * (1.0 - share) + scale.high * share) {
            draw(place(strip), place(strip + 1), color);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_has_strips_ticks_and_a_name() {
        let mut canvas = Canvas::default();
        upright(&mut canvas, (10.0, 10.0), 100.0, Scale::sequential(0.0, 1.0), "mass");
        let svg = canvas.finish(100.0, 120.0, "").unwrap();
        assert_eq!(svg.matches("<rect").count(), 1 + STRIPS);
        for text in ["\n0.0\n", "\n0.5\n", "\n1.0\n", "\nmass\n"] {
            assert_eq!(svg.matches(text).count(), 1, "{text}");
        }
    }
}
