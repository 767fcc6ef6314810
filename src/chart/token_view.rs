//! Which document tokens the query tokens of one pair attend to.

use super::canvas::{Canvas, MARGIN, Text, WIDTH};
use super::color_bar;
use super::figure::Figure;
use super::grid::{Grid, Label, hatched};
use super::number::{axis_name, counted};
use super::palette::{GREY, RULE, Scale};
use super::token_html;
use super::token_pair::TokenPair;
use crate::error::{Error, Result};
use crate::frame::columns::WEIGHT;
use plotters::style::RGBColor;
use polars::prelude::DataFrame;

/// The most bands that a document is wrapped into; a longer one is shown in parts.
const BANDS: usize = 4;
/// The narrowest and widest cell.
const CELL: (f64, f64) = (16.0, 40.0);
/// The most query tokens that are shown.
const ROWS: usize = 48;
/// The column of no-op masses.
const NO_OP: f64 = 44.0;
/// The fill of a no-op bar.
const SINK: RGBColor = RGBColor(0xb8, 0xb8, 0xb8);

/// A place along an edge of the matrix: a token, or how many are left out there.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Token(usize),
    Gap(usize),
}

/// Draws the attention of one head in one pair: query tokens (rows) to document tokens (columns), as
/// `model.pattern()` gives it.
///
/// A cell is outlined and its labels are bold where both tokens are the same word piece. The bars at the right are
/// each query token's no-op mass, what it gives to `[CLS]` and the separators. A long document wraps into bands; a
/// very long one shows the tokens that receive most, in order, and where how many are left out. Its form in HTML is
/// the text of the document, shaded by what each token receives.
///
/// # Errors
/// [`Error::Unknown`] for a column that the frame lacks, [`Error::Chart`] for a frame of several pairs or one that
/// cannot be drawn.
///
/// ```
/// use crosslens::prelude::*;
/// let frame = df!(
///     "from_position" => [1u32; 6],
///     "to_position" => [0u32, 1, 2, 3, 4, 5],
///     "from_token" => ["cat"; 6],
///     "to_token" => ["[CLS]", "cat", "[SEP]", "cat", "dog", "[SEP]"],
///     "from_segment" => ["query"; 6],
///     "to_segment" => ["cls", "query", "sep1", "document", "document", "sep2"],
///     "weight" => [0.1, 0.05, 0.1, 0.5, 0.05, 0.2],
/// )?;
/// let figure = token_view(&frame, "Does head 4.9 match words?")?;
/// assert_eq!(
///     figure.summary(),
///     "Does head 4.9 match words?\n1 query token, 2 document tokens; no-op mass 0.40 on average; most attended: \
///      cat 0.500, dog 0.050; same word piece: cat"
/// );
/// assert!(figure.html().unwrap().contains("<u>cat</u>"));
/// # Ok::<(), Error>(())
/// ```
pub fn token_view(frame: &DataFrame, title: &str) -> Result<Figure> {
    let pair = TokenPair::read(frame)?;
    let figure = Figure::new(draw(&pair, title)?, summary(&pair, title));
    Ok(figure.with_html(token_html::render(&pair, title)))
}

fn draw(pair: &TokenPair, title: &str) -> Result<String> {
    // A weight is a share: the scale begins at zero, however large the least of them is.
    let weights = pair.weights.iter().flatten().copied().chain([0.0]);
    let scale = Scale::of(weights).ok_or_else(|| Error::Chart("no finite weight".into()))?;

    let rows = select(&pair.given(), ROWS);
    let row_labels: Vec<Label> =
        rows.iter().map(|place| label(*place, &pair.query, |token| pair.in_document(token))).collect();
    let names = Label::widest(&row_labels, 120.0);
    let left = MARGIN + names + 6.0;
    let room = WIDTH - MARGIN - NO_OP - 10.0 - left;
    let per_band = (room / CELL.0).floor() as usize;
    let columns = select(&pair.received(), per_band * BANDS);
    let bands = columns.len().div_ceil(per_band);
    let per_band = columns.len().div_ceil(bands);
    let cell = ((room / per_band as f64).floor().min(CELL.1), 17.0);
    let column_labels: Vec<Label> =
        columns.iter().map(|place| label(*place, &pair.document, |token| pair.in_query(token))).collect();
    let above = Label::widest(&column_labels, 84.0).max(36.0) + 10.0;

    let mut canvas = Canvas::default();
    let note = note(pair, &rows, &columns);
    let content = left + cell.0 * per_band as f64 + 10.0 + NO_OP + MARGIN;
    let width = Canvas::width_for(title, &note, content.max(left + 420.0));
    let top = canvas.header(title, &note, width);
    let band_height = above + cell.1 * rows.len() as f64 + 12.0;
    for (band, (places, labels)) in columns.chunks(per_band).zip(column_labels.chunks(per_band)).enumerate() {
        let grid = Grid { at: (left, top + band as f64 * band_height + above), cell, scale };
        grid.row_labels(&mut canvas, &row_labels, names);
        grid.upright_labels(&mut canvas, labels, None, 84.0);
        let mut outlined = Vec::new();
        for (row, query) in rows.iter().enumerate() {
            for (column, document) in places.iter().enumerate() {
                if let (Place::Token(query), Place::Token(document)) = (query, document) {
                    grid.cell(&mut canvas, (row, column), pair.weights[*query][*document]);
                    outlined.extend(pair.matches(*query, *document).then_some((row, column)));
                }
            }
        }
        outlined.into_iter().for_each(|place| grid.outline(&mut canvas, place));
        no_op(&mut canvas, &grid, left + cell.0 * per_band as f64 + 10.0, &rows, &pair.no_op);
    }
    let bottom = top + band_height * bands as f64;
    color_bar::flat(&mut canvas, (left + 180.0, bottom), 220.0, scale, &axis_name(WEIGHT));
    canvas.finish(width, bottom + 40.0, title)
}

