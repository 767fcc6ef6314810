//! The panels of a match profile on a sheet, side by side over one scale.

use super::axis::Axis;
use super::canvas::{Canvas, MARGIN, Text, WIDTH, cut, text_width};
use super::number::Numbers;
use super::palette::{GREY, HATCH, INK, RULE};
use crate::error::Result;
use plotters::style::RGBColor;

/// Panels beside each other.
const ACROSS: usize = 3;
/// The size of names, and their widest.
const NAMES: (f64, f64) = (10.0, 130.0);
/// Where the head with most bits is named.
const NAMED: f64 = 30.0;
/// The height of a row with one dot, and what each more takes.
const STEP: f64 = 15.0;
const LANE: f64 = 6.0;
const HEADING: f64 = 20.0;
const BELOW: f64 = 22.0;
const GAP: f64 = 12.0;
/// Room beside the axis, so that the numbers of two panels do not touch.
const INSET: f64 = 14.0;

/// One head's bits.
pub(super) struct Dot {
    pub name: String,
    pub value: f64,
    /// NaN without one.
    pub control: f64,
    pub interval: Option<(f64, f64)>,
    pub color: RGBColor,
    /// Its place within the row, from above.
    pub lane: usize,
}

/// One class.
pub(super) struct Row {
    pub dots: Vec<Dot>,
}

/// One head, or all heads of a layer.
pub(super) struct Panel {
    pub name: String,
    pub rows: Vec<Row>,
    /// Whether the dots of a row are of several heads.
    pub named: bool,
}

impl Panel {
    /// What an axis has to hold.
    pub fn extent(&self) -> impl Iterator<Item = f64> {
        let dots = self.rows.iter().flat_map(|row| &row.dots);
        dots.flat_map(|dot| {
            let ends = dot.interval.into_iter().flat_map(|(low, high)| [low, high]);
            [dot.value, dot.control].into_iter().chain(ends)
        })
    }
}

/// What all panels have in common.
pub(super) struct Sheet<'a> {
    pub classes: &'a [String],
    /// What they are groups of, and the colour of each; none where the profile is not broken down.
    pub by: &'a str,
    pub groups: &'a [(String, RGBColor)],
    pub numbers: Numbers,
}

