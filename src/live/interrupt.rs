//! Whether the user wants the running cell to stop.

use std::path::PathBuf;
use std::sync::OnceLock;

/// Names the file that exists while a cell is asked to stop.
const FILE: &str = "CROSSLENS_INTERRUPT";

/// Whether the user has asked the cell to stop; always false outside the crosslens kernel.
///
/// A file says so, not a signal: no code has to run in a signal handler, and it works alike on every system. Looking
/// for it takes microseconds.
///
/// ```
/// assert!(!crosslens::live::interrupted());
/// ```
pub fn interrupted() -> bool {
    static PATH: OnceLock<Option<PathBuf>> = OnceLock::new();
    PATH.get_or_init(|| std::env::var_os(FILE).map(PathBuf::from)).as_ref().is_some_and(|path| path.exists())
}
