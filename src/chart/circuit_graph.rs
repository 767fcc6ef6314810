//! Which head feeds which: heads by layer, the strongest links between them.

use super::canvas::{Canvas, MARGIN, Text, WIDTH, text_width};
use super::circuit_edges::{Edge, Head, by_edge};
use super::circuit_layout::{Layout, NODE};
use super::figure::Figure;
use super::heads::averaged;
use super::number::{Numbers, axis_name};
use super::palette::{CATEGORIES, GREY, INK, NEGATIVE, POSITIVE, RULE};
use super::vector::{Stroke, Vector};
use crate::error::{Error, Result};
use plotters::style::RGBColor;
use polars::prelude::DataFrame;

/// The widest edge, and the narrowest.
const WIDTHS: (f64, f64) = (8.0, 0.8);
/// The ground of a head, and of the logit.
const GROUND: RGBColor = RGBColor(0xf4, 0xf4, 0xf2);
/// Where each input enters a head, from its middle, and how its edges are broken.
const INPUTS: [Input; 3] = [
    Input { name: "q", whole: "queries", at: -14.0, dash: None },
    Input { name: "k", whole: "keys", at: 0.0, dash: Some((7.0, 4.0)) },
    Input { name: "v", whole: "values", at: 14.0, dash: Some((2.0, 2.5)) },
];

struct Input {
    name: &'static str,
    whole: &'static str,
    at: f64,
    /// For a narrow edge; a wide one has longer ones.
    dash: Option<(f64, f64)>,
}

impl Input {
    fn dash(&self, width: f64) -> Option<(f64, f64)> {
        self.dash.map(|(dash, gap)| (dash + width * 0.6, gap + width * 0.4))
    }
}

/// Draws the `top` strongest links between heads, in size: each head stands in its layer, the first layer at the
/// bottom, and an edge goes from the head that writes (`layer`, `head`) up to the one that reads (`other_layer`,
/// `other_head`), as wide as the column's value and red above, blue below zero.
///
/// A row whose reader is null, or whose `receiver` is `logit`, goes to the logit at the top; a frame without
/// `other_layer` is read by its `receiver` alone, as `Patching::by_path` gives it. With a column `input` (q, k, v) there is an
/// edge for each input of the reader. Several rows per edge, such as those of many pairs, are averaged.
///
/// # Errors
/// [`Error::Unknown`] for a column that the frame lacks, [`Error::Chart`] for one that cannot be drawn,
/// [`Error::Argument`] when `top` is 0.
///
/// ```
/// use crosslens::prelude::*;
/// let frame = df!(
///     "layer" => [1u32, 2, 4],
///     "head" => [1u32, 9, 5],
///     "other_layer" => [Some(4u32), Some(4), None],
///     "other_head" => [Some(5u32), Some(5), None],
///     "effect" => [0.10, 0.30, -0.20],
/// )?;
/// let figure = circuit_graph(&frame, "effect", 2, "Which heads does 4.5 read?")?;
/// assert_eq!(
///     figure.summary(),
///     "Which heads does 4.5 read?\neffect of 2 of 3 edges (83 % of the sum of sizes) between 2 heads and the logit: 2.9 → 4.5 0.30, \
///      4.5 → logit −0.20"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn circuit_graph(frame: &DataFrame, value: &str, top: usize, title: &str) -> Result<Figure> {
    if top == 0 {
        return Err(Error::Argument("circuit_graph draws at least one edge: top is 0".into()));
    }
    let (all, rows) = by_edge(frame, value)?;
    if all.is_empty() {
        return Err(Error::Chart(format!("no edge has a finite mean of {value:?}: nothing to draw")));
    }
    let total: f64 = all.iter().map(|edge| edge.value.abs()).sum();
    let known = all.len();
    let edges: Vec<Edge> = all.into_iter().take(top).collect();
    let kept = edges.iter().map(|edge| edge.value.abs()).sum::<f64>();
    let share = if total > 0.0 && total.is_finite() { kept / total } else { 1.0 };
    let layout = Layout::new(&edges)?;
    let numbers = Numbers::for_values(edges.iter().map(|edge| edge.value));
    let share = match known == edges.len() {
        true => format!("all {known} edges"),
        false => format!("{} of {known} edges ({:.0} % of the sum of sizes)", edges.len(), share * 100.0),
    };

    let mut note = format!("up: from the head that writes to the head that reads · the strongest in size: {share}");
    if let Some(averaged) = averaged(rows, "edge") {
        note += &format!(" · {averaged}");
    }
    let graph = Graph { edges, layout, numbers, value };
    let summary = graph.summary(title, &share);
    Ok(Figure::new(graph.draw(title, &note)?, summary))
}

struct Graph<'a> {
    edges: Vec<Edge>,
    layout: Layout,
    numbers: Numbers,
    value: &'a str,
}

