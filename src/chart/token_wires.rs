//! The drawing of links between tokens: attending tokens in a column, all tokens as text in lines, and between the lines
//! room in which links run to their tokens without crossing a word.

use super::canvas::{Canvas, MARGIN, Text, WIDTH, cut, text_width};
use super::palette::{CATEGORIES, GREY, INK, PAPER, RULE};
use super::token_links::{Kind, Links};
use super::vector::{Stroke, Vector};
use crate::error::Result;
use plotters::style::RGBColor;

/// The size of tokens, of their column's headings, and of the details.
const SIZE: f64 = 11.0;
const SMALL: f64 = 10.0;
/// The widest token at the left and in the text.
const WIDEST: (f64, f64) = (110.0, 160.0);
/// The height of a line of text, and the least between two attending tokens.
const LINE: f64 = 16.0;
const PITCH: f64 = 19.0;
/// The room from the column to the text.
const FAN: f64 = 84.0;
/// The width of a link with all of a token's attention, and of the faintest.
const WIDTHS: (f64, f64) = (7.0, 0.7);
/// The least weight whose link appears when a token is pointed at.
const SEEN: f64 = 0.01;
/// The lines of details, and the height of one.
const DETAILS: (usize, f64) = (4, 16.0);
/// The ground of a token that is pointed at.
const LIT: RGBColor = RGBColor(0xff, 0xe9, 0xa8);

/// Where everything stands.
struct Layout {
    /// Where the column of attending tokens ends.
    left: f64,
    /// The height of each attending token.
    rows: Vec<f64>,
    /// Each token's box in the text: left edge, middle of its height, width.
    boxes: Vec<(f64, f64, f64)>,
    /// The height of the room above a line.
    gutter: f64,
    bottom: f64,
}

impl Layout {
    fn new(links: &Links, top: f64) -> Self {
        let names = links.attending.iter().map(|place| text_width(&links.tokens[*place].text, SIZE, true));
        let left = MARGIN + names.fold(0.0, f64::max).min(WIDEST.0) + 8.0;
        let gutter = (6.0 + 2.0 * links.attending.len() as f64).clamp(12.0, 30.0);
        let (start, end) = (left + FAN + 10.0, WIDTH - MARGIN);
        let (mut x, mut y) = (start, top + gutter + LINE / 2.0);
        let mut boxes: Vec<(f64, f64, f64)> = Vec::new();
        for (place, token) in links.tokens.iter().enumerate() {
            let width = text_width(shown(&token.text), SIZE, false).min(WIDEST.1);
            let gap = if continues(&token.text) { 0.0 } else { 7.0 };
            let turns = place > 0 && token.segment == "document" && links.tokens[place - 1].segment != "document";
            // A word stays whole where a line has room for it.
            let rest = links.tokens[place + 1..].iter().take_while(|next| continues(&next.text));
            let word = width + rest.map(|next| text_width(shown(&next.text), SIZE, false)).sum::<f64>();
            let breaks = if gap > 0.0 && word < end - start { x + gap + word > end } else { x + width > end };
            x += if x > start { gap } else { 0.0 };
            if turns || breaks {
                (x, y) = (start, y + gutter + LINE);
            }
            boxes.push((x, y, width));
            x += width;
        }
        let n = links.attending.len();
        let pitch = ((y - top) / n as f64).clamp(PITCH, 34.0);
        let rows: Vec<f64> = (0..n).map(|row| (top + gutter + LINE / 2.0 + row as f64 * pitch).round()).collect();
        let bottom = y.max(rows.last().copied().unwrap_or(y)) + LINE;
        Self { left, rows, boxes, gutter, bottom }
    }

    /// From an attending token through the room above the line down to the token.
    fn path(&self, row: usize, to: usize) -> String {
        let (x, y, width) = self.boxes[to];
        let floor = y - LINE / 2.0;
        let share = (row as f64 + 0.5) / self.rows.len() as f64;
        let lane = floor - self.gutter + 3.0 + (self.gutter - 7.0) * share;
        let (from, height, begin, end) = (self.left, self.rows[row], self.left + FAN, x + width / 2.0);
        format!(
            "M{from:.1} {height:.1}C{:.1} {height:.1} {:.1} {lane:.1} {begin:.1} {lane:.1}H{:.1}Q{end:.1} {lane:.1} \
             {end:.1} {:.1}",
            from + FAN * 0.5,
            from + FAN * 0.5,
            end - 4.0,
            floor + 1.0
        )
    }
}

