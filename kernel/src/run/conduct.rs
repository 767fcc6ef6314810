//! How a notebook is executed, and how that ended.

use std::time::Duration;

/// What errors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errors {
    /// The first one ends the run.
    Stop,
    /// They end nothing.
    Allow,
    /// The first one in a cell that shows none yet ends the run.
    AsShown,
}

/// How a notebook is executed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conduct {
    /// What errors do.
    pub(crate) errors: Errors,
    /// How long a cell may take.
    pub(crate) timeout: Option<Duration>,
}

/// How the execution of a notebook ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Every cell ran, and those that failed may.
    Done,
    /// A cell failed.
    Failed,
    /// A signal stopped it.
    Stopped,
}
