//! The sheet that charts draw on: shapes are collected, then written as SVG by plotters once the size is known.
//!
//! plotters knows no font here, so widths of text are estimated from the letter widths of DejaVu Sans (Verdana, which
//! viewers without it fall back to, is as wide).

use super::palette::{GREY, INK, PAPER};
use crate::error::{Error, Result};
use crate::escape::{escaped, printable};
use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, TextStyle};

/// The width of a figure: that of a notebook's column.
pub(super) const WIDTH: f64 = 720.0;
/// The space around a figure.
pub(super) const MARGIN: f64 = 14.0;

const FONT: &str = "DejaVu Sans, Verdana, sans-serif";
/// Sizes of the title and of the note below it.
const TITLE: f64 = 14.0;
const NOTE: f64 = 10.5;
/// plotters divides the size of a font by this.
const SIZE_FACTOR: f64 = 1.24;

/// Shapes in the order in which they cover each other.
#[derive(Default)]
pub(super) struct Canvas(Vec<Shape>);

enum Shape {
    Rect { from: (f64, f64), to: (f64, f64), color: RGBColor },
    Path { points: Vec<(f64, f64)>, color: RGBColor, width: u32 },
    Area { points: Vec<(f64, f64)>, color: RGBColor, opacity: f64 },
    Circle { center: (f64, f64), radius: u32, color: RGBColor },
    Text { at: (f64, f64), text: Text },
}

/// Where text stands relative to its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A piece of text, centred on the height of its point.
#[derive(Clone)]
pub(super) struct Text {
    text: String,
    size: f64,
    color: RGBColor,
    anchor: Anchor,
    bold: bool,
    upwards: bool,
}

impl Text {
    pub fn new(text: impl Into<String>, size: f64) -> Self {
        Self { text: text.into(), size, color: INK, anchor: Anchor::Start, bold: false, upwards: false }
    }
    pub fn color(self, color: RGBColor) -> Self {
        Self { color, ..self }
    }
    pub fn middle(self) -> Self {
        Self { anchor: Anchor::Middle, ..self }
    }
    pub fn end(self) -> Self {
        Self { anchor: Anchor::End, ..self }
    }
    pub fn bold(self, bold: bool) -> Self {
        Self { bold, ..self }
    }
    /// Read from bottom to top.
    pub fn upwards(self) -> Self {
        Self { upwards: true, ..self }
    }
}

impl Canvas {
    pub fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, color: RGBColor) {
        self.0.push(Shape::Rect { from: (x, y), to: (x + width, y + height), color });
    }

    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), color: RGBColor) {
        self.path(vec![from, to], color, 1);
    }

    pub fn path(&mut self, points: Vec<(f64, f64)>, color: RGBColor, width: u32) {
        self.0.push(Shape::Path { points, color, width });
    }

    pub fn area(&mut self, points: Vec<(f64, f64)>, color: RGBColor, opacity: f64) {
        self.0.push(Shape::Area { points, color, opacity });
    }

    pub fn circle(&mut self, center: (f64, f64), radius: u32, color: RGBColor) {
        self.0.push(Shape::Circle { center, radius, color });
    }

    pub fn text(&mut self, x: f64, y: f64, text: Text) {
        self.0.push(Shape::Text { at: (x, y), text });
    }

    /// The width of a figure whose drawing takes `content`: wide enough for the header too, where a notebook is.
    pub fn width_for(title: &str, note: &str, content: f64) -> f64 {
        let header = text_width(title, TITLE, true).max(text_width(note, NOTE, false)) + 2.0 * MARGIN + 4.0;
        content.max(header).clamp(240.0, WIDTH).ceil()
    }

    /// The title and, in grey below it, the note; gives the height where the chart may begin.
    pub fn header(&mut self, title: &str, note: &str, width: f64) -> f64 {
        let mut y = MARGIN;
        for (text, size, bold, color) in [(title, TITLE, true, INK), (note, NOTE, false, GREY)] {
            for line in wrapped(text, width - 2.0 * MARGIN, size, bold, 4) {
                self.text(MARGIN, y + size * 0.55, Text::new(line, size).bold(bold).color(color));
                y += (size * 1.4).round();
            }
        }
        y + 6.0
    }

    /// The SVG document; `title` is what a screen reader says.
    pub fn finish(self, width: f64, height: f64, title: &str) -> Result<String> {
        let mut svg = String::new();
        let size = (width.ceil() as u32, height.ceil() as u32);
        let mut backend = SVGBackend::with_string(&mut svg, size);
        let paper = Shape::Rect { from: (0.0, 0.0), to: (width.ceil(), height.ceil()), color: PAPER };
        for shape in std::iter::once(paper).chain(self.0) {
            draw(&mut backend, shape)?;
        }
        backend.present().map_err(|error| Error::Chart(error.to_string()))?;
        drop(backend);
        let label = format!("<svg role=\"img\" aria-label=\"{}\"", escaped(title));
        svg.replace_range(..4, &label);
        Ok(svg)
    }
}