/// The drawing; a live one has in it what a page shows when a token is pointed at.
pub(super) fn draw(links: &Links, title: &str, live: bool) -> Result<String> {
    let mut canvas = Canvas::default();
    let (drawn, all) = links.drawn();
    let top = canvas.header(title, &note(links, &drawn, all), WIDTH) + 8.0;
    let layout = Layout::new(links, top + 8.0);
    let panel = layout.bottom + 8.0;
    canvas.line((MARGIN, panel), (WIDTH - MARGIN, panel), RULE);
    for (x, name) in [(MARGIN, "attends"), (layout.left + FAN + 10.0, "is attended to")] {
        canvas.text(x, top - 2.0, Text::new(name, SMALL).color(GREY));
    }

    let mut drawing = Vector::default();
    legend(&mut drawing, links, panel + 16.0, live);
    drawing.group("s", false, |drawing| {
        for place in 0..links.tokens.len() {
            drawing.group("t", false, |drawing| {
                name(drawing, links, &layout, place);
                let own = drawn.iter().filter(|(from, ..)| *from == place).copied();
                drawing.group("l", false, |drawing| wires(drawing, links, &layout, own.collect(), !live));
                if live {
                    drawing.group("h", true, |drawing| details(drawing, links, &layout, place, panel));
                }
            });
        }
    });
    let height = panel + 8.0 + DETAILS.0 as f64 * DETAILS.1 + 8.0;
    canvas.finish_with(WIDTH, height, title, drawing)
}

/// A token in the text and, where it attends, in the column.
fn name(drawing: &mut Vector, links: &Links, layout: &Layout, place: usize) {
    let token = &links.tokens[place];
    let (x, y, width) = layout.boxes[place];
    drawing.rect((x - 1.0, y - LINE / 2.0 + 1.0), (width + 2.0, LINE - 2.0), PAPER, None);
    let same = (0..links.tokens.len()).any(|other| links.kind(place, other) == Kind::Same);
    let color = if token.special() { GREY } else { INK };
    let word = cut(shown(&token.text), WIDEST.1, SIZE, false);
    drawing.text(x, y, &Text::new(word, SIZE).color(color));
    if same {
        let mark = y + LINE / 2.0 - 1.0;
        drawing.line(&format!("M{x:.1} {mark:.1}h{width:.1}"), Stroke::new(color_of(Kind::Same), 1.2, 1.0));
    }
    if let Some(row) = links.attending.iter().position(|attending| *attending == place) {
        let (right, y) = (layout.left - 5.0, layout.rows[row]);
        let name = cut(&token.text, WIDEST.0, SIZE, same);
        let width = text_width(&name, SIZE, same);
        drawing.rect((right - width - 2.0, y - LINE / 2.0), (width + 4.0, LINE), PAPER, None);
        drawing.text(right, y, &Text::new(name, SIZE).color(color).bold(same).end());
    }
}

/// Links, those that mean least first; with words for where nothing else says them.
fn wires(drawing: &mut Vector, links: &Links, layout: &Layout, mut which: Vec<(usize, usize, f64)>, titled: bool) {
    which.sort_by_key(|(from, to, _)| links.kind(*from, *to));
    for (from, to, weight) in which {
        let Some(row) = links.attending.iter().position(|attending| *attending == from) else { continue };
        let share = weight.clamp(0.0, 1.0);
        let width = (WIDTHS.0 * share).max(WIDTHS.1);
        let stroke = Stroke::new(color_of(links.kind(from, to)), width, (0.25 + share).min(0.9));
        let path = layout.path(row, to);
        if titled {
            let said = format!("{} → {}: {weight:.3}", described(links, from), described(links, to));
            drawing.titled(&said, |drawing| drawing.line(&path, stroke));
        } else {
            drawing.line(&path, stroke);
        }
    }
}

