//! Whether a cell failed, why, and where.

use super::transcript::Shown;
use nbformat::v4::{ErrorOutput, Output};
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
    /// Reads a failure from what a cell showed; `replied_ok` is what the kernel made of it.
    ///
    /// Only what the evaluator and the relay say counts, never what the cell printed.
    pub(super) fn of(shown: &Shown, replied_ok: bool) -> Option<Self> {
        match shown.failure.as_deref() {
            Some("panic") => {
                let text = printed_to_stderr(shown);
                let message = panic_message(&text);
                Some(Self::unshown(Kind::Panic, "Panic", message))
            }
            Some(_) => {
                let text = printed_to_stderr(shown);
                Some(Self::unshown(Kind::Error, "Error", last_lines(&text)))
            }
            None if replied_ok => None,
            None => Some(Self::shown(shown)),
        }
    }

    /// A failure that this program found.
    pub(super) fn own(kind: Kind, message: String) -> Self {
        Self::unshown(kind, "Error", message)
    }

    fn unshown(kind: Kind, name: &str, message: String) -> Self {
        let unshown = ErrorOutput {
            ename: name.to_owned(),
            evalue: message.clone(),
            traceback: message.lines().map(str::to_owned).collect(),
        };
        Self { kind, message, line: None, unshown: Some(unshown) }
    }

    /// A failure that the kernel showed as one or several errors.
    fn shown(shown: &Shown) -> Self {
        let errors = shown.outputs.iter().filter_map(|output| match output {
            Output::Error(error) => Some(error),
            _ => None,
        });
        let mut message = Vec::new();
        let mut kind = Kind::Compile;
        for error in errors {
            if error.evalue.contains("Subprocess terminated") {
                kind = Kind::Exit;
            }
            let text = without_colours(&error.traceback.join("\n"));
            message.push(if text.trim().is_empty() { error.evalue.clone() } else { text });
        }
        let message = message.join("\n");
        Self { kind, line: reported_line(&message), message, unshown: None }
    }
}

/// Everything that the cell printed to stderr.
fn printed_to_stderr(shown: &Shown) -> String {
    let streams = shown.outputs.iter().filter_map(|output| match output {
        Output::Stream { name, text } if name == "stderr" => Some(text.0.as_str()),
        _ => None,
    });
    streams.collect()
}

/// The last panic message in what was printed to stderr.
fn panic_message(text: &str) -> String {
    let Some(start) = text.rfind("panicked at ") else {
        return last_lines(text);
    };
    let mut lines = text[start..].lines();
    let place = lines.next().unwrap_or_default();
    let said: Vec<&str> =
        lines.take_while(|line| !line.starts_with("note: ") && !line.starts_with("stack backtrace:")).collect();
    match said.join("\n").trim_end() {
        "" => place.to_owned(),
        said => said.to_owned(),
    }
}

/// The last lines of a text.
fn last_lines(text: &str) -> String {
    const LINES: usize = 10;
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// The line of the cell that the evaluator's report names as `command_COUNT:LINE:COLUMN`.
fn reported_line(report: &str) -> Option<usize> {
    let (_, rest) = report.split_once("command_")?;
    let mut numbers = rest.split(|c: char| !c.is_ascii_digit());
    let (_count, line) = (numbers.next()?, numbers.next()?);
    line.parse().ok()
}

/// Removes the escape sequences that colour a terminal.
pub(super) fn without_colours(text: &str) -> String {
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
    use nbformat::v4::MultilineString;

    fn printing(stream: &str, text: &str) -> Shown {
        Shown {
            outputs: vec![Output::Stream { name: stream.to_owned(), text: MultilineString(text.to_owned()) }],
            ..Shown::default()
        }
    }

    #[test]
    fn printed_words_are_no_failure() {
        for stream in ["stdout", "stderr"] {
            let shown = printing(stream, "thread 'main' panicked at src/lib.rs:1:1:\nboom\n");
            assert!(Failure::of(&shown, true).is_none());
        }
    }

    #[test]
    fn a_panic_is_told_by_its_message() {
        let mut shown =
            printing("stderr", "\nthread 'main' (7) panicked at src/lib.rs:9:5:\nboom\nand more\nnote: run with …\n");
        shown.failure = Some("panic".to_owned());
        let failure = Failure::of(&shown, true).expect("it failed");
        assert_eq!((failure.kind, failure.message.as_str()), (Kind::Panic, "boom\nand more"));
    }

    #[test]
    fn a_compile_error_is_told_by_its_line() {
        let report = "\u{1b}[31m[E0308] Error:\u{1b}[0m mismatched types\n   ╭─[ command_4:2:14 ]\n";
        let shown = Shown {
            outputs: vec![Output::Error(ErrorOutput {
                ename: "Error".to_owned(),
                evalue: "mismatched types".to_owned(),
                traceback: report.lines().map(str::to_owned).collect(),
            })],
            ..Shown::default()
        };
        let failure = Failure::of(&shown, false).expect("it failed");
        assert_eq!((failure.kind, failure.line), (Kind::Compile, Some(2)));
        assert!(!failure.message.contains('\u{1b}'));
    }
}
