//! The word pieces of one pair. Ids, type ids and segments travel together, so that no call can lose one.

use super::Segment;
use std::ops::Range;

/// `[CLS] query [SEP] document [SEP]` as the model reads it: one entry per position in every list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    pub(super) ids: Vec<u32>,
    pub(super) type_ids: Vec<u32>,
    pub(super) segments: Vec<Segment>,
    pub(super) pieces: Vec<String>,
    pub(super) offsets: Vec<(usize, usize)>,
    pub(super) punctuation: Vec<bool>,
    pub(super) spans: [Range<usize>; 5],
    pub(super) truncated: usize,
}

impl Tokens {
    /// How many positions there are, special tokens included; never 0.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// The vocabulary ids.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// 0 for `[CLS] query [SEP]`, 1 for `document [SEP]`.
    pub fn type_ids(&self) -> &[u32] {
        &self.type_ids
    }

    /// The segment of every position.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The word pieces as text; `##` marks the continuation of a word.
    pub fn pieces(&self) -> &[String] {
        &self.pieces
    }

    /// Where each piece stands in its own text (query or document), in bytes; `(0, 0)` for special tokens.
    pub fn offsets(&self) -> &[(usize, usize)] {
        &self.offsets
    }

    /// How many document tokens were cut because the pair is longer than the model reads.
    pub fn truncated(&self) -> usize {
        self.truncated
    }

    /// The positions of a segment, in order.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let tokens = model.tokens(&Pair::new("blue sky", "the sky"))?;
    /// assert_eq!(tokens.pieces(), ["[CLS]", "blue", "sky", "[SEP]", "the", "sky", "[SEP]"]);
    /// assert_eq!(tokens.positions(Segment::Document).collect::<Vec<_>>(), [4, 5]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn positions(&self, segment: Segment) -> impl Iterator<Item = usize> + '_ {
        self.segments.iter().enumerate().filter(move |(_, of)| **of == segment).map(|(position, _)| position)
    }

    /// The positions of a segment as a range: its tokens stand together.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let tokens = CrossEncoder::embedded()?.tokens(&Pair::new("blue sky", "the sky"))?;
    /// assert_eq!(tokens.span(Segment::Document), 4..6);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn span(&self, segment: Segment) -> Range<usize> {
        self.spans[segment.index()].clone()
    }

    /// Whether the piece at a position is punctuation only, within the query or the document.
    pub fn is_punctuation(&self, position: usize) -> bool {
        self.punctuation[position]
    }
}

/// Where each segment's tokens stand.
pub(super) fn spans(segments: &[Segment]) -> [Range<usize>; 5] {
    Segment::ALL.map(|segment| {
        let start = segments.iter().position(|of| *of == segment).unwrap_or(0);
        start..start + segments.iter().filter(|of| **of == segment).count()
    })
}

/// Which pieces are punctuation only, within the query or the document.
pub(super) fn punctuation(segments: &[Segment], pieces: &[String]) -> Vec<bool> {
    let is = |(segment, piece): (&Segment, &String)| {
        matches!(segment, Segment::Query | Segment::Document)
            && piece.trim_start_matches("##").chars().all(|c| !c.is_alphanumeric())
    };
    segments.iter().zip(pieces).map(is).collect()
}
