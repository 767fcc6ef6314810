//! Records to frames.

use super::columns as c;
use crate::collection::{Pair, Pairs};
use crate::error::Result;
use crate::tokens::Tokens;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A frame of columns of one length.
pub(crate) fn frame(columns: Vec<Column>) -> Result<DataFrame> {
    Ok(DataFrame::new_infer_height(columns)?)
}

/// `query_id` and `doc_id`, each repeated `times` in a row.
pub(crate) fn id_columns(pairs: &[Pair], times: &[usize]) -> [Column; 2] {
    let repeated = |name: &str, id: fn(&Pair) -> &str| {
        let ids = pairs.iter().zip(times).flat_map(|(pair, times)| std::iter::repeat_n(id(pair), *times));
        Series::new(name.into(), ids.collect::<Vec<&str>>()).into()
    };
    [repeated(c::QUERY_ID, |pair| &pair.query_id), repeated(c::DOC_ID, |pair| &pair.doc_id)]
}

/// The rank of every pair within its query, from 1: by descending score, ties by descending `doc_id` as in trec_eval.
pub(crate) fn ranks(pairs: &[Pair], scores: &[f32]) -> Vec<u32> {
    let mut queries: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        queries.entry(&pair.query_id).or_default().push(at);
    }
    let mut ranks = vec![0; pairs.len()];
    for mut ranking in queries.into_values() {
        ranking.sort_by(|a, b| {
            let by_score = scores[*b].partial_cmp(&scores[*a]).unwrap_or(Ordering::Equal);
            by_score.then_with(|| pairs[*b].doc_id.cmp(&pairs[*a].doc_id))
        });
        for (rank, at) in ranking.into_iter().enumerate() {
            ranks[at] = rank as u32 + 1;
        }
    }
    ranks
}

impl Pairs {
    /// What is known about these pairs, to be joined with what the model says: `query_id`, `doc_id`, `relevance` and
    /// `kind` (both null where unknown).
    ///
    /// # Errors
    /// None but those of polars.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let kinds = Collection::embedded()?.pairs_for("q01")?.frame()?;
    /// assert_eq!(kinds.column("kind")?.str()?.get(0), Some("exact"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn frame(&self) -> Result<DataFrame> {
        let [query_id, doc_id] = id_columns(self, &vec![1; self.len()]);
        let relevance: Vec<Option<i32>> = self.iter().map(|pair| pair.relevance).collect();
        let kinds: Vec<Option<&str>> = self.iter().map(|pair| pair.kind.as_deref()).collect();
        let (relevance, kinds) = (Series::new(c::RELEVANCE.into(), relevance), Series::new(c::KIND.into(), kinds));
        frame(vec![query_id, doc_id, relevance.into(), kinds.into()])
    }
}

/// What `score` returns.
pub(crate) fn score_frame(pairs: &[Pair], logits: &[f32], truncated: &[usize]) -> Result<DataFrame> {
    let [query_id, doc_id] = id_columns(pairs, &vec![1; pairs.len()]);
    frame(vec![
        query_id,
        doc_id,
        Series::new(c::SCORE.into(), logits.iter().map(|logit| f64::from(*logit)).collect::<Vec<_>>()).into(),
        Series::new(c::RANK.into(), ranks(pairs, logits)).into(),
        Series::new(c::RELEVANCE.into(), pairs.iter().map(|pair| pair.relevance).collect::<Vec<_>>()).into(),
        Series::new(c::TRUNCATED.into(), truncated.iter().map(|cut| *cut as u32).collect::<Vec<_>>()).into(),
    ])
}

/// What `pattern` returns, from the rows `[from][to]`.
pub(crate) fn pattern_frame(tokens: &Tokens, pattern: &[Vec<f32>]) -> Result<DataFrame> {
    let n = tokens.len();
    let all = || (0..n).flat_map(|from| (0..n).map(move |to| (from, to)));
    let numbers = |name: &str, of: fn((usize, usize)) -> usize| -> Column {
        Series::new(name.into(), all().map(|at| of(at) as u32).collect::<Vec<_>>()).into()
    };
    let texts = |name: &str, of: &dyn Fn((usize, usize)) -> String| -> Column {
        Series::new(name.into(), all().map(of).collect::<Vec<_>>()).into()
    };
    let (pieces, segments) = (tokens.pieces(), tokens.segments());
    let weights: Vec<f64> = all().map(|(from, to)| f64::from(pattern[from][to])).collect();
    frame(vec![
        numbers(c::FROM_POSITION, |(from, _)| from),
        numbers(c::TO_POSITION, |(_, to)| to),
        texts(c::FROM_TOKEN, &|(from, _)| pieces[from].clone()),
        texts(c::TO_TOKEN, &|(_, to)| pieces[to].clone()),
        texts(c::FROM_SEGMENT, &|(from, _)| segments[from].to_string()),
        texts(c::TO_SEGMENT, &|(_, to)| segments[to].to_string()),
        Series::new(c::WEIGHT.into(), weights).into(),
    ])
}
