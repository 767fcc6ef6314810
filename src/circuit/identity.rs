//! Identity score: of all word pieces as keys, does a head prefer the one that asks?

use super::Qk;
use super::rank::{Keys, ranks};
use crate::error::Result;
use crate::frame::{columns as c, frame, head_columns};
use crate::hook::{Head, Heads};
use crate::live::Task;
use crate::model::{CrossEncoder, Entry};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

/// Word pieces whose rows are in memory at once.
const AT_ONCE: usize = 1024;

/// For a head and a word piece as the query, where a key stands among those of the whole vocabulary, special tokens and
/// unused pieces included: 1 where none scores higher, half of the vocabulary where the head does not care.
///
/// No text is read: pieces come to the head alone, as [`Entry`] says; by default bare on both sides.
///
/// ```no_run
/// use crosslens::prelude::*;
/// let model = CrossEncoder::embedded()?;
/// let query = Entry::Embedded { type_id: 0, position: 2 };
/// let document = Entry::Embedded { type_id: 1, position: 20 };
/// let first_layer = Heads::of((0..12).map(|head| Head::new(0, head)));
/// let scores = model.identity(first_layer).queries(query).keys(document).scores()?;
/// head_bars(&scores, "reciprocal_rank", 5, "Which head of the first layer looks for equal words?")?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is computed before `scores`, `by_token` or `neighbours`"]
pub struct Identity {
    model: CrossEncoder,
    heads: Heads,
    queries: Entry,
    keys: Entry,
    asking: Option<Vec<usize>>,
}

impl CrossEncoder {
    /// Whether heads match equal word pieces, over the whole vocabulary.
    pub fn identity(&self, heads: impl Into<Heads>) -> Identity {
        Identity { model: self.clone(), heads: heads.into(), queries: Entry::Bare, keys: Entry::Bare, asking: None }
    }

    /// `[piece, head_dim]` of the whole vocabulary, some rows at a time: `project` makes queries or keys of rows.
    pub(super) fn project_pieces(
        &self,
        pieces: &[usize],
        entry: Entry,
        layer: usize,
        project: impl Fn(&[f32]) -> Result<Vec<f32>>,
    ) -> Result<Vec<f32>> {
        let mut all = Vec::new();
        for some in pieces.chunks(AT_ONCE) {
            all.extend(project(&self.piece_rows(some.iter().copied(), entry, layer))?);
        }
        Ok(all)
    }
}

impl Identity {
    /// How pieces come to the head as queries.
    pub fn queries(self, queries: Entry) -> Self {
        Self { queries, ..self }
    }

    /// How pieces come to the head as keys.
    pub fn keys(self, keys: Entry) -> Self {
        Self { keys, ..self }
    }

    /// Only these word pieces ask; still all are keys.
    pub(crate) fn of_pieces(self, asking: Vec<usize>) -> Self {
        Self { asking: Some(asking), ..self }
    }

    /// A row per head: `layer`, `head`, `tokens` (how many pieces there are), `identity_rank` (of each piece among all
    /// keys, averaged; chance is `(tokens + 1) / 2`), `reciprocal_rank` (averaged), `prefers_itself` (the share of pieces
    /// of rank 1).
    ///
    /// # Errors
    /// [`UnknownHead`](crate::Error::UnknownHead), [`Argument`](crate::Error::Argument) for a type or position that the
    /// model lacks, [`Interrupted`](crate::Error::Interrupted).
    pub fn scores(&self) -> Result<DataFrame> {
        let (heads, pieces) = (self.heads.within(&self.model.shape())?, self.asking());
        let (mut rank, mut reciprocal, mut prefers) = (Vec::new(), Vec::new(), Vec::new());
        self.each_head(&heads, &pieces, &pieces, |ranks| {
            let mean =
                |of: fn(f64) -> f64| ranks.iter().map(|rank| of(f64::from(*rank))).sum::<f64>() / ranks.len() as f64;
            rank.push(mean(|rank| rank));
            reciprocal.push(mean(|rank| 1.0 / rank));
            prefers.push(mean(|rank| f64::from(u8::from(rank == 1.0))));
        })?;
        let [layer, head] = rows_of_heads(&heads, 1);
        frame(vec![
            layer,
            head,
            Series::new(c::TOKENS.into(), vec![pieces.len() as u32; heads.len()]).into(),
            Series::new(c::IDENTITY_RANK.into(), rank).into(),
            Series::new(c::RECIPROCAL_RANK.into(), reciprocal).into(),
            Series::new(c::PREFERS_ITSELF.into(), prefers).into(),
        ])
    }

