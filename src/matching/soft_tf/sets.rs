//! Sets of heads to be held beside each other: those asked about, and as many others at random.

use crate::hook::{Head, drawn};
use crate::origin::seeded;

/// The heads asked about and those drawn at random, as places among all heads of either.
#[derive(Debug)]
pub(super) struct Sets {
    pub(super) own: Vec<usize>,
    pub(super) random: Vec<Vec<usize>>,
}

impl Sets {
    /// The heads of either in order, and the sets; `every` head of the model may be drawn but for the own ones. No set
    /// is drawn where fewer others are left than there are own ones.
    pub(super) fn new(own: &[Head], every: &[Head], draws: usize, seed: u64) -> (Vec<Head>, Self) {
        let others: Vec<Head> = every.iter().filter(|head| !own.contains(head)).copied().collect();
        let draws = if others.len() < own.len() { 0 } else { draws };
        let mut random = seeded("random heads", seed);
        let random: Vec<Vec<Head>> = (0..draws).map(|_| drawn(&others, own.len(), &mut random)).collect();
        let mut all: Vec<Head> = random.iter().flatten().chain(own).copied().collect();
        all.sort_unstable();
        all.dedup();
        let places = |heads: &[Head]| heads.iter().filter_map(|head| all.binary_search(head).ok()).collect();
        let sets = Self { own: places(own), random: random.iter().map(|heads| places(heads)).collect() };
        (all, sets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_heads_are_as_many_others_and_go_by_the_seed() {
        let every: Vec<Head> = (0..12).map(|head| Head::new(head / 4, head % 4)).collect();
        let own = [Head::new(0, 1), Head::new(2, 3)];
        let (all, sets) = Sets::new(&own, &every, 5, 7);
        assert_eq!(sets.own.iter().map(|at| all[*at]).collect::<Vec<_>>(), own);
        assert_eq!(sets.random.len(), 5);
        for drawn in &sets.random {
            assert!(drawn.len() == 2 && drawn[0] != drawn[1] && !drawn.iter().any(|at| sets.own.contains(at)));
        }
        assert_eq!(Sets::new(&own, &every, 5, 7).1.random, sets.random);
        assert_ne!(Sets::new(&own, &every, 5, 8).1.random, sets.random);
        assert!(Sets::new(&every[..7], &every, 5, 7).1.random.is_empty());
    }
}
