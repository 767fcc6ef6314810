//! Which document tokens each query token of a pair has in which class, worked out once for all heads.

use super::Options;
use super::class::{Token, class, classes};
use super::group::{Groups, QUARTERS};
use super::sums::Sums;
use super::words::whole_words;
use crate::collection::Pair;
use crate::model::CrossEncoder;
use crate::statistic::HeadPattern;
use crate::tokens::{Segment, Tokens};
use rust_stemmers::{Algorithm, Stemmer};
use std::ops::Range;

/// One pair's query tokens that take part, each with its classes.
pub(super) struct Matches {
    asking: Vec<Asking>,
    /// What attention is a share of.
    attended: Range<usize>,
    /// The quarters of the document and, if it counts, the last separator.
    stretches: Vec<Range<usize>>,
    /// What is told apart.
    special: Vec<usize>,
    cells: usize,
}

/// A query token.
pub(super) struct Asking {
    pub(super) from: usize,
    pub(super) places: Vec<Place>,
}

/// The document tokens that a query token has in one cell: a class of a group.
pub(super) struct Place {
    pub(super) cell: usize,
    pub(super) to: Vec<usize>,
    /// The share of them in each stretch.
    shares: Vec<f64>,
}

impl Matches {
    pub(super) fn new(model: &CrossEncoder, pair: &Pair, tokens: &Tokens, groups: &Groups, options: &Options) -> Self {
        let Options { last_sep, cuts, stop_words, .. } = options;
        let [query, document, last] = [Segment::Query, Segment::Document, Segment::Sep2].map(|of| tokens.span(of));
        let classes = classes(cuts, *last_sep).len();
        let stretches = stretches(&document, last_sep.then_some(&last));
        let stemmer = Stemmer::create(Algorithm::English);
        let words = [(Segment::Query, &pair.query), (Segment::Document, &pair.document)]
            .map(|(segment, text)| whole_words(tokens, segment, text));
        let stems = words.each_ref().map(|words| words.iter().map(|word| stemmer.stem(word)).collect::<Vec<_>>());
        let token = |side: usize, span: &Range<usize>, at: usize| Token {
            id: tokens.ids()[span.start + at],
            word: &words[side][at],
            stem: &stems[side][at],
            punctuation: tokens.is_punctuation(span.start + at),
            stop: stop_words.contains(&words[side][at]),
        };
        let cosines = model.piece_cosines(&tokens.ids()[query.clone()], &tokens.ids()[document.clone()]);
        let asking = (0..query.len()).filter(|at| options.takes_part(&token(0, &query, *at))).map(|at| {
            let of_query = token(0, &query, at);
            let mut cells: Vec<Vec<usize>> = vec![Vec::new(); classes * groups.count()];
            let mut put = |class: usize, to: usize| {
                let stretch = stretches.iter().position(|stretch| stretch.contains(&to)).unwrap_or(0);
                // The last separator stands behind the last quarter.
                let group = groups.of(pair, of_query.word, stretch.min(QUARTERS - 1), to - query.start - at);
                cells[group * classes + class].push(to);
            };
            for (to, cosine) in cosines[at].iter().enumerate() {
                let class = class(of_query, token(1, &document, to), f64::from(*cosine), cuts);
                put(class, document.start + to);
            }
            if *last_sep {
                last.clone().for_each(|to| put(classes - 1, to));
            }
            let filled = cells.into_iter().enumerate().filter(|(_, to)| !to.is_empty());
            let places = filled.map(|(cell, to)| Place { cell, shares: shares(&to, &stretches), to }).collect();
            Asking { from: query.start + at, places }
        });
        let asking = asking.collect();
        let attended = document.start..if *last_sep { last.end } else { document.end };
        let apart = [Segment::Cls, Segment::Sep1, Segment::Sep2].into_iter().flat_map(|segment| tokens.span(segment));
        let special = apart.filter(|at| !attended.contains(at)).collect();
        Self { asking, attended, stretches, special, cells: classes * groups.count() }
    }

    /// The query tokens that take part.
    #[cfg(test)]
    pub(super) fn asking(&self) -> &[Asking] {
        &self.asking
    }

    /// How many query tokens have a document token in each cell.
    pub(super) fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.cells];
        self.asking.iter().flat_map(|asking| &asking.places).for_each(|place| counts[place.cell] += 1);
        counts
    }

    /// What a head's pattern adds to each cell.
    pub(super) fn reduce(&self, pattern: HeadPattern) -> Vec<Sums> {
        let mut sums = vec![Sums::default(); self.cells];
        let attended = self.attended.len() as f64;
        for asking in &self.asking {
            let row = pattern.row(asking.from);
            let sum = |of: &[f32]| of.iter().map(|weight| f64::from(*weight)).sum::<f64>();
            let document_mass = sum(&row[self.attended.clone()]);
            let special_mass = self.special.iter().map(|at| f64::from(row[*at])).sum::<f64>();
            let mean = |stretch: &Range<usize>| sum(&row[stretch.clone()]) / stretch.len().max(1) as f64;
            let means: Vec<f64> = self.stretches.iter().map(mean).collect();
            for place in &asking.places {
                let own = place.to.iter().map(|at| f64::from(row[*at])).sum::<f64>() / place.to.len() as f64;
                let anywhere: f64 = place.shares.iter().zip(&means).map(|(share, mean)| share * mean).sum();
                sums[place.cell].add(&Sums {
                    attention: own / document_mass,
                    lift: own / document_mass * attended,
                    control: anywhere / document_mass * attended,
                    document_mass,
                    special_mass,
                });
            }
        }
        sums
    }
}

/// The quarters of the document, as even as can be, and what stands behind it.
fn stretches(document: &Range<usize>, last: Option<&Range<usize>>) -> Vec<Range<usize>> {
    let end = |quarter: usize| document.start + document.len() * quarter / QUARTERS;
    (0..QUARTERS).map(|quarter| end(quarter)..end(quarter + 1)).chain(last.cloned()).collect()
}

fn shares(to: &[usize], stretches: &[Range<usize>]) -> Vec<f64> {
    let within = |stretch: &Range<usize>| to.iter().filter(|at| stretch.contains(at)).count();
    stretches.iter().map(|stretch| within(stretch) as f64 / to.len() as f64).collect()
}
