//! How much more a match is attended to from its own word than from the rest of the query, by heads and scrambled heads.

use super::asking::{Asked, Asking, Queries};
use crate::circuit::rotations;
use crate::effect::mean;
use crate::error::Result;
use crate::hook::{Head, Heads, Hooks, Shape, Site};
use crate::live::Task;
use crate::model::{CrossEncoder, Packed, softmax};
use crate::tokens::Segment;
use rayon::prelude::*;
use std::ops::Range;

/// A share of attention below this is noise of single precision, and its logarithm would rule the mean.
const FLOOR: f64 = 1e-9;
/// Queries whose numbers are in memory before they are added up.
const AT_ONCE: usize = 64;

/// Bits of all heads, and of the largest of the scrambled ones.
pub(super) struct Specificity {
    pub(super) heads: Vec<Head>,
    /// `[head][query]`
    pub(super) bits: Vec<Vec<f64>>,
    /// The largest mean over queries among the scrambled heads of each draw, the largest draw first.
    pub(super) scrambled: Vec<f64>,
}

impl Specificity {
    pub(super) fn of(model: &CrossEncoder, queries: &Queries, draws: usize, seed: u64) -> Result<Self> {
        let shape = model.shape();
        let heads = Heads::all().within(&shape)?;
        let control = Control::new(model, &heads, draws, seed)?;
        let task = Task::new("holding heads against scrambled ones", "queries", queries.0.len());
        let (mut bits, mut sums) = (vec![Vec::new(); heads.len()], vec![0.0; heads.len() * draws]);
        for some in queries.0.chunks(AT_ONCE) {
            let of_query = |asked: &Vec<Asked>| {
                task.check()?;
                let of = of_query(model, &control, asked)?;
                task.step();
                Ok(of)
            };
            // In their order, so that sums round alike at every run.
            for (own, scrambled) in some.par_iter().map(of_query).collect::<Result<Vec<_>>>()? {
                bits.iter_mut().zip(own).for_each(|(bits, own)| bits.push(own));
                sums.iter_mut().zip(scrambled).for_each(|(sum, bits)| *sum += bits);
            }
        }
        let mean = |head: usize, draw: usize| sums[head * draws + draw] / queries.0.len() as f64;
        let largest = |draw| (0..heads.len()).map(|head| mean(head, draw)).fold(f64::NEG_INFINITY, f64::max);
        let mut scrambled: Vec<f64> = (0..draws).map(largest).collect();
        scrambled.sort_by(|a, b| b.total_cmp(a));
        Ok(Self { heads, bits, scrambled })
    }

    /// The mean over queries.
    pub(super) fn mean(&self, head: usize) -> f64 {
        mean(&self.bits[head])
    }

    /// How likely so much is among scrambled heads.
    pub(super) fn p(&self, head: usize) -> f64 {
        let (mean, draws) = (self.mean(head), self.scrambled.len());
        (1 + self.scrambled.partition_point(|largest| *largest >= mean)) as f64 / (1 + draws) as f64
    }

    /// The heads above all draws but so many.
    pub(super) fn above(&self, allowed: usize) -> Vec<Head> {
        let places = (0..self.heads.len()).filter(|at| self.mean(*at) > self.scrambled[allowed]);
        places.map(|at| self.heads[at]).collect()
    }
}

/// What scrambles heads.
struct Control {
    shape: Shape,
    draws: usize,
    /// `[draw and dimension, head_dim]`
    rotations: Packed,
    /// Queries and keys of each head.
    circuits: Vec<crate::circuit::Qk>,
}

impl Control {
    fn new(model: &CrossEncoder, heads: &[Head], draws: usize, seed: u64) -> Result<Self> {
        let shape = model.shape();
        let turned = rotations(shape.head_dim, draws, seed);
        let rotations = Packed::new(&turned, vec![0.0; draws * shape.head_dim]);
        let circuits = heads.iter().map(|head| model.qk(*head)).collect::<Result<_>>()?;
        Ok(Self { shape, draws, rotations, circuits })
    }
}

