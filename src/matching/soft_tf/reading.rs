//! What soft term frequencies are made of: for each query token its attention to the document in each head, reduced
//! inside the forward pass.

use crate::collection::Pair;
use crate::error::Result;
use crate::hook::Head;
use crate::live::{Progress, Task};
use crate::model::{CrossEncoder, Order};
use crate::statistic::{HeadPattern, Scored};
use crate::tokens::{Segment, Tokens};
use std::collections::BTreeMap;

/// One pair as it was read.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) score: f64,
    /// How many word pieces the document has, also those that did not fit.
    pub(super) length: usize,
    pub(super) terms: Vec<Term>,
    /// `[head][term]`
    pub(super) masses: Vec<Vec<Mass>>,
}

/// A query token that is no punctuation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    pub(super) position: usize,
    pub(super) piece: u32,
    /// How often the piece stands in the document.
    pub(super) frequency: u32,
}

/// Attention from a query token.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mass {
    document: f64,
    last_sep: f64,
}

impl Mass {
    pub(super) fn sum(self, last_sep: bool) -> f64 {
        self.document + if last_sep { self.last_sep } else { 0.0 }
    }
}

/// The logit of a pair, and the masses of each head and term.
type Reduced = (Scored, Vec<Vec<Mass>>);

/// Pairs in their order; masses are those of these heads, in their order.
pub(super) fn read(
    model: &CrossEncoder,
    pairs: &[Pair],
    heads: &[Head],
    told: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Reading>> {
    let places: Vec<usize> = heads.iter().map(|head| head.layer * model.shape().heads + head.head).collect();
    let task = Task::new("reading soft term frequencies", "pairs", pairs.len());
    let mut readings = BTreeMap::new();
    let order = Order { told, ..Order::of(&task) };
    model.rest_in_batches(pairs, &mut readings, &order, |_, some| {
        let terms: Vec<Vec<Term>> = some.iter().map(|tokens| terms(tokens)).collect();
        let reduced = model.reduce_batch(some, false, |at, pattern| masses(&terms[at], some[at], pattern))?;
        let reading = |((terms, (scored, mut masses)), tokens): ((Vec<Term>, Reduced), &&Tokens)| Reading {
            score: f64::from(scored.logit),
            length: tokens.span(Segment::Document).len() + tokens.truncated(),
            terms,
            masses: places.iter().map(|place| std::mem::take(&mut masses[*place])).collect(),
        };
        Ok(terms.into_iter().zip(reduced).zip(some).map(reading).collect())
    })?;
    Ok(readings.into_values().collect())
}

fn terms(tokens: &Tokens) -> Vec<Term> {
    let document = &tokens.ids()[tokens.span(Segment::Document)];
    let term = |position: usize| {
        let piece = tokens.ids()[position];
        let frequency = document.iter().filter(|own| **own == piece).count() as u32;
        Term { position, piece, frequency }
    };
    tokens.span(Segment::Query).filter(|at| !tokens.is_punctuation(*at)).map(term).collect()
}

fn masses(terms: &[Term], tokens: &Tokens, pattern: HeadPattern) -> Vec<Mass> {
    let mass = |term: &Term| {
        let row = pattern.row(term.position);
        let to = |segment| row[tokens.span(segment)].iter().map(|weight| f64::from(*weight)).sum();
        Mass { document: to(Segment::Document), last_sep: to(Segment::Sep2) }
    };
    terms.iter().map(mass).collect()
}
