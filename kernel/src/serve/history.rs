//! The cells that this kernel has executed.

use jupyter_protocol::{HistoryEntry, HistoryReply, HistoryRequest, ReplyStatus};
use std::sync::{Mutex, PoisonError};

/// A kernel knows its own session only: clients keep those of other days.
const SESSION: usize = 0;

/// Numbers and code of the cells so far.
#[derive(Debug, Default)]
pub(super) struct History(Mutex<Vec<(usize, String)>>);

impl History {
    pub(super) fn push(&self, count: usize, code: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((count, code.to_owned()));
    }

    /// What a client asks for.
    pub(super) fn reply(&self, request: &HistoryRequest) -> HistoryReply {
        let cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = |number: &i32| usize::try_from(*number).unwrap_or_default();
        let (wanted, outputs): (Vec<&(usize, String)>, bool) = match request {
            HistoryRequest::Tail { n, output, .. } => {
                (cells[cells.len().saturating_sub(number(n))..].iter().collect(), *output)
            }
            HistoryRequest::Range { start, stop, output, .. } => {
                let range = number(start)..number(stop);
                (cells.iter().filter(|(count, _)| range.contains(count)).collect(), *output)
            }
            HistoryRequest::Search { pattern, n, output, unique, .. } => {
                let mut found: Vec<_> = cells.iter().filter(|(_, code)| matches(pattern, code)).collect();
                if *unique {
                    let mut seen = std::collections::HashSet::new();
                    found.retain(|(_, code)| seen.insert(code.as_str()));
                }
                let last = found.len().saturating_sub(number(n));
                (found.split_off(last), *output)
            }
        };
        let entry = |(count, code): &(usize, String)| {
            if outputs {
                HistoryEntry::InputOutput(SESSION, *count, (code.clone(), String::new()))
            } else {
                HistoryEntry::Input(SESSION, *count, code.clone())
            }
        };
        HistoryReply { history: wanted.into_iter().map(entry).collect(), status: ReplyStatus::Ok, error: None }
    }
}

/// A pattern as a shell has it: `*` is anything, `?` any character.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // Per position of the text: whether the pattern so far can end there.
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for wanted in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match wanted {
                '*' => ends[at] || (at > 0 && next[at - 1]),
                '?' => at > 0 && ends[at - 1],
                wanted => at > 0 && ends[at - 1] && text[at - 1] == wanted,
            };
        }
        ends = next;
    }
    ends[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_a_shell() {
        for (pattern, text, expected) in
            [("*", "", true), ("let*", "let x", true), ("let", "let x", false), ("l?t*x", "let x", true)]
        {
            assert_eq!(matches(pattern, text), expected, "{pattern}");
        }
    }

    #[test]
    fn the_tail_is_the_last_cells() {
        let history = History::default();
        ["a", "b", "c"].into_iter().zip(1..).for_each(|(code, count)| history.push(count, code));
        let reply = history.reply(&HistoryRequest::Tail { n: 2, output: false, raw: true });
        let codes: Vec<String> = reply
            .history
            .into_iter()
            .map(|entry| match entry {
                HistoryEntry::Input(_, _, code) => code,
                HistoryEntry::InputOutput(..) => String::new(),
            })
            .collect();
        assert_eq!(codes, ["b", "c"]);
    }
}
