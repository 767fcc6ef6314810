//! Edges between heads, read from a frame whose rows name who writes and who reads.

use super::read::{self, Mean};
use crate::error::{Error, Result};
use crate::frame::columns::{HEAD, INPUT, LAYER, OTHER_HEAD, OTHER_LAYER, RECEIVER};
use polars::prelude::DataFrame;
use std::collections::BTreeMap;

/// Layer and head.
pub(super) type Head = (u32, u32);
/// Who reads, none being the logit, and by which input.
type Reader = (Option<Head>, Option<String>);

/// What one head writes and another reads.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edge {
    pub from: Head,
    /// None is the logit.
    pub to: Option<Head>,
    /// `q`, `k` or `v`, where it is known.
    pub input: Option<String>,
    /// The mean over the rows.
    pub value: f64,
}

impl Edge {
    /// `2.9 → 4.5 q`
    pub fn name(&self) -> String {
        let to = self.to.map_or("logit".into(), |(layer, head)| format!("{layer}.{head}"));
        let input = self.input.as_ref().map_or(String::new(), |input| format!(" {input}"));
        format!("{}.{} → {to}{input}", self.from.0, self.from.1)
    }
}

/// The edges with a finite value, the strongest first, and how many rows went into each.
pub(super) fn by_edge(frame: &DataFrame, value: &str) -> Result<(Vec<Edge>, Vec<usize>)> {
    let values = read::drawable(frame, value)?;
    let (layers, heads) = (read::indices(frame, LAYER)?, read::indices(frame, HEAD)?);
    let readers = readers(frame)?;
    let mut means: BTreeMap<(Head, Reader), Mean> = BTreeMap::new();
    for (from, (reader, value)) in layers.into_iter().zip(heads).zip(readers.into_iter().zip(values)) {
        if let Some((layer, head)) = reader.0.filter(|(layer, _)| *layer <= from.0) {
            return Err(Error::Chart(format!(
                "head {}.{} cannot feed {layer}.{head}: a head reads what layers before its own wrote; give the earlier one as \
                 {LAYER:?} and {HEAD:?}",
                from.0, from.1
            )));
        }
        means.entry((from, reader)).or_default().add(value);
    }
    let rows = means.values().map(|mean| mean.rows).collect();
    let edge = |((from, (to, input)), mean): ((Head, Reader), Mean)| Edge { from, to, input, value: mean.value() };
    let mut edges: Vec<Edge> = means.into_iter().map(edge).filter(|edge| edge.value.is_finite()).collect();
    edges.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    Ok((edges, rows))
}

fn readers(frame: &DataFrame) -> Result<Vec<Reader>> {
    let named = if read::has(frame, RECEIVER) { Some(read::texts(frame, RECEIVER)?) } else { None };
    if let (Some(named), false) = (named, read::has(frame, OTHER_LAYER)) {
        return named.iter().map(|name| receiver(name.unwrap_or("null"))).collect();
    }
    let layers = read::indices_or_none(frame, OTHER_LAYER)?;
    let heads = read::indices_or_none(frame, OTHER_HEAD)?;
    let inputs: Vec<Option<&str>> = match read::has(frame, INPUT) {
        true => read::texts(frame, INPUT)?.iter().collect(),
        false => vec![None; frame.height()],
    };
    let reader = |row: usize| {
        let logit = named.is_some_and(|named| named.get(row) == Some("logit"));
        match (layers[row], heads[row]) {
            (Some(layer), Some(head)) if !logit => Ok((Some((layer, head)), inputs[row].map(str::to_owned))),
            (None, None) => Ok((None, None)),
            _ if logit => Ok((None, None)),
            _ => Err(Error::Chart(format!(
                "row {row} has only one of {OTHER_LAYER:?} and {OTHER_HEAD:?}: a head has both, the logit none"
            ))),
        }
    };
    (0..frame.height()).map(reader).collect()
}

/// What `Receiver` prints, where it is the logit or a single head.
fn receiver(name: &str) -> Result<Reader> {
    let number = |part: &str| part.parse::<u32>().ok();
    let head = |name: &str| name.split_once('.').and_then(|(layer, head)| number(layer).zip(number(head)));
    match name.split_once(" of heads ") {
        _ if name == "logit" => Ok((None, None)),
        Some((input, one)) if head(one).is_some() => Ok((head(one), Some(input.to_owned()))),
        _ => Err(Error::Chart(format!(
            "column {RECEIVER:?} holds {name:?}, which is neither the logit nor one head: name one head a row, or give \
             {OTHER_LAYER:?} and {OTHER_HEAD:?}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn rows_of_an_edge_are_averaged_and_edges_ordered_by_size() {
        let frame = df!(
            "layer" => [0u32, 0, 1, 1], "head" => [1u32, 1, 0, 2], "other_layer" => [Some(2u32), Some(2), None, Some(2)],
            "other_head" => [Some(3u32), Some(3), None, Some(3)], "input" => [Some("q"), Some("q"), None, Some("v")],
            "effect" => [Some(0.1), Some(0.3), Some(-0.9), None]
        );
        let (edges, rows) = by_edge(&frame.unwrap(), "effect").unwrap();
        let named: Vec<(String, f64)> = edges.iter().map(|edge| (edge.name(), edge.value)).collect();
        assert_eq!(named, [("1.0 → logit".into(), -0.9), ("0.1 → 2.3 q".into(), 0.2)]);
        assert_eq!(rows, [2, 1, 1]);
    }

    #[test]
    fn a_receiver_is_read_by_its_name() {
        assert_eq!(receiver("logit").unwrap(), (None, None));
        assert_eq!(receiver("k of heads 4.5").unwrap(), (Some((4, 5)), Some("k".into())));
        let error = receiver("q of heads 4.5 4.6").unwrap_err().to_string();
        assert!(
            error.starts_with("chart: column \"receiver\" holds \"q of heads 4.5 4.6\", which is neither"),
            "{error}"
        );
    }

    #[test]
    fn a_head_feeds_none_of_its_own_layer() {
        let frame = df!(
            "layer" => [3u32], "head" => [4u32], "other_layer" => [3u32], "other_head" => [1u32], "effect" => [0.1]
        );
        let error = by_edge(&frame.unwrap(), "effect").unwrap_err().to_string();
        assert!(error.starts_with("chart: head 3.4 cannot feed 3.1"), "{error}");
    }
}
