//! What a profile is broken down by.

use super::words::whole_words;
use crate::collection::{Collection, Pair};
use crate::effect::Group;
use crate::frame::columns as c;
use crate::perturbation::words;
use crate::tokens::{Segment, Tokens};
use polars::prelude::{Column, NamedFrom, Series};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What a [`MatchProfile`](super::MatchProfile) is broken down by; each adds a column.
#[derive(Debug, Clone, Default)]
pub enum ProfileBy {
    /// Nothing: one row per head and class.
    #[default]
    Nothing,
    /// `idf`: how rare the query token's word is among the documents of a collection, in thirds of the query tokens that
    /// take part: `low`, `middle`, `high`. Words of the same document frequency are in one third.
    Idf(Collection),
    /// `quarter`: in which quarter of the document the attended token stands, from 1.
    Quarter,
    /// `distance`: how many tokens lie from the query token to the attended one: `1-16`, `17-32`, `33-64`, `65-128`, `129-`.
    Distance,
    /// `relevance`: the pair's grade, null where unjudged.
    Relevance,
    /// `kind`: how the collection says that the document matches.
    Kind,
}

/// The quarters of a document.
pub(super) const QUARTERS: usize = 4;
const THIRDS: [&str; 3] = ["low", "middle", "high"];
/// The farthest token of each stretch of distances, and its name.
const DISTANCES: [(usize, &str); 5] =
    [(16, "1-16"), (32, "17-32"), (64, "33-64"), (128, "65-128"), (usize::MAX, "129-")];

/// The groups of some pairs, numbered in order.
pub(super) enum Groups {
    One,
    Idf { frequencies: HashMap<String, usize>, cuts: [usize; 2] },
    Quarter,
    Distance,
    Relevance(Vec<Option<i32>>),
    Kind(Vec<Option<String>>),
}

impl Groups {
    /// `takes_part` tells whether query tokens of a word do; those that do not have no place in the thirds.
    pub(super) fn new(by: &ProfileBy, pairs: &[Pair], tokens: &[Tokens], takes_part: impl Fn(&str) -> bool) -> Self {
        match by {
            ProfileBy::Nothing => Self::One,
            ProfileBy::Quarter => Self::Quarter,
            ProfileBy::Distance => Self::Distance,
            ProfileBy::Relevance => Self::Relevance(different(pairs.iter().map(|pair| pair.relevance))),
            ProfileBy::Kind => Self::Kind(different(pairs.iter().map(|pair| pair.kind.clone()))),
            ProfileBy::Idf(collection) => {
                let mut seen = HashSet::new();
                let queries = pairs.iter().zip(tokens).filter(|(pair, _)| seen.insert(&pair.query));
                let words = queries.flat_map(|(pair, tokens)| {
                    let words = whole_words(tokens, Segment::Query, &pair.query);
                    let place = tokens.span(Segment::Query).start;
                    (place..).zip(words).filter(|(at, _)| !tokens.is_punctuation(*at)).map(|(_, word)| word)
                });
                let words: Vec<String> = words.filter(|word| takes_part(word)).collect();
                let frequencies = document_frequencies(collection, words.iter().cloned().collect());
                let mut of_tokens: Vec<usize> = words.iter().map(|word| frequencies[word]).collect();
                of_tokens.sort_unstable();
                let cut = |third: usize| of_tokens.get((of_tokens.len() * third / 3).max(1) - 1).copied().unwrap_or(0);
                let cuts = [cut(1), cut(2)];
                Self::Idf { frequencies, cuts }
            }
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::One => 1,
            Self::Idf { .. } => THIRDS.len(),
            Self::Quarter => QUARTERS,
            Self::Distance => DISTANCES.len(),
            Self::Relevance(grades) => grades.len(),
            Self::Kind(kinds) => kinds.len(),
        }
    }

    /// The group, in a pair, of a query token's word, and of a document token in a quarter and at a distance from it.
    pub(super) fn of(&self, pair: &Pair, word: &str, quarter: usize, distance: usize) -> usize {
        match self {
            Self::One => 0,
            Self::Idf { frequencies, cuts } => {
                let frequency = frequencies.get(word).copied().unwrap_or(0);
                cuts.iter().filter(|cut| frequency <= **cut).count()
            }
            Self::Quarter => quarter,
            Self::Distance => DISTANCES.iter().position(|(farthest, _)| distance <= *farthest).unwrap_or(0),
            Self::Relevance(grades) => grades.iter().position(|grade| *grade == pair.relevance).unwrap_or(0),
            Self::Kind(kinds) => kinds.iter().position(|kind| *kind == pair.kind).unwrap_or(0),
        }
    }

    /// The column of some groups.
    pub(super) fn column(&self, groups: impl Iterator<Item = usize>) -> Option<Column> {
        match self {
            Self::One => None,
            Self::Idf { .. } => {
                let names: Vec<&str> = groups.map(|group| THIRDS[group]).collect();
                Some(Series::new(c::IDF.into(), names).into())
            }
            Self::Quarter => {
                let quarters: Vec<u32> = groups.map(|group| group as u32 + 1).collect();
                Some(Series::new(c::QUARTER.into(), quarters).into())
            }
            Self::Distance => {
                let names: Vec<&str> = groups.map(|group| DISTANCES[group].1).collect();
                Some(Series::new(c::DISTANCE.into(), names).into())
            }
            Self::Relevance(grades) => Some(Group::column(c::RELEVANCE, groups.map(|group| grades[group]).collect())),
            Self::Kind(kinds) => Some(Group::column(c::KIND, groups.map(|group| kinds[group].clone()).collect())),
        }
    }
}

fn different<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    values.collect::<BTreeSet<T>>().into_iter().collect()
}

/// In how many documents each of some words stands.
fn document_frequencies(collection: &Collection, wanted: HashSet<String>) -> HashMap<String, usize> {
    let of_document = |text: String| {
        let found = words(&text).into_iter().map(|word| text[word].to_lowercase());
        found.filter(|word| wanted.contains(word)).collect::<HashSet<String>>()
    };
    let none = || wanted.iter().map(|word| (word.clone(), 0)).collect::<HashMap<String, usize>>();
    let documents = collection.documents().par_iter().map(|document| of_document(document.full_text()));
    let counted = documents.fold(HashMap::new, |mut counts: HashMap<String, usize>, words| {
        words.into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
        counts
    });
    counted.reduce(none, |mut all, some| {
        some.into_iter().for_each(|(word, count)| *all.entry(word).or_default() += count);
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_end_where_they_say() {
        let pair = Pair::new("sky", "sky");
        let of = |distance| DISTANCES[Groups::Distance.of(&pair, "sky", 0, distance)].1;
        assert_eq!(
            [1, 16, 17, 64, 65, 128, 129].map(of),
            ["1-16", "1-16", "17-32", "33-64", "65-128", "65-128", "129-"]
        );
    }
}
