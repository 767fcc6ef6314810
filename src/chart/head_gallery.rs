//! Small pictures of what several heads do with one pair, one per head.

use super::canvas::{Canvas, MARGIN, Text, WIDTH, cut, text_width};
use super::figure::Figure;
use super::heads::averaged;
use super::number::counted;
use super::palette::{CATEGORIES, GREY, INK, MISSING};
use super::read::{self, Mean};
use super::sequence::Sequence;
use super::thumbnail::{LEVELS, Thumbnail};
use super::vector::{Stroke, Vector};
use crate::error::{Error, Result};
use crate::frame::columns::{HEAD, LAYER};
use plotters::style::RGBColor;
use polars::prelude::DataFrame;
use std::collections::{BTreeMap, BTreeSet};

/// The most heads that are shown large, and how many of so many stand beside each other.
const LARGE: usize = 12;
const ACROSS: [usize; 13] = [2, 2, 2, 3, 4, 3, 3, 4, 4, 3, 4, 4, 4];
/// The largest picture of a head, and the largest in a grid of layers and heads.
const SIDES: (f64, f64) = (300.0, 60.0);
/// The most heads of one layer, and the most layers.
const LIMITS: (usize, usize) = (24, 48);
/// The breadth of the strips that tell segments, and the space between pictures.
const STRIP: f64 = 3.0;
const GAP: f64 = 4.0;

/// The segments in a colour each: query, document, and the special tokens.
const SEGMENTS: [(&str, RGBColor); 3] = [("query", CATEGORIES[3]), ("document", CATEGORIES[4]), ("special", GREY)];

/// Draws the attention of each head in one pair, from all tokens (down) to all tokens (across), as
/// `model.patterns()` gives it.
///
/// Up to twelve heads are drawn large; more stand in a grid of layers and heads. Strips along the edges tell the segments,
/// lines where the document begins. A darker cell is more attention, in five steps; where there are more tokens
/// than room, a cell is the largest of the weights in its place, so that no strong link is lost.
///
/// # Errors
/// [`Error::Unknown`] for a column that the frame lacks, [`Error::Chart`] for a frame of several pairs or one that
/// cannot be drawn.
///
/// ```
/// use crosslens::prelude::*;
/// let model = CrossEncoder::embedded()?;
/// let patterns = model.patterns(&Pair::new("blue sky", "the sky"), [Head::new(2, 9), Head::new(1, 1)])?;
/// let figure = head_gallery(&patterns, "What do the matching heads attend to?")?;
/// assert!(figure.summary().starts_with("What do the matching heads attend to?\n2 heads over 7 tokens; "));
/// # Ok::<(), Error>(())
/// ```
pub fn head_gallery(frame: &DataFrame, title: &str) -> Result<Figure> {
    let gallery = Gallery::read(frame)?;
    Ok(Figure::new(gallery.draw(title)?, gallery.summary(title)))
}

struct Gallery {
    sequence: Sequence,
    /// By layer and head: `[from][to]`.
    patterns: BTreeMap<(u32, u32), Vec<Vec<f64>>>,
    averaged: Option<String>,
}

impl Gallery {
    fn read(frame: &DataFrame) -> Result<Self> {
        let sequence = Sequence::read(frame)?;
        let (layers, heads) = (read::indices(frame, LAYER)?, read::indices(frame, HEAD)?);
        let mut rows: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
        for (row, head) in layers.into_iter().zip(heads).enumerate() {
            rows.entry(head).or_default().push(row);
        }
        let (layers, heads) = sides(rows.keys());
        for (count, limit, what) in [(heads.len(), LIMITS.0, "heads"), (layers.len(), LIMITS.1, "layers")] {
            if count > limit {
                let what = format!("{count} {what} are too many for a gallery: filter the frame to {limit}");
                return Err(Error::Chart(what));
            }
        }
        let mut counts = Vec::new();
        let mut pattern = |(head, rows): ((u32, u32), Vec<usize>)| {
            let (pattern, of_each) = sequence.pattern(rows);
            counts.extend(of_each);
            (head, pattern)
        };
        let patterns = rows.into_iter().map(&mut pattern).collect();
        Ok(Self { averaged: averaged(counts, "cell"), sequence, patterns })
    }