/// Of one query: bits per head, and per head and draw.
fn of_query(model: &CrossEncoder, control: &Control, asked: &[Asked]) -> Result<(Vec<f64>, Vec<f64>)> {
    let heads = control.circuits.len();
    let (mut own, mut scrambled) = (vec![0.0; heads], vec![0.0; heads * control.draws]);
    let count: usize = asked.iter().map(|asked| asked.asking.len()).sum();
    for Asked { tokens, asking, .. } in asked {
        let seen = model.run_tokens(tokens, &Hooks::new().capture(Site::ResidPre).capture(Site::Pattern))?;
        let [query, document] = [Segment::Query, Segment::Document].map(|segment| tokens.span(segment));
        let (hidden, length) = (control.shape.hidden, tokens.len());
        let mut turned = Turned::default();
        for layer in 0..control.shape.layers {
            let (rows, patterns) = (seen.values(Site::ResidPre, layer)?.0, seen.values(Site::Pattern, layer)?.0);
            let rows = |of: &Range<usize>| &rows[of.start * hidden..of.end * hidden];
            for (at, pattern) in patterns.chunks_exact(length * length).enumerate() {
                let head = layer * control.shape.heads + at;
                let seen: Vec<f32> =
                    query.clone().flat_map(|from| shares(&pattern[from * length..][document.clone()])).collect();
                own[head] += sum(asking, &document, |from| &seen[(from - query.start) * document.len()..]);
                let qk = &control.circuits[head];
                turned.compute(control, &qk.queries(rows(&query))?, &qk.keys(rows(&document))?);
                for draw in 0..control.draws {
                    let row = |from: usize| turned.row(control, from - query.start, draw, document.len());
                    scrambled[head * control.draws + draw] += sum(asking, &document, row);
                }
            }
        }
    }
    own.iter_mut().chain(&mut scrambled).for_each(|sum| *sum /= count as f64);
    Ok((own, scrambled))
}

/// What scrambled heads attend to.
#[derive(Default)]
struct Turned {
    /// `[query token, draw, head_dim]`
    queries: Vec<f32>,
    /// `[query token, draw, document token]`: rows sum to 1.
    shares: Vec<f32>,
}

impl Turned {
    fn compute(&mut self, control: &Control, queries: &[f32], keys: &[f32]) {
        let document = keys.len() / control.shape.head_dim;
        control.rotations.multiply(queries, &mut self.queries);
        Packed::new(keys, vec![0.0; document]).multiply(&self.queries, &mut self.shares);
        softmax(&mut self.shares, document);
    }

    fn row(&self, control: &Control, query: usize, draw: usize, document: usize) -> &[f32] {
        &self.shares[(query * control.draws + draw) * document..][..document]
    }
}

/// Attention to the document as shares of it; a head that does not see the document prefers nothing in it.
fn shares(attention: &[f32]) -> impl Iterator<Item = f32> {
    let all: f32 = attention.iter().sum();
    let even = 1.0 / attention.len() as f32;
    attention.iter().map(move |weight| if all > 0.0 { weight / all } else { even })
}

/// Bits summed over the tokens that ask; `row(from)` has the shares of the document, from its first token on.
fn sum<'a>(asking: &[Asking], document: &Range<usize>, row: impl Fn(usize) -> &'a [f32]) -> f64 {
    let bits_of = |from: usize, equal: &[usize]| {
        let row = row(from);
        equal.iter().map(|to| f64::from(row[to - document.start])).sum::<f64>().max(FLOOR).log2()
    };
    let bits = |asking: &Asking| {
        let others: f64 = asking.others.iter().map(|from| bits_of(*from, &asking.equal)).sum();
        bits_of(asking.from, &asking.equal) - others / asking.others.len() as f64
    };
    asking.iter().map(bits).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_is_held_against_the_rest_of_the_query() {
        // Query tokens 1 and 2, document tokens 4 and 5; 1 asks for 4.
        let asking = Asking { from: 1, equal: vec![4], others: vec![2] };
        let bits = |own: &'static [f32], other: &'static [f32]| {
            sum(std::slice::from_ref(&asking), &(4..6), |from| if from == 1 { own } else { other })
        };
        assert_eq!(bits(&[0.5, 0.5], &[0.25, 0.75]), 1.0);
        // What all query tokens look at is no match, however strong.
        assert_eq!(bits(&[0.9, 0.1], &[0.9, 0.1]), 0.0);
        assert_eq!(shares(&[0.1, 0.3]).collect::<Vec<_>>(), [0.25, 0.75]);
        assert_eq!(shares(&[0.0, 0.0]).collect::<Vec<_>>(), [0.5, 0.5]);
    }
}
