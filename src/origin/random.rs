//! The one place where random numbers begin, so that every seed is known in the end.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// By what they were drawn for.
static SEEDS: Mutex<BTreeMap<&str, BTreeSet<u64>>> = Mutex::new(BTreeMap::new());

/// Random numbers that follow from the seed; `purpose` says in a few words what they are for.
pub(crate) fn seeded(purpose: &'static str, seed: u64) -> ChaCha8Rng {
    SEEDS.lock().unwrap_or_else(PoisonError::into_inner).entry(purpose).or_default().insert(seed);
    ChaCha8Rng::seed_from_u64(seed)
}

/// All seeds that this process has drawn with, by purpose.
pub(crate) fn seeds() -> BTreeMap<&'static str, BTreeSet<u64>> {
    SEEDS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
