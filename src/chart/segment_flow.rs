//! Where the attention of each layer goes, from segment to segment.

use super::canvas::{Canvas, MARGIN, Text, WIDTH};
use super::color_bar;
use super::figure::Figure;
use super::grid::{Grid, Label};
use super::heads::averaged;
use super::palette::Scale;
use super::read::{self, Mean};
use crate::error::{Error, Result};
use crate::frame::columns::{FROM, LAYER, MASS, TO};
use polars::prelude::{DataFrame, StringChunked};
use std::collections::BTreeMap;

/// The segments in the order of the input.
const SEGMENTS: [&str; 5] = ["cls", "query", "sep1", "document", "sep2"];
const N: usize = SEGMENTS.len();
/// Layers in one row of the figure.
const WRAP: usize = 6;
/// The most layers that can be looked over.
const LIMIT: usize = 96;

/// The mean mass from each segment (row) to each segment (column).
type Flow = [[Mean; N]; N];

/// Draws one matrix per layer of a frame with columns `layer`, `from`, `to` and `mass`: how much attention goes from
/// the segment of the row to the segment of the column, in per cent, averaged over pairs and heads.
///
/// All matrices share one scale from 0 to 100 %. An edge without a value is hatched.
///
/// # Errors
/// [`Error::Unknown`] for a column that the frame lacks, [`Error::Chart`] for one that cannot be drawn.
///
/// ```
/// use crosslens::prelude::*;
/// let frame = df!(
///     "layer" => [0u32, 0, 1, 1],
///     "from" => ["query", "query", "query", "query"],
///     "to" => ["document", "sep2", "document", "sep2"],
///     "mass" => [0.25, 0.75, 0.6, 0.4],
/// )?;
/// let figure = segment_flow(&frame, "Where does the query look?")?;
/// assert_eq!(
///     figure.summary(),
///     "Where does the query look?\nmass in %, layers 0 to 1; query to document: 25 60; document to query: missing \
///      missing; query to separators: 75 40; cls to document: missing missing"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn segment_flow(frame: &DataFrame, title: &str) -> Result<Figure> {
    let layers = flows(frame)?;
    if layers.len() > LIMIT {
        let what = format!("{} layers are too many for one figure: filter the frame to {LIMIT}", layers.len());
        return Err(Error::Chart(what));
    }
    let rows = layers.values().flatten().flatten().map(|mean| mean.rows).filter(|rows| *rows > 0);
    let mut note =
        "rows: the segment that attends; columns: the segment attended to; numbers: % of its attention".to_owned();
    if let Some(averaged) = averaged(rows, "edge") {
        note += &format!(" · {averaged}");
    }
    let svg = draw(&layers, title, &note)?;
    Ok(Figure::new(svg, summary(&layers, title)))
}

fn flows(frame: &DataFrame) -> Result<BTreeMap<u32, Flow>> {
    let masses = read::drawable(frame, MASS)?;
    let layers = read::indices(frame, LAYER)?;
    let (from, to) = (read::texts(frame, FROM)?, read::texts(frame, TO)?);
    let mut flows: BTreeMap<u32, Flow> = BTreeMap::new();
    let rows = layers.into_iter().zip(masses).zip(from.iter().zip(to.iter()));
    for (row, ((layer, mass), (attending, attended))) in rows.enumerate() {
        let from = segment(from, attending, row)?;
        let to = segment(to, attended, row)?;
        flows.entry(layer).or_default()[from][to].add(mass);
    }
    Ok(flows)
}

fn segment(column: &StringChunked, name: Option<&str>, row: usize) -> Result<usize> {
    SEGMENTS.iter().position(|segment| name == Some(segment)).ok_or_else(|| {
        let (column, name) = (column.name(), name.unwrap_or("null"));
        Error::Chart(format!("column {column:?} holds {name:?} in row {row}: the segments are {}", SEGMENTS.join(", ")))
    })
}

fn percent(value: f64) -> String {
    format!("{:.0}", value * 100.0)
}