/// The column of no-op masses: a bar of a length from 0 to 1, and the number.
fn no_op(canvas: &mut Canvas, grid: &Grid, x: f64, rows: &[Place], masses: &[f64]) {
    canvas.text(x + NO_OP / 2.0, grid.at.1 - 9.0, Text::new("no-op", 10.5).color(GREY).middle());
    for (row, place) in rows.iter().enumerate() {
        let Place::Token(token) = place else { continue };
        let (y, height) = (grid.at.1 + row as f64 * grid.cell.1, grid.cell.1 - 1.0);
        let mass = masses[*token];
        if !mass.is_finite() {
            hatched(canvas, x, y, NO_OP, height);
            continue;
        }
        canvas.rect(x, y, NO_OP, height, RGBColor(0xf3, 0xf3, 0xf3));
        canvas.rect(x, y, (NO_OP * mass.clamp(0.0, 1.0)).round(), height, SINK);
        canvas.text(x + NO_OP / 2.0, y + height / 2.0, Text::new(format!("{mass:.2}"), 10.0).middle());
    }
    let bottom = grid.at.1 + rows.len() as f64 * grid.cell.1 - 1.0;
    canvas.line((x, grid.at.1), (x, bottom), RULE);
}

fn label(place: Place, tokens: &[String], bold: impl Fn(usize) -> bool) -> Label {
    match place {
        Place::Token(token) => Label { text: tokens[token].clone(), bold: bold(token) },
        Place::Gap(tokens) => Label::new(format!("⋯ {tokens}")),
    }
}

/// All tokens where they fit; else as many of those with the largest weights as fit, in order, with the gaps between.
fn select(weights: &[f64], places: usize) -> Vec<Place> {
    let n = weights.len();
    if n <= places {
        return (0..n).map(Place::Token).collect();
    }
    let size = |token: usize| if weights[token].is_finite() { weights[token] } else { f64::NEG_INFINITY };
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| size(*b).total_cmp(&size(*a)));
    let with_gaps = |kept: usize| {
        let mut tokens = order[..kept].to_vec();
        tokens.sort_unstable();
        let mut selected = Vec::new();
        let mut next = 0;
        for token in tokens {
            selected.extend(between(next, token));
            selected.push(Place::Token(token));
            next = token + 1;
        }
        selected.extend(between(next, n));
        selected
    };
    let fitting = (1..=places).rev().map(with_gaps).find(|selected| selected.len() <= places);
    fitting.unwrap_or_else(|| (0..places).map(Place::Token).collect())
}

/// What stands for the tokens from one to before another: a single one for itself.
fn between(from: usize, to: usize) -> Option<Place> {
    match to - from {
        0 => None,
        1 => Some(Place::Token(from)),
        left_out => Some(Place::Gap(left_out)),
    }
}

fn note(pair: &TokenPair, rows: &[Place], columns: &[Place]) -> String {
    let mut note = "rows: query tokens; columns: document tokens; outlined and bold: the same word piece; \
                    no-op: mass on [CLS] and separators"
        .to_owned();
    if rows.iter().chain(columns).any(|place| matches!(place, Place::Gap(_))) {
        note += "; ⋯: so many tokens with less weight are left out";
    }
    if let Some(averaged) = &pair.averaged {
        note += &format!(" · {averaged}");
    }
    note
}

fn summary(pair: &TokenPair, title: &str) -> String {
    let finite: Vec<f64> = pair.no_op.iter().copied().filter(|mass| mass.is_finite()).collect();
    let no_op = match finite.len() {
        0 => "missing".into(),
        n => format!("{:.2} on average", finite.iter().sum::<f64>() / n as f64),
    };
    let top: Vec<String> = pair
        .most_attended(5)
        .into_iter()
        .map(|(token, weight)| format!("{} {weight:.3}", pair.document[token]))
        .collect();
    let mut matches: Vec<&str> = Vec::new();
    for token in (0..pair.query.len()).filter(|token| pair.in_document(*token)) {
        if !matches.contains(&pair.query[token].as_str()) {
            matches.push(&pair.query[token]);
        }
    }
    let matches = if matches.is_empty() { "none".into() } else { matches.join(" ") };
    let (query, document) = (counted(pair.query.len(), "query token"), counted(pair.document.len(), "document token"));
    format!(
        "{title}\n{query}, {document}; no-op mass {no_op}; most attended: {}; same word \
         piece: {matches}",
        top.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use Place::{Gap, Token};

    #[test]
    fn what_fits_is_shown_whole() {
        assert_eq!(select(&[0.1, f64::NAN], 2), [Token(0), Token(1)]);
    }

    #[test]
    fn a_long_document_keeps_what_receives_most_in_order_with_gaps() {
        assert_eq!(select(&[0.9, 0.0, 0.0, 0.8, 0.7, 0.0], 5), [Token(0), Gap(2), Token(3), Token(4), Token(5)]);
        let long: Vec<f64> = (0..500).map(|n| f64::from(n % 7)).collect();
        let selected = select(&long, 40);
        assert!(selected.len() <= 40 && selected.len() > 30);
        let shown = |place: &Place| if let Gap(n) = place { *n } else { 1 };
        assert_eq!(selected.iter().map(shown).sum::<usize>(), 500);
    }

    #[test]
    fn missing_weights_are_hatched() {
        let pair = TokenPair {
            query: vec!["a".into()],
            document: vec!["b".into(), "c".into()],
            weights: vec![vec![0.5, f64::NAN]],
            no_op: vec![f64::NAN],
            averaged: None,
        };
        assert!(draw(&pair, "t").unwrap().contains("<polyline"));
    }
}
