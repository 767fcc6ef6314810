//! What somebody who is new to Rust should write instead, below the compiler's own words.
//!
//! A rule looks at one [`Mistake`] and says why it is one, in the terms of a notebook, and what the line should be. To
//! add one, write a function in the file of its kind, or a new file, and name it in [`RULES`].

mod borrowed;
mod bracket;
mod dependency;
pub(super) mod mistake;
mod number;
mod print;
mod python;
mod suggested;
mod unfinished;

use super::moves::Moves;
use mistake::Mistake;
use std::fmt;

/// Why something is a mistake, and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hint {
    why: String,
    mend: Option<Mend>,
}

/// A line as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mend {
    /// The number of the cell, if it is another one than that which failed.
    cell: Option<usize>,
    line: usize,
    text: String,
}

impl Hint {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), mend: None }
    }

    /// With the line as it should be.
    pub(super) fn write(self, line: usize, text: impl Into<String>) -> Self {
        Self { mend: Some(Mend { cell: None, line, text: text.into() }), ..self }
    }

    /// With the line of an earlier cell as it should be.
    pub(super) fn rewrite(why: String, cell: usize, line: usize, text: String) -> Self {
        Self { why, mend: Some(Mend { cell: Some(cell), line, text }) }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "help: {}", self.why)?;
        let Some(Mend { cell, line, text }) = &self.mend else { return Ok(()) };
        let of = cell.map(|cell| format!(" of cell {cell}")).unwrap_or_default();
        write!(f, "\nwrite line {line}{of} as:")?;
        text.lines().try_for_each(|line| write!(f, "\n    {line}"))
    }
}

/// A rule knows one mistake.
type Rule = fn(&Mistake<'_>) -> Option<Hint>;

/// The first rule that applies is told; what only passes on the compiler's suggestion comes last.
const RULES: [Rule; 14] = [
    borrowed::variable,
    borrowed::unchangeable,
    python::statement,
    python::literal,
    python::quotes,
    python::function,
    print::result,
    print::form,
    unfinished::lazy,
    unfinished::untyped,
    number::arithmetic,
    number::index,
    dependency::unknown,
    bracket::open,
];

/// The hint for an error, if there is one.
pub(super) fn of(mistake: &Mistake<'_>, moves: &Moves) -> Option<Hint> {
    let moved = moves.hint(mistake);
    moved.or_else(|| RULES.iter().find_map(|rule| rule(mistake))).or_else(|| suggested::line(mistake))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_tells_why_and_the_line() {
        let hint = Hint::new("why").write(2, "#[derive(Debug)]\nstruct P;");
        assert_eq!(hint.to_string(), "help: why\nwrite line 2 as:\n    #[derive(Debug)]\n    struct P;");
        let earlier = Hint::rewrite("why".to_owned(), 6, 1, "a".to_owned());
        assert_eq!(earlier.to_string(), "help: why\nwrite line 1 of cell 6 as:\n    a");
    }
}
