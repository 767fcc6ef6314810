//! What the relay tells the kernel, one JSON value per line.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Names, in the environment of the process that runs cells, the socket to the kernel.
pub(crate) const OUTPUT: &str = "CROSSLENS_OUTPUT";

/// A piece of what a cell does, in the order in which it does it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Piece {
    /// It printed.
    Stdout(String),
    /// It printed.
    Stderr(String),
    /// It shows something.
    Record(Value),
    /// It panicked or a `?` returned an error; with what was told about that on stderr.
    Failed {
        /// Whether it panicked.
        panic: bool,
        /// The panic's or the error's message.
        told: String,
    },
    /// Nothing more comes before the kernel has answered with a byte.
    End,
}
