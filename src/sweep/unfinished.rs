//! The finished part of a sweep that was interrupted or failed, kept until it is asked for again.

use super::design::{self, Variant};
use super::scores::Finished;
use crate::collection::Pairs;
use crate::error::{Error, Result};
use crate::model::CrossEncoder;
use std::sync::{Mutex, MutexGuard, PoisonError};

struct Unfinished {
    model: CrossEncoder,
    variants: String,
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
    model: &CrossEncoder,
    variants: &[Variant],
    pairs: &Pairs,
    compute: impl FnOnce(&mut Finished) -> Result<()>,
) -> Result<Finished> {
    let name = design::fingerprint(variants);
    let same = |old: &mut Unfinished| {
        old.model.is(model) && Some(&old.variants) == name.as_ref() && old.pairs[..] == pairs[..]
    };
    let mut finished = last().take_if(same).map(|old| old.finished).unwrap_or_default();
    let computed = compute(&mut finished);
    if let (Err(_), Some(variants)) = (&computed, name.clone()) {
        let (model, pairs, finished) = (model.clone(), pairs.clone(), finished.clone());
        *last() = Some(Unfinished { model, variants, pairs, finished });
    }
    match computed {
        Ok(()) => Ok(finished),
        // Pairs that were under way have been finished since the error was made.
        Err(Error::Interrupted { total, unit, .. }) => {
            Err(Error::Interrupted { done: finished.len(), total, unit, kept: name.is_some() })
        }
        Err(error) => Err(error),
    }
}
