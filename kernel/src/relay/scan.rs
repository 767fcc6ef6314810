//! Finds, in what a cell writes to stdout, records and the evaluator's own lines, wherever they begin.

/// In front of a record.
const RECORD: &str = "\u{1e}CROSSLENS ";
/// All lines of the evaluator's protocol begin so.
const PROTOCOL: &str = "EVCXR_";
/// The words that follow, which tell such a line from text that only looks like it.
const WORDS: [&str; 6] = [
    "EXECUTION_COMPLETE",
    "PANIC_NOTIFICATION",
    "ERROR_OCCURRED",
    "VARIABLE_CHANGED_TYPE:",
    "BEGIN_CONTENT ",
    "INPUT_REQUEST",
];
const BLOCK_BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
const BLOCK_END: &str = "EVCXR_END_CONTENT";

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// What the cell printed.
    Text(String),
    /// The JSON of a record.
    Record(String),
    /// A line for the evaluator.
    Protocol(String),
}

/// What has been read and not been understood yet.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    pending: Vec<u8>,
    in_block: bool,
}

impl Scanner {
    /// Everything that the bytes so far tell for certain. Text is told at once, also before its line ends.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Vec<Found> {
        self.pending.extend_from_slice(bytes);
        let mut found = Vec::new();
        while let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            self.line(String::from_utf8_lossy(&line[..end]).into_owned(), &mut found);
        }
        if !self.in_block {
            let sure = sure(&self.pending);
            let text: Vec<u8> = self.pending.drain(..sure).collect();
            push_text(&mut found, &String::from_utf8_lossy(&text));
        }
        found
    }

    /// What is left when nothing more comes.
    pub(super) fn rest(&mut self) -> Vec<Found> {
        let mut found = Vec::new();
        push_text(&mut found, &String::from_utf8_lossy(&std::mem::take(&mut self.pending)));
        found
    }

    fn line(&mut self, line: String, found: &mut Vec<Found>) {
        if self.in_block {
            self.in_block = line != BLOCK_END;
            return found.push(Found::Protocol(line));
        }
        if let Some((before, record)) = line.split_once(RECORD) {
            push_text(found, before);
            return found.push(Found::Record(record.to_owned()));
        }
        let begins = |at: &usize| WORDS.iter().any(|word| line[at + PROTOCOL.len()..].starts_with(word));
        if let Some(at) = line.match_indices(PROTOCOL).map(|(at, _)| at).find(begins) {
            push_text(found, &line[..at]);
            self.in_block = line[at..].starts_with(BLOCK_BEGIN);
            return found.push(Found::Protocol(line[at..].to_owned()));
        }
        push_text(found, &(line + "\n"));
    }
}

/// Joins neighbouring text.
fn push_text(found: &mut Vec<Found>, text: &str) {
    match found.last_mut() {
        _ if text.is_empty() => {}
        Some(Found::Text(last)) => last.push_str(text),
        _ => found.push(Found::Text(text.to_owned())),
    }
}

/// How many bytes of an unfinished line are text for certain: neither the begin of something else, nor half a
/// character.
fn sure(pending: &[u8]) -> usize {
    let special = [RECORD.as_bytes(), PROTOCOL.as_bytes()];
    let begins = |at: &usize| {
        special.iter().any(|special| {
            let rest = &pending[*at..];
            rest.starts_with(special) || special.starts_with(rest)
        })
    };
    let end = (0..pending.len()).find(begins).unwrap_or(pending.len());
    match std::str::from_utf8(&pending[..end]) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Found {
        Found::Text(text.to_owned())
    }

    #[test]
    fn text_is_told_at_once_and_protocol_after_half_a_line() {
        let mut scanner = Scanner::default();
        assert_eq!(scanner.read(b"abc"), [text("abc")]);
        assert_eq!(scanner.read(b"EVCXR_PANIC_NOTIF"), []);
        let protocol = Found::Protocol("EVCXR_PANIC_NOTIFICATION".to_owned());
        assert_eq!(scanner.read(b"ICATION\nx\ny"), [protocol, text("x\ny")]);
    }

    #[test]
    fn records_are_found_within_a_line() {
        let mut scanner = Scanner::default();
        let found = scanner.read(b"before\x1eCROSSLENS {\"a\":1}\nafter\n");
        assert_eq!(found, [text("before"), Found::Record("{\"a\":1}".to_owned()), text("after\n")]);
    }

    #[test]
    fn blocks_pass_whole_and_lookalikes_are_text() {
        let mut scanner = Scanner::default();
        let found = scanner.read(b"EVCXR_BEGIN_CONTENT text/plain\nEVCXR_ or \x1e\nEVCXR_END_CONTENT\nEVCXR_HOME\n");
        let lines = ["EVCXR_BEGIN_CONTENT text/plain", "EVCXR_ or \u{1e}", "EVCXR_END_CONTENT"];
        let mut expected: Vec<Found> = lines.iter().map(|line| Found::Protocol((*line).to_owned())).collect();
        expected.push(text("EVCXR_HOME\n"));
        assert_eq!(found, expected);
    }

    #[test]
    fn half_a_character_waits_for_the_other_half() {
        let mut scanner = Scanner::default();
        let bytes = "é".as_bytes();
        assert_eq!(scanner.read(&bytes[..1]), []);
        assert_eq!(scanner.read(&bytes[1..]), [text("é")]);
        assert_eq!(scanner.read(b"\xff."), [text("\u{fffd}.")]);
        assert_eq!(scanner.read(&bytes[..1]), []);
        assert_eq!(scanner.rest(), [text("\u{fffd}")]);
    }
}
