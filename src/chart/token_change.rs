//! How the attention of one head in one pair changes, token by token.

use super::canvas::{Canvas, MARGIN, Text};
use super::color_bar;
use super::figure::Figure;
use super::grid::Grid;
use super::number::{Numbers, counted};
use super::palette::{GREY, Scale};
use super::read::Mean;
use super::token_grid::{Place, TokenGrid};
use super::token_pair::TokenPair;
use crate::error::{Error, Result};
use polars::prelude::DataFrame;

/// The column of no-op masses.
const NO_OP: f64 = 70.0;

/// Draws how attention changes between two frames of the same tokens, as `model.pattern()` gives them: of a model
/// before and after an intervention, or of two heads.
///
/// A cell is the attention from a query token (row) to a document token (column) in `after` minus that in `before`:
/// blue fell, red rose. The strips below are what each document token receives, the mean over the query tokens, and
/// the numbers at the right each query token's no-op mass, what it gives to `[CLS]` and the separators. Labels,
/// outlines and long documents are as in [`token_view`](super::token_view); where tokens are left out, those whose
/// attention changes most are shown.
///
/// # Errors
/// [`Error::Unknown`] for a column that a frame lacks, [`Error::Chart`] for a frame of several pairs, one that cannot
/// be drawn, or two of different tokens.
///
/// ```
/// use crosslens::prelude::*;
/// let model = CrossEncoder::embedded()?;
/// let (pair, head) = (Pair::new("blue sky", "the sky is blue"), Head::new(2, 9));
/// let blind = model.with(Zero::heads([Head::new(0, 0), Head::new(1, 3)]))?;
/// let (before, after) = (model.pattern(&pair, head)?, blind.pattern(&pair, head)?);
/// let figure = token_change(&before, &after, "Does head 2.9 need heads 0.0 and 1.3?")?;
/// assert!(figure.summary().contains("2 query tokens, 4 document tokens; no-op mass"));
///
/// let other = model.pattern(&Pair::new("blue sky", "the sea is blue"), head)?;
/// let error = token_change(&before, &other, "").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "chart: document token 1 is \"sky\" before and \"sea\" after: both frames must be of the same tokens"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn token_change(before: &DataFrame, after: &DataFrame, title: &str) -> Result<Figure> {
    let (before, after) = (TokenPair::read(before)?, TokenPair::read(after)?);
    same("query", &before.query, &after.query)?;
    same("document", &before.document, &after.document)?;
    let rows = before.weights.iter().zip(&after.weights);
    let changes: Vec<Vec<f64>> =
        rows.map(|(before, after)| before.iter().zip(after).map(|(before, after)| after - before).collect()).collect();
    let scale = Scale::diverging(changes.iter().flatten().copied()).ok_or_else(|| {
        Error::Chart(
            "no weight from a query token to a document token is finite in both frames: nothing to draw".into(),
        )
    })?;
    let svg = draw(&before, &after, &changes, scale, title)?;
    Ok(Figure::new(svg, summary(&before, &after, &changes, title)))
}

/// An error that says where two lists of tokens differ first.
fn same(segment: &str, before: &[String], after: &[String]) -> Result<()> {
    let differs = |place: &usize| before.get(*place) != after.get(*place);
    let Some(place) = (0..before.len().max(after.len())).find(differs) else { return Ok(()) };
    let token = |tokens: &[String]| tokens.get(place).map_or("missing".into(), |token| format!("{token:?}"));
    Err(Error::Chart(format!(
        "{segment} token {place} is {} before and {} after: both frames must be of the same tokens",
        token(before),
        token(after)
    )))
}

fn draw(before: &TokenPair, after: &TokenPair, changes: &[Vec<f64>], scale: Scale, title: &str) -> Result<String> {
    let sizes = |values: &mut dyn Iterator<Item = f64>| {
        let mut mean = Mean::default();
        values.for_each(|value| mean.add(value.abs()));
        mean.value()
    };
    let given: Vec<f64> = changes.iter().map(|row| sizes(&mut row.iter().copied())).collect();
    let columns = 0..before.document.len();
    let taken: Vec<f64> = columns.map(|column| sizes(&mut changes.iter().map(|row| row[column]))).collect();
    let grid = TokenGrid::new(before, &given, &taken, NO_OP + 10.0, &["received before", "received after"]);
    let received = [before.received(), after.received()];
    let highest = received.iter().flatten().copied().filter(|weight| weight.is_finite()).fold(0.0, f64::max);
    let strips = Scale::sequential(0.0, if highest > 0.0 { highest } else { 1.0 });

    let mut canvas = Canvas::default();
    let note = note(before, after, &grid);
    let width = Canvas::width_for(title, &note, (grid.right() + 10.0 + NO_OP + MARGIN).max(grid.left + 420.0));
    let top = canvas.header(title, &note, width);
    let change = |query: usize, document: usize| changes[query][document];
    let bottom = grid.draw(&mut canvas, top, scale, change, |canvas, band, places| {
        grid.strips(canvas, band, places, strips, &received);
        no_op(canvas, band, grid.right() + 10.0 + NO_OP / 2.0, &grid.rows, (&before.no_op, &after.no_op));
    });
    let x = grid.left + 180.0;
    color_bar::flat(&mut canvas, (x, bottom), 220.0, scale, "change (share of attention)");
    color_bar::flat(&mut canvas, (x, bottom + 34.0), 220.0, strips, "received (mean share)");
    canvas.finish(width, bottom + 74.0, title)
}