    fn draw(&self, title: &str) -> Result<String> {
        let mut canvas = Canvas::default();
        let mut note = "down: attending tokens; across: attended ones; lines: start of the document; a cell shows its \
                        largest weight"
            .to_owned();
        if let Some(averaged) = &self.averaged {
            note += &format!(" · {averaged}");
        }
        let top = canvas.header(title, &note, WIDTH);
        let top = self.legend(&mut canvas, top) + 8.0;
        let mut drawing = Vector::default();
        let bottom = if self.patterns.len() <= LARGE {
            self.large(&mut drawing, top)
        } else {
            self.grid(&mut canvas, &mut drawing, top)
        };
        canvas.finish_with(WIDTH, bottom + MARGIN, title, drawing)
    }

    /// Each head with its name and numbers.
    fn large(&self, drawing: &mut Vector, top: f64) -> f64 {
        let across = ACROSS[self.patterns.len()];
        let pitch = ((WIDTH - 2.0 * MARGIN + 12.0) / across as f64).floor();
        let side = (pitch - 12.0 - STRIP).min(SIDES.0);
        let height = 18.0 + STRIP + side + 36.0;
        for (place, (head, pattern)) in self.patterns.iter().enumerate() {
            let x = MARGIN + (place % across) as f64 * pitch;
            let y = top + (place / across) as f64 * height;
            drawing.text(x, y + 8.0, &Text::new(format!("head {}.{}", head.0, head.1), 11.0).bold(true));
            self.picture(drawing, pattern, *head, (x, y + 18.0), side);
            let below = y + 18.0 + STRIP + side;
            let lines = [format!("query to document {}", share(self.mass(pattern))), self.strongest(pattern)];
            for (line, text) in lines.into_iter().enumerate() {
                let text = Text::new(cut(&text, side + STRIP, 10.0, false), 10.0).color([INK, GREY][line]);
                drawing.text(x, below + 9.0 + line as f64 * 14.0, &text);
            }
        }
        top + self.patterns.len().div_ceil(across) as f64 * height - 8.0
    }

    /// Layers from the top down, heads from left to right.
    fn grid(&self, canvas: &mut Canvas, drawing: &mut Vector, top: f64) -> f64 {
        let (layers, heads) = sides(self.patterns.keys());
        let left = MARGIN + 30.0;
        let pitch = ((WIDTH - MARGIN - left) / heads.len() as f64).floor().min(SIDES.1 + STRIP + GAP);
        let side = pitch - GAP - STRIP;
        let top = top + 14.0;
        canvas.text(left - 8.0, top - 8.0, Text::new("head", 10.0).color(GREY).end());
        for (column, head) in heads.iter().enumerate() {
            let x = left + column as f64 * pitch + STRIP + side / 2.0;
            drawing.text(x, top - 8.0, &Text::new(head.to_string(), 10.5).middle());
        }
        for (row, layer) in layers.iter().enumerate() {
            let y = top + row as f64 * pitch;
            drawing.text(left - 8.0, y + STRIP + side / 2.0, &Text::new(layer.to_string(), 10.5).end());
            for (column, head) in heads.iter().enumerate() {
                if let Some(pattern) = self.patterns.get(&(*layer, *head)) {
                    self.picture(drawing, pattern, (*layer, *head), (left + column as f64 * pitch, y), side);
                }
            }
        }
        let middle = top + layers.len() as f64 * pitch / 2.0;
        canvas.text(MARGIN + 2.0, middle, Text::new("layer", 10.0).color(GREY).middle().upwards());
        top + layers.len() as f64 * pitch
    }

    fn picture(
        &self,
        drawing: &mut Vector,
        pattern: &[Vec<f64>],
        (layer, head): (u32, u32),
        (x, y): (f64, f64),
        side: f64,
    ) {
        let title = format!(
            "head {layer}.{head}: query to document {}, {}",
            share(self.mass(pattern)),
            self.strongest(pattern)
        );
        drawing.titled(&title, |drawing| {
            let thumbnail = Thumbnail { at: (x + STRIP, y + STRIP), side };
            thumbnail.draw(drawing, pattern);
            let tokens = self.sequence.tokens.len();
            let mut segments = self.sequence.segments();
            segments.push((tokens, ""));
            for window in segments.windows(2) {
                let (from, to) = (thumbnail.along(window[0].0, tokens), thumbnail.along(window[1].0, tokens));
                let (color, breadth, length) = (color_of(window[0].1), STRIP - 1.0, to - from);
                let (across, down) = (x + STRIP + from, y + STRIP + from);
                drawing.surface(&format!("M{across:.1} {y}h{length:.1}v{breadth}h-{length:.1}z"), color);
                drawing.surface(&format!("M{x} {down:.1}h{breadth}v{length:.1}h-{breadth}z"), color);
                if window[0].1 == "document" {
                    let path = format!("M{across:.1} {}v{side}M{} {down:.1}h{side}", y + STRIP, x + STRIP);
                    drawing.line(&path, Stroke::new(GREY, 0.7, 0.7));
                }
            }
        });
    }

