//! Compares two notebooks, in their JSON, cell by cell.

use super::difference::Difference;
use super::output::{compare, outputs};
use super::tolerance::Tolerance;
use super::transient;
use serde_json::Value;

/// What differs between the outputs of a notebook as it is and as it was executed again.
pub(super) fn differences(expected: &Value, found: &Value, tolerance: &Tolerance) -> Vec<Difference> {
    let executed = |notebook: &Value| -> Vec<Value> {
        let cells = notebook["cells"].as_array().into_iter().flatten();
        cells.filter(|cell| cell["cell_type"] == "code" && !is_empty(cell)).cloned().collect()
    };
    let cells = executed(expected).into_iter().zip(executed(found)).enumerate();
    let compared = cells.filter(|(_, (cell, _))| !transient::is_ignored(cell));
    compared
        .flat_map(|(cell, (old, new))| {
            let (old, new) = (outputs(&old), outputs(&new));
            let changes = (0..old.len().max(new.len())).flat_map(|output| {
                let changes = compare(old.get(output), new.get(output), tolerance);
                changes.into_iter().map(move |change| Difference { cell: cell + 1, output: output + 1, change })
            });
            changes.collect::<Vec<_>>()
        })
        .collect()
}

/// Whether a cell has no text, and is not executed.
fn is_empty(cell: &Value) -> bool {
    match &cell["source"] {
        Value::String(text) => text.trim().is_empty(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).all(|line| line.trim().is_empty()),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fs;
    use std::path::Path;

    /// A notebook of one cell for each list of outputs.
    fn notebook(cells: &[Value]) -> Value {
        let cell =
            |outputs: &Value| json!({ "cell_type": "code", "metadata": {}, "source": "f()", "outputs": outputs });
        json!({ "cells": cells.iter().map(cell).collect::<Vec<_>>() })
    }

    fn printed(text: &str) -> Value {
        json!({ "output_type": "stream", "name": "stdout", "text": text })
    }

    fn shown(forms: Value) -> Value {
        json!({ "output_type": "execute_result", "execution_count": 7, "metadata": {}, "data": forms })
    }

    fn bar(time: &str) -> Value {
        let html = format!("<div>scoring <progress value=\"9\" max=\"9\"></progress> 9/9 pairs, in {time}</div>");
        json!({ "output_type": "display_data", "metadata": {}, "data": { "text/html": html, "text/plain": "9/9" } })
    }

    const TABLE: &str = "<table><thead><tr><th>head</th><th>mass</th></tr></thead>\
        <tr><td>2.9</td><td>0.7100</td></tr><tr><td>1.1</td><td>0.5500</td></tr></table>";
    const CHART: &str = "<svg width=\"9\"><rect x=\"1\" fill=\"#4477AA\"/></svg>";

    fn whole() -> Value {
        notebook(&[
            json!([printed("12 pairs, mean 0.8000\n")]),
            json!([bar("6.5 s"), shown(json!({ "text/html": TABLE, "text/plain": "2.9 0.7100\n1.1 0.5500" }))]),
            json!([shown(json!({ "image/svg+xml": CHART, "text/plain": ["Which?\n", "2.9 0.71"] }))]),
            json!([{ "output_type": "error", "ename": "Panic", "evalue": "boom", "traceback": ["at 0x1"] }]),
        ])
    }

    /// What is told when one text is replaced by another.
    fn planted(old: &str, new: &str) -> Vec<String> {
        let found = whole().to_string().replace(old, new);
        let found: Value = serde_json::from_str(&found).expect("is JSON");
        let differences = differences(&whole(), &found, &Tolerance::default());
        let told = |Difference { cell, output, change }: Difference| format!("{cell}.{output} {}", change.place);
        differences.into_iter().map(told).collect()
    }

    #[test]
    fn what_is_the_same_within_tolerance_is_no_difference() {
        for (old, new) in [("0.7100", "0.7101"), ("0.8000", "0.8001"), ("#4477AA", "#4478AA"), ("6.5 s", "1 min 2 s")] {
            assert_eq!(planted(old, new), [""; 0], "{old} became {new}");
        }
        for (old, new) in [("\"execution_count\":7", "\"execution_count\":8"), ("at 0x1", "at 0x2")] {
            assert_eq!(planted(old, new), [""; 0], "{old} became {new}");
        }
    }

    #[test]
    fn one_number_one_colour_one_row_are_caught() {
        assert_eq!(planted("0.7100", "0.7110"), ["2.1 text/html, row 1, column `mass`"]);
        assert_eq!(planted("0.8000", "0.8010"), ["1.1 stdout, line 1"]);
        assert_eq!(planted("12 pairs", "13 pairs"), ["1.1 stdout, line 1"]);
        assert_eq!(planted("#4477AA", "#4477BB"), ["3.1 image/svg+xml, <svg> 1 <rect>, fill"]);
        let row = "<tr><td>1.1</td><td>0.5500</td></tr>";
        assert_eq!(planted(row, ""), ["2.1 text/html, rows", "2.1 text/html, row"]);
        assert_eq!(planted("boom", "bang"), ["4.1 error, line 1"]);
        assert_eq!(planted("Panic", "Error"), ["4.1 kind"]);
        assert_eq!(planted("2.9 0.71\"", "2.8 0.71\""), ["3.1 text/plain, line 2"]);
    }

    #[test]
    fn a_bar_that_only_one_of_them_has_is_ignored_and_any_other_output_is_not() {
        let without = notebook(&[json!([printed("a")])]);
        let with = |output: Value| notebook(&[json!([output, printed("a")])]);
        assert_eq!(differences(&without, &with(bar("9 s")), &Tolerance::default()), []);
        assert_eq!(differences(&with(bar("9 s")), &without, &Tolerance::default()), []);
        assert_eq!(differences(&without, &with(shown(json!({ "text/plain": "1" }))), &Tolerance::default()).len(), 2);
    }

    #[test]
    fn a_stream_in_pieces_is_one() {
        let pieces = notebook(&[json!([printed("a\n"), bar("9 s"), printed("b\n")])]);
        assert_eq!(differences(&notebook(&[json!([printed("a\nb\n")])]), &pieces, &Tolerance::default()), []);
    }

    #[test]
    fn a_cell_that_is_marked_is_left_alone() {
        let mut old = notebook(&[json!([printed("1")])]);
        old["cells"][0]["metadata"]["tags"] = json!(["nbval-ignore-output"]);
        assert_eq!(differences(&old, &notebook(&[json!([printed("2")])]), &Tolerance::default()), []);
    }

    /// The text with the third of the last so many digits after a `mark` replaced.
    fn drifted(text: &str, mark: &str, digits: usize) -> Option<String> {
        let is_whole = |&start: &usize| {
            let (number, after) = (text.get(start..start + digits), text.get(start + digits..));
            number.is_some_and(|number| number.chars().all(|c| c.is_ascii_hexdigit()))
                && after.is_some_and(|after| after.starts_with(['<', '"']))
        };
        let third = 2 + text.rmatch_indices(mark).map(|(place, _)| place + mark.len()).find(is_whole)?;
        let other = if text[third..].starts_with('4') { "8" } else { "4" };
        Some(format!("{}{other}{}", &text[..third], &text[third + 1..]))
    }

    /// In how many tables and charts of a committed notebook a drift was planted; each must be caught.
    fn caught(path: &Path) -> usize {
        let text = fs::read_to_string(path).expect("is committed");
        let expected: Value = serde_json::from_str(&text).expect("is JSON");
        assert_eq!(differences(&expected, &expected.clone(), &Tolerance::default()), []);
        let mut planted = 0;
        for (cell, outputs) in expected["cells"].as_array().expect("has cells").iter().enumerate() {
            for output in 0..outputs["outputs"].as_array().map_or(0, Vec::len) {
                for (mime, mark, digits) in [("text~1html", ".", 4), ("image~1svg+xml", "#", 6)] {
                    let pointer = format!("/cells/{cell}/outputs/{output}/data/{mime}");
                    let Some(lines) = expected.pointer(&pointer).and_then(Value::as_array) else { continue };
                    let whole: String = lines.iter().filter_map(Value::as_str).collect();
                    let Some(other) = drifted(&whole, mark, digits) else { continue };
                    let mut found = expected.clone();
                    *found.pointer_mut(&pointer).expect("is there") = json!(other);
                    let told = differences(&expected, &found, &Tolerance::default());
                    assert!(!told.is_empty(), "{}: {pointer}", path.display());
                    planted += 1;
                }
            }
        }
        planted
    }

    #[test]
    fn drift_of_any_table_and_any_chart_of_a_committed_notebook_is_caught() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../notebooks");
        let files = fs::read_dir(folder).expect("is there").map(|entry| entry.expect("is there").path());
        let notebooks = files.filter(|path| path.extension().is_some_and(|extension| extension == "ipynb"));
        let planted: usize = notebooks.map(|path| caught(&path)).sum();
        assert!(planted >= 60, "{planted}");
    }
}
