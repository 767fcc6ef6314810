//! What this process has opened.

use super::files::Files;
use std::sync::{Arc, Mutex, PoisonError};

/// What was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Model,
    Collection,
}

/// A model or a collection.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub kind: Kind,
    pub name: String,
    pub files: Arc<Files>,
    /// How many there are of what is in it.
    pub counts: Vec<(String, usize)>,
}

static OPENED: Mutex<Vec<Opened>> = Mutex::new(Vec::new());

/// Notes that something was opened; the same thing is noted once.
pub(crate) fn note(new: Opened) {
    let mut all = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let is_known = |old: &Opened| old.kind == new.kind && old.name == new.name && old.files.is(&new.files);
    if !all.iter().any(is_known) {
        all.push(new);
    }
}

/// All that was opened, in the order in which it was.
pub(crate) fn opened() -> Vec<Opened> {
    OPENED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
