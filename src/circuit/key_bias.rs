//! Does a head look at rare words whoever asks? The part of its scores that no query changes, against IDF.

use super::identity::rows_of_heads;
use super::spearman::spearman;
use crate::collection::Collection;
use crate::error::Result;
use crate::frame::{columns as c, frame};
use crate::hook::Heads;
use crate::live::Task;
use crate::model::{CrossEncoder, Entry};
use polars::prelude::{DataFrame, NamedFrom, Series};
use rayon::prelude::*;

impl CrossEncoder {
    /// Spearman's correlation, for each head, of a word piece's key bias ([`Qk::key_bias`](crate::circuit::Qk::key_bias))
    /// with its IDF in a collection: `layer`, `head`, `tokens` (pieces that occur in its documents, which are those that
    /// count), `spearman` (null where there is none).
    ///
    /// Only the order counts, so any IDF that falls with the number of documents gives the same; `entry` says how pieces
    /// come to the head.
    ///
    /// # Errors
    /// [`UnknownHead`](crate::Error::UnknownHead), [`Argument`](crate::Error::Argument) for a type or position that the
    /// model lacks, [`Interrupted`](crate::Error::Interrupted).
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let rho = model.key_bias_and_idf(Head::new(2, 9), Entry::Bare, &Collection::embedded()?)?;
    /// assert_eq!(rho.shape(), (1, 4));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn key_bias_and_idf(
        &self,
        heads: impl Into<Heads>,
        entry: Entry,
        collection: &Collection,
    ) -> Result<DataFrame> {
        let heads = heads.into().within(&self.shape())?;
        self.check_entry(entry)?;
        let counts = self.document_counts(collection)?;
        let documents = collection.documents().len() as f64;
        let pieces: Vec<usize> = (0..counts.len()).filter(|piece| counts[*piece] > 0).collect();
        let idf: Vec<f64> = pieces.iter().map(|piece| (documents / f64::from(counts[*piece])).ln()).collect();
        let task = Task::new("key biases", "heads", heads.len());
        let of_head = |head| {
            task.check()?;
            let qk = self.qk(head)?;
            let bias = self.project_pieces(&pieces, entry, head.layer, |rows| qk.key_bias(rows))?;
            task.step();
            let rho = spearman(&bias.into_iter().map(f64::from).collect::<Vec<_>>(), &idf);
            Ok(Some(rho).filter(|rho| rho.is_finite()))
        };
        let rho: Vec<Option<f64>> = heads.iter().map(|head| of_head(*head)).collect::<Result<_>>()?;
        let [layer, head] = rows_of_heads(&heads, 1);
        let tokens = Series::new(c::TOKENS.into(), vec![pieces.len() as u32; heads.len()]);
        frame(vec![layer, head, tokens.into(), Series::new(c::SPEARMAN.into(), rho).into()])
    }

    /// In how many documents each word piece occurs.
    fn document_counts(&self, collection: &Collection) -> Result<Vec<u32>> {
        let own = |document: &crate::collection::Document| {
            let mut pieces = self.pieces(&document.full_text())?;
            pieces.sort_unstable();
            pieces.dedup();
            Ok(pieces)
        };
        let of_documents: Vec<Vec<u32>> = collection.documents().par_iter().map(own).collect::<Result<_>>()?;
        let mut counts = vec![0; self.vocabulary()];
        of_documents.into_iter().flatten().for_each(|piece| counts[piece as usize] += 1);
        Ok(counts)
    }
}
