//! Collecting statistics over many pairs: each head's pattern is reduced as it arises and never stored, so that memory
//! grows with the rows of the result alone.

use super::rows::rows_frame;
use super::{HeadPattern, Rows};
use crate::collection::Pair;
use crate::error::{Error, Result};
use crate::hook::{Observer, Seen};
use crate::live::{Progress, Task};
use crate::model::{CrossEncoder, Order};
use crate::tokens::Tokens;
use polars::prelude::DataFrame;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A number, or a few, that summarise the pattern of one head for one pair.
///
/// A new statistic implements this and is collected with [`CrossEncoder::observe`]:
///
/// ```
/// use crosslens::prelude::*;
///
/// /// How much the tokens of a pair attend to themselves.
/// struct ToItself;
/// impl Statistic for ToItself {
///     fn labels(&self) -> Vec<&'static str> {
///         vec!["from"]
///     }
///     fn values(&self) -> Vec<&'static str> {
///         vec!["to_itself"]
///     }
///     fn reduce(&self, pattern: HeadPattern, tokens: &Tokens, rows: &mut Rows) {
///         for from in Segment::ALL {
///             let mean = pattern.mean_over(tokens, from, |at| f64::from(pattern.row(at)[at]));
///             rows.push(&[from.name()], &[mean]);
///         }
///     }
/// }
/// let model = CrossEncoder::embedded()?;
/// let frame = model.observe(&ToItself, &Collection::embedded()?.pairs_for("q01")?)?;
/// assert_eq!(frame.height(), 7 * 6 * 12 * 5);
/// # Ok::<(), Error>(())
/// ```
pub trait Statistic: Sync {
    /// The names of the text columns.
    fn labels(&self) -> Vec<&'static str>;

    /// The names of the number columns.
    fn values(&self) -> Vec<&'static str>;

    /// Whether it asks for [`HeadPattern::entropy`], which then falls out of the softmax; it is computed from the pattern
    /// otherwise.
    fn needs_entropy(&self) -> bool {
        false
    }

    /// Adds the rows of one head of one pair, equally many for every head.
    fn reduce(&self, pattern: HeadPattern<'_>, tokens: &Tokens, rows: &mut Rows);
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
        let (_, mut frames) = self.observe_all(&[statistic], pairs, &progress)?;
        Ok(frames.swap_remove(0))
    }

    /// Several statistics in one pass: the logit and the number of cut tokens of each pair, and a frame per statistic.
    pub(super) fn observe_all(
        &self,
        statistics: &[&dyn Statistic],
        pairs: &[Pair],
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<(Vec<Scored>, Vec<DataFrame>)> {
        let task = Task::new("reading attention", "pairs", pairs.len());
        let mut per_pair = BTreeMap::new();
        let order = Order { told: progress, ..Order::of(&task) };
        self.rest_in_batches(pairs, &mut per_pair, &order, |_, some| self.read_batch(statistics, some))?;
        let frame = |(at, statistic): (usize, &&dyn Statistic)| {
            let rows: Vec<&Rows> = per_pair.values().map(|(_, rows): &(_, Vec<Rows>)| &rows[at]).collect();
            rows_frame(pairs, &rows, self.shape(), &statistic.labels(), &statistic.values())
        };
        let frames = statistics.iter().enumerate().map(frame).collect::<Result<_>>()?;
        Ok((per_pair.values().map(|(scored, _)| *scored).collect(), frames))
    }

    /// For each pair its score and, per statistic, the rows of all heads in order.
    fn read_batch(&self, statistics: &[&dyn Statistic], some: &[&Tokens]) -> Result<Vec<(Scored, Vec<Rows>)>> {
        let entropy = statistics.iter().any(|statistic| statistic.needs_entropy());
        let reduce = |at: usize, pattern: HeadPattern| {
            let of = |statistic: &&dyn Statistic| {
                let mut rows = Rows::of_head();
                statistic.reduce(pattern, some[at], &mut rows);
                rows
            };
            statistics.iter().map(of).collect::<Vec<Rows>>()
        };
        let reduced = self.reduce_batch(some, entropy, reduce)?;
        reduced.into_iter().map(|(scored, heads)| Ok((scored, whole(statistics, heads)?))).collect()
    }

    /// For each pair its score and what `reduce(place of the pair, pattern)` makes of each of its heads, in order.
    pub(crate) fn reduce_batch<T: Clone + Default + Send>(
        &self,
        some: &[&Tokens],
        entropy: bool,
        reduce: impl Fn(usize, HeadPattern) -> T + Sync,
    ) -> Result<Vec<(Scored, Vec<T>)>> {
        let heads = self.shape().heads;
        let empty = || Mutex::new(vec![T::default(); self.shape().layers * heads]);
        let (seen, failed): (Vec<_>, Mutex<Option<Error>>) = (some.iter().map(|_| empty()).collect(), Mutex::default());
        let observers: Vec<_> = some
            .iter()
            .zip(&seen)
            .enumerate()
            .map(|(at, (tokens, seen))| {
                let (failed, reduce) = (&failed, &reduce);
                move |Seen { layer, head, pattern, entropy }: Seen| match HeadPattern::new(pattern, tokens.len()) {
                    Ok(pattern) => {
                        let reduced = reduce(at, pattern.with_entropy(entropy));
                        seen.lock().unwrap_or_else(PoisonError::into_inner)[layer * heads + head] = reduced;
                    }
                    Err(error) => *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error),
                }
            })
            .collect();
        let observers: Vec<Observer> = observers.iter().map(|see| Observer { see, entropy }).collect();
        let logits = self.observe_tokens(some, &observers)?;
        if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let of_pair = |((seen, logit), tokens): ((Mutex<Vec<T>>, f32), &&Tokens)| {
            let scored = Scored { logit, truncated: tokens.truncated() };
            (scored, seen.into_inner().unwrap_or_else(PoisonError::into_inner))
        };
        Ok(seen.into_iter().zip(logits).zip(some).map(of_pair).collect())
    }
}

/// Per statistic the rows of all heads in order.
fn whole(statistics: &[&dyn Statistic], heads: Vec<Vec<Rows>>) -> Result<Vec<Rows>> {
    let counts =
        heads.first().map(|of_head| of_head.iter().map(Rows::count).collect::<Vec<usize>>()).unwrap_or_default();
    let mut all = vec![Rows::default(); statistics.len()];
    for of_head in heads {
        for ((all, rows), (count, statistic)) in all.iter_mut().zip(of_head).zip(counts.iter().zip(statistics)) {
            if rows.count() != *count || !rows.fit(statistic.labels().len(), statistic.values().len()) {
                let what = format!(
                    "a statistic gives as many rows for every head, with a label or number for each of the columns {:?} and \
                     {:?}; this one gave {count} for the first head and {} for another",
                    statistic.labels(),
                    statistic.values(),
                    rows.count()
                );
                return Err(Error::Argument(what));
            }
            all.append(rows);
        }
    }
    Ok(all)
}

/// What a score frame tells of a pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scored {
    pub(crate) logit: f32,
    pub(crate) truncated: usize,
}
