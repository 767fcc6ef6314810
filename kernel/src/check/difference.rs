//! One place where two notebooks differ, and how a list of them reads.

use std::fmt;

/// What differs. Cells are counted as when they are executed, outputs within their cell, both from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) cell: usize,
    pub(super) output: usize,
    pub(super) change: Change,
}

/// What changed within an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// Where: a line, a table's row and column, an element of a drawing.
    pub(super) place: String,
    pub(super) expected: String,
    pub(super) found: String,
}

/// What stands for something that is not there.
const NOTHING: &str = "nothing";

/// The most that is told of one output.
const TOLD: usize = 5;

impl Change {
    pub(super) fn new(place: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { place: place.into(), expected: expected.into(), found: found.into() }
    }

    /// Something that was expected and is not there.
    pub(super) fn missing(place: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::new(place, expected, NOTHING)
    }

    /// Something that was not expected.
    pub(super) fn added(place: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(place, NOTHING, found)
    }

    /// The change with a wider place in front.
    pub(super) fn within(mut self, place: &str) -> Self {
        self.place = if self.place.is_empty() { place.to_owned() } else { format!("{place}, {}", self.place) };
        self
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cell, output, change } = self;
        write!(f, "cell {cell}, output {output}, {}:\n  expected  ", change.place)?;
        write!(f, "{}\n  found     {}", indented(&change.expected), indented(&change.found))
    }
}

/// Further lines stand below the first; a long text is cut.
fn indented(text: &str) -> String {
    const LINES: usize = 6;
    const WIDTH: usize = 160;
    let line = |line: &str| match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    };
    let mut lines: Vec<String> = text.lines().take(LINES).map(line).collect();
    if text.lines().nth(LINES).is_some() {
        lines.push("…".to_owned());
    }
    lines.join("\n            ")
}

/// All differences for a terminal, the first few of each output.
pub(super) fn described(differences: &[Difference]) -> String {
    let outputs = differences.chunk_by(|a, b| (a.cell, a.output) == (b.cell, b.output));
    let of_output = |of_output: &[Difference]| {
        let mut lines: Vec<String> = of_output.iter().take(TOLD).map(Difference::to_string).collect();
        if of_output.len() > TOLD {
            lines.push(format!("  … and {} more in this output", of_output.len() - TOLD));
        }
        lines.join("\n")
    };
    outputs.map(of_output).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_reads_as_expected_and_found() {
        let change = Change::new("line 2", "0.25", "0.5\nmore").within("stdout");
        let difference = Difference { cell: 3, output: 1, change };
        let read = "cell 3, output 1, stdout, line 2:\n  expected  0.25\n  found     0.5\n            more";
        assert_eq!(difference.to_string(), read);
    }

    #[test]
    fn many_differences_of_one_output_are_counted() {
        let difference = |output| Difference { cell: 1, output, change: Change::missing("x", "y") };
        let told = described(&[vec![difference(1); 7], vec![difference(2)]].concat());
        assert_eq!(told.matches("expected").count(), 6);
        assert!(told.contains("… and 2 more in this output\ncell 1, output 2"), "{told}");
    }
}