    /// The steps of weight and the colours of segments; gives the height where pictures may begin.
    fn legend(&self, canvas: &mut Canvas, y: f64) -> f64 {
        let mut x = MARGIN;
        let missing = self.patterns.values().flatten().flatten().any(|weight| !weight.is_finite());
        let levels = LEVELS.iter().enumerate().map(|(level, (name, _))| (*name, Thumbnail::color(Some(level))));
        let segments = SEGMENTS.iter().map(|(name, color)| (*name, *color));
        let missing = missing.then_some(("missing", MISSING));
        canvas.text(x, y + 4.0, Text::new("weight", 10.0).color(GREY));
        x += 44.0;
        for (place, (name, color)) in levels.chain(missing).chain(segments).enumerate() {
            if place == LEVELS.len() + usize::from(missing.is_some()) {
                x += 14.0;
                canvas.text(x, y + 4.0, Text::new("segment", 10.0).color(GREY));
                x += 52.0;
            }
            canvas.rect(x - 1.0, y - 1.0, 12.0, 11.0, CATEGORIES[6]);
            canvas.rect(x, y, 10.0, 9.0, color);
            canvas.text(x + 15.0, y + 4.0, Text::new(name, 10.0));
            x += 15.0 + text_width(name, 10.0, false) + 10.0;
        }
        y + 16.0
    }

    fn of(&self, segment: &'static str) -> impl Iterator<Item = usize> {
        self.sequence
            .tokens
            .iter()
            .enumerate()
            .filter(move |(_, token)| token.segment == segment)
            .map(|(place, _)| place)
    }

    /// What a query token gives to the document, on average; NaN where missing.
    fn mass(&self, pattern: &[Vec<f64>]) -> f64 {
        let given =
            |from: usize| self.of("document").map(move |to| pattern[from][to]).filter(|weight| weight.is_finite());
        let mut mean = Mean::default();
        self.of("query")
            .filter_map(|from| given(from).reduce(|sum, weight| sum + weight))
            .for_each(|sum| mean.add(sum));
        mean.value()
    }

    /// The strongest link from the query to the document.
    fn strongest(&self, pattern: &[Vec<f64>]) -> String {
        let links = self.of("query").flat_map(|from| self.of("document").map(move |to| (from, to)));
        let known = links.filter(|(from, to)| pattern[*from][*to].is_finite());
        let name = |place: usize| &self.sequence.tokens[place].text;
        known
            .reduce(|best, link| if pattern[link.0][link.1] > pattern[best.0][best.1] { link } else { best })
            .map_or("no link".into(), |(from, to)| format!("{} → {} {:.2}", name(from), name(to), pattern[from][to]))
    }

    fn summary(&self, title: &str) -> String {
        let mut masses: Vec<(&(u32, u32), f64)> =
            self.patterns.iter().map(|(head, pattern)| (head, self.mass(pattern))).collect();
        masses.retain(|(_, mass)| mass.is_finite());
        masses.sort_by(|a, b| b.1.total_cmp(&a.1));
        let top = masses.into_iter().take(5).map(|(head, mass)| {
            let link = self.strongest(&self.patterns[head]);
            format!("{}.{} {} ({link})", head.0, head.1, share(mass))
        });
        let top: Vec<String> = top.collect();
        let top = if top.is_empty() { "missing".into() } else { top.join(", ") };
        let heads = counted(self.patterns.len(), "head");
        let tokens = counted(self.sequence.tokens.len(), "token");
        format!("{title}\n{heads} over {tokens}; most attention from query to document: {top}")
    }
}

fn share(mass: f64) -> String {
    if mass.is_finite() { format!("{mass:.2}") } else { "missing".into() }
}

fn sides<'a>(heads: impl Iterator<Item = &'a (u32, u32)> + Clone) -> (BTreeSet<u32>, BTreeSet<u32>) {
    (heads.clone().map(|(layer, _)| *layer).collect(), heads.map(|(_, head)| *head).collect())
}

fn color_of(segment: &str) -> RGBColor {
    SEGMENTS.iter().find(|(name, _)| *name == segment).map_or(GREY, |(_, color)| *color)
}
