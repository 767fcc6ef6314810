//! The one file that prints: progress and complaints go to stderr, answers to stdout.

use std::fmt::Display;
use std::io::{Write, stderr, stdout};

/// Says something on the way. Nobody may be listening any more, which is no reason to stop.
pub(crate) fn note(message: impl Display) {
    let _ = writeln!(stderr(), "{message}");
}

/// Gives an answer that may be piped on.
pub(crate) fn answer(message: impl Display) {
    let _ = writeln!(stdout(), "{message}");
}
