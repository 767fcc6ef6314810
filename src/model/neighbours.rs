//! Semantic neighbours, by the model's own table of word embeddings.

use super::CrossEncoder;
use crate::error::{Error, Result};
use crate::frame::{columns as c, frame};
use polars::prelude::{DataFrame, NamedFrom, Series};

impl CrossEncoder {
    /// The cosines of the word embeddings of some pieces, `[from, to]`.
    pub(crate) fn piece_cosines(&self, from: &[u32], to: &[u32]) -> Vec<Vec<f32>> {
        self.parts.embed.cosines_between(from, to)
    }

    /// The words whose embeddings are nearest to a word's, by cosine: what STMC1 ([`stmc1`](crate::perturbation::stmc1))
    /// puts in the place of a term.
    ///
    /// Columns: `token`, `cosine`; the nearest first. Only whole words of letters count: no special token, no piece that
    /// goes on a word, nor the word itself. As embeddings lie close by inflection too, look before you take the first.
    ///
    /// # Errors
    /// [`Error::Argument`] for a word that is not one word piece of the vocabulary.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let near = model.neighbours("ocean", 3)?;
    /// assert_eq!(near.height(), 3);
    /// assert!(near.column("cosine")?.f64()?.get(0) >= near.column("cosine")?.f64()?.get(2));
    /// let pair = Pair::new("ocean tides", "The ocean rises twice a day.");
    /// let nearest = near.column("token")?.str()?.get(0).unwrap_or("sea").to_owned();
    /// assert!(stmc1(&pair, "ocean", &nearest)?.corrupted().document.contains(&nearest));
    /// assert!(model.neighbours("thermohaline", 3).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn neighbours(&self, word: &str, n: usize) -> Result<DataFrame> {
        let tokenizer = &self.parts.tokenizer;
        let own = tokenizer.word(word).ok_or_else(|| {
            Error::Argument(format!(
                "{word:?} is not one word piece of this model's vocabulary, so it has no embedding"
            ))
        })?;
        let cosines = self.parts.embed.cosines(own as usize);
        let whole = |id: u32| tokenizer.piece(id).filter(|piece| piece.chars().all(char::is_alphabetic));
        let mut near: Vec<(String, f64)> = (0..)
            .zip(cosines)
            .filter(|(id, cosine)| *id != own && cosine.is_finite())
            .filter_map(|(id, cosine)| Some((whole(id)?, f64::from(cosine))))
            .collect();
        near.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        near.truncate(n);
        let (tokens, cosines): (Vec<String>, Vec<f64>) = near.into_iter().unzip();
        frame(vec![Series::new(c::TOKEN.into(), tokens).into(), Series::new(c::COSINE.into(), cosines).into()])
    }
}
