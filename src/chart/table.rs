//! Rows by columns of coloured numbers beside their scale: what heat map and matrix have in common.

use super::canvas::{Canvas, MARGIN, Text, WIDTH};
use super::chance;
use super::color_bar;
use super::grid::{Grid, Label};
use super::number::{Numbers, axis_name};
use super::palette::{FADED, GREY, Scale, ink_on};
use crate::error::{Error, Result};

/// The most rows and columns that can be told apart.
const LIMIT: usize = 128;
/// The widest label of a row, and of a column that is read upwards.
const LABELS: (f64, f64) = (180.0, 120.0);

/// A table that is ready to be drawn.
pub(super) struct Table<'a> {
    pub title: &'a str,
    pub note: &'a str,
    /// The column that the numbers are from.
    pub column: &'a str,
    pub numbers: Numbers,
    pub scale: Scale,
    pub rows: Side<'a>,
    pub columns: Side<'a>,
    /// Row by row.
    pub cells: Vec<Cell>,
    /// Places of cells with a frame around them.
    pub outlined: Vec<usize>,
    /// Whether hatching is explained where no numbers are printed.
    pub explained: bool,
}

/// The rows, or the columns.
pub(super) struct Side<'a> {
    /// What they are.
    pub name: &'a str,
    pub labels: Vec<Label>,
    /// Whether they count: labels between others can then be left out.
    pub counting: bool,
}

/// One number.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    pub value: f64,
    /// Off the scale of colours, because the value may be chance.
    pub grey: bool,
}

impl Cell {
    /// Without a value.
    pub const MISSING: Self = Self { value: f64::NAN, grey: false };
}

/// An error when there are more of these than can be told apart in such a chart.
pub(super) fn limited(count: usize, what: &str, chart: &str) -> Result<()> {
    if count > LIMIT {
        let what = format!("{count} {what} are too many for a {chart}: filter the frame to {LIMIT}");
        return Err(Error::Chart(what));
    }
    Ok(())
}

impl Table<'_> {
    pub fn draw(self) -> Result<String> {
        let (rows, columns) = (self.rows.labels.len(), self.columns.labels.len());
        let mut canvas = Canvas::default();
        let left = MARGIN + (Label::widest(&self.rows.labels, LABELS.0) + 24.0).max(48.0);
        let right = MARGIN + 96.0;
        let lowest = match rows {
            ..=32 => 20.0,
            _ if self.rows.counting => 8.0,
            _ => 13.0,
        };
        let cell_width = ((WIDTH - left - right) / columns as f64).floor().min(64.0);
        let cell_height = (400.0 / rows as f64).floor().clamp(lowest, 34.0);
        let across = cell_width * columns as f64;
        let width = Canvas::width_for(self.title, self.note, left + across + right);
        let top = canvas.header(self.title, self.note, width);
        let grid = Grid { at: (left, top), cell: (cell_width, cell_height), scale: self.scale };
        let printed = self.cells(&mut canvas, &grid);

        let bottom = top + cell_height * rows as f64;
        grid.row_labels(&mut canvas, &self.rows.labels, LABELS.0);
        let labels = &self.columns.labels;
        let name = if self.columns.counting || Label::widest(labels, WIDTH) + 4.0 <= cell_width {
            grid.labels_below(&mut canvas, labels, bottom);
            bottom + 27.0
        } else {
            grid.upright_labels(&mut canvas, labels, Some(bottom), LABELS.1);
            bottom + Label::widest(labels, LABELS.1) + 17.0
        };
        canvas.text(left + across / 2.0, name, Text::new(self.columns.name, 11.0).middle());
        canvas.text(MARGIN + 6.0, (top + bottom) / 2.0, Text::new(self.rows.name, 11.0).middle().upwards());
        let bar = (bottom - top).max(110.0);
        color_bar::upright(&mut canvas, (left + across + 18.0, top), bar, self.scale, &axis_name(self.column));
        if !printed && self.explained {
            canvas.text(left, name, Text::new("hatched: missing", 10.0).color(GREY));
        }
        canvas.finish(width, (name + 13.0).max(top + bar + 16.0), self.title)
    }

    /// The cells, with their numbers where all of them fit: whether they do.
    fn cells(&self, canvas: &mut Canvas, grid: &Grid) -> bool {
        let texts: Vec<String> = self.cells.iter().map(|cell| self.numbers.text(cell.value)).collect();
        let finite = self.cells.iter().zip(&texts).filter(|(cell, _)| cell.value.is_finite());
        let size = grid.size_for(finite.map(|(_, text)| text.as_str()));
        let columns = self.columns.labels.len();
        let place = |index: usize| (index / columns, index % columns);
        for (index, (cell, text)) in self.cells.iter().zip(texts).enumerate() {
            let color = self.scale.color(cell.value).map(|color| if cell.grey { FADED } else { color });
            grid.fill(canvas, place(index), color);
            if let (Some(size), Some(color)) = (size, color) {
                let ink = if cell.grey { GREY } else { ink_on(color) };
                grid.write(canvas, place(index), Text::new(text, size).color(ink).bold(self.outlined.contains(&index)));
            }
        }
        self.outlined.iter().for_each(|index| grid.outline(canvas, place(*index)));
        size.is_some()
    }
}

/// What a summary says of named values: how many are missing and grey, from where to where they go, the strongest.
pub(super) fn account(values: &[(String, Cell)], numbers: Numbers) -> String {
    let mut finite: Vec<&(String, Cell)> = values.iter().filter(|(_, cell)| cell.value.is_finite()).collect();
    finite.sort_by(|(_, a), (_, b)| b.value.abs().total_cmp(&a.value.abs()));
    let all = || finite.iter().map(|(_, cell)| cell.value);
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let missing = match values.len() - finite.len() {
        0 => String::new(),
        missing => format!(", {missing} missing"),
    };
    let grey = match finite.iter().filter(|(_, cell)| cell.grey).count() {
        0 => String::new(),
        grey => format!(", {grey} grey ({})", chance::CONDITION),
    };
    let top = finite.iter().filter(|(_, cell)| !cell.grey).take(5);
    let top: Vec<String> = top.map(|(name, cell)| format!("{name} {}", numbers.text(cell.value))).collect();
    let top = if top.is_empty() { "none".into() } else { top.join(", ") };
    format!("{missing}{grey}, from {} to {}; strongest: {top}", numbers.text(low), numbers.text(high))
}
