//! Two columns of names or numbers against each other, one colour per combination.

use super::chance;
use super::figure::Figure;
use super::grid::Label;
use super::heads::averaged;
use super::number::Numbers;
use super::palette::Scale;
use super::read::{self, Mean, Names};
use super::table::{Cell, Side, Table, account, limited};
use crate::error::{Error, Result};
use polars::prelude::DataFrame;

/// Draws a column of numbers as a table: a row for each value of the column `rows`, a column for each of `columns`.
///
/// Names stand in the order in which they appear, numbers ascend. Blue is negative, white zero and red positive.
/// Several rows of the frame per cell are averaged; a cell without a value is hatched.
///
/// Where the frame has one row per cell and the column `<value>_p_holm`, p values after Holm's correction, a cell
/// whose p value is null or not below 0.05 is grey: its value may be chance.
///
/// # Errors
/// [`Error::Unknown`] for a column that the frame lacks, [`Error::Chart`] for one that cannot be drawn.
///
/// ```
/// use crosslens::prelude::*;
/// let frame = df!(
///     "edge" => ["query->document", "query->document", "document->query", "document->query"],
///     "layer" => [0u32, 1, 0, 1],
///     "effect" => [-0.30, -0.12, 0.01, 0.04],
///     "effect_p_holm" => [0.001, 0.01, 0.8, 0.04],
/// )?;
/// let figure = matrix(&frame, "edge", "layer", "effect", "Which edge does each layer need?")?;
/// assert_eq!(
///     figure.summary(),
///     "Which edge does each layer need?\neffect by edge (2) and layer (2), 1 grey (p >= 0.05 after Holm's \
///      correction), from −0.30 to 0.04; strongest: (query->document, 0) −0.30, (query->document, 1) −0.12, \
///      (document->query, 1) 0.04"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn matrix(frame: &DataFrame, rows: &str, columns: &str, value: &str, title: &str) -> Result<Figure> {
    let values = read::drawable(frame, value)?;
    let (down, across) = (read::names(frame, rows)?, read::names(frame, columns)?);
    limited(down.different.len(), "rows", "matrix")?;
    limited(across.different.len(), "columns", "matrix")?;
    // The first row of the frame for each cell, and the mean over all of them.
    let mut means = vec![(0, Mean::default()); down.different.len() * across.different.len()];
    for (row, value) in values.into_iter().enumerate() {
        let (first, mean) = &mut means[down.places[row] * across.different.len() + across.places[row]];
        if mean.rows == 0 {
            *first = row;
        }
        mean.add(value);
    }
    let averaged = averaged(means.iter().map(|(_, mean)| mean.rows).filter(|rows| *rows > 0), "cell");
    let chance = chance::may_be_chance(frame, value, averaged.is_some())?;
    let cell = |(first, mean): &(usize, Mean)| match mean.rows {
        0 => Cell::MISSING,
        _ => Cell { value: mean.value(), grey: chance.as_ref().is_some_and(|chance| chance[*first]) },
    };
    let cells: Vec<Cell> = means.iter().map(cell).collect();
    let finite = || cells.iter().map(|cell| cell.value);
    let scale = Scale::diverging(finite()).ok_or_else(|| Error::Chart("no finite value".into()))?;
    let numbers = Numbers::for_values(finite());

    let names =
        down.different.iter().flat_map(|row| across.different.iter().map(move |name| format!("({row}, {name})")));
    let named: Vec<(String, Cell)> = names.zip(cells.iter().copied()).collect();
    let what = format!(
        "{} by {rows} ({}) and {columns} ({})",
        numbers.label(value),
        down.different.len(),
        across.different.len()
    );
    let summary = format!("{title}\n{what}{}", account(&named, numbers));
    let hatched = finite().any(|value| !value.is_finite()).then(|| "hatched: missing".to_owned());
    let note: Vec<String> = [chance::note(&named), hatched, averaged].into_iter().flatten().collect();
    let svg = Table {
        title,
        note: &note.join(" · "),
        column: value,
        numbers,
        scale,
        rows: side(rows, down),
        columns: side(columns, across),
        cells,
        outlined: Vec::new(),
        explained: false,
    }
    .draw()?;
    Ok(Figure::new(svg, summary))
}

fn side(name: &str, names: Names) -> Side<'_> {
    Side { name, labels: names.different.into_iter().map(Label::new).collect(), counting: names.numeric }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn cells_are_averaged_and_lacking_ones_hatched() {
        let frame = df!(
            "segment" => ["query", "document", "query"],
            "layer" => [1u32, 0, 1],
            "effect" => [0.2, 0.5, 0.4]
        )
        .unwrap();
        let figure = matrix(&frame, "segment", "layer", "effect", "t").unwrap();
        for text in ["\n0.30\n", "\n0.50\n", "hatched: missing · mean of 1 to 2 rows per cell"] {
            assert!(figure.svg().contains(text), "{text}");
        }
        assert!(figure.summary().contains("effect by segment (2) and layer (2), 2 missing, from 0.30 to 0.50"));
    }

    #[test]
    fn zero_is_white_whatever_the_signs() {
        let frame = df!("a" => ["x", "y"], "b" => [0, 0], "v" => [0.0, -1.0]).unwrap();
        let svg = matrix(&frame, "a", "b", "v", "t").unwrap().svg().to_owned();
        assert!(svg.contains("#F7F7F7") && svg.contains("#053061"));
    }

    #[test]
    fn too_many_columns_are_refused() {
        let frame = df!("a" => vec!["x"; 200], "b" => (0..200).collect::<Vec<_>>(), "v" => vec![1.0; 200]).unwrap();
        let error = matrix(&frame, "a", "b", "v", "").unwrap_err();
        assert_eq!(error.to_string(), "chart: 200 columns are too many for a matrix: filter the frame to 128");
    }
}