    /// A row per head and word piece: `layer`, `head`, `token`, `identity_rank`.
    ///
    /// # Errors
    /// As [`Identity::scores`].
    pub fn by_token(&self) -> Result<DataFrame> {
        let (heads, pieces) = (self.heads.within(&self.model.shape())?, self.asking());
        let mut all = Vec::new();
        self.each_head(&heads, &pieces, &pieces, |ranks| all.extend(ranks))?;
        let [layer, head] = rows_of_heads(&heads, pieces.len());
        let tokens: Vec<String> = pieces.iter().map(|piece| self.model.piece(*piece)).collect();
        let tokens: Vec<&str> = heads.iter().flat_map(|_| tokens.iter().map(String::as_str)).collect();
        let tokens = Series::new(c::TOKEN.into(), tokens).into();
        frame(vec![layer, head, tokens, Series::new(c::IDENTITY_RANK.into(), all).into()])
    }

    /// Where the neighbour of a word stands among all keys when the word asks, such as its inflection: a row per head and
    /// pair with `layer`, `head`, `token`, `neighbour`, `neighbour_rank`, `identity_rank` (of the word itself).
    ///
    /// # Errors
    /// As [`Identity::scores`], and [`Argument`](crate::Error::Argument) for a text that is not one word piece.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let ranks = model.identity(Head::new(2, 9)).neighbours(&[("ocean", "oceans"), ("win", "won")])?;
    /// assert_eq!(ranks.shape(), (2, 6));
    /// assert!(model.identity(Head::new(2, 9)).neighbours(&[("thermohaline", "ocean")]).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn neighbours(&self, pairs: &[(&str, &str)]) -> Result<DataFrame> {
        let heads = self.heads.within(&self.model.shape())?;
        let one = |text: &str| self.model.one_piece(text);
        let words = pairs.iter().map(|(word, _)| one(word)).collect::<Result<Vec<_>>>()?;
        let neighbours = pairs.iter().map(|(_, neighbour)| one(neighbour)).collect::<Result<Vec<_>>>()?;
        let (queries, sought) = ([&words[..], &words].concat(), [&neighbours[..], &words].concat());
        let (mut of_neighbours, mut of_words) = (Vec::new(), Vec::new());
        self.each_head(&heads, &queries, &sought, |ranks| {
            of_neighbours.extend_from_slice(&ranks[..pairs.len()]);
            of_words.extend_from_slice(&ranks[pairs.len()..]);
        })?;
        let [layer, head] = rows_of_heads(&heads, pairs.len());
        let texts =
            |of: fn(&(&str, &str)) -> String| heads.iter().flat_map(|_| pairs.iter().map(of)).collect::<Vec<_>>();
        frame(vec![
            layer,
            head,
            Series::new(c::TOKEN.into(), texts(|(word, _)| word.to_string())).into(),
            Series::new(c::NEIGHBOUR.into(), texts(|(_, neighbour)| neighbour.to_string())).into(),
            Series::new(c::NEIGHBOUR_RANK.into(), of_neighbours).into(),
            Series::new(c::IDENTITY_RANK.into(), of_words).into(),
        ])
    }

    fn pieces(&self) -> Vec<usize> {
        (0..self.model.vocabulary()).collect()
    }

    fn asking(&self) -> Vec<usize> {
        self.asking.clone().unwrap_or_else(|| self.pieces())
    }

    /// Head by head, for each query the rank of what it seeks.
    fn each_head(
        &self,
        heads: &[Head],
        queries: &[usize],
        sought: &[usize],
        mut see: impl FnMut(Vec<u32>),
    ) -> Result<()> {
        [self.queries, self.keys].into_iter().try_for_each(|entry| self.model.check_entry(entry))?;
        let task = Task::new("matching the vocabulary", "heads", heads.len());
        for head in heads {
            task.check()?;
            see(self.of_head(&self.model.qk(*head)?, queries, sought)?);
            task.step();
        }
        Ok(())
    }

    fn of_head(&self, qk: &Qk, queries: &[usize], sought: &[usize]) -> Result<Vec<u32>> {
        let (model, layer) = (&self.model, qk.head().layer);
        let keys = model.project_pieces(&self.pieces(), self.keys, layer, |rows| qk.keys(rows))?;
        let queries = model.project_pieces(queries, self.queries, layer, |rows| qk.queries(rows))?;
        Ok(ranks(&queries, &Keys::new(keys, model.shape().head_dim), sought))
    }
}

/// `layer` and `head`, so many rows per head.
pub(super) fn rows_of_heads(heads: &[Head], rows: usize) -> [Column; 2] {
    head_columns(heads.iter().flat_map(|head| std::iter::repeat_n((head.layer, head.head), rows)))
}
