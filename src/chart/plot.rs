//! Lines over two axes, with their names at the right: what charts of lines have in common.

use super::axis::Axis;
use super::canvas::{Canvas, MARGIN, Text, WIDTH, cut, text_width};
use super::number::axis_name;
use super::palette::{GREY, INK, RULE};
use super::series::{Mark, Point, Series};
use crate::error::Result;
use plotters::style::RGBColor;

/// The height that a name takes.
pub(super) const NAME: f64 = 14.0;
/// The widest name, and the size of its letters.
const NAMES: (f64, f64) = (180.0, 11.0);

/// Two axes on a sheet.
pub(super) struct Plot {
    canvas: Canvas,
    /// Over their places on the sheet.
    pub x: Axis,
    pub y: Axis,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// A name at the right of a plot.
pub(super) struct Name {
    /// What it names, as a height on the sheet.
    pub at: f64,
    pub text: String,
    pub mark: Mark,
    pub color: RGBColor,
}

impl Plot {
    /// The header and the axes, named after their columns; `names` is what will stand at the right.
    pub fn new<'a>(
        (title, note): (&str, &str),
        (x_name, x): (&str, Axis),
        (y_name, y): (&str, Axis),
        height: f64,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut canvas = Canvas::default();
        let top = canvas.header(title, note, WIDTH) + 4.0;
        let bottom = top + height;
        let names = names.into_iter().map(|name| text_width(name, NAMES.1, false)).fold(0.0, f64::max).min(NAMES.0);
        let ticks = y.ticks.iter().map(|tick| text_width(&y.numbers.text(*tick), 10.0, false)).fold(0.0, f64::max);
        let (left, right) = (MARGIN + 28.0 + ticks, WIDTH - MARGIN - if names > 0.0 { names + 20.0 } else { 10.0 });
        let (x, y) = (x.over(left + 10.0, right - 6.0), y.over(bottom, top));
        y.draw_left(&mut canvas, left, right);
        x.draw_ticks_below(&mut canvas, bottom);
        canvas.line((left, bottom), (right, bottom), GREY);
        if y.spans(0.0) {
            canvas.line((left, y.at(0.0)), (right, y.at(0.0)), GREY);
        }
        let name = x.numbers.label(&axis_name(x_name));
        canvas.text((left + right) / 2.0, bottom + 29.0, Text::new(name, 11.0).middle());
        let name = y.numbers.label(&axis_name(y_name));
        canvas.text(MARGIN + 6.0, (top + bottom) / 2.0, Text::new(name, 11.0).middle().upwards());
        Self { canvas, x, y, left, right, top, bottom }
    }

    /// The intervals of a line as a band behind it.
    pub fn band(&mut self, series: &Series, opacity: f64) {
        for run in series.runs(|point| point.y.is_finite() && point.interval.is_some()) {
            let ends = |point: &Point| point.interval.unwrap_or((point.y, point.y));
            let upper = run.iter().map(|point| (self.x.at(point.x), self.y.at(ends(point).1)));
            let lower = run.iter().rev().map(|point| (self.x.at(point.x), self.y.at(ends(point).0)));
            let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
            match outline[..] {
                [high, low] => self.canvas.line(high, low, series.color),
                _ => self.canvas.area(outline, series.color, opacity),
            }
        }
    }

    /// The points, joined where none is missing between them.
    pub fn line(&mut self, series: &Series) {
        for run in series.runs(|point| point.y.is_finite()) {
            let path: Vec<(f64, f64)> = run.iter().map(|point| (self.x.at(point.x), self.y.at(point.y))).collect();
            if series.mark != Mark::Stroke || path.len() == 1 {
                path.iter().for_each(|at| draw(&mut self.canvas, *at, series.mark, series.color));
            }
            if path.len() > 1 {
                self.canvas.path(path, series.color, 2);
            }
        }
    }

    /// A dashed rule across the plot.
    pub fn rule(&mut self, y: f64, color: RGBColor) {
        const DASH: f64 = 4.0;
        let y = self.y.at(y);
        let mut x = self.left;
        while x < self.right {
            self.canvas.line((x, y), ((x + DASH).min(self.right), y), color);
            x += 2.0 * DASH;
        }
    }

    /// What the names have in common, above them.
    pub fn heading(&mut self, text: &str) {
        let room = WIDTH - MARGIN - self.right;
        let text = Text::new(cut(text, room, 10.0, true), 10.0).bold(true);
        self.canvas.text(self.right + 12.0, self.top - 8.0, text);
    }

    /// Each name beside the height that it belongs to, moved apart where they would touch.
    pub fn names(&mut self, mut names: Vec<Name>) {
        names.sort_by(|a, b| a.at.total_cmp(&b.at));
        let mut places: Vec<f64> = names.iter().map(|name| name.at).collect();
        for place in 1..places.len() {
            places[place] = places[place].max(places[place - 1] + NAME);
        }
        let mut limit = self.bottom;
        for place in places.iter_mut().rev() {
            *place = place.min(limit);
            limit = *place - NAME;
        }
        let lift = (self.top - places.first().copied().unwrap_or(self.top)).max(0.0);
        for (name, place) in names.into_iter().zip(places) {
            let place = place + lift;
            self.canvas.line((self.right, name.at), (self.right + 9.0, place), RULE);
            draw(&mut self.canvas, (self.right + 12.0, place), name.mark, name.color);
            let text = Text::new(cut(&name.text, NAMES.0, NAMES.1, false), NAMES.1).color(INK);
            self.canvas.text(self.right + 20.0, place, text);
        }
    }

    /// The SVG document.
    pub fn finish(self, title: &str) -> Result<String> {
        self.canvas.finish(WIDTH, self.bottom + 42.0, title)
    }
}

fn draw(canvas: &mut Canvas, (x, y): (f64, f64), mark: Mark, color: RGBColor) {
    match mark {
        Mark::Circle => canvas.circle((x, y), 3, color),
        Mark::Square => canvas.rect(x - 3.0, y - 3.0, 6.0, 6.0, color),
        Mark::Triangle => canvas.area(vec![(x, y - 4.0), (x + 4.0, y + 3.0), (x - 4.0, y + 3.0)], color, 1.0),
        Mark::Stroke => canvas.path(vec![(x - 4.0, y), (x + 4.0, y)], color, 2),
        Mark::Dash => canvas.line((x - 3.0, y), (x + 3.0, y), color),
    }
}
