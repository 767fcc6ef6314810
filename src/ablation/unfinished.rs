//! The finished part of a sweep that was interrupted, kept until it is asked for again.

use super::heads::Ablation;
use crate::collection::Pairs;
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Per position of a pair: its plain logit, and that of every variant.
pub(super) type Finished = BTreeMap<usize, (f32, Vec<f32>)>;

struct Unfinished {
    sweep: Ablation,
    pairs: Pairs,
    finished: Finished,
}

/// Only the last one: it is what a user who runs a cell again goes on with.
static LAST: Mutex<Option<Unfinished>> = Mutex::new(None);

fn last() -> MutexGuard<'static, Option<Unfinished>> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `compute`, which fills in what is not finished, from where an interrupt stopped the same sweep before.
pub(super) fn go_on(
    sweep: &Ablation,
    pairs: &Pairs,
    compute: impl FnOnce(&mut Finished) -> Result<()>,
) -> Result<Finished> {
    let same = |old: &mut Unfinished| old.sweep.computes_the_same(sweep) && old.pairs[..] == pairs[..];
    let mut finished = last().take_if(same).map(|old| old.finished).unwrap_or_default();
    match compute(&mut finished) {
        Ok(()) => Ok(finished),
        Err(Error::Interrupted { total, unit, .. }) => {
            // Pairs that were under way have been finished since the error was made.
            let done = finished.len();
            *last() = Some(Unfinished { sweep: sweep.clone(), pairs: pairs.clone(), finished });
            Err(Error::Interrupted { done, total, unit, kept: true })
        }
        Err(error) => Err(error),
    }
}
