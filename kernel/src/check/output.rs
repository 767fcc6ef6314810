//! What a cell shows, as far as it is compared, and what is compared with what.

use super::difference::Change;
use super::table::Table;
use super::tolerance::Tolerance;
use super::{markup, picture, provenance, table, text, transient};
use crate::notebook::PROVENANCE;
use crate::run::without_colours;
use serde_json::{Map, Value};

/// An output of a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Output {
    /// What was printed, all at one place.
    Stream {
        name: String,
        text: String,
    },
    /// A value in its forms, by MIME type.
    Data(Map<String, Value>),
    Error {
        name: String,
        value: String,
    },
}

const HTML: &str = "text/html";
const PLAIN: &str = "text/plain";
const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";

/// The outputs of a cell of a notebook, without those that are not compared; pieces of a stream become one.
pub(super) fn outputs(cell: &Value) -> Vec<Output> {
    let mut outputs: Vec<Output> = Vec::new();
    for output in cell["outputs"].as_array().into_iter().flatten() {
        match Output::read(output) {
            Output::Data(forms) if forms.get(HTML).is_some_and(|html| transient::is_progress(&joined(html))) => {}
            Output::Stream { name, text } => match outputs.last_mut() {
                Some(Output::Stream { name: before, text: printed }) if *before == name => printed.push_str(&text),
                _ => outputs.push(Output::Stream { name, text }),
            },
            output => outputs.push(output),
        }
    }
    outputs
}

impl Output {
    fn read(output: &Value) -> Self {
        let word = |key: &str| joined(&output[key]);
        match output["output_type"].as_str() {
            Some("stream") => Self::Stream { name: word("name"), text: without_colours(&word("text")) },
            Some("error") => Self::Error { name: word("ename"), value: without_colours(&word("evalue")) },
            _ => Self::Data(output["data"].as_object().cloned().unwrap_or_default()),
        }
    }

    /// What it is, in a word and a sentence.
    fn described(&self) -> (&str, String) {
        match self {
            Self::Stream { name, text } => (name, text.trim_end().to_owned()),
            Self::Error { name, value } => ("error", format!("{name}: {value}")),
            Self::Data(forms) => {
                let types = || forms.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                ("value", forms.get(PLAIN).map_or_else(types, joined))
            }
        }
    }
}

/// What differs between an output and the one in its place.
pub(super) fn compare(expected: Option<&Output>, found: Option<&Output>, tolerance: &Tolerance) -> Vec<Change> {
    match (expected, found) {
        (Some(Output::Stream { name, text: old }), Some(Output::Stream { name: new_name, text: new }))
            if name == new_name =>
        {
            within(name, text::compare(old, new, tolerance))
        }
        (Some(Output::Data(old)), Some(Output::Data(new))) => forms(old, new, tolerance),
        (Some(Output::Error { name, value: old }), Some(Output::Error { name: new_name, value: new }))
            if name == new_name =>
        {
            within("error", text::compare(old, new, tolerance))
        }
        (Some(old), Some(new)) => {
            let ((kind, old), (new_kind, new)) = (old.described(), new.described());
            vec![Change::new("kind", format!("{kind}: {old}"), format!("{new_kind}: {new}"))]
        }
        (Some(old), None) => vec![Change::missing(old.described().0, old.described().1)],
        (None, Some(new)) => vec![Change::added(new.described().0, new.described().1)],
        (None, None) => Vec::new(),
    }
}

/// What differs in the first form that does, the ones that read best first: all forms tell of one value.
fn forms(old: &Map<String, Value>, new: &Map<String, Value>, tolerance: &Tolerance) -> Vec<Change> {
    if let (Some(old), Some(new)) = (old.get(PROVENANCE), new.get(PROVENANCE)) {
        return within("provenance", provenance::compare(old, new));
    }
    let rank = |mime: &str| match mime {
        // The whole of what a form in plain text would say in part.
        HTML if old.get(HTML).is_some_and(|html| Table::read(&joined(html)).is_some()) => 0,
        PLAIN => 1,
        SVG => 2,
        HTML => 3,
        _ => 4,
    };
    let mut types: Vec<&str> = old.keys().chain(new.keys()).map(String::as_str).collect();
    types.sort_by_key(|mime| (rank(mime), *mime));
    types.dedup();
    let changes = types.into_iter().map(|mime| match (old.get(mime), new.get(mime)) {
        (Some(old), Some(new)) => within(mime, form(mime, old, new, tolerance)),
        (Some(_), None) => vec![Change::missing(mime, "this form of the value")],
        _ => vec![Change::added(mime, "this form of the value")],
    });
    changes.into_iter().find(|changes| !changes.is_empty()).unwrap_or_default()
}

/// What differs in one form.
fn form(mime: &str, old: &Value, new: &Value, tolerance: &Tolerance) -> Vec<Change> {
    let (expected, found) = (joined(old), joined(new));
    match mime {
        PNG => picture::compare(&expected, &found, tolerance).into_iter().collect(),
        SVG => markup::compare(&expected, &found, tolerance),
        HTML => match (Table::read(&expected), Table::read(&found)) {
            (Some(old), Some(new)) => table::compare(&old, &new, tolerance),
            _ => markup::compare(&expected, &found, tolerance),
        },
        _ => text::compare(&expected, &found, tolerance),
    }
}

fn within(place: &str, changes: Vec<Change>) -> Vec<Change> {
    changes.into_iter().map(|change| change.within(place)).collect()
}

/// A text of a notebook, which may be a list of its lines; anything else as JSON.
fn joined(text: &Value) -> String {
    match text {
        Value::String(text) => text.clone(),
        Value::Array(lines) if lines.iter().all(Value::is_string) => lines.iter().filter_map(Value::as_str).collect(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
