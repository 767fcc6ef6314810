//! How a cell ended, in the words of the protocol.

use super::excerpt::excerpt;
use super::hint;
use super::hint::mistake::Mistake;
use super::moves::Moves;
use super::output::Told;
use crate::stand_in::PLACE;
use evcxr::CompilationError;
use jupyter_protocol::ReplyError;

/// There is no evaluator, or it does not go on.
pub(super) fn no_evaluator(why: &str) -> ReplyError {
    let traceback = vec![format!("KernelError: {why}")];
    ReplyError { ename: "KernelError".to_owned(), evalue: why.to_owned(), traceback }
}

/// A failed cell: its code and number.
pub(super) struct Cell<'a> {
    pub(super) code: &'a str,
    pub(super) count: usize,
}

impl Cell<'_> {
    /// It panicked, or a `?` returned an error; places of panics are given in the evaluator's `source`.
    pub(super) fn failed(&self, told: &Told, source: &str) -> ReplyError {
        let report = told.told.trim();
        let (name, value, mut shown) = if told.panic {
            let shown = report.split("\nnote: run with").next().unwrap_or_default();
            ("Panic", panic_message(report), shown.to_owned())
        } else {
            let value = without_place(report);
            ("Error", value.to_owned(), value.to_owned())
        };
        if let Some(line) = self.line_of(report, source) {
            let text = self.code.lines().nth(line - 1).unwrap_or_default();
            shown.push_str(&format!("\n --> cell {}, line {line}: {}", self.count, text.trim()));
        }
        self.error(name, value, shown)
    }

    /// The process that runs cells ended, having `printed` this on stderr.
    pub(super) fn ended(&self, how: &str, printed: &str, lost: &[String]) -> ReplyError {
        let how = how.lines().rev().find_map(|line| line.strip_prefix("Subprocess terminated with status: "));
        let how = how.unwrap_or("for an unknown reason");
        let says = |words: &str| how.contains(words) || printed.contains(words);
        let (name, why) = if says("overflowed its stack") || (says("SIGSEGV") && !says("Segmentation fault.")) {
            ("StackOverflow", "; its stack overflowed")
        } else if says("SIGSEGV") || says("Segmentation fault.") {
            ("SegmentationFault", "")
        } else if says("SIGKILL") {
            ("ProcessKilled", "; the system does this when memory runs out")
        } else if says("SIGABRT") {
            ("ProcessAborted", "")
        } else if says("exit status") {
            ("ProcessExit", "")
        } else {
            ("ProcessEnded", "")
        };
        let value = format!("the process that runs cells ended: {how}{why}. {}", told_lost(lost));
        self.error(name, value.clone(), value)
    }

    /// The user stopped it; `lost` are the variables of its process, if that had to be ended.
    pub(super) fn interrupted(&self, lost: Option<&[String]>, told: &str) -> ReplyError {
        let value = match lost {
            Some(lost) => format!("interrupted by ending the process that runs cells. {}", told_lost(lost)),
            None if told.is_empty() => "interrupted; all variables are kept".to_owned(),
            None => format!("{}; all variables are kept", without_place(told)),
        };
        self.error("KeyboardInterrupt", value.clone(), value)
    }

    /// It does not compile.
    pub(super) fn refused(&self, errors: &[CompilationError], moves: &Moves) -> ReplyError {
        let first = errors.iter().find(|error| error.is_from_user_code()).or_else(|| errors.first());
        let (name, value) = first.map_or(("CompileError".to_owned(), String::new()), |error| {
            (error.code().unwrap_or("CompileError").to_owned(), error.message())
        });
        // What cannot be read makes errors of no meaning further down.
        let unread = first.is_some_and(|error| error.code().is_none());
        let mut parts: Vec<String> = Vec::new();
        for error in errors.iter().filter(|error| !(unread && error.code().is_some())) {
            let mistake = Mistake::new(error, self.code);
            parts.push(excerpt(&mistake, &format!("cell {}", self.count)));
            let hint = hint::of(&mistake, moves).map(|hint| hint.to_string());
            parts.extend(hint.filter(|hint| !parts.contains(hint)));
        }
        self.error(&name, value, parts.join("\n"))
    }

    /// Anything else that the evaluator says.
    pub(super) fn other(&self, message: &str, moves: &Moves) -> ReplyError {
        let mistake = Mistake { message: message.to_owned(), cell: self.code, ..Mistake::default() };
        let hint = hint::of(&mistake, moves).map(|hint| format!("\n{hint}"));
        self.error("CompileError", message.to_owned(), message.to_owned() + &hint.unwrap_or_default())
    }

    fn error(&self, name: &str, value: String, traceback: String) -> ReplyError {
        let traceback = if traceback.is_empty() { value.clone() } else { traceback };
        ReplyError { ename: name.to_owned(), evalue: value, traceback: traceback.lines().map(str::to_owned).collect() }
    }

    /// The cell's line of the last place `src/lib.rs:LINE:COLUMN` in the evaluator's source: the line with the same text.
    fn line_of(&self, report: &str, source: &str) -> Option<usize> {
        let (_, place) = report.rsplit_once("src/lib.rs:")?;
        let number: usize = place.split(':').next()?.parse().ok()?;
        let text = source.lines().nth(number.checked_sub(1)?)?.trim();
        // The evaluator writes each statement on a line of its own.
        let is_part = |whole: &str, part: &str| !part.is_empty() && whole.contains(part.trim_end_matches(';'));
        let same = |line: &&str| is_part(text, line) || is_part(line, text);
        let lines: Vec<usize> =
            (1..).zip(self.code.lines().map(str::trim)).filter(|(_, line)| same(line)).map(|(n, _)| n).collect();
        lines.first().copied()
    }
}

