//! The part of a frame that is shown, in words: its head, its tail, its first columns.

use polars::prelude::{AnyValue, Column, DataFrame};

/// Frames of more rows than this are shown in part.
const WHOLE: usize = 15;
/// Rows shown from the start of a long frame.
const HEAD: usize = 10;
/// Rows shown from its end.
const TAIL: usize = 5;
/// The most columns shown.
const COLUMNS: usize = 20;

/// What is shown of a frame.
pub(super) struct Excerpt {
    pub columns: Vec<ShownColumn>,
    /// After how many rows the rest up to the tail is left out.
    pub gap: Option<usize>,
    /// How many rows are shown.
    pub rows: usize,
    /// Rows and columns of the whole frame.
    pub shape: (usize, usize),
}

/// A column: its cells are as long as the rows shown.
pub(super) struct ShownColumn {
    pub name: String,
    pub dtype: String,
    pub numeric: bool,
    pub cells: Vec<Cell>,
}

/// A value in words; `None` for null.
pub(super) type Cell = Option<String>;

impl Excerpt {
    pub fn of(frame: &DataFrame) -> Self {
        let shape = frame.shape();
        let long = shape.0 > WHOLE;
        let rows: Vec<usize> =
            if long { (0..HEAD).chain(shape.0 - TAIL..shape.0).collect() } else { (0..shape.0).collect() };
        let columns = frame.columns().iter().take(COLUMNS).map(|column| ShownColumn::of(column, &rows)).collect();
        Self { columns, gap: long.then_some(HEAD), rows: rows.len(), shape }
    }

    /// `shape: (72, 9)`, and how many columns are left out.
    pub fn caption(&self) -> String {
        let (rows, columns) = self.shape;
        match columns - self.columns.len() {
            0 => format!("shape: ({rows}, {columns})"),
            hidden => format!("shape: ({rows}, {columns}), {hidden} columns not shown"),
        }
    }
}

impl ShownColumn {
    fn of(column: &Column, rows: &[usize]) -> Self {
        let cell = |row: &usize| column.get(*row).ok().and_then(words);
        Self {
            name: column.name().to_string(),
            dtype: column.dtype().to_string(),
            numeric: column.dtype().is_primitive_numeric(),
            cells: rows.iter().map(cell).collect(),
        }
    }
}

fn words(value: AnyValue) -> Cell {
    match value {
        AnyValue::Null => None,
        AnyValue::Float64(number) => Some(decimal(number)),
        AnyValue::Float32(number) => Some(decimal(f64::from(number))),
        AnyValue::String(text) => Some(text.to_owned()),
        AnyValue::StringOwned(text) => Some(text.to_string()),
        other => Some(other.to_string()),
    }
}

/// Four decimals; in powers of ten where four decimals would say little or the number is very long.
fn decimal(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 || !number.is_finite() || (0.001..1e9).contains(&size) {
        format!("{number:.4}")
    } else {
        format!("{number:.4e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{IntoColumn, NamedFrom, Series, df};

    fn shown(rows: u32) -> Excerpt {
        Excerpt::of(&df!("n" => (0..rows).collect::<Vec<_>>()).unwrap())
    }

    #[test]
    fn long_frames_show_head_and_tail() {
        let excerpt = shown(16);
        let cells: Vec<&str> = excerpt.columns[0].cells.iter().flatten().map(String::as_str).collect();
        assert_eq!(cells, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "11", "12", "13", "14", "15"]);
        assert_eq!((excerpt.gap, excerpt.caption().as_str()), (Some(10), "shape: (16, 1)"));
        assert_eq!((shown(15).gap, shown(15).rows), (None, 15));
        assert_eq!((shown(0).rows, shown(0).caption().as_str()), (0, "shape: (0, 1)"));
    }

    #[test]
    fn wide_frames_are_cut_and_counted() {
        let columns = (0..25).map(|n| Series::new(format!("c{n}").into(), [n]).into_column()).collect();
        let excerpt = Excerpt::of(&DataFrame::new(1, columns).unwrap());
        assert_eq!((excerpt.columns.len(), excerpt.caption().as_str()), (20, "shape: (1, 25), 5 columns not shown"));
    }

    #[test]
    fn decimals_are_fixed_and_small_numbers_keep_their_digits() {
        let words = [0.123_456, -1234.5, 0.0, 0.000_012_345, 2.5e12, f64::NAN, f64::NEG_INFINITY].map(decimal);
        assert_eq!(words, ["0.1235", "-1234.5000", "0.0000", "1.2345e-5", "2.5000e12", "NaN", "-inf"]);
    }
}
