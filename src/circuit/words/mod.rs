//! What circuits read and write, in words: the word pieces that lie nearest to a direction of the residual stream.
//!
//! Pieces are compared as they come to a head ([`Entry`]), with the mean of all pieces taken away, which every piece shares
//! and no word means: `cosine = d · (x - x̄) / ‖d‖ ‖x - x̄‖`. Pieces that the tokenizer never gives (`[unused…]`) take no part.
//!
//! What that says is limited, and the more so the later the layer. A cross-encoder has no unembedding: nothing in it reads
//! words off the residual stream, and a word is no more than a name for a direction. In layer 0 rows are embeddings. In
//! later layers of a model that normalises after adding, every LayerNorm has weighed each number anew and divided by a
//! deviation that depends on the text, MLPs have added what lies along no embedding, and most of a row is context. A name
//! is then right only as far as layers pass words on in the place where they came in.
//!
//! By chance alone the nearest of V pieces has a cosine of about `√(2 ln V / hidden)`: 0.23 for a MiniLM with its 30,000. A
//! list of words whose cosines are not above that names nothing, however much it looks like a topic.

mod table;

use super::Circuit;
use crate::error::{Error, Result};
use crate::frame::{columns as c, frame, head_columns};
use crate::hook::{Head, Heads};
use crate::live::Task;
use crate::model::{CrossEncoder, Entry};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use std::ops::Range;
use table::Table;

/// The word pieces that name what heads read and write; made by [`CrossEncoder::words`].
///
/// ```
/// use crosslens::prelude::*;
/// let words = CrossEncoder::embedded()?.words(Head::new(1, 1)).most(20);
/// let written = words.written(&["bees"])?;
/// let near: Vec<&str> = written.column("neighbour")?.str()?.iter().flatten().collect();
/// // Of bees the head passes on that they are insects.
/// assert!(near.contains(&"insects"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is computed before `qk`, `ov` or `written`"]
pub struct Words {
    model: CrossEncoder,
    heads: Heads,
    entry: Entry,
    most: usize,
}

/// A word piece that names something of a head.
struct Name<T> {
    head: Head,
    of: T,
    rank: usize,
    piece: usize,
    cosine: f32,
}

/// One end of a singular direction, on one of its sides.
#[derive(Clone, Copy)]
struct End {
    direction: usize,
    singular_value: f64,
    side: &'static str,
    sign: i32,
}

/// The word that is attended to, and where it stands among the names of what is written of it.
#[derive(Clone, Copy)]
struct Attended<'a> {
    token: &'a str,
    own_rank: Option<usize>,
}

impl CrossEncoder {
    /// What heads read and write, in words.
    pub fn words(&self, heads: impl Into<Heads>) -> Words {
        Words { model: self.clone(), heads: heads.into(), entry: Entry::Bare, most: 10 }
    }
}

impl Words {
    /// How pieces come to the heads; bare unless told otherwise.
    pub fn entry(self, entry: Entry) -> Self {
        Self { entry, ..self }
    }