fn draw(layers: &BTreeMap<u32, Flow>, title: &str, note: &str) -> Result<String> {
    let across = layers.len().min(WRAP);
    let labels = SEGMENTS.map(Label::new);
    let widest = Label::widest(&labels, 80.0);
    let (left, gap) = (MARGIN + widest + 7.0, 6.0);
    let room = WIDTH - left - MARGIN - gap * (across - 1) as f64;
    let cell = (room / (across * N) as f64).floor().min(44.0);
    let below = widest + 12.0;
    let (matrix, heading) = (cell * N as f64, 18.0);
    let scale = Scale::sequential(0.0, 1.0);

    let mut canvas = Canvas::default();
    let content = left + across as f64 * (matrix + gap) - gap + MARGIN;
    let width = Canvas::width_for(title, note, content.max(400.0));
    let top = canvas.header(title, note, width);
    for (place, (layer, flow)) in layers.iter().enumerate() {
        let (row, column) = (place / WRAP, place % WRAP);
        let x = left + column as f64 * (matrix + gap);
        let y = top + row as f64 * (heading + matrix + below) + heading;
        canvas.text(x + matrix / 2.0, y - 10.0, Text::new(format!("layer {layer}"), 11.0).bold(true).middle());
        let grid = Grid { at: (x, y), cell: (cell, cell), scale };
        let size = grid.size_for(["100"]).unwrap_or(10.0);
        for (from, to) in (0..N * N).map(|index| (index / N, index % N)) {
            let value = flow[from][to].value();
            grid.cell(&mut canvas, (from, to), value);
            grid.print(&mut canvas, (from, to), value, percent(value), size, false);
        }
        if column == 0 {
            grid.row_labels(&mut canvas, &labels, 70.0);
        }
        grid.upright_labels(&mut canvas, &labels, Some(y + matrix), 80.0);
    }
    let rows = layers.len().div_ceil(WRAP) as f64;
    let bottom = top + rows * (heading + matrix + below) + 2.0;
    let name = "mass (% of attention)";
    color_bar::flat_in_percent(&mut canvas, (left + 90.0, bottom), 220.0, scale, name);
    canvas.finish(width, bottom + 40.0, title)
}

fn summary(layers: &BTreeMap<u32, Flow>, title: &str) -> String {
    let [cls, query, sep1, document, sep2] = [0, 1, 2, 3, 4];
    let list = |name: &str, edges: &[(usize, usize)]| {
        let numbers = layers.values().map(|flow| {
            let values = edges.iter().map(|(from, to)| flow[*from][*to].value()).filter(|value| value.is_finite());
            values.reduce(|sum, value| sum + value).map_or("missing".into(), percent)
        });
        format!("{name}: {}", numbers.collect::<Vec<_>>().join(" "))
    };
    let edges = [
        list("query to document", &[(query, document)]),
        list("document to query", &[(document, query)]),
        list("query to separators", &[(query, sep1), (query, sep2)]),
        list("cls to document", &[(cls, document)]),
    ];
    let ends = [layers.keys().next(), layers.keys().next_back()].map(|layer| layer.copied().unwrap_or(0));
    let range = match ends {
        [first, last] if first == last => format!("layer {first}"),
        [first, last] => format!("layers {first} to {last}"),
    };
    format!("{title}\nmass in %, {range}; {}", edges.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn pairs_and_heads_are_averaged() {
        let frame = df!(
            "layer" => [3u32, 3, 3],
            "from" => ["cls", "cls", "cls"],
            "to" => ["cls", "cls", "query"],
            "mass" => [Some(0.2), Some(0.4), None]
        )
        .unwrap();
        let flow = flows(&frame).unwrap()[&3];
        assert!((flow[0][0].value() - 0.3).abs() < 1e-12);
        assert!(flow[0][1].value().is_nan());
    }

    #[test]
    fn an_unknown_segment_is_named() {
        let frame = df!("layer" => [0u32], "from" => ["pad"], "to" => ["cls"], "mass" => [0.5]).unwrap();
        assert_eq!(
            segment_flow(&frame, "").unwrap_err().to_string(),
            "chart: column \"from\" holds \"pad\" in row 0: the segments are cls, query, sep1, document, sep2"
        );
    }
}
