//! Records to frames.

use super::columns as c;
use crate::collection::{Pair, Pairs, by_query, by_rank};
use crate::error::Result;
use crate::tokens::Tokens;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

/// A frame of columns of one length.
pub(crate) fn frame(columns: Vec<Column>) -> Result<DataFrame> {
    Ok(DataFrame::new_infer_height(columns)?)
}

/// `query_id` and `doc_id`, a row per pair given.
pub(crate) fn id_columns<'a>(pairs: impl Iterator<Item = &'a Pair> + Clone) -> [Column; 2] {
    let column = |name: &str, id: fn(&Pair) -> &str| {
        Series::new(name.into(), pairs.clone().map(id).collect::<Vec<&str>>()).into()
    };
    [column(c::QUERY_ID, |pair| &pair.query_id), column(c::DOC_ID, |pair| &pair.doc_id)]
}

/// `layer` and `head`, a row per head given.
pub(crate) fn head_columns(heads: impl Iterator<Item = (usize, usize)>) -> [Column; 2] {
    let (layers, heads): (Vec<u32>, Vec<u32>) = heads.map(|(layer, head)| (layer as u32, head as u32)).unzip();
    [Series::new(c::LAYER.into(), layers).into(), Series::new(c::HEAD.into(), heads).into()]
}

/// `other_layer` and `other_head`, a row per head given.
pub(crate) fn other_head_columns(heads: impl Iterator<Item = (usize, usize)>) -> [Column; 2] {
    let [mut layer, mut head] = head_columns(heads);
    layer.rename(c::OTHER_LAYER.into());
    head.rename(c::OTHER_HEAD.into());
    [layer, head]
}

/// Numbers, each with the ends of its interval: `name`, `name_low` and `name_high`.
pub(crate) fn interval_columns<T: Copy>(name: &str, numbers: &[[T; 3]]) -> [Column; 3]
where
    Series: NamedFrom<Vec<T>, [T]>,
{
    let column = |(at, name): (usize, String)| {
        Series::new(name.into(), numbers.iter().map(|number| number[at]).collect::<Vec<T>>()).into()
    };
    [(0, name.to_owned()), (1, c::low(name)), (2, c::high(name))].map(column)
}

/// The rank of every pair within its query, from 1.
fn ranks(pairs: &[Pair], scores: &[f32]) -> Vec<u32> {
    let mut ranks = vec![0; pairs.len()];
    let ranked = |at: usize| (f64::from(scores[at]), pairs[at].doc_id.as_str());
    for mut ranking in by_query(pairs).into_values() {
        ranking.sort_by(|a, b| by_rank(ranked(*a), ranked(*b)));
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
        let [query_id, doc_id] = id_columns(self.iter());
        let relevance: Vec<Option<i32>> = self.iter().map(|pair| pair.relevance).collect();
        let kinds: Vec<Option<&str>> = self.iter().map(|pair| pair.kind.as_deref()).collect();
        let (relevance, kinds) = (Series::new(c::RELEVANCE.into(), relevance), Series::new(c::KIND.into(), kinds));
        frame(vec![query_id, doc_id, relevance.into(), kinds.into()])
    }
}

/// What `score` returns.
pub(crate) fn score_frame(pairs: &[Pair], logits: &[f32], truncated: &[usize]) -> Result<DataFrame> {
    let [query_id, doc_id] = id_columns(pairs.iter());
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