    /// How many pieces are told of each end of a direction, or of each word (10 unless told otherwise).
    pub fn most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// The words in which queries and keys are compared: for each of these singular directions of a head's QK circuit
    /// ([`Qk::circuit`](super::Qk::circuit), the largest first, from 0) and each of its ends the nearest pieces.
    ///
    /// Columns: `layer`, `head`, `direction`, `singular_value`, `side` (`query` or `key`), `sign` (the end of the direction: a
    /// query of one sign matches keys of the same sign), `rank`, `token`, `cosine`.
    ///
    /// # Errors
    /// [`UnknownHead`](Error::UnknownHead), [`Argument`](Error::Argument) for directions that a head does not have or an
    /// entry that the model does not have, [`Interrupted`](Error::Interrupted).
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let words = CrossEncoder::embedded()?.words(Head::new(2, 9)).most(3).qk(0..2)?;
    /// assert_eq!(words.height(), 2 * 2 * 2 * 3);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn qk(&self, directions: Range<usize>) -> Result<DataFrame> {
        self.directions(directions, ["query", "key"], |head| self.model.qk(head)?.circuit())
    }

    /// The words that are read and written: as [`Words::qk`], of the OV circuit, with `side` `written` or `read`. What a
    /// head reads of one sign it writes with the same sign.
    ///
    /// # Errors
    /// As [`Words::qk`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let words = CrossEncoder::embedded()?.words(Head::new(1, 1)).most(3).ov(0..1)?;
    /// assert_eq!(words.height(), 2 * 2 * 3);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn ov(&self, directions: Range<usize>) -> Result<DataFrame> {
        self.directions(directions, ["written", "read"], |head| self.model.ov(head)?.circuit())
    }

    /// What a head writes of word pieces that it attends to: those nearest to `written(x) - written(x̄)`, what it writes of
    /// this piece and not of all.
    ///
    /// Columns: `layer`, `head`, `token` (attended to), `rank`, `neighbour`, `cosine`, `own_rank` (where the attended
    /// piece stands itself: 1 if the head copies it, about half of the vocabulary if it writes something else).
    ///
    /// # Errors
    /// As [`Words::qk`], and [`Argument`](Error::Argument) for a text that is not one word piece.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let words = CrossEncoder::embedded()?.words([Head::new(1, 1), Head::new(2, 9)]).most(5);
    /// assert_eq!(words.written(&["paper", "moon"])?.height(), 2 * 2 * 5);
    /// assert!(words.written(&["thermohaline"]).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn written(&self, pieces: &[&str]) -> Result<DataFrame> {
        let asked = pieces.iter().map(|piece| self.model.one_piece(piece)).collect::<Result<Vec<usize>>>()?;
        let names = self.each_head(|head, table| {
            let mut entering = self.model.piece_rows(asked.iter().copied(), self.entry, head.layer);
            entering.extend(table.mean());
            let written = self.model.ov(head)?.written(&entering)?;
            let (written, common) = written.split_at(asked.len() * self.model.shape().hidden);
            let mut names = Vec::new();
            for ((written, asked), token) in written.chunks_exact(common.len()).zip(&asked).zip(pieces) {
                let own: Vec<f32> = written.iter().zip(common).map(|(own, common)| own - common).collect();
                let cosines = table.cosines(&own);
                let attended = Attended { token, own_rank: table.rank(*asked, &cosines) };
                names.extend(self.nearest(head, attended, table, &cosines));
            }
            Ok(names)
        })?;
        let tokens: Vec<&str> = names.iter().map(|name| name.of.token).collect();
        let own: Vec<Option<u32>> = names.iter().map(|name| name.of.own_rank.map(|rank| rank as u32)).collect();
        let mut columns = self.columns(&names, vec![Series::new(c::TOKEN.into(), tokens).into()], c::NEIGHBOUR);
        columns.push(Series::new(c::OWN_RANK.into(), own).into());
        frame(columns)
    }

    /// Both ends of singular directions, on the left and on the right.
    fn directions(
        &self,
        directions: Range<usize>,
        sides: [&'static str; 2],
        circuit: impl Fn(Head) -> Result<Circuit>,
    ) -> Result<DataFrame> {
        let dim = self.model.shape().head_dim;
        if directions.start > directions.end || directions.end > dim {
            let Range { start, end } = directions;
            return Err(Error::Argument(format!(
                "a head has {dim} singular directions, {start}..{end} is no range of them"
            )));
        }
        let names = self.each_head(|head, table| {
            let circuit = circuit(head)?;
            let mut names = Vec::new();
            for (direction, singular_value) in directions.clone().zip(&circuit.singular_values()[directions.clone()]) {
                let both = [circuit.left(direction), circuit.right(direction)];
                for (side, vector) in sides.into_iter().zip(both.into_iter().flatten()) {
                    for sign in [1, -1] {
                        let end: Vec<f32> = vector.iter().map(|number| (f64::from(sign) * number) as f32).collect();
                        let of = End { direction, singular_value: *singular_value, side, sign };
                        names.extend(self.nearest(head, of, table, &table.cosines(&end)));
                    }
                }
            }
            Ok(names)
        })?;
        let direction: Vec<u32> = names.iter().map(|name| name.of.direction as u32).collect();
        let size: Vec<f64> = names.iter().map(|name| name.of.singular_value).collect();
        let side: Vec<&str> = names.iter().map(|name| name.of.side).collect();
        let sign: Vec<i32> = names.iter().map(|name| name.of.sign).collect();
        let ends = vec![
            Series::new(c::DIRECTION.into(), direction).into(),
            Series::new(c::SINGULAR_VALUE.into(), size).into(),
            Series::new(c::SIDE.into(), side).into(),
            Series::new(c::SIGN.into(), sign).into(),
        ];
        frame(self.columns(&names, ends, c::TOKEN))
    }

    /// `work(head, pieces as they come to its layer)`, head by head.
    fn each_head<T>(&self, work: impl Fn(Head, &Table) -> Result<Vec<Name<T>>>) -> Result<Vec<Name<T>>> {
        let heads = self.heads.within(&self.model.shape())?;
        self.model.check_entry(self.entry)?;
        let task = Task::new("naming directions", "heads", heads.len());
        let mut names = Vec::new();
        for of_layer in heads.chunk_by(|a, b| a.layer == b.layer) {
            task.check()?;
            let table = Table::new(&self.model, self.entry, of_layer[0].layer);
            for head in of_layer {
                task.check()?;
                names.extend(work(*head, &table)?);
                task.step();
            }
        }
        Ok(names)
    }

    fn nearest<T: Copy>(&self, head: Head, of: T, table: &Table, cosines: &[f32]) -> impl Iterator<Item = Name<T>> {
        let nearest = table.nearest(cosines, self.most).into_iter().zip(1..);
        nearest.map(move |((piece, cosine), rank)| Name { head, of, rank, piece, cosine })
    }

    /// The head, what is named, and the names.
    fn columns<T>(&self, names: &[Name<T>], named: Vec<Column>, word: &str) -> Vec<Column> {
        let mut columns: Vec<Column> =
            head_columns(names.iter().map(|Name { head, .. }| (head.layer, head.head))).into();
        columns.extend(named);
        let ranks: Vec<u32> = names.iter().map(|name| name.rank as u32).collect();
        let words: Vec<String> = names.iter().map(|name| self.model.piece(name.piece)).collect();
        let cosines: Vec<f64> = names.iter().map(|name| f64::from(name.cosine)).collect();
        columns.push(Series::new(c::RANK.into(), ranks).into());
        columns.push(Series::new(word.into(), words).into());
        columns.push(Series::new(c::COSINE.into(), cosines).into());
        columns
    }
}
