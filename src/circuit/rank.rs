//! The rank of one key among all keys of the vocabulary, for many queries.
//!
//! A vocabulary of 30,000 pieces has 931 million scores. They are made in tiles that stay in the cache, and only counted.

use crate::model::Packed;
use rayon::prelude::*;

/// Queries and keys of a tile: 256 KiB of scores.
const QUERIES: usize = 64;
const KEYS: usize = 1024;

/// For each of the queries `[query, head_dim]` how many keys have a higher score than the key that is sought, plus one.
/// Keys that score alike do not count.
pub(super) fn ranks(queries: &[f32], keys: &Keys, sought: &[usize]) -> Vec<u32> {
    let dim = keys.dim;
    let of_some = |(queries, sought): (&[f32], &[usize])| {
        let mut scores = Vec::new();
        let score = |(query, sought): (&[f32], &usize)| -> f32 {
            query.iter().zip(&keys.numbers[sought * dim..]).map(|(q, k)| q * k).sum()
        };
        let own: Vec<f32> = queries.chunks_exact(dim).zip(sought).map(score).collect();
        let mut above = vec![0; sought.len()];
        for (first, tile) in (0..).step_by(KEYS).zip(&keys.tiles) {
            tile.multiply(queries, &mut scores);
            let count = scores.len() / sought.len();
            for (at, scores) in scores.chunks_exact(count).enumerate() {
                above[at] += scores.iter().map(|score| u32::from(*score > own[at])).sum::<u32>();
                // What was rounded in another order is not above itself.
                let itself = sought[at].checked_sub(first).and_then(|place| scores.get(place));
                above[at] -= u32::from(itself.is_some_and(|score| *score > own[at]));
            }
        }
        above.into_iter().map(|above| above + 1).collect::<Vec<u32>>()
    };
    queries.par_chunks(QUERIES * dim).zip(sought.par_chunks(QUERIES)).flat_map_iter(of_some).collect()
}

/// The keys of a vocabulary.
pub(super) struct Keys {
    dim: usize,
    /// `[key, head_dim]`
    numbers: Vec<f32>,
    tiles: Vec<Packed>,
}

impl Keys {
    pub(super) fn new(numbers: Vec<f32>, dim: usize) -> Self {
        let tiles = numbers.par_chunks(KEYS * dim).map(|some| Packed::new(some, vec![0.0; some.len() / dim]));
        Self { tiles: tiles.collect(), dim, numbers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_a_sorted_list() {
        let (dim, count) = (3, 2500);
        let number = |at: usize| (at * 7919 % 10_007) as f32 / 10_007.0 - 0.5;
        let numbers: Vec<f32> = (0..count * dim).map(number).collect();
        let queries: Vec<f32> = (0..200 * dim).map(|at| number(at + 77)).collect();
        let sought: Vec<usize> = (0..200).map(|at| at * 12 + 7).collect();
        let ours = ranks(&queries, &Keys::new(numbers.clone(), dim), &sought);
        for ((query, sought), ours) in queries.chunks(dim).zip(sought).zip(ours) {
            let score = |key: &[f32]| query.iter().zip(key).map(|(q, k)| f64::from(*q) * f64::from(*k)).sum::<f64>();
            let own = score(&numbers[sought * dim..][..dim]);
            let above = numbers.chunks(dim).filter(|key| score(key) > own + 1e-7).count() as u32;
            assert!(ours.abs_diff(above + 1) <= 1, "{ours} and {above} + 1");
        }
    }
}
