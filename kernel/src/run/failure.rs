//! Whether a cell failed, why, and where.

use jupyter_protocol::ReplyError;
use nbformat::v4::ErrorOutput;
use std::fmt;

/// Why a cell counts as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It does not compile, or the evaluator refused it.
    Compile,
    /// It panicked.
    Panic,
    /// A `?` returned an error.
    Error,
    /// The process that runs cells ended: an exit, an abort, a fault.
    Exit,
    /// It took longer than allowed.
    Timeout,
    /// The kernel itself ended.
    Kernel,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Compile => "does not compile",
            Self::Panic => "panicked",
            Self::Error => "returned an error",
            Self::Exit => "ended its process",
            Self::Timeout => "took too long",
            Self::Kernel => "lost its kernel",
        })
    }
}

/// The failure of one cell.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// Why it failed.
    pub(super) kind: Kind,
    /// What was said about it, for a terminal.
    pub(super) message: String,
    /// The line of the cell, from 1, where it is known.
    pub(super) line: Option<usize>,
    /// What the notebook should show in addition, because the kernel shows nothing.
    pub(super) unshown: Option<ErrorOutput>,
}

impl Failure {
    /// What the kernel says of a cell.
    pub(super) fn of(error: &ReplyError) -> Self {
        let kind = match error.ename.as_str() {
            "Panic" => Kind::Panic,
            "Error" => Kind::Error,
            "SegmentationFault" | "StackOverflow" => Kind::Exit,
            name if name.starts_with("Process") => Kind::Exit,
            _ => Kind::Compile,
        };
        let report = without_colours(&error.traceback.join("\n"));
        let message = if kind == Kind::Compile { report.clone() } else { error.evalue.clone() };
        Self { kind, message, line: reported_line(&report), unshown: None }
    }

    /// A failure that this program found.
    pub(super) fn own(kind: Kind, message: String) -> Self {
        let traceback = message.lines().map(str::to_owned).collect();
        let unshown = ErrorOutput { ename: "Error".to_owned(), evalue: message.clone(), traceback };
        Self { kind, message, line: None, unshown: Some(unshown) }
    }
}

/// The line of the cell that a report names, as `cell COUNT:LINE:COLUMN` or as `--> cell COUNT, line LINE`.
fn reported_line(report: &str) -> Option<usize> {
    let numbers = |text: &str| -> Vec<usize> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).take(2).collect()
    };
    let (_, rest) = report.rsplit_once("--> cell ").or_else(|| report.split_once("cell "))?;
    numbers(rest).get(1).copied()
}

/// Removes the escape sequences that colour a terminal.
pub(crate) fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\u{1b}' {
            plain.push(character);
            continue;
        }
        // `ESC [ … letter`; anything else is two characters long.
        if characters.next() == Some('[') {
            characters.by_ref().find(char::is_ascii_alphabetic);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(name: &str, report: &str) -> ReplyError {
        let traceback = report.lines().map(str::to_owned).collect();
        ReplyError { ename: name.to_owned(), evalue: "boom".to_owned(), traceback }
    }

    #[test]
    fn a_panic_is_told_by_its_message_and_line() {
        let report = "thread 'main' panicked at src/lib.rs:9:5:\nboom\n --> cell 4, line 2: panic!(\"boom\")";
        let failure = Failure::of(&error("Panic", report));
        assert_eq!((failure.kind, failure.message.as_str(), failure.line), (Kind::Panic, "boom", Some(2)));
    }

    #[test]
    fn a_compile_error_is_told_by_its_report() {
        let failure = Failure::of(&error("E0308", "\u{1b}[31m[E0308]\u{1b}[0m mismatched\n   ╭─[ cell 4:2:14 ]"));
        assert_eq!((failure.kind, failure.line), (Kind::Compile, Some(2)));
        assert!(!failure.message.contains('\u{1b}'));
    }
}
