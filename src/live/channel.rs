//! The way from a cell to its kernel: the one place where crosslens writes to standard output.
//!
//! A record is one line, an ASCII record separator in front: the kernel finds it even after text without a line end,
//! and it keeps its place among what the cell prints. Everything is written in one piece, so that no other output
//! gets between.

use serde_json::Value;
use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Set by a kernel that reads records.
const LIVE: &str = "CROSSLENS_LIVE";

/// Whether somebody reads records.
pub(crate) fn is_open() -> bool {
    static OPEN: OnceLock<bool> = OnceLock::new();
    *OPEN.get_or_init(|| std::env::var_os(LIVE).is_some())
}

/// A name for an output that is to be updated; no other output of any process has it.
pub(crate) fn new_id() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("crosslens-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Sends a record, if somebody reads it.
pub(crate) fn send(record: &Value) {
    if is_open() {
        write(&line(record));
    }
}

/// Writes to standard output. A reader that has gone away is no error of the cell.
pub(crate) fn write(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn line(record: &Value) -> String {
    format!("\u{1e}CROSSLENS {record}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_is_one_line() {
        let line = line(&json!({"display": {"data": {"text/plain": "a\nb\u{1e}"}}}));
        assert_eq!(line, "\u{1e}CROSSLENS {\"display\":{\"data\":{\"text/plain\":\"a\\nb\\u001e\"}}}\n");
    }
}