/// The no-op masses of each query token, around this middle.
fn no_op(canvas: &mut Canvas, band: &Grid, x: f64, rows: &[Place], (before, after): (&[f64], &[f64])) {
    canvas.text(x, band.at.1 - 9.0, Text::new("no-op", 10.5).color(GREY).middle());
    for (row, place) in rows.iter().enumerate() {
        let Place::Token(token) = place else { continue };
        let y = band.at.1 + (row as f64 + 0.5) * band.cell.1;
        let text = format!("{} → {}", mass(before[*token]), mass(after[*token]));
        canvas.text(x, y, Text::new(text, 10.0).middle());
    }
}

fn mass(value: f64) -> String {
    if value.is_finite() { format!("{value:.2}") } else { "?".into() }
}

fn note(before: &TokenPair, after: &TokenPair, grid: &TokenGrid) -> String {
    let mut note = "rows: query tokens; columns: document tokens; outlined and bold: the same word piece; \
                    no-op: mass on [CLS] and separators, before → after"
        .to_owned();
    if grid.cut() {
        note += "; ⋯: so many tokens with less change are left out";
    }
    for (averaged, which) in [(&before.averaged, "before"), (&after.averaged, "after")] {
        if let Some(averaged) = averaged {
            note += &format!(" · {which}: {averaged}");
        }
    }
    note
}

fn summary(before: &TokenPair, after: &TokenPair, changes: &[Vec<f64>], title: &str) -> String {
    let mean = |masses: &[f64]| {
        let mut mean = Mean::default();
        masses.iter().for_each(|mass| mean.add(*mass));
        mass(mean.value())
    };
    let cells = changes.iter().zip(&before.query).flat_map(|(row, query)| {
        row.iter().zip(&before.document).map(move |(change, document)| (query, document, *change))
    });
    let mut cells: Vec<(&String, &String, f64)> =
        cells.filter(|(.., change)| change.is_finite() && *change != 0.0).collect();
    cells.sort_by(|(.., a), (.., b)| b.abs().total_cmp(&a.abs()));
    let changes = || cells.iter().map(|(.., change)| *change);
    let numbers = Numbers::for_values(changes()).for_closer(changes());
    let top: Vec<String> = cells
        .iter()
        .take(5)
        .map(|(query, document, change)| format!("{query} to {document} {}", numbers.text(*change)))
        .collect();
    let top = if top.is_empty() { "none".into() } else { top.join(", ") };
    format!(
        "{title}\n{}, {}; no-op mass {} before, {} after, on average; {}: {top}",
        counted(before.query.len(), "query token"),
        counted(before.document.len(), "document token"),
        mean(&before.no_op),
        mean(&after.no_op),
        numbers.label("largest changes"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::token_pair::tests::frame;
    use super::*;
    use polars::prelude::{Column, df};

    /// As [`frame`], with these weights.
    fn with(weights: [Option<f64>; 6]) -> DataFrame {
        let mut frame = frame();
        frame.with_column(Column::new("weight".into(), weights)).unwrap();
        frame
    }

    #[test]
    fn cells_are_after_minus_before_and_no_op_is_told() {
        let after = with([0.3, 0.05, 0.1, 0.1, 0.25, 0.2].map(Some));
        let figure = token_change(&frame(), &after, "t").unwrap();
        // cat falls by 0.4, the dark end of blue; <dog> rises by half of that.
        assert!(figure.svg().contains("#053061") && figure.svg().contains("0.40 → 0.60"));
        assert!(figure.summary().ends_with(
            "no-op mass 0.40 before, 0.60 after, on average; largest changes: cat to cat −0.400, cat to <dog> 0.200"
        ));
    }

    #[test]
    fn no_change_and_missing_weights_are_drawn() {
        assert!(token_change(&frame(), &frame(), "t").unwrap().summary().ends_with("largest changes: none"));
        let holes = with([None, Some(0.1), None, Some(0.1), None, None]);
        let figure = token_change(&holes, &frame(), "t").unwrap();
        assert!(figure.svg().contains("<polyline") && figure.svg().contains("? → 0.40"));
        let other = with([Some(0.1), None, None, None, Some(0.1), None]);
        let error = token_change(&holes, &other, "t").unwrap_err().to_string();
        assert!(error.contains("is finite in both frames"), "{error}");
    }

    #[test]
    fn the_first_difference_of_tokens_is_named() {
        let message = |a: &[&str], b: &[&str]| {
            let [a, b] = [a, b].map(|tokens| tokens.iter().map(ToString::to_string).collect::<Vec<_>>());
            same("query", &a, &b).map_err(|error| error.to_string())
        };
        assert_eq!(message(&["a", "b"], &["a", "b"]), Ok(()));
        assert!(
            message(&["a", "b"], &["a", "c"]).unwrap_err().contains("query token 1 is \"b\" before and \"c\" after")
        );
        assert!(message(&["a"], &["a", "c"]).unwrap_err().contains("query token 1 is missing before and \"c\" after"));
        assert!(df!("x" => [1.0]).is_ok_and(|empty| token_change(&empty, &frame(), "").is_err()));
    }
}
