//! The one file that prints: progress and complaints go to stderr, answers to stdout.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what a command line is for; everything else goes through here"
)]

use std::fmt::Display;

/// Says something on the way.
pub(crate) fn note(message: impl Display) {
    eprintln!("{message}");
}

/// Gives an answer that may be piped on.
pub(crate) fn answer(message: impl Display) {
    println!("{message}");
}
