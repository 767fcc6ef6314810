//! The finished part of a sweep that was interrupted, kept until it is asked for again.

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
    match (compute(&mut finished), name) {
        (Ok(()), _) => Ok(finished),
        (Err(Error::Interrupted { total, unit, .. }), Some(variants)) => {
            // Pairs that were under way have been finished since the error was made.
            let done = finished.len();
            *last() = Some(Unfinished { model: model.clone(), variants, pairs: pairs.clone(), finished });
            Err(Error::Interrupted { done, total, unit, kept: true })
        }
        (Err(error), _) => Err(error),
    }
}
