//! Which document tokens the query tokens of one pair attend to.

use super::canvas::{Canvas, MARGIN, Text};
use super::color_bar;
use super::figure::Figure;
use super::grid::{Grid, hatched};
use super::number::{axis_name, counted};
use super::palette::{GREY, RULE, Scale};
use super::token_grid::{Place, TokenGrid};
use super::token_html;
use super::token_pair::TokenPair;
use crate::error::{Error, Result};
use crate::frame::columns::WEIGHT;
use plotters::style::RGBColor;
use polars::prelude::DataFrame;

/// The column of no-op masses.
const NO_OP: f64 = 44.0;
/// The fill of a no-op bar.
const SINK: RGBColor = RGBColor(0xb8, 0xb8, 0xb8);

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
    let grid = TokenGrid::new(pair, &pair.given(), &pair.received(), NO_OP + 10.0, &[]);

    let mut canvas = Canvas::default();
    let note = note(pair, &grid);
    let width = Canvas::width_for(title, &note, (grid.right() + 10.0 + NO_OP + MARGIN).max(grid.left + 420.0));
    let top = canvas.header(title, &note, width);
    let weight = |query: usize, document: usize| pair.weights[query][document];
    let bottom = grid.draw(&mut canvas, top, scale, weight, |canvas, band, _| {
        no_op(canvas, band, grid.right() + 10.0, &grid.rows, &pair.no_op);
    });
    color_bar::flat(&mut canvas, (grid.left + 180.0, bottom), 220.0, scale, &axis_name(WEIGHT));
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

fn note(pair: &TokenPair, grid: &TokenGrid) -> String {
    let mut note = "rows: query tokens; columns: document tokens; outlined and bold: the same word piece; \
                    no-op: mass on [CLS] and separators"
        .to_owned();
    if grid.cut() {
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
