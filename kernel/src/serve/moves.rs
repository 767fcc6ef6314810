//! Variables that a cell gave away, for a later cell that still wants them.

use super::hint::Hint;
use super::hint::mistake::Mistake;
use std::collections::HashMap;

/// Which cell gave away a variable.
#[derive(Debug, Default)]
pub(super) struct Moves(HashMap<String, Taker>);

#[derive(Debug)]
struct Taker {
    count: usize,
    code: String,
}

impl Moves {
    /// Takes note of what the cell `count` did with the variables `before` it, of which those `after` it are left.
    pub(super) fn note(&mut self, before: &[String], after: &[String], count: usize, code: &str) {
        self.0.retain(|name, _| !after.contains(name));
        for name in before.iter().filter(|name| !after.contains(name)) {
            self.0.insert(name.clone(), Taker { count, code: code.to_owned() });
        }
    }

    /// Forgets everything: what is missing now is missing for another reason.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// What to write in the cell that gave away the variable that is not found.
    pub(super) fn hint(&self, mistake: &Mistake<'_>) -> Option<Hint> {
        let (name, _) = mistake.message.strip_prefix("cannot find value `")?.split_once('`')?;
        let Taker { count, code } = self.0.get(name)?;
        let why = format!(
            "cell {count} moved `{name}` away: let it work on a copy, and run the cells again from the one that makes `{name}`"
        );
        let lines = (1..).zip(code.lines());
        let (line, text) = lines.filter_map(|(line, text)| Some((line, copied(text, name)?))).last()?;
        Some(Hint::rewrite(why, *count, line, text))
    }
}

/// The line with a copy of the variable, where it is given away last.
fn copied(line: &str, name: &str) -> Option<String> {
    let at = words(line, name).filter(|at| !line[..*at].trim_end().ends_with(['&', '.'])).last()?;
    let end = at + name.len();
    Some(format!("{}.clone(){}", &line[..end], &line[end..]))
}

/// Where `name` stands as a word of its own.
fn words<'a>(line: &'a str, name: &'a str) -> impl Iterator<Item = usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name)
        .map(|(at, _)| at)
        .filter(move |at| !line[..*at].ends_with(is_part) && !line[at + name.len()..].starts_with(is_part))
}

/// The line, from 1, on which `name` is declared.
pub(super) fn declaration<'a>(code: &'a str, name: &str) -> Option<(usize, &'a str)> {
    let declares = |line: &str| {
        words(line, name).any(|at| {
            let before = line[..at].trim_end();
            before.ends_with("let") || before.ends_with("let mut")
        })
    };
    (1..).zip(code.lines()).filter(|(_, line)| declares(line)).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn hint(moves: &Moves, name: &str) -> Option<String> {
        let message = format!("cannot find value `{name}` in this scope");
        moves.hint(&Mistake { message, ..Mistake::default() }).map(|hint| hint.to_string())
    }

    #[test]
    fn the_cell_that_took_a_variable_is_named_until_it_is_back() {
        let mut moves = Moves::default();
        moves.note(&names(&["words", "n"]), &names(&["n", "moved"]), 6, "let n = 1;\nlet moved = words;");
        let told = hint(&moves, "words").expect("is known");
        assert!(told.starts_with("help: cell 6 moved `words` away"), "{told}");
        assert!(told.ends_with("write line 2 of cell 6 as:\n    let moved = words.clone();"), "{told}");
        assert_eq!(hint(&moves, "other"), None);
        moves.note(&names(&["n", "moved"]), &names(&["n", "moved", "words"]), 7, "let words = moved.clone();");
        assert_eq!(hint(&moves, "words"), None);
    }

    #[test]
    fn a_copy_is_made_of_the_word_itself() {
        assert_eq!(copied("for w in words { swords }", "words").as_deref(), Some("for w in words.clone() { swords }"));
        assert_eq!(
            copied("frame.lazy().frame(&frame)", "frame").as_deref(),
            Some("frame.clone().lazy().frame(&frame)")
        );
        assert_eq!(copied("let n = &words;", "words"), None);
    }
}
