//! The attention of query tokens in one pair, read from a frame of single tokens.

use super::heads::averaged;
use super::read::{self, Mean};
use super::sequence::several_pairs;
use crate::error::{Error, Result};
use crate::frame::columns::{FROM_POSITION, FROM_SEGMENT, FROM_TOKEN, TO_POSITION, TO_SEGMENT, TO_TOKEN, WEIGHT};
use polars::prelude::DataFrame;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Query tokens against document tokens.
pub(super) struct TokenPair {
    /// The word pieces of the query, in order.
    pub query: Vec<String>,
    /// The word pieces of the document, in order.
    pub document: Vec<String>,
    /// `[query token][document token]`; NaN where missing.
    pub weights: Vec<Vec<f64>>,
    /// What each query token gives to cls, sep1 and sep2 together; NaN where missing.
    pub no_op: Vec<f64>,
    /// What the chart says when cells are means of several rows.
    pub averaged: Option<String>,
}

/// A token's text and segment, by its position.
type Tokens<'a> = BTreeMap<u32, (&'a str, &'a str)>;

impl TokenPair {
    pub fn read(frame: &DataFrame) -> Result<Self> {
        let weights = read::drawable(frame, WEIGHT)?;
        let (from, to) = (read::indices(frame, FROM_POSITION)?, read::indices(frame, TO_POSITION)?);
        let attending = tokens(frame, &from, FROM_TOKEN, FROM_SEGMENT)?;
        let attended = tokens(frame, &to, TO_TOKEN, TO_SEGMENT)?;

        let mut means: HashMap<(u32, u32), Mean> = HashMap::new();
        for ((from, to), weight) in from.into_iter().zip(to).zip(weights) {
            if attending[&from].1 == "query" {
                means.entry((from, to)).or_default().add(weight);
            }
        }
        let of = |tokens: &Tokens, wanted: &[&str]| -> Vec<u32> {
            tokens.iter().filter(|(_, (_, segment))| wanted.contains(segment)).map(|(position, _)| *position).collect()
        };
        let (query, document) = (of(&attending, &["query"]), of(&attended, &["document"]));
        for (segment, found, column, tokens) in
            [("query", &query, FROM_SEGMENT, &attending), ("document", &document, TO_SEGMENT, &attended)]
        {
            if found.is_empty() {
                let known: BTreeSet<&str> = tokens.values().map(|(_, segment)| *segment).collect();
                let known = known.into_iter().collect::<Vec<_>>().join(", ");
                return Err(Error::Chart(format!(
                    "column {column:?} never holds {segment:?}, only {known}: nothing to draw"
                )));
            }
        }
        let sinks = of(&attended, &["cls", "sep1", "sep2"]);
        let weight = |from: u32, to: u32| means.get(&(from, to)).map_or(f64::NAN, Mean::value);
        let sum = |from: u32| {
            let finite = sinks.iter().map(|to| weight(from, *to)).filter(|weight| weight.is_finite());
            finite.reduce(|sum, weight| sum + weight).unwrap_or(f64::NAN)
        };
        let pair = Self {
            weights: query.iter().map(|from| document.iter().map(|to| weight(*from, *to)).collect()).collect(),
            no_op: query.iter().map(|from| sum(*from)).collect(),
            averaged: averaged(means.values().map(|mean| mean.rows), "cell"),
            query: query.iter().map(|position| attending[position].0.to_owned()).collect(),
            document: document.iter().map(|position| attended[position].0.to_owned()).collect(),
        };
        if !pair.weights.iter().flatten().any(|weight| weight.is_finite()) {
            let what = "no weight from a query token to a document token is finite: nothing to draw";
            return Err(Error::Chart(what.into()));
        }
        Ok(pair)
    }

    /// Whether a query token and a document token are the same word piece.
    pub fn matches(&self, query: usize, document: usize) -> bool {
        self.query[query] == self.document[document]
    }

    /// Whether the word piece occurs in the query.
    pub fn in_query(&self, document: usize) -> bool {
        self.query.contains(&self.document[document])
    }

