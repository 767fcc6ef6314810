//! Layer by head, one colour per head.

use super::canvas::{Canvas, MARGIN, Text, WIDTH};
use super::color_bar;
use super::figure::Figure;
use super::grid::{Grid, Label};
use super::heads::{HeadValue, averaged, by_head, strongest};
use super::number::{Numbers, axis_name, counted};
use super::palette::{GREY, Scale};
use crate::error::{Error, Result};
use polars::prelude::DataFrame;
use std::collections::BTreeSet;

/// How many heads are outlined.
const OUTLINED: usize = 3;
/// The most layers, and the most heads of a layer, that can be told apart.
const LIMIT: usize = 128;

/// Draws a column of a frame with `layer` and `head` as a grid: layers from the top down, heads from left to right.
///
/// Several rows per head are averaged. When the column has both signs, blue is negative, white zero and red positive;
/// else darker is farther from zero. The three heads with the largest values, in size, are outlined. A head whose
/// value is missing is hatched.
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
/// let error = heatmap(&frame, "efect", "").unwrap_err();
/// assert_eq!(error.to_string(), "there is no column \"efect\"; there is layer, head, effect");
/// # Ok::<(), Error>(())
/// ```
pub fn heatmap(frame: &DataFrame, column: &str, title: &str) -> Result<Figure> {
    let values = by_head(frame, column)?;
    let layers: Vec<u32> = distinct(&values, |head| head.layer);
    let heads: Vec<u32> = distinct(&values, |head| head.head);
    for (what, count) in [("layers", layers.len()), ("heads", heads.len())] {
        if count > LIMIT {
            return Err(Error::Chart(format!(
                "{count} {what} are too many for a heat map: filter the frame to {LIMIT}"
            )));
        }
    }
    let scale =
        Scale::of(values.iter().map(|head| head.value)).ok_or_else(|| Error::Chart("no finite value".into()))?;
    let numbers = Numbers::for_values(values.iter().map(|head| head.value));
    let order = strongest(&values);

    let mut canvas = Canvas::default();
    let (left, right) = (MARGIN + 48.0, MARGIN + 96.0);
    let cell_width = ((WIDTH - left - right) / heads.len() as f64).floor().min(64.0);
    let cell_height = (400.0 / layers.len() as f64).floor().clamp(if layers.len() > 32 { 8.0 } else { 20.0 }, 34.0);
    let note = note(&order, &values);
    let width = Canvas::width_for(title, &note, left + cell_width * heads.len() as f64 + right);
    let top = canvas.header(title, &note, width);

    let grid = Grid { at: (left, top), cell: (cell_width, cell_height), scale };
    let cells: Vec<(f64, String)> = {
        let find = |layer, head| values.binary_search_by_key(&(layer, head), |value| (value.layer, value.head)).ok();
        let value = |place: Option<usize>| place.map_or(f64::NAN, |place| values[place].value);
        let all = layers.iter().flat_map(|layer| heads.iter().map(move |head| (*layer, *head)));
        all.map(|(layer, head)| value(find(layer, head))).map(|value| (value, numbers.text(value))).collect()
    };
    let printed = cells.iter().filter(|(value, _)| value.is_finite()).map(|(_, text)| text.as_str());
    let size = grid.size_for(printed);
    let place = |head: &HeadValue| {
        let (row, column) = (layers.binary_search(&head.layer), heads.binary_search(&head.head));
        (row.unwrap_or(0), column.unwrap_or(0))
    };
    let outlined: Vec<(usize, usize)> = order.iter().take(OUTLINED).map(|head| place(head)).collect();
    for (index, (value, text)) in cells.into_iter().enumerate() {
        let place = (index / heads.len(), index % heads.len());
        grid.cell(&mut canvas, place, value);
        if let Some(size) = size {
            grid.print(&mut canvas, place, value, text, size, outlined.contains(&place));
        }
    }
    outlined.iter().for_each(|place| grid.outline(&mut canvas, *place));

    let bottom = top + cell_height * layers.len() as f64;
    let center = left + cell_width * heads.len() as f64 / 2.0;
    grid.row_labels(&mut canvas, &labels(&layers), 40.0);
    grid.labels_below(&mut canvas, &labels(&heads), bottom);
    canvas.text(center, bottom + 27.0, Text::new("head", 11.0).middle());
    canvas.text(MARGIN + 6.0, (top + bottom) / 2.0, Text::new("layer", 11.0).middle().upwards());
    let bar = (bottom - top).max(110.0);
    color_bar::upright(
        &mut canvas,
        (left + cell_width * heads.len() as f64 + 18.0, top),
        bar,
        scale,
        &axis_name(column),
    );
    if size.is_none() && values.iter().any(|head| !head.value.is_finite()) {
        canvas.text(left, bottom + 27.0, Text::new("hatched: missing", 10.0).color(GREY));
    }
    let height = (bottom + 40.0).max(top + bar + 16.0);
    let summary = summary(title, column, &order, &values, layers.len(), numbers);
    Ok(Figure::new(canvas.finish(width, height, title)?, summary))
}

fn distinct(values: &[HeadValue], of: impl Fn(&HeadValue) -> u32) -> Vec<u32> {
    values.iter().map(of).collect::<BTreeSet<u32>>().into_iter().collect()
}

fn labels(numbers: &[u32]) -> Vec<Label> {
    numbers.iter().map(|number| Label::new(number.to_string())).collect()
}

fn note(order: &[&HeadValue], values: &[HeadValue]) -> String {
    let names: Vec<String> = order.iter().take(OUTLINED).map(|head| head.name()).collect();
    let strongest = format!("outlined: the strongest ({})", names.join(", "));
    match averaged(values.iter().map(|head| head.rows), "head") {
        Some(averaged) => format!("{strongest} · {averaged}"),
        None => strongest,
    }
}

fn summary(
    title: &str,
    column: &str,
    order: &[&HeadValue],
    values: &[HeadValue],
    layers: usize,
    numbers: Numbers,
) -> String {
    let finite = || order.iter().map(|head| head.value);
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let top: Vec<String> =
        order.iter().take(5).map(|head| format!("{} {}", head.name(), numbers.text(head.value))).collect();
    let missing = match values.len() - order.len() {
        0 => String::new(),
        missing => format!(", {missing} missing"),
    };
    format!(
        "{title}\n{} of {} in {}{missing}, from {} to {}; strongest: {}",
        numbers.label(column),
        counted(values.len(), "head"),
        counted(layers, "layer"),
        numbers.text(low),
        numbers.text(high),
        top.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn the_three_largest_in_size_are_outlined() {
        let frame = df!(
            "layer" => [0u32, 0, 0, 0],
            "head" => [0u32, 1, 2, 3],
            "effect" => [-0.9, 0.1, 0.5, 0.2]
        )
        .unwrap();
        let svg = heatmap(&frame, "effect", "t").unwrap().svg().to_owned();
        assert_eq!(svg.matches("stroke-width=\"2\"").count(), 3);
        assert!(svg.contains("outlined: the strongest (0.0, 0.2, 0.3)"));
    }

    #[test]
    fn too_many_heads_are_refused() {
        let frame = df!("layer" => vec![0u32; 200], "head" => (0..200u32).collect::<Vec<_>>(), "x" => vec![1.0; 200]);
        let error = heatmap(&frame.unwrap(), "x", "").unwrap_err();
        assert_eq!(error.to_string(), "chart: 200 heads are too many for a heat map: filter the frame to 128");
    }
}