/// What appears when a token is pointed at: its box and those that it attends to, its links, its numbers.
fn details(drawing: &mut Vector, links: &Links, layout: &Layout, place: usize, panel: f64) {
    let (attended, attending) = (links.attended(place), links.attending_to(place));
    let boxed = |drawing: &mut Vector, token: usize, fill: RGBColor| {
        let (x, y, width) = layout.boxes[token];
        drawing.rect((x - 2.0, y - LINE / 2.0 + 1.0), (width + 4.0, LINE - 2.0), fill, Some(INK));
        let word = cut(shown(&links.tokens[token].text), WIDEST.1, SIZE, false);
        drawing.text(x, y, &Text::new(word, SIZE).color(INK));
    };
    attended.iter().take(5).for_each(|(_, to, _)| boxed(drawing, *to, PAPER));
    boxed(drawing, place, LIT);
    let seen = attended.iter().chain(&attending).filter(|(.., weight)| *weight >= SEEN).copied();
    wires(drawing, links, layout, seen.collect(), false);

    let listed = |what: &str, links_of: &[(usize, usize, f64)], other: fn(&(usize, usize, f64)) -> usize| {
        fitting(what, links_of.iter().map(|link| format!("{} {:.3}", described(links, other(link)), link.2)))
    };
    let sums = ["cls", "query", "sep1", "document", "sep2"].map(|segment| {
        let to = attended.iter().filter(|(_, to, _)| links.tokens[*to].segment == segment);
        format!("{segment} {:.3}", to.map(|(.., weight)| weight).sum::<f64>())
    });
    let lines = [
        described(links, place),
        listed("attends to: ", &attended, |link| link.1),
        listed("attended to by: ", &attending, |link| link.0),
        if attended.is_empty() { String::new() } else { format!("its attention: {}", sums.join(", ")) },
    ];
    let height = DETAILS.0 as f64 * DETAILS.1 + 6.0;
    drawing.rect((MARGIN, panel + 2.0), (WIDTH - 2.0 * MARGIN, height), PAPER, None);
    for (line, text) in lines.into_iter().enumerate() {
        let text = cut(&text, WIDTH - 2.0 * MARGIN, SMALL, line == 0);
        let y = panel + 16.0 + line as f64 * DETAILS.1;
        drawing.text(MARGIN, y, &Text::new(text, SMALL).bold(line == 0));
    }
}

/// What the lines mean, and which are strongest.
fn legend(drawing: &mut Vector, links: &Links, y: f64, live: bool) {
    let mut x = MARGIN;
    let keys = [
        (Kind::Same, "to the same word piece (underlined)"),
        (Kind::Other, "to another word piece"),
        (Kind::Special, "to [CLS] or [SEP]"),
    ];
    for (kind, name) in keys {
        drawing.line(&format!("M{x:.1} {y:.1}h18"), Stroke::new(color_of(kind), 3.0, 0.9));
        drawing.text(x + 23.0, y, &Text::new(name, SMALL));
        x += 23.0 + text_width(name, SMALL, false) + 18.0;
    }
    for share in [0.1, 0.5] {
        let stroke = Stroke::new(GREY, WIDTHS.0 * share, (0.25 + share).min(0.9));
        drawing.line(&format!("M{x:.1} {y:.1}h18"), stroke);
        drawing.text(x + 22.0, y, &Text::new(format!("{share}"), SMALL));
        x += 50.0;
    }
    let strongest = fitting("strongest from the query to the document: ", links.matches().into_iter());
    drawing.text(MARGIN, y + DETAILS.1 * 1.2, &Text::new(strongest, SMALL));
    if live {
        let how = "point at a token for its links and numbers";
        drawing.text(MARGIN, y + DETAILS.1 * 2.3, &Text::new(how, SMALL).color(GREY));
    }
}

fn note(links: &Links, drawn: &[(usize, usize, f64)], all: usize) -> String {
    let least = drawn.last().map_or(0.0, |(.., weight)| *weight);
    let mut note = "width: share of the attending token's attention".to_owned();
    if drawn.len() < all {
        note += &format!(" · the {} strongest of {all} links, from {least:.3} up", drawn.len());
    }
    if let Some(averaged) = &links.averaged {
        note += &format!(" · {averaged}");
    }
    note
}

/// As many of these as fit into a line, five at most.
fn fitting(what: &str, named: impl Iterator<Item = String>) -> String {
    let mut line = what.to_owned();
    for (place, name) in named.take(5).enumerate() {
        let longer = format!("{line}{}{name}", if place > 0 { ", " } else { "" });
        if text_width(&longer, SMALL, false) > WIDTH - 2.0 * MARGIN {
            break;
        }
        line = longer;
    }
    if line.len() == what.len() { format!("{what}none") } else { line }
}

fn described(links: &Links, place: usize) -> String {
    let token = &links.tokens[place];
    format!("{} ({} {})", token.text, token.segment, token.position)
}

fn color_of(kind: Kind) -> RGBColor {
    match kind {
        Kind::Same => CATEGORIES[1],
        Kind::Other => CATEGORIES[0],
        Kind::Special => RGBColor(0x8c, 0x8c, 0x8c),
    }
}

/// Whether the word piece goes on with the word before it.
fn continues(piece: &str) -> bool {
    piece.len() > 2 && piece.starts_with("##")
}

/// The word piece as it stands in the text.
fn shown(piece: &str) -> &str {
    if continues(piece) { &piece[2..] } else { piece }
}