    /// Whether the word piece occurs in the document.
    pub fn in_document(&self, query: usize) -> bool {
        self.document.contains(&self.query[query])
    }

    /// What each document token receives: the mean over the query tokens; NaN where all are missing.
    pub fn received(&self) -> Vec<f64> {
        let mean = |document: usize| {
            let mut mean = Mean::default();
            self.weights.iter().for_each(|row| mean.add(row[document]));
            mean.value()
        };
        (0..self.document.len()).map(mean).collect()
    }

    /// What each query token gives to the document, summed over the tokens.
    pub fn given(&self) -> Vec<f64> {
        self.weights.iter().map(|row| row.iter().filter(|weight| weight.is_finite()).sum()).collect()
    }

    /// The document tokens that receive most, most first: place and mean weight.
    pub fn most_attended(&self, n: usize) -> Vec<(usize, f64)> {
        let mut order: Vec<(usize, f64)> =
            self.received().into_iter().enumerate().filter(|(_, w)| w.is_finite()).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        order.truncate(n);
        order
    }
}

fn tokens<'a>(frame: &'a DataFrame, positions: &[u32], token: &str, segment: &str) -> Result<Tokens<'a>> {
    let rows = read::texts(frame, token)?.iter().zip(read::texts(frame, segment)?.iter());
    let mut tokens = Tokens::new();
    for (position, (text, place)) in positions.iter().zip(rows) {
        let here = (text.unwrap_or("null"), place.unwrap_or("null"));
        let known = *tokens.entry(*position).or_insert(here);
        if known != here {
            return Err(several_pairs(*position, known, here));
        }
    }
    Ok(tokens)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use polars::prelude::df;

    /// One query token and two document tokens between their separators; the query token attends 0.5 to the first.
    pub fn frame() -> DataFrame {
        df!(
            "from_position" => [1u32; 6],
            "to_position" => [0u32, 1, 2, 3, 4, 5],
            "from_token" => ["cat"; 6],
            "to_token" => ["[CLS]", "cat", "[SEP]", "cat", "<dog>", "[SEP]"],
            "from_segment" => ["query"; 6],
            "to_segment" => ["cls", "query", "sep1", "document", "document", "sep2"],
            "weight" => [0.1, 0.05, 0.1, 0.5, 0.05, 0.2]
        )
        .unwrap()
    }

    #[test]
    fn weights_matches_and_no_op_are_read() {
        let pair = TokenPair::read(&frame()).unwrap();
        assert_eq!(
            (pair.query.as_slice(), pair.document.as_slice()),
            (&["cat".into()][..], &["cat".into(), "<dog>".into()][..])
        );
        assert_eq!(pair.weights, [[0.5, 0.05]]);
        assert!((pair.no_op[0] - 0.4).abs() < 1e-12);
        assert!(pair.matches(0, 0) && !pair.matches(0, 1) && pair.in_document(0) && !pair.in_query(1));
        assert_eq!(pair.most_attended(1), [(0, 0.5)]);
        assert_eq!(pair.averaged, None);
    }

    #[test]
    fn two_pairs_are_refused() {
        let mut other = frame();
        other
            .with_column(polars::prelude::Column::new(
                "to_token".into(),
                ["[CLS]", "cat", "[SEP]", "bird", "x", "[SEP]"],
            ))
            .unwrap();
        let both = frame().vstack(&other).unwrap();
        let error = TokenPair::read(&both).err().unwrap().to_string();
        assert!(
            error.starts_with("chart: position 3 holds both \"cat\" (document) and \"bird\" (document)"),
            "{error}"
        );
    }

    #[test]
    fn a_frame_without_document_is_refused() {
        let error = TokenPair::read(&frame().head(Some(3))).err().unwrap().to_string();
        assert_eq!(
            error,
            "chart: column \"to_segment\" never holds \"document\", only cls, query, sep1: nothing to draw"
        );
    }
}
