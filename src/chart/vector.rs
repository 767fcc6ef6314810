//! A drawing in SVG beyond what plotters has words for: curves, strokes of any width and opacity, and groups that say
//! what they are under the pointer. Attributes stand in single quotes, which cost nothing within those of a page.

use super::canvas::{Anchor, Text};
use crate::escape::{escaped, printable};
use plotters::style::RGBColor;
use std::fmt::Write;

/// Elements in the order in which they cover each other.
#[derive(Clone, Default)]
pub(super) struct Vector(String);

/// How a line is drawn.
#[derive(Clone, Copy)]
pub(super) struct Stroke {
    pub color: RGBColor,
    pub width: f64,
    pub opacity: f64,
    /// Lengths of dash and gap; none is a whole line.
    pub dash: Option<(f64, f64)>,
}

impl Stroke {
    pub fn new(color: RGBColor, width: f64, opacity: f64) -> Self {
        Self { color, width, opacity, dash: None }
    }
}

impl Vector {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What `draw` draws, as a group of this class; a hidden one waits for a style that shows it.
    pub fn group(&mut self, class: &str, hidden: bool, draw: impl FnOnce(&mut Self)) {
        let hidden = if hidden { " visibility='hidden'" } else { "" };
        self.push(format_args!("<g class='{class}'{hidden}>\n"));
        draw(self);
        self.0 += "</g>\n";
    }

    /// What `draw` draws, with words that appear where the pointer rests on it.
    pub fn titled(&mut self, title: &str, draw: impl FnOnce(&mut Self)) {
        self.push(format_args!("<g><title>{}</title>\n", escaped(title)));
        draw(self);
        self.0 += "</g>\n";
    }

    /// What `draw` draws in units of this size from this point.
    pub fn scaled(&mut self, (x, y): (f64, f64), unit: f64, draw: impl FnOnce(&mut Self)) {
        self.push(format_args!("<g transform='translate({x:.2} {y:.2}) scale({unit:.4})'>\n"));
        draw(self);
        self.0 += "</g>\n";
    }

    /// Strokes one unit wide, their edges not blurred.
    pub fn cells(&mut self, path: &str, color: RGBColor) {
        let color = hex(color);
        self.push(format_args!("<path d='{path}' stroke='{color}' shape-rendering='crispEdges'/>\n"));
    }

    /// A line along the commands of an SVG path.
    pub fn line(&mut self, path: &str, Stroke { color, width, opacity, dash }: Stroke) {
        let color = hex(color);
        self.push(format_args!(
            "<path d='{path}' fill='none' stroke='{color}' stroke-width='{width:.2}' opacity='{opacity:.2}'"
        ));
        if let Some((dash, gap)) = dash {
            self.push(format_args!(" stroke-dasharray='{dash} {gap}'"));
        }
        self.0 += "/>\n";
    }

    /// A surface within the commands of an SVG path, its edges not blurred.
    pub fn surface(&mut self, path: &str, color: RGBColor) {
        let color = hex(color);
        self.push(format_args!("<path d='{path}' fill='{color}' shape-rendering='crispEdges'/>\n"));
    }

    /// A rectangle with rounded corners and, where there is one, a line of this colour around it.
    pub fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: RGBColor, edge: Option<RGBColor>) {
        let fill = hex(fill);
        self.push(format_args!(
            "<rect x='{x:.1}' y='{y:.1}' width='{width:.1}' height='{height:.1}' rx='3' fill='{fill}'"
        ));
        if let Some(edge) = edge.map(hex) {
            self.push(format_args!(" stroke='{edge}' stroke-width='1.2'"));
        }
        self.0 += "/>\n";
    }

    /// Text, centred on the height of its point; it is never read upwards.
    pub fn text(&mut self, x: f64, y: f64, text: &Text) {
        let anchor = match text.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let weight = if text.bold { " font-weight='bold'" } else { "" };
        let (y, size, color) = (y + text.size * 0.36, text.size, hex(text.color));
        let words = escaped(&printable(&text.text));
        self.push(format_args!(
            "<text x='{x:.1}' y='{y:.1}' text-anchor='{anchor}' font-size='{size}'\
             {weight} fill='{color}'>{words}</text>\n"
        ));
    }

    fn push(&mut self, what: std::fmt::Arguments) {
        // Writing to a string does not fail.
        let _ = self.0.write_fmt(what);
    }
}

fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::canvas::Canvas;
    use crate::chart::palette::{INK, PAPER};
    use resvg::usvg::roxmltree::Document;

    #[test]
    fn a_drawing_stands_on_a_canvas_well_formed_and_escaped() {
        let mut drawing = Vector::default();
        drawing.group("a", true, |drawing| {
            drawing.titled("<b> & \"c\"", |drawing| {
                drawing.rect((0.0, 0.0), (9.0, 9.0), PAPER, Some(INK));
                let dash = Some((2.0, 3.0));
                drawing.line("M0 0H9", Stroke { dash, ..Stroke::new(INK, 1.5, 0.5) });
                drawing.text(1.0, 1.0, &Text::new("<script>", 10.0).bold(true).middle());
            });
        });
        let svg = Canvas::default().finish_with(20.0, 10.0, "t", drawing).unwrap();
        let document = Document::parse(&svg).unwrap();
        let find = |tag: &str| document.descendants().find(|node| node.has_tag_name(tag)).unwrap();
        assert_eq!(find("title").text(), Some("<b> & \"c\""));
        assert_eq!(find("text").text(), Some("<script>"));
        assert_eq!(find("path").attribute("stroke-dasharray"), Some("2 3"));
        let group = document.descendants().find(|node| node.attribute("class") == Some("a")).unwrap();
        assert_eq!(group.attribute("visibility"), Some("hidden"));
    }
}
