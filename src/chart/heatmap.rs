//! Layer by head, one colour per head.

use super::chance;
use super::figure::Figure;
use super::grid::Label;
use super::heads::{HeadValue, averaged, by_head, strongest};
use super::number::{Numbers, counted};
use super::palette::Scale;
use super::table::{Cell, Side, Table, account, limited};
use crate::error::{Error, Result};
use polars::prelude::DataFrame;
use std::collections::BTreeSet;

/// How many heads are outlined.
const OUTLINED: usize = 3;

/// Draws a column of a frame with `layer` and `head` as a grid: layers from the top down, heads from left to right.
///
/// Several rows per head are averaged. When the column has both signs, blue is negative, white zero and red positive;
/// else darker is farther from zero. The three heads with the largest values, in size, are outlined. A head whose
/// value is missing is hatched.
///
/// Where the frame has one row per head and the column `<column>_p_holm`, p values after Holm's correction, a head
/// whose p value is null or not below 0.05 is grey and never outlined: its value may be chance.
///
/// # Errors
/// [`Error::Unknown`] for a column that the frame lacks, [`Error::Chart`] for one that cannot be drawn.
///
/// ```
/// use crosslens::prelude::*;
/// let frame = df!(
///     "layer" => [0u32, 0, 1, 1],
///     "head" => [0u32, 1, 0, 1],
///     "effect" => [-0.3, 0.1, 0.02, 0.0],
/// )?;
/// let figure = heatmap(&frame, "effect", "Which heads does the ranking need?")?;
/// assert_eq!(
///     figure.summary(),
///     "Which heads does the ranking need?\neffect of 4 heads in 2 layers, from −0.30 to 0.10; strongest: \
///      0.0 −0.30, 0.1 0.10, 1.0 0.02, 1.1 0.00"
/// );
///
/// let tested = df!("layer" => [0u32, 0], "head" => [0u32, 1], "effect" => [-0.3, 0.1], "effect_p_holm" => [0.001, 0.4])?;
/// let figure = heatmap(&tested, "effect", "Which heads does the ranking need?")?;
/// assert!(figure.svg().contains("grey: p &gt;= 0.05 after Holm&apos;s correction"));
///
/// let error = heatmap(&frame, "efect", "").unwrap_err();
/// assert_eq!(error.to_string(), "there is no column \"efect\"; did you mean \"effect\"? There is layer, head, effect");
/// # Ok::<(), Error>(())
/// ```
pub fn heatmap(frame: &DataFrame, column: &str, title: &str) -> Result<Figure> {
    let values = by_head(frame, column)?;
    let layers = distinct(&values, |head| head.layer);
    let heads = distinct(&values, |head| head.head);
    limited(layers.len(), "layers", "heat map")?;
    limited(heads.len(), "heads", "heat map")?;
    let scale =
        Scale::of(values.iter().map(|head| head.value)).ok_or_else(|| Error::Chart("no finite value".into()))?;
    let numbers = Numbers::for_values(values.iter().map(|head| head.value));
    let averaged = averaged(values.iter().map(|head| head.rows), "head");
    let chance = chance::may_be_chance(frame, column, averaged.is_some())?;
    let cell = |head: &HeadValue| {
        let grey = chance.as_ref().is_some_and(|chance| chance[head.first]);
        Cell { value: head.value, grey }
    };
    let outlined: Vec<&HeadValue> =
        strongest(&values).into_iter().filter(|head| !cell(head).grey).take(OUTLINED).collect();

    let place = |head: &HeadValue| {
        let (row, column) = (layers.binary_search(&head.layer), heads.binary_search(&head.head));
        row.unwrap_or(0) * heads.len() + column.unwrap_or(0)
    };
    let mut cells = vec![Cell::MISSING; layers.len() * heads.len()];
    values.iter().for_each(|head| cells[place(head)] = cell(head));
    let named: Vec<(String, Cell)> = values.iter().map(|head| (head.name(), cell(head))).collect();
    let svg = Table {
        title,
        note: &note(&outlined, chance::note(&named), averaged),
        column,
        numbers,
        scale,
        rows: Side { name: "layer", labels: labels(&layers), counting: true },
        columns: Side { name: "head", labels: labels(&heads), counting: true },
        cells,
        outlined: outlined.into_iter().map(place).collect(),
        explained: values.iter().any(|head| !head.value.is_finite()),
    }
    .draw()?;
    let (heads, layers) = (counted(values.len(), "head"), counted(layers.len(), "layer"));
    let summary = format!("{title}\n{} of {heads} in {layers}{}", numbers.label(column), account(&named, numbers));
    Ok(Figure::new(svg, summary))
}

