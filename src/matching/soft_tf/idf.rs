//! How much each word piece of the vocabulary weighs.
//!
//! From a collection: `ln(1 + (N - n + 1/2) / (n + 1/2))` for a piece that stands in `n` of `N` documents (Robertson
//! and Spärck Jones's weight, kept above zero as Lucene does).
//!
//! From the embedding: with `W = U Σ Vᵀ` the table of word embeddings, `U[piece, 0]`, in which Lu et al. find the idf.
//! A singular vector has neither a sign nor a scale that means anything, so both are given by the collection, by three
//! numbers in all: the sign with which it rises with the collection's idf, and the mean and the standard deviation that
//! this has, all over the pieces that occur in the collection. The order of word pieces is the embedding's alone. (Lu
//! et al. take mean and standard deviation over the whole vocabulary, where pieces that do not occur count as 0.)

use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::live::Task;
use crate::model::CrossEncoder;
use faer::Mat;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// Where the idf of word pieces comes from.
///
/// ```
/// use crosslens::prelude::*;
/// let (model, tests) = (CrossEncoder::embedded()?, Collection::embedded()?);
/// let soft_tf = model.soft_tf(Head::new(2, 9), &tests);
/// let pair = [Pair::new("the glacier", "A glacier moves.")];
/// for idf in [Idf::Collection, Idf::Embedding] {
///     let of_tokens = soft_tf.clone().idf(idf).by_token(&pair)?.column("idf")?.f64()?.clone();
///     assert!(of_tokens.get(0) < of_tokens.get(1));
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Idf {
    /// The number of documents of the collection that a piece stands in.
    #[default]
    Collection,
    /// The first singular direction of the model's word embeddings.
    Embedding,
}

impl Idf {
    pub(super) const ALL: [Self; 2] = [Self::Collection, Self::Embedding];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Collection => "collection",
            Self::Embedding => "embedding",
        }
    }
}

/// What a collection and a model say of each word piece.
#[derive(Debug)]
pub(super) struct Weights {
    of_collection: Vec<f64>,
    of_embedding: Vec<f64>,
    /// The mean number of word pieces in a document.
    pub(super) average_length: f64,
}

impl Weights {
    pub(super) fn new(model: &CrossEncoder, collection: &Collection) -> Result<Self> {
        let Counts { documents, pieces, frequencies } = Counts::of(model, collection)?;
        if documents == 0 || pieces == 0 {
            return Err(Error::Argument("the collection has no text to take frequencies of word pieces from".into()));
        }
        let idf = |frequency: f64| ((documents as f64 - frequency + 0.5) / (frequency + 0.5)).ln_1p();
        let mut of_collection = vec![idf(0.0); model.vocabulary()];
        frequencies.iter().for_each(|(piece, count)| of_collection[*piece as usize] = idf(f64::from(*count)));
        let mut occurring: Vec<usize> = frequencies.keys().map(|piece| *piece as usize).collect();
        occurring.sort_unstable();
        let of_embedding = aligned(&first_direction(model)?, &of_collection, &occurring);
        Ok(Self { of_collection, of_embedding, average_length: pieces as f64 / documents as f64 })
    }

    /// The weight of a word piece.
    pub(super) fn of(&self, idf: Idf, piece: u32) -> f64 {
        match idf {
            Idf::Collection => self.of_collection[piece as usize],
            Idf::Embedding => self.of_embedding[piece as usize],
        }
    }
}

/// In how many documents each word piece stands.
#[derive(Default)]
struct Counts {
    documents: usize,
    pieces: usize,
    frequencies: HashMap<u32, u32>,
}

impl Counts {
    fn of(model: &CrossEncoder, collection: &Collection) -> Result<Self> {
        let documents = collection.documents();
        let task = Task::new("counting word pieces", "documents", documents.len());
        let counted = documents.par_iter().try_fold(Self::default, |mut counts, document| {
            task.check()?;
            let pieces = model.pieces(&document.full_text())?;
            counts.documents += 1;
            counts.pieces += pieces.len();
            let different: HashSet<u32> = pieces.into_iter().collect();
            different.into_iter().for_each(|piece| *counts.frequencies.entry(piece).or_default() += 1);
            task.step();
            Ok(counts)
        });
        counted.try_reduce(Self::default, |mut all, some| {
            all.documents += some.documents;
            all.pieces += some.pieces;
            some.frequencies.into_iter().for_each(|(piece, count)| *all.frequencies.entry(piece).or_default() += count);
            Ok(all)
        })
    }
}

/// How far each word piece lies along the direction in which the table is longest: `U[:, 0]`, times the singular value.
fn first_direction(model: &CrossEncoder) -> Result<Vec<f64>> {
    // Rows of the table that are in f64 at once.
    const ROWS: usize = 4096;
    let hidden = model.shape().hidden;
    let some = |first: usize| {
        let numbers = model.word_embeddings(first..(first + ROWS).min(model.vocabulary()));
        Mat::from_fn(numbers.len() / hidden, hidden, |row, column| f64::from(numbers[row * hidden + column]))
    };
    let firsts = || (0..model.vocabulary()).step_by(ROWS);
    // The right singular vectors of W are those of WᵀW.
    let square =
        firsts().map(some).fold(Mat::<f64>::zeros(hidden, hidden), |square, rows| square + rows.transpose() * &rows);
    let not_finite = || Error::Argument("the word embeddings cannot be decomposed: some are not finite".into());
    let svd = square.svd().map_err(|_| not_finite())?;
    let direction = svd.V().col(0);
    let along: Vec<f64> =
        firsts().flat_map(|first| (some(first) * direction).iter().copied().collect::<Vec<_>>()).collect();
    if along.iter().all(|number| number.is_finite()) { Ok(along) } else { Err(not_finite()) }
}

/// The numbers, moved and stretched so that over some places they have the mean and the standard deviation of others,
/// and do not fall with them.
fn aligned(numbers: &[f64], to: &[f64], places: &[usize]) -> Vec<f64> {
    let mean = |of: &dyn Fn(usize) -> f64| places.iter().map(|at| of(*at)).sum::<f64>() / places.len() as f64;
    let (own, wanted) = (mean(&|at| numbers[at]), mean(&|at| to[at]));
    let (own_spread, spread) =
        (mean(&|at| (numbers[at] - own).powi(2)).sqrt(), mean(&|at| (to[at] - wanted).powi(2)).sqrt());
    let falls = mean(&|at| (numbers[at] - own) * (to[at] - wanted)) < 0.0;
    let stretch = if own_spread > 0.0 { spread / own_spread } else { 0.0 } * if falls { -1.0 } else { 1.0 };
    numbers.iter().map(|number| wanted + (number - own) * stretch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_aligned_has_the_mean_and_spread_and_keeps_its_order() {
        // The last number has no part in it.
        let aligned = aligned(&[3.0, 2.0, 1.0, 0.0], &[10.0, 14.0, 18.0, 99.0], &[0, 1, 2]);
        assert_eq!(aligned, [10.0, 14.0, 18.0, 22.0]);
        assert_eq!(super::aligned(&[1.0, 1.0], &[2.0, 4.0], &[0, 1]), [3.0, 3.0]);
    }
}