impl Graph<'_> {
    fn draw(&self, title: &str, note: &str) -> Result<String> {
        let mut canvas = Canvas::default();
        let top = canvas.header(title, note, WIDTH) + 4.0;
        for (layer, y) in self.layout.layers(top) {
            canvas.line((MARGIN + 52.0, y), (WIDTH - MARGIN, y), RULE);
            let name = layer.map_or("output".into(), |layer| format!("layer {layer}"));
            canvas.text(MARGIN, y, Text::new(name, 10.5).color(GREY));
        }
        let mut drawing = Vector::default();
        let mut order: Vec<&Edge> = self.edges.iter().collect();
        order.reverse();
        order.into_iter().for_each(|edge| self.edge(&mut drawing, edge, top));
        for (head, (x, y)) in self.layout.nodes(top) {
            self.node(&mut drawing, head, (x, y));
        }
        let bottom = self.legend(&mut drawing, top + self.layout.height() + 14.0);
        canvas.finish_with(WIDTH, bottom, title, drawing)
    }

    fn edge(&self, drawing: &mut Vector, edge: &Edge, top: f64) {
        let points = self.layout.route(edge, input(edge).map_or(0.0, |input| input.at), top);
        let mut path = format!("M{:.1} {:.1}", points[0].0, points[0].1);
        for pair in points.windows(2) {
            let [(x, y), (to_x, to_y)] = [pair[0], pair[1]];
            let bend = (y - to_y) * 0.5;
            path += &format!("C{x:.1} {:.1} {to_x:.1} {:.1} {to_x:.1} {to_y:.1}", y - bend, to_y + bend);
        }
        let width = self.width(edge.value);
        let dash = input(edge).and_then(|input| input.dash(width));
        let stroke = Stroke { dash, ..Stroke::new(color(edge.value), width, 0.75) };
        let name = format!("{}: {}", edge.name(), self.numbers.text(edge.value));
        drawing.titled(&name, |drawing| drawing.line(&path, stroke));
    }

    fn width(&self, value: f64) -> f64 {
        let largest = self.largest();
        let share = if largest > 0.0 { value.abs() / largest } else { 0.0 };
        (WIDTHS.0 * share).max(WIDTHS.1)
    }

    fn largest(&self) -> f64 {
        self.edges.iter().map(|edge| edge.value.abs()).fold(0.0, f64::max)
    }

    /// A head with its name and the inputs that edges enter.
    fn node(&self, drawing: &mut Vector, head: Option<Head>, (x, y): (f64, f64)) {
        drawing.rect((x - NODE.0 / 2.0, y - NODE.1 / 2.0), NODE, GROUND, Some(INK));
        let enters =
            |input: &Input| self.edges.iter().any(|edge| edge.to == head && edge.input.as_deref() == Some(input.name));
        let entered: Vec<&Input> = INPUTS.iter().filter(|input| enters(input)).collect();
        let name = head.map_or("logit".into(), |(layer, head)| format!("{layer}.{head}"));
        let lift = if entered.is_empty() { 0.0 } else { 5.0 };
        drawing.text(x, y - lift, &Text::new(name, 11.0).bold(true).middle());
        for input in entered {
            drawing.text(x + input.at, y + 8.5, &Text::new(input.name, 9.0).color(GREY).middle());
        }
    }

    /// What width, colour and dashes mean; gives the height where the figure ends.
    fn legend(&self, drawing: &mut Vector, y: f64) -> f64 {
        let (mut x, mut y) = (MARGIN, y);
        let mut key = |drawing: &mut Vector, stroke: Stroke, name: &str| {
            let width = 31.0 + text_width(name, 10.0, false);
            if x > MARGIN && x + width > WIDTH - MARGIN {
                (x, y) = (MARGIN, y + 16.0);
            }
            drawing.line(&format!("M{x:.1} {y:.1}h26"), stroke);
            drawing.text(x + 31.0, y, &Text::new(name, 10.0));
            x += width + 16.0;
        };
        let name = axis_name(self.value);
        let (above, below) =
            (self.edges.iter().any(|edge| edge.value > 0.0), self.edges.iter().any(|edge| edge.value < 0.0));
        let largest = self.largest();
        for (shown, sign) in [(above, 1.0), (below, -1.0)] {
            for share in [1.0, 0.5] {
                let value = sign * share * largest;
                let text = self.numbers.text(value);
                let text = if share == 1.0 && (sign > 0.0 || !above) {
                    format!("{} {text}", self.numbers.label(&name))
                } else {
                    text
                };
                if shown {
                    key(drawing, Stroke::new(color(value), self.width(value), 0.75), &text);
                }
            }
        }
        for input in &INPUTS {
            if self.edges.iter().any(|edge| edge.input.as_deref() == Some(input.name)) {
                let stroke = Stroke { dash: input.dash(2.0), ..Stroke::new(CATEGORIES[6], 2.0, 0.75) };
                key(drawing, stroke, &format!("{}: into {}", input.name, input.whole));
            }
        }
        y + 18.0
    }

    fn summary(&self, title: &str, share: &str) -> String {
        let edges = self.edges.iter().take(8);
        let named: Vec<String> =
            edges.map(|edge| format!("{} {}", edge.name(), self.numbers.text(edge.value))).collect();
        let rest = if self.edges.len() > named.len() { ", …" } else { "" };
        let heads = self.layout.heads();
        let logit = if self.edges.iter().any(|edge| edge.to.is_none()) { " and the logit" } else { "" };
        let name = self.numbers.label(self.value);
        format!("{title}\n{name} of {share} between {heads}{logit}: {}{rest}", named.join(", "))
    }
}

fn input(edge: &Edge) -> Option<&'static Input> {
    INPUTS.iter().find(|input| edge.input.as_deref() == Some(input.name))
}

fn color(value: f64) -> RGBColor {
    if value < 0.0 { NEGATIVE } else { POSITIVE }
}
