//! An error of the compiler, in the places of the cell.

use evcxr::CompilationError;
use serde_json::Value;

/// A piece of one line of the cell; columns count characters from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::serve) struct Place {
    /// From 1.
    pub(in crate::serve) line: usize,
    pub(in crate::serve) start: usize,
    pub(in crate::serve) end: usize,
}

/// What the compiler says of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::serve) struct Label {
    pub(in crate::serve) place: Place,
    pub(in crate::serve) text: String,
    pub(in crate::serve) primary: bool,
}

/// What the compiler would write at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::serve) struct Suggestion {
    pub(in crate::serve) place: Place,
    pub(in crate::serve) replacement: String,
    /// What it says about that.
    pub(in crate::serve) why: String,
    /// Whether the replacement is code, not a form to be filled in.
    pub(in crate::serve) whole: bool,
}

/// An error in a cell.
#[derive(Debug, Clone, Default)]
pub(in crate::serve) struct Mistake<'a> {
    /// The compiler's code, such as `E0382`; empty where it has none.
    pub(in crate::serve) code: String,
    pub(in crate::serve) message: String,
    pub(in crate::serve) cell: &'a str,
    pub(in crate::serve) labels: Vec<Label>,
    pub(in crate::serve) suggestions: Vec<Suggestion>,
}

impl<'a> Mistake<'a> {
    pub(in crate::serve) fn new(error: &CompilationError, cell: &'a str) -> Self {
        let labels = error.spanned_messages().iter().filter_map(|said| {
            let text = if said.label.starts_with("error: ") { String::new() } else { said.label.clone() };
            let span = said.span?;
            let place = Place::new((span.start_line, span.start_column), (span.end_line, span.end_column));
            Some(Label { place, text, primary: said.is_primary })
        });
        Self {
            code: error.code().unwrap_or_default().to_owned(),
            message: error.message(),
            cell,
            labels: labels.collect(),
            suggestions: suggestions(error),
        }
    }

    /// A line of the cell, from 1.
    pub(in crate::serve) fn line(&self, line: usize) -> &'a str {
        self.cell.lines().nth(line.saturating_sub(1)).unwrap_or_default()
    }

    /// Where the mistake is.
    pub(in crate::serve) fn place(&self) -> Option<Place> {
        let label = self.labels.iter().find(|label| label.primary).or(self.labels.first());
        label.map(|label| label.place)
    }

    /// The place of the first label with these words.
    pub(in crate::serve) fn labelled(&self, words: &str) -> Option<Place> {
        self.labels.iter().find(|label| label.text.contains(words)).map(|label| label.place)
    }

    /// What stands at a place.
    pub(in crate::serve) fn at(&self, place: Place) -> String {
        self.line(place.line).chars().skip(place.start).take(place.end.saturating_sub(place.start)).collect()
    }

    /// The line with something else at a place.
    pub(in crate::serve) fn with(&self, place: Place, text: &str) -> String {
        let line = self.line(place.line);
        let before: String = line.chars().take(place.start).collect();
        let after: String = line.chars().skip(place.end).collect();
        format!("{before}{text}{after}")
    }
}

impl Place {
    /// From one line and column, which count from 1, to another; only the beginning of what ends on another line.
    fn new((line, column): (usize, usize), (last, end): (usize, usize)) -> Self {
        let start = column.saturating_sub(1);
        Self { line, start, end: if last == line { end.saturating_sub(1) } else { start + 1 } }
    }

    /// The place right behind this one.
    pub(in crate::serve) fn behind(self) -> Self {
        Self { start: self.end, ..self }
    }
}

/// The evaluator has found the places in the cell, and the compiler's own words hold the rest, in the same order.
fn suggestions(error: &CompilationError) -> Vec<Suggestion> {
    let children = error.json["children"].as_array().into_iter().flatten();
    let with_one_place = children.filter(|child| child["spans"].as_array().is_some_and(|spans| spans.len() == 1));
    let both = with_one_place.zip(error.help_spanned());
    both.filter_map(|(child, said)| {
        let span = &child["spans"][0];
        let at = said.span.filter(|at| at.start_line == at.end_line)?;
        Some(Suggestion {
            place: Place::new((at.start_line, at.start_column), (at.end_line, at.end_column)),
            replacement: span["suggested_replacement"].as_str()?.to_owned(),
            why: child["message"].as_str().unwrap_or_default().to_owned(),
            whole: is_whole(&span["suggestion_applicability"]),
        })
    })
    .collect()
}

fn is_whole(applicability: &Value) -> bool {
    !matches!(applicability.as_str(), None | Some("HasPlaceholders"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mistake = Mistake { cell: "let a = 1;\nlet é = \"é\" + x;", ..Mistake::default() };
        let place = Place { line: 2, start: 14, end: 15 };
        assert_eq!(mistake.at(place), "x");
        assert_eq!(mistake.with(place, "y"), "let é = \"é\" + y;");
        assert_eq!(mistake.with(place.behind(), ".z"), "let é = \"é\" + x.z;");
    }
}