/// The message of the last panic in a report.
fn panic_message(report: &str) -> String {
    let Some(start) = report.rfind("panicked at ") else { return report.to_owned() };
    let mut lines = report[start..].lines();
    let place = lines.next().unwrap_or_default();
    let said: Vec<&str> =
        lines.take_while(|line| !line.starts_with("note: ") && !line.starts_with("stack backtrace:")).collect();
    match said.join("\n").trim_end() {
        "" => place.to_owned(),
        said => said.to_owned(),
    }
}

fn told_lost(lost: &[String]) -> String {
    if lost.is_empty() { "No variable was lost".to_owned() } else { format!("Lost variables: {}", lost.join(", ")) }
}

/// What a failed `?` says, without where it stands.
fn without_place(told: &str) -> &str {
    told.split(PLACE).next().unwrap_or_default().trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: Cell<'_> = Cell { code: "let a = 1;\npanic!(\"boom\")", count: 4 };

    #[test]
    fn a_panic_names_the_line_of_the_cell() {
        let told =
            "thread 'main' (7) panicked at src/lib.rs:2:5:\nboom\nnote: run with `RUST_BACKTRACE=1`\n".to_owned();
        let error = CELL.failed(&Told { panic: true, told }, "x\n  panic!(\"boom\")\n");
        assert_eq!((error.ename.as_str(), error.evalue.as_str()), ("Panic", "boom"));
        assert_eq!(error.traceback.last().map(String::as_str), Some(" --> cell 4, line 2: panic!(\"boom\")"));
    }

    #[test]
    fn an_error_names_the_line_of_the_cell() {
        let cell = Cell { code: "let a = 1; f()?;\ng()?", count: 4 };
        let told = |place: &str| Told { panic: false, told: format!("no\n{PLACE}src/lib.rs:{place}\n") };
        let source = "let a = 1;\nf()?;\n(g()?).evcxr_display()\n";
        for (place, line) in [("2:3", "1: let a = 1; f()?;"), ("3:4", "2: g()?")] {
            let error = cell.failed(&told(place), source);
            assert_eq!((error.ename.as_str(), error.evalue.as_str()), ("Error", "no"));
            assert_eq!(error.traceback, ["no", &format!(" --> cell 4, line {line}")]);
        }
    }

    #[test]
    fn an_interrupt_tells_what_stopped_and_no_place() {
        let told = format!("interrupted after 6 of 63 pairs\n{PLACE}src/lib.rs:3:1");
        let error = CELL.interrupted(None, &told);
        assert_eq!(error.evalue, "interrupted after 6 of 63 pairs; all variables are kept");
        assert_eq!(CELL.interrupted(None, "").evalue, "interrupted; all variables are kept");
    }

    #[test]
    fn an_end_names_what_was_lost() {
        let error =
            CELL.ended("x\nSubprocess terminated with status: exit status: 3", "", &["a".to_owned(), "b".to_owned()]);
        assert_eq!(error.ename, "ProcessExit");
        assert_eq!(error.evalue, "the process that runs cells ended: exit status: 3. Lost variables: a, b");
    }
}
