//! An error of the compiler, drawn into the lines of the cell.

use super::hint::mistake::{Mistake, Place};
use super::palette::{PRIMARY, SECONDARY, without_greys};
use ariadne::{Label, Report, ReportKind};

/// The error in colour, as in a terminal; `name` is that of the cell.
pub(super) fn excerpt(mistake: &Mistake<'_>, name: &str) -> String {
    let cell = mistake.cell;
    let starts: Vec<usize> =
        std::iter::once(0).chain(cell.chars().enumerate().filter(|(_, c)| *c == '\n').map(|(at, _)| at + 1)).collect();
    let length = cell.chars().count();
    let range = |Place { line, start, end }: Place| {
        let first = starts.get(line.saturating_sub(1)).copied().unwrap_or(length);
        (first + start).min(length)..(first + end).min(length)
    };
    let Some(place) = mistake.place() else { return plain(mistake) };
    let mut report = Report::build(ReportKind::Error, (name.to_owned(), range(place))).with_message(&mistake.message);
    if !mistake.code.is_empty() {
        report = report.with_code(&mistake.code);
    }
    for label in &mistake.labels {
        let color = if label.primary { PRIMARY } else { SECONDARY };
        // A label without words is not drawn.
        let text = if label.text.is_empty() { "here" } else { &label.text };
        report =
            report.with_label(Label::new((name.to_owned(), range(label.place))).with_color(color).with_message(text));
    }
    let mut text = Vec::new();
    match report.finish().write(ariadne::sources([(name.to_owned(), cell)]), &mut text) {
        Ok(()) => without_greys(String::from_utf8_lossy(&text).trim_end()),
        Err(_) => plain(mistake),
    }
}

/// Without a place.
fn plain(mistake: &Mistake<'_>) -> String {
    let code = if mistake.code.is_empty() { String::new() } else { format!("[{}] ", mistake.code) };
    format!("{code}Error: {}", mistake.message)
}

#[cfg(test)]
mod tests {
    use super::super::hint::mistake;
    use super::*;
    use crate::run::without_colours;

    #[test]
    fn the_place_is_shown_in_a_cell_of_any_language() {
        let label = |line, start, end, text: &str, primary| mistake::Label {
            place: Place { line, start, end },
            text: text.to_owned(),
            primary,
        };
        let mistake = Mistake {
            code: "E0308".to_owned(),
            message: "mismatched types".to_owned(),
            cell: "let a = \"é→\";\nlet b: i32 = \"é\";",
            labels: vec![label(2, 13, 16, "expected `i32`", true), label(2, 7, 10, "due to this", false)],
            ..Mistake::default()
        };
        let shown = without_colours(&excerpt(&mistake, "cell 3"));
        assert!(shown.starts_with("[E0308] Error: mismatched types\n"), "{shown}");
        assert!(shown.contains("cell 3:2:14") && shown.contains("2 │ let b: i32 = \"é\";"), "{shown}");
        assert!(shown.contains("expected `i32`") && shown.contains("due to this"), "{shown}");
    }

    #[test]
    fn without_a_place_there_is_the_message() {
        let mistake = Mistake { message: "no".to_owned(), cell: "a", ..Mistake::default() };
        assert_eq!(excerpt(&mistake, "cell 1"), "Error: no");
    }
}