fn distinct(values: &[HeadValue], of: impl Fn(&HeadValue) -> u32) -> Vec<u32> {
    values.iter().map(of).collect::<BTreeSet<u32>>().into_iter().collect()
}

fn labels(numbers: &[u32]) -> Vec<Label> {
    numbers.iter().map(|number| Label::new(number.to_string())).collect()
}

fn note(outlined: &[&HeadValue], grey: Option<String>, averaged: Option<String>) -> String {
    let names: Vec<String> = outlined.iter().map(|head| head.name()).collect();
    let strongest = (!names.is_empty()).then(|| format!("outlined: the strongest ({})", names.join(", ")));
    let parts: Vec<String> = [strongest, grey, averaged].into_iter().flatten().collect();
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{Column, df};

    fn effects() -> DataFrame {
        df!("layer" => [0u32; 4], "head" => [0u32, 1, 2, 3], "effect" => [-0.9, 0.1, 0.5, 0.2]).unwrap()
    }

    #[test]
    fn the_three_largest_in_size_are_outlined() {
        let svg = heatmap(&effects(), "effect", "t").unwrap().svg().to_owned();
        assert_eq!(svg.matches("stroke-width=\"2\"").count(), 3);
        assert!(svg.contains("outlined: the strongest (0.0, 0.2, 0.3)"));
    }

    #[test]
    fn what_may_be_chance_is_grey_and_not_outlined() {
        let frame = |p: [Option<f64>; 4]| {
            let mut frame = effects();
            frame.with_column(Column::new("effect_p_holm".into(), p)).unwrap();
            frame
        };
        let some = heatmap(&frame([Some(0.2), Some(0.01), Some(0.05), None]), "effect", "t").unwrap();
        assert_eq!(some.svg().matches("#E2E2E2").count(), 3);
        assert!(some.svg().contains("outlined: the strongest (0.1) · grey: p &gt;= 0.05 after Holm&apos;s correction"));
        assert!(
            some.summary()
                .ends_with("3 grey (p >= 0.05 after Holm's correction), from −0.90 to 0.50; strongest: 0.1 0.10")
        );
        let none = heatmap(&frame([None; 4]), "effect", "t").unwrap();
        assert_eq!((none.svg().matches("#E2E2E2").count(), none.svg().matches("stroke-width=\"2\"").count()), (4, 0));
        assert!(none.summary().ends_with("strongest: none"));
        let all = heatmap(&frame([Some(0.0); 4]), "effect", "t").unwrap();
        assert_eq!(all, heatmap(&effects(), "effect", "t").unwrap());
    }

    #[test]
    fn a_mean_of_rows_has_no_p_value() {
        let frame = df!("layer" => [0u32, 0], "head" => [0u32, 0], "x" => [1.0, 2.0], "x_p_holm" => [0.9, 0.9]);
        let svg = heatmap(&frame.unwrap(), "x", "t").unwrap().svg().to_owned();
        assert!(svg.contains("mean of 2 rows per head") && !svg.contains("grey: p"));
    }

    #[test]
    fn too_many_heads_are_refused() {
        let frame = df!("layer" => vec![0u32; 200], "head" => (0..200u32).collect::<Vec<_>>(), "x" => vec![1.0; 200]);
        let error = heatmap(&frame.unwrap(), "x", "").unwrap_err();
        assert_eq!(error.to_string(), "chart: 200 heads are too many for a heat map: filter the frame to 128");
    }
}
