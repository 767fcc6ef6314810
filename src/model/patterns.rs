//! Whole patterns of single heads, for one pair: the finest grain, and the only one that is kept as it is.

use super::CrossEncoder;
use crate::collection::Pair;
use crate::error::{Error, Result};
use crate::frame::{frame, head_columns, pattern_frame};
use crate::hook::{Head, Heads, Hooks, Site};
use polars::prelude::DataFrame;
use std::collections::BTreeSet;

/// Of a frame of patterns: some 200 bytes each.
const MOST_ROWS: usize = 10_000_000;

impl CrossEncoder {
    /// The attention of one head for one pair, token by token.
    ///
    /// Columns: `from_position`, `to_position`, `from_token`, `to_token`, `from_segment`, `to_segment`, `weight`.
    ///
    /// # Errors
    /// [`UnknownHead`](crate::Error::UnknownHead), and those of [`CrossEncoder::run`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pattern = model.pattern(&Pair::new("blue sky", "the sky"), Head::new(2, 9))?;
    /// assert_eq!(pattern.height(), 7 * 7);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn pattern(&self, pair: &Pair, head: Head) -> Result<DataFrame> {
        self.shape().check_head(head)?;
        let seen = self.run(pair, &Hooks::new().capture_at(Site::Pattern, head.layer))?;
        let pattern = seen.get(Site::Pattern, head.layer)?.get(head.head)?.to_vec2()?;
        pattern_frame(seen.tokens(), &pattern)
    }

    /// The attention of several heads for one pair, token by token, in one pass.
    ///
    /// Columns: `layer`, `head`, and those of [`CrossEncoder::pattern`]; a row per head and two tokens, so all heads of a
    /// long pair are millions of rows.
    ///
    /// # Errors
    /// [`UnknownHead`](crate::Error::UnknownHead), [`Argument`](crate::Error::Argument) for more than ten million rows, and those
    /// of [`CrossEncoder::run`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let patterns = model.patterns(&Pair::new("blue sky", "the sky"), [Head::new(2, 9), Head::new(1, 1)])?;
    /// assert_eq!(patterns.shape(), (2 * 7 * 7, 2 + 7));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn patterns(&self, pair: &Pair, heads: impl Into<Heads>) -> Result<DataFrame> {
        let heads = heads.into().within(&self.shape())?;
        let tokens = self.tokens(pair)?.len();
        if heads.len() * tokens * tokens > MOST_ROWS {
            let fit = (MOST_ROWS / (tokens * tokens)).max(1);
            let what =
                format!("the patterns of {} heads over {tokens} tokens are too many rows for a frame", heads.len());
            return Err(Error::Argument(format!("{what}; ask for {fit} heads at a time")));
        }
        let layers: BTreeSet<usize> = heads.iter().map(|head| head.layer).collect();
        let capture = |hooks: Hooks, layer| hooks.capture_at(Site::Pattern, layer);
        let seen = self.run(pair, &layers.into_iter().fold(Hooks::new(), capture))?;
        let mut patterns = DataFrame::empty();
        for Head { layer, head } in heads {
            let pattern = pattern_frame(seen.tokens(), &seen.get(Site::Pattern, layer)?.get(head)?.to_vec2()?)?;
            let names = head_columns(std::iter::repeat_n((layer, head), pattern.height()));
            let named = frame(names.into_iter().chain(pattern.columns().iter().cloned()).collect())?;
            patterns = if patterns.width() == 0 { named } else { patterns.vstack(&named)? };
        }
        Ok(patterns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::*;

    #[test]
    fn patterns_of_several_heads_are_those_of_each() {
        let model = CrossEncoder::embedded().unwrap();
        let pair = Pair::new("blue sky", "the sky");
        let both = model.patterns(&pair, [Head::new(2, 9), Head::new(1, 1), Head::new(1, 0)]).unwrap();
        for (place, (layer, head)) in [(1u32, 0u32), (1, 1), (2, 9)].into_iter().enumerate() {
            let part = both.slice(place as i64 * 49, 49);
            assert_eq!(part.column("layer").unwrap().u32().unwrap().unique().unwrap().get(0), Some(layer));
            assert_eq!(part.column("head").unwrap().u32().unwrap().unique().unwrap().get(0), Some(head));
            let alone = model.pattern(&pair, Head::new(layer as usize, head as usize)).unwrap();
            assert!(part.drop_many(["layer", "head"]).equals(&alone));
        }
        let error = model.patterns(&pair, [Head::new(6, 0)]).unwrap_err().to_string();
        assert!(error.contains("head 6.0 does not exist"), "{error}");
    }
}
