//! One number per head, read from a frame with columns `layer` and `head`.

use super::read::{self, Mean};
use crate::error::Result;
use crate::frame::columns::{HEAD, LAYER};
use polars::prelude::DataFrame;
use std::collections::BTreeMap;

/// What a frame says about one head.
#[derive(Clone, Debug)]
pub(super) struct HeadValue {
    pub layer: u32,
    pub head: u32,
    /// The mean over the head's rows; NaN without a finite one.
    pub value: f64,
    /// How many rows the head has.
    pub rows: usize,
    /// The first of its rows.
    pub first: usize,
}

impl HeadValue {
    /// `L.H`
    pub fn name(&self) -> String {
        format!("{}.{}", self.layer, self.head)
    }
}

/// The mean of the column for every head, by layer and head.
pub(super) fn by_head(frame: &DataFrame, column: &str) -> Result<Vec<HeadValue>> {
    let values = read::drawable(frame, column)?;
    let layers = read::indices(frame, LAYER)?;
    let heads = read::indices(frame, HEAD)?;
    let mut means: BTreeMap<(u32, u32), (usize, Mean)> = BTreeMap::new();
    for (row, ((layer, head), value)) in layers.into_iter().zip(heads).zip(values).enumerate() {
        means.entry((layer, head)).or_insert_with(|| (row, Mean::default())).1.add(value);
    }
    let value = |((layer, head), (first, mean)): ((u32, u32), (usize, Mean))| HeadValue {
        layer,
        head,
        value: mean.value(),
        rows: mean.rows,
        first,
    };
    Ok(means.into_iter().map(value).collect())
}

/// The heads with a finite value, the largest in size first; equal ones by layer and head.
pub(super) fn strongest(heads: &[HeadValue]) -> Vec<&HeadValue> {
    let mut order: Vec<&HeadValue> = heads.iter().filter(|head| head.value.is_finite()).collect();
    order.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    order
}

/// How many rows went into each value, for the note of a chart; nothing when it is one.
pub(super) fn averaged(rows: impl IntoIterator<Item = usize>, of: &str) -> Option<String> {
    let (low, high) = rows.into_iter().fold((usize::MAX, 0), |(low, high), rows| (low.min(rows), high.max(rows)));
    match (low, high) {
        (_, 0..=1) => None,
        (low, high) if low == high => Some(format!("mean of {high} rows per {of}")),
        (low, high) => Some(format!("mean of {low} to {high} rows per {of}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn rows_of_a_head_are_averaged_and_sizes_ordered() {
        let frame = df!(
            "layer" => [1u32, 0, 0, 0],
            "head" => [0u32, 2, 2, 1],
            "effect" => [Some(0.5), Some(-1.0), Some(-2.0), None]
        )
        .unwrap();
        let heads = by_head(&frame, "effect").unwrap();
        let names: Vec<String> = heads.iter().map(HeadValue::name).collect();
        assert_eq!(names, ["0.1", "0.2", "1.0"]);
        assert!(heads[0].value.is_nan() && heads[1].value == -1.5 && heads[1].rows == 2);
        let order: Vec<String> = strongest(&heads).into_iter().map(HeadValue::name).collect();
        assert_eq!(order, ["0.2", "1.0"]);
        assert_eq!(averaged(heads.iter().map(|head| head.rows), "head").unwrap(), "mean of 1 to 2 rows per head");
    }
}