fn draw(backend: &mut SVGBackend, shape: Shape) -> Result<()> {
    // Far outside of any figure, and small enough for differences.
    let on_sheet = |value: f64| value.round().clamp(-100_000.0, 100_000.0) as i32;
    let point = |(x, y): (f64, f64)| (on_sheet(x), on_sheet(y));
    let drawn = match shape {
        Shape::Rect { from, to, color } => backend.draw_rect(point(from), point(to), &color, true),
        Shape::Path { points, color, width } => {
            backend.draw_path(points.into_iter().map(point), &color.stroke_width(width))
        }
        Shape::Area { points, color, opacity } => {
            backend.fill_polygon(points.into_iter().map(point), &color.mix(opacity))
        }
        Shape::Circle { center, radius, color } => backend.draw_circle(point(center), radius, &color, true),
        Shape::Text { at: (x, y), text } => {
            let style = if text.bold { FontStyle::Bold } else { FontStyle::Normal };
            let font = FontDesc::new(FontFamily::Name(FONT), text.size * SIZE_FACTOR, style);
            let horizontal = match text.anchor {
                Anchor::Start => HPos::Left,
                Anchor::Middle => HPos::Center,
                Anchor::End => HPos::Right,
            };
            // plotters centres on the letter x; digits and capitals are higher by a tenth of their size.
            let lower = text.size * 0.09;
            let (font, at) = if text.upwards {
                (font.transform(FontTransform::Rotate270), (x + lower, y))
            } else {
                (font, (x, y + lower))
            };
            let style =
                TextStyle { font, color: text.color.to_backend_color(), pos: Pos::new(horizontal, VPos::Center) };
            backend.draw_text(&printable(&text.text), &style, point(at))
        }
    };
    drawn.map_err(|error| Error::Chart(error.to_string()))
}

/// Letter widths of DejaVu Sans from space to tilde, in thousandths of the size.
const WIDTHS: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863,
    748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635,
    615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
    337, 636, 838,
];

/// How wide a text will be, about.
pub(super) fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    let letter = |c: char| match c {
        ' '..='~' => f64::from(WIDTHS[c as usize - ' ' as usize]) / 1000.0,
        '·' => 0.32,
        '⁻' => 0.53,
        '\u{300}'..='\u{36f}' => 0.0,
        '\u{80}'..='\u{10ff}' => 0.65,
        _ => 1.0,
    };
    text.chars().map(letter).sum::<f64>() * size * if bold { 1.11 } else { 1.0 }
}

/// The text, its end replaced by an ellipsis where it is too wide.
pub(super) fn cut(text: &str, width: f64, size: f64, bold: bool) -> String {
    if text_width(text, size, bold) <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        short.push(c);
        if text_width(&short, size, bold) > width - size {
            short.pop();
            break;
        }
    }
    short + "…"
}

/// The text in lines of at most `width`, broken between words; so many lines at most.
pub(super) fn wrapped(text: &str, width: f64, size: f64, bold: bool, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(line, size, bold) + text_width(word, size, bold) + size * 0.4 <= width => {
                *line = format!("{line} {word}");
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(rest);
    }
    lines.iter().map(|line| cut(line, width, size, bold)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_stays_well_formed() {
        let mut canvas = Canvas::default();
        canvas.text(1.0, 2.0, Text::new("<script>\"&'\u{0}", 10.0));
        let svg = canvas.finish(20.0, 10.0, "a \"title\" <&>").unwrap();
        let document = resvg::usvg::roxmltree::Document::parse(&svg).unwrap();
        assert_eq!(document.root_element().attribute("aria-label"), Some("a \"title\" <&>"));
        let text = document.descendants().find(|node| node.has_tag_name("text")).unwrap();
        assert_eq!(text.text().unwrap().trim(), "<script>\"&'");
    }

    #[test]
    fn coordinates_without_sense_are_harmless() {
        let mut canvas = Canvas::default();
        canvas.path(vec![(f64::NAN, f64::INFINITY), (f64::MAX, f64::MIN)], INK, 1);
        canvas.rect(f64::MAX, 0.0, f64::MIN, 1.0, INK);
        assert!(canvas.finish(10.0, 10.0, "").is_ok());
    }

    #[test]
    fn long_text_is_wrapped_then_cut() {
        let lines = wrapped(&"which heads matter ".repeat(20), 200.0, 14.0, true, 4);
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| text_width(line, 14.0, true) <= 200.0));
        assert!(lines[3].ends_with('…'));
        assert_eq!(wrapped("", 200.0, 14.0, true, 4), Vec::<String>::new());
        assert_eq!(cut("document", 100.0, 10.0, false), "document");
        assert_eq!(cut("document", 40.0, 10.0, false), "docu…");
    }
}
