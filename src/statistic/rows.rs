//! What a statistic tells of heads, row by row, and the frame of it.

use crate::collection::Pair;
use crate::error::Result;
use crate::frame::{columns as c, frame, id_columns};
use crate::hook::Shape;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use rayon::prelude::*;

/// Rows of labels and values, in the order of the statistic's columns. NaN becomes null.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    labels: Vec<&'static str>,
    values: Vec<f64>,
    count: usize,
}

/// Numbers of a head for which there is room at once.
const ROOM: usize = 64;

impl Rows {
    /// No row, and room for a head's.
    pub(super) fn of_head() -> Self {
        Self { labels: Vec::with_capacity(ROOM), values: Vec::with_capacity(ROOM), count: 0 }
    }

    /// Adds a row: one text per label column, one number per value column.
    pub fn push(&mut self, labels: &[&'static str], values: &[f64]) {
        self.labels.extend_from_slice(labels);
        self.values.extend_from_slice(values);
        self.count += 1;
    }

    /// The values of all rows, one after the other.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Whether each row has so many labels and values.
    pub(super) fn fit(&self, labels: usize, values: usize) -> bool {
        (self.labels.len(), self.values.len()) == (labels * self.count, values * self.count)
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.labels.append(&mut other.labels);
        self.values.append(&mut other.values);
        self.count += other.count;
    }
}

/// Ids, `layer`, `head`, labels and values; each pair's rows are those of all its heads in order, equally many of each.
pub(super) fn rows_frame(
    pairs: &[Pair],
    of_pairs: &[&Rows],
    shape: Shape,
    labels: &[&'static str],
    values: &[&'static str],
) -> Result<DataFrame> {
    let heads = shape.layers * shape.heads;
    let head_of = |of: &Rows, row: usize| row * heads / of.count.max(1);
    let numbers = |of: &(dyn Fn(usize) -> usize + Sync)| {
        let rows = of_pairs.iter().flat_map(|rows| (0..rows.count).map(|row| of(head_of(rows, row)) as u32));
        rows.collect::<Vec<u32>>()
    };
    let label = |at: usize| {
        let rows = of_pairs.iter().flat_map(|rows| rows.labels.iter().skip(at).step_by(labels.len()).copied());
        rows.collect::<Vec<&str>>()
    };
    let value = |at: usize| {
        let rows = of_pairs.iter().flat_map(|rows| rows.values.iter().skip(at).step_by(values.len()));
        rows.map(|value| Some(*value).filter(|value| !value.is_nan())).collect::<Vec<_>>()
    };
    enum Kind {
        Ids,
        Layer,
        Head,
        Label(usize),
        Value(usize),
    }
    let kinds = [Kind::Ids, Kind::Layer, Kind::Head].into_iter();
    let kinds = kinds.chain((0..labels.len()).map(Kind::Label)).chain((0..values.len()).map(Kind::Value));
    let columns = kinds.collect::<Vec<_>>().into_par_iter().map(|kind| -> Vec<Column> {
        match kind {
            Kind::Ids => {
                let each = pairs.iter().zip(of_pairs);
                id_columns(each.flat_map(|(pair, rows)| std::iter::repeat_n(pair, rows.count))).into()
            }
            Kind::Layer => vec![Series::new(c::LAYER.into(), numbers(&|head| head / shape.heads)).into()],
            Kind::Head => vec![Series::new(c::HEAD.into(), numbers(&|head| head % shape.heads)).into()],
            Kind::Label(at) => vec![Series::new(labels[at].into(), label(at)).into()],
            Kind::Value(at) => vec![Series::new(values[at].into(), value(at)).into()],
        }
    });
    frame(columns.collect::<Vec<_>>().concat())
}
