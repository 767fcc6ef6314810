//! Query tokens by document tokens, wrapped into bands: what the views of single tokens have in common.

use super::canvas::{Canvas, MARGIN, WIDTH};
use super::grid::{Grid, Label};
use super::palette::Scale;
use super::token_pair::TokenPair;

/// The most bands that a document is wrapped into; a longer one is shown in parts.
const BANDS: usize = 4;
/// The narrowest and widest cell, and its height.
const CELL: (f64, f64) = (16.0, 40.0);
const HEIGHT: f64 = 17.0;
/// The most query tokens that are shown.
const ROWS: usize = 48;
/// The space above the strips of a band.
const GAP: f64 = 4.0;

/// A place along an edge of the matrix: a token, or how many are left out there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    Token(usize),
    Gap(usize),
}

/// Which tokens are shown, and where.
pub(super) struct TokenGrid<'a> {
    pair: &'a TokenPair,
    pub rows: Vec<Place>,
    columns: Vec<Place>,
    row_labels: Vec<Label>,
    column_labels: Vec<Label>,
    strips: Vec<Label>,
    /// The width of the labels of rows and strips.
    names: f64,
    /// Where the cells begin.
    pub left: f64,
    cell: (f64, f64),
    per_band: usize,
    /// The height of the labels of columns.
    above: f64,
}

impl<'a> TokenGrid<'a> {
    /// Where not all tokens fit, those with the largest of these weights are shown: one per query token, one per
    /// document token. `beside` is the width of what stands at the right; each band has these strips below it.
    pub fn new(pair: &'a TokenPair, given: &[f64], received: &[f64], beside: f64, strips: &[&str]) -> Self {
        let rows = select(given, ROWS);
        let row_labels: Vec<Label> =
            rows.iter().map(|place| label(*place, &pair.query, |token| pair.in_document(token))).collect();
        let strips: Vec<Label> = strips.iter().copied().map(Label::new).collect();
        let names = Label::widest(&row_labels, 120.0).max(Label::widest(&strips, 120.0));
        let left = MARGIN + names + 6.0;
        let room = WIDTH - MARGIN - beside - left;
        let per_band = (room / CELL.0).floor() as usize;
        let columns = select(received, per_band * BANDS);
        let bands = columns.len().div_ceil(per_band);
        let per_band = columns.len().div_ceil(bands);
        let cell = ((room / per_band as f64).floor().min(CELL.1), HEIGHT);
        let column_labels: Vec<Label> =
            columns.iter().map(|place| label(*place, &pair.document, |token| pair.in_query(token))).collect();
        let above = Label::widest(&column_labels, 84.0).max(36.0) + 10.0;
        Self { pair, rows, columns, row_labels, column_labels, strips, names, left, cell, per_band, above }
    }

    /// Where the cells end.
    pub fn right(&self) -> f64 {
        self.left + self.cell.0 * self.per_band as f64
    }

    /// Whether tokens are left out.
    pub fn cut(&self) -> bool {
        self.rows.iter().chain(&self.columns).any(|place| matches!(place, Place::Gap(_)))
    }

    /// Draws all bands, cells where both tokens are the same word piece outlined; `more` draws what else belongs to a
    /// band of these columns. Gives the height where the last band ends.
    pub fn draw(
        &self,
        canvas: &mut Canvas,
        top: f64,
        scale: Scale,
        value: impl Fn(usize, usize) -> f64,
        mut more: impl FnMut(&mut Canvas, &Grid, &[Place]),
    ) -> f64 {
        let strips = if self.strips.is_empty() { 0.0 } else { GAP + HEIGHT * self.strips.len() as f64 };
        let height = self.above + self.cell.1 * self.rows.len() as f64 + strips + 12.0;
        let mut y = top;
        for (places, labels) in self.columns.chunks(self.per_band).zip(self.column_labels.chunks(self.per_band)) {
            let grid = Grid { at: (self.left, y + self.above), cell: self.cell, scale };
            grid.row_labels(canvas, &self.row_labels, self.names);
            grid.upright_labels(canvas, labels, None, 84.0);
            let mut outlined = Vec::new();
            for (row, query) in self.rows.iter().enumerate() {
                for (column, document) in places.iter().enumerate() {
                    if let (Place::Token(query), Place::Token(document)) = (query, document) {
                        grid.cell(canvas, (row, column), value(*query, *document));
                        outlined.extend(self.pair.matches(*query, *document).then_some((row, column)));
                    }
                }
            }
            outlined.into_iter().for_each(|place| grid.outline(canvas, place));
            more(canvas, &grid, places);
            y += height;
        }
        y
    }

    /// The strips below a band: a row of cells for each, with the values of its document tokens.
    pub fn strips(&self, canvas: &mut Canvas, band: &Grid, places: &[Place], scale: Scale, values: &[Vec<f64>]) {
        let y = band.at.1 + self.cell.1 * self.rows.len() as f64 + GAP;
        let grid = Grid { at: (self.left, y), cell: self.cell, scale };
        grid.row_labels(canvas, &self.strips, self.names);
        for (row, values) in values.iter().enumerate() {
            for (column, place) in places.iter().enumerate() {
                if let Place::Token(token) = place {
                    grid.cell(canvas, (row, column), values[*token]);
                }
            }
        }
    }
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
}
