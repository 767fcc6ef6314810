//! The tokens of one pair in the order of the input, and the attention between all of them, read from a frame of
//! single tokens.

use super::read::{self, Mean};
use crate::error::{Error, Result};
use crate::frame::columns::{FROM_POSITION, FROM_SEGMENT, FROM_TOKEN, TO_POSITION, TO_SEGMENT, TO_TOKEN, WEIGHT};
use polars::prelude::DataFrame;
use std::collections::BTreeMap;

/// One token of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub position: u32,
    pub text: String,
    pub segment: String,
}

impl Token {
    /// Whether it carries no content.
    pub fn special(&self) -> bool {
        matches!(self.segment.as_str(), "cls" | "sep1" | "sep2")
    }
}

/// All tokens, and which of them the rows of the frame are of.
pub(super) struct Sequence {
    pub tokens: Vec<Token>,
    /// For each row, the places of the attending and the attended token, and the weight.
    pub rows: Vec<(usize, usize, f64)>,
}

impl Sequence {
    /// # Errors
    /// Where a position holds different tokens, for then the frame is of several pairs.
    pub fn read(frame: &DataFrame) -> Result<Self> {
        let weights = read::drawable(frame, WEIGHT)?;
        let mut tokens: BTreeMap<u32, (&str, &str)> = BTreeMap::new();
        let mut sides = Vec::new();
        for (position, token, segment) in
            [(FROM_POSITION, FROM_TOKEN, FROM_SEGMENT), (TO_POSITION, TO_TOKEN, TO_SEGMENT)]
        {
            let positions = read::indices(frame, position)?;
            let rows = read::texts(frame, token)?.iter().zip(read::texts(frame, segment)?.iter());
            for (position, (text, segment)) in positions.iter().zip(rows) {
                let here = (text.unwrap_or("null"), segment.unwrap_or("null"));
                let known = *tokens.entry(*position).or_insert(here);
                if known != here {
                    return Err(several_pairs(*position, known, here));
                }
            }
            sides.push(positions);
        }
        let place: BTreeMap<u32, usize> =
            tokens.keys().enumerate().map(|(place, position)| (*position, place)).collect();
        let rows = sides[0].iter().zip(&sides[1]).zip(weights);
        Ok(Self {
            rows: rows.map(|((from, to), weight)| (place[from], place[to], weight)).collect(),
            tokens: tokens
                .into_iter()
                .map(|(position, (text, segment))| Token { position, text: text.into(), segment: segment.into() })
                .collect(),
        })
    }

    /// The mean weight of some of the rows: `[from][to]`, NaN where missing, and how many rows went into each mean.
    pub fn pattern(&self, rows: impl IntoIterator<Item = usize>) -> (Vec<Vec<f64>>, Vec<usize>) {
        let mut means = vec![vec![Mean::default(); self.tokens.len()]; self.tokens.len()];
        for (from, to, weight) in rows.into_iter().map(|row| self.rows[row]) {
            means[from][to].add(weight);
        }
        let counts = means.iter().flatten().map(|mean| mean.rows).filter(|rows| *rows > 0).collect();
        (means.into_iter().map(|row| row.iter().map(Mean::value).collect()).collect(), counts)
    }

    /// Where the segments begin, each with its name, in order.
    pub fn segments(&self) -> Vec<(usize, &str)> {
        let mut segments: Vec<(usize, &str)> = Vec::new();
        for (place, token) in self.tokens.iter().enumerate() {
            if segments.last().is_none_or(|(_, segment)| *segment != token.segment) {
                segments.push((place, &token.segment));
            }
        }
        segments
    }
}

/// A position that holds two tokens.
pub(super) fn several_pairs(position: u32, known: (&str, &str), here: (&str, &str)) -> Error {
    Error::Chart(format!(
        "position {position} holds both {:?} ({}) and {:?} ({}): this chart draws one pair, filter the frame to one",
        known.0, known.1, here.0, here.1
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::token_pair::tests::frame;

    #[test]
    fn tokens_are_those_of_both_sides_and_segments_begin_where_they_change() {
        let sequence = Sequence::read(&frame()).unwrap();
        assert_eq!(sequence.tokens.len(), 6);
        assert_eq!(sequence.segments(), [(0, "cls"), (1, "query"), (2, "sep1"), (3, "document"), (5, "sep2")]);
        let (pattern, rows) = sequence.pattern(0..6);
        assert_eq!((pattern[1][3], rows), (0.5, vec![1; 6]));
        assert!(pattern[0][0].is_nan());
    }
}