impl Sheet<'_> {
    pub fn draw(&self, panels: &[Panel], axis: Axis, title: &str, note: &str) -> Result<String> {
        let mut canvas = Canvas::default();
        let top = self.legend(&mut canvas, title, note);
        let widths = self.classes.iter().map(|class| text_width(class, NAMES.0, false));
        let left = MARGIN + widths.fold(0.0, f64::max).min(NAMES.1) + 10.0;
        let across = panels.len().clamp(1, ACROSS);
        let pitch = (WIDTH - MARGIN - left + GAP) / across as f64;
        let height = self.step() * self.classes.len() as f64;
        for (place, panel) in panels.iter().enumerate() {
            let x = left + (place % across) as f64 * pitch;
            let y = top + (place / across) as f64 * (HEADING + height + BELOW) + HEADING;
            let right = x + pitch - GAP - if panel.named { NAMED } else { INSET };
            if place % across == 0 {
                for (row, class) in self.classes.iter().enumerate() {
                    let class = cut(class, NAMES.1, NAMES.0, false);
                    canvas.text(left - 8.0, y + self.step() * (row as f64 + 0.5), Text::new(class, NAMES.0).end());
                }
            }
            self.panel(&mut canvas, panel, &axis.clone().over(x + INSET, right), (x, y), (right, y + height));
        }
        let rows = panels.len().div_ceil(across) as f64;
        let bottom = top + rows * (HEADING + height + BELOW);
        let name = self.numbers.label("bits over uniform attention to the document");
        canvas.text((left + WIDTH - MARGIN) / 2.0, bottom + 6.0, Text::new(name, 11.0).middle());
        canvas.finish(WIDTH, bottom + 18.0, title)
    }

    fn step(&self) -> f64 {
        STEP + LANE * self.groups.len().saturating_sub(1) as f64
    }

    /// The header and the colours of groups; gives the height where panels may begin.
    fn legend(&self, canvas: &mut Canvas, title: &str, note: &str) -> f64 {
        let top = canvas.header(title, note, WIDTH);
        let mut x = MARGIN;
        if !self.groups.is_empty() {
            canvas.text(x, top + 2.0, Text::new(self.by, NAMES.0).bold(true));
            x += text_width(self.by, NAMES.0, true) + 14.0;
        }
        for (name, color) in self.groups {
            let name = cut(name, NAMES.1, NAMES.0, false);
            canvas.circle((x + 4.0, top + 2.0), 3, *color);
            let width = text_width(&name, NAMES.0, false);
            canvas.text(x + 12.0, top + 2.0, Text::new(name, NAMES.0));
            x += width + 28.0;
        }
        if self.groups.is_empty() { top - 4.0 } else { top + 10.0 }
    }

    fn panel(&self, canvas: &mut Canvas, panel: &Panel, axis: &Axis, (x, y): (f64, f64), (right, bottom): (f64, f64)) {
        canvas.text(x, y - 10.0, Text::new(panel.name.as_str(), 11.0).bold(true));
        axis.draw_below(canvas, y, bottom);
        for (row, Row { dots }) in panel.rows.iter().enumerate() {
            let middle = y + self.step() * (row as f64 + 0.5);
            let height = |dot: &Dot| {
                let lanes = self.groups.len().max(1) as f64;
                (middle + (dot.lane as f64 - (lanes - 1.0) / 2.0) * LANE).round()
            };
            if row > 0 && !self.groups.is_empty() {
                let edge = y + self.step() * row as f64;
                canvas.line((x, edge), (right, edge), RULE);
            }
            if panel.named {
                control_of_all(canvas, dots, axis, middle);
            } else {
                dots.iter()
                    .for_each(|dot| control(canvas, (dot.control, dot.control), axis, height(dot), self.reach()));
            }
            for dot in dots {
                if let Some((low, high)) = dot.interval {
                    canvas.line((axis.at(low), height(dot)), (axis.at(high), height(dot)), dot.color);
                }
                canvas.circle((axis.at(dot.value), height(dot)), if panel.named { 2 } else { 3 }, dot.color);
            }
            let most = dots.iter().max_by(|a, b| a.value.total_cmp(&b.value));
            match most {
                Some(dot) if panel.named => {
                    canvas.text(right + 4.0, middle, Text::new(dot.name.as_str(), 9.5).color(GREY))
                }
                Some(_) => {}
                None => canvas.text(axis.at(0.0) + 4.0, middle, Text::new("missing", 9.5).color(GREY)),
            }
        }
        let zero = axis.at(0.0).round();
        canvas.line((zero, y), (zero, bottom), INK);
    }

    /// How far a mark of the control goes up and down.
    fn reach(&self) -> f64 {
        if self.groups.is_empty() { 5.0 } else { 3.0 }
    }
}

/// From the least control of the heads to the largest.
fn control_of_all(canvas: &mut Canvas, dots: &[Dot], axis: &Axis, y: f64) {
    let controls = || dots.iter().map(|dot| dot.control).filter(|control| control.is_finite());
    let (low, high) = (controls().fold(f64::INFINITY, f64::min), controls().fold(f64::NEG_INFINITY, f64::max));
    control(canvas, (low, high), axis, y, 5.0);
}

fn control(canvas: &mut Canvas, (low, high): (f64, f64), axis: &Axis, y: f64, reach: f64) {
    if low.is_finite() && high.is_finite() {
        let (left, right) = (axis.at(low) - 1.0, axis.at(high) + 1.0);
        canvas.rect(left, y - reach, right - left, 2.0 * reach, HATCH);
    }
}
