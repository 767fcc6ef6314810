//! Collecting a statistic over many pairs: the pattern of a layer is reduced as it passes and never stored, so that
//! memory grows with the rows of the result alone.

use crate::collection::Pair;
use crate::error::{Error, Result};
use crate::frame::{columns as c, frame, id_columns};
use crate::live::{Progress, Task};
use crate::model::CrossEncoder;
use crate::tokens::{Segment, Tokens};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use std::collections::BTreeMap;

/// The pattern of one head for one pair.
#[derive(Debug, Clone, Copy)]
pub struct HeadPattern<'a> {
    weights: &'a [f32],
    tokens: usize,
}

impl<'a> HeadPattern<'a> {
    /// From `[from, to]` in row-major order.
    ///
    /// # Errors
    /// [`Error::Argument`] if that is not a square of `tokens`.
    pub fn new(weights: &'a [f32], tokens: usize) -> Result<Self> {
        if weights.len() == tokens * tokens {
            Ok(Self { weights, tokens })
        } else {
            let what = format!("a pattern over {tokens} tokens has {} weights, not {}", tokens * tokens, weights.len());
            Err(Error::Argument(what))
        }
    }

    /// What one token attends to, by position; sums to 1.
    pub fn row(&self, from: usize) -> &'a [f32] {
        &self.weights[from * self.tokens..(from + 1) * self.tokens]
    }

    /// The mean over the tokens of a segment of a number read from their rows.
    pub fn mean_over(&self, tokens: &Tokens, segment: Segment, of: impl Fn(&[f32]) -> f64) -> f64 {
        let (sum, count) =
            tokens.positions(segment).fold((0.0, 0), |(sum, count), from| (sum + of(self.row(from)), count + 1));
        sum / f64::from(count)
    }
}

/// One row of a statistic: its labels and its values, in the order of the statistic's columns. NaN becomes null.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// One text per label column.
    pub labels: Vec<&'static str>,
    /// One number per value column.
    pub values: Vec<f64>,
}

/// A number, or a few, that summarise the pattern of one head for one pair.
///
/// A new statistic implements this and is collected with [`CrossEncoder::observe`]; see the source of [`NoOp`] for an
/// example in a page.
///
/// [`NoOp`]: super::NoOp
pub trait Statistic: Sync {
    /// The names of the text columns.
    fn labels(&self) -> Vec<&'static str>;

    /// The names of the number columns.
    fn values(&self) -> Vec<&'static str>;

    /// The rows for one head of one pair.
    fn records(&self, pattern: HeadPattern<'_>, tokens: &Tokens) -> Vec<Record>;
}

impl CrossEncoder {
    /// Collects a statistic: for every pair, layer and head its rows, with `query_id`, `doc_id`, `layer` and `head`.
    ///
    /// # Errors
    /// Those of [`CrossEncoder::score`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let tests = Collection::embedded()?;
    /// let entropy = model.observe(&Entropy, &tests.pairs_for("q01")?[..1])?;
    /// assert_eq!(entropy.height(), 6 * 12 * 5);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn observe(&self, statistic: &impl Statistic, pairs: &[Pair]) -> Result<DataFrame> {
        self.observe_watched(statistic, pairs, |_| ())
    }

    /// As [`CrossEncoder::observe`], telling its progress after every pair.
    ///
    /// # Errors
    /// Those of [`CrossEncoder::score`].
    pub fn observe_watched(
        &self,
        statistic: &impl Statistic,
        pairs: &[Pair],
        progress: impl Fn(Progress) + Sync,
    ) -> Result<DataFrame> {
        let task = Task::new("reading attention", "pairs", pairs.len());
        let mut per_pair = BTreeMap::new();
        self.rest(pairs, &mut per_pair, &task, &|_| 0, &progress, |_, tokens| self.rows_of(statistic, tokens))?;
        let rows = || per_pair.values().flatten();
        let number = |name: &str, of: fn(&Row) -> u32| -> Column {
            Series::new(name.into(), rows().map(of).collect::<Vec<_>>()).into()
        };
        let pairs = pairs.iter().zip(per_pair.values()).flat_map(|(pair, rows)| std::iter::repeat_n(pair, rows.len()));
        let mut columns: Vec<Column> = id_columns(pairs).into();
        columns.push(number(c::LAYER, |row| row.layer));
        columns.push(number(c::HEAD, |row| row.head));
        for (at, name) in statistic.labels().into_iter().enumerate() {
            columns.push(Series::new(name.into(), rows().map(|row| row.record.labels[at]).collect::<Vec<_>>()).into());
        }
        for (at, name) in statistic.values().into_iter().enumerate() {
            let values = rows().map(|row| Some(row.record.values[at]).filter(|value| !value.is_nan()));
            columns.push(Series::new(name.into(), values.collect::<Vec<_>>()).into());
        }
        frame(columns)
    }

    fn rows_of(&self, statistic: &impl Statistic, tokens: &Tokens) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        self.observe_tokens(tokens, &mut |layer, pattern| {
            let heads = pattern.dim(0)?;
            let pattern: Vec<f32> = pattern.flatten_all()?.to_vec1()?;
            for (head, weights) in pattern.chunks(pattern.len() / heads).enumerate() {
                let records = statistic.records(HeadPattern::new(weights, tokens.len())?, tokens);
                rows.extend(records.into_iter().map(|record| Row { layer: layer as u32, head: head as u32, record }));
            }
            Ok(())
        })?;
        Ok(rows)
    }
}

struct Row {
    layer: u32,
    head: u32,
    record: Record,
}
