//! What came of compiling a cell, and how the evaluator is told.

use crate::fingerprint::Fingerprint;
use crate::report;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The name of a compiled cell, by which the evaluator knows it.
pub(super) const CELL: &str = if cfg!(target_os = "macos") { "libctx.dylib" } else { "libctx.so" };

/// A compiled cell, or why there is none.
#[derive(Debug, PartialEq)]
pub(super) struct Compilation {
    /// The compiler's diagnostics.
    pub(super) messages: Vec<Value>,
    /// The shared library, if it compiled.
    pub(super) library: Option<PathBuf>,
}

impl Compilation {
    /// Reads what cargo answers.
    pub(super) fn from_cargo(answer: &str) -> Self {
        let records = || answer.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let of_cell = |record: &Value| record["target"]["name"] == "ctx";
        let messages = records().filter(|record| of_cell(record) && record["reason"] == "compiler-message");
        let artifacts = records().filter(|record| of_cell(record) && record["reason"] == "compiler-artifact");
        let files = artifacts.flat_map(|record| record["filenames"].as_array().cloned().unwrap_or_default());
        let library = files.filter_map(|file| Some(PathBuf::from(file.as_str()?))).find(|file| file.ends_with(CELL));
        Self { messages: messages.map(|record| record["message"].clone()).collect(), library }
    }

    /// Whether there is a library, or an error in the cell because of which there is none.
    pub(super) fn is_told(&self) -> bool {
        let in_cell = |message: &Value| message["level"] == "error" && message["spans"][0].is_object();
        self.library.is_some() || self.messages.iter().any(in_cell)
    }

    /// Tells the evaluator in cargo's words.
    pub(super) fn answer(&self) -> ExitCode {
        let target = json!({ "name": "ctx" });
        for message in self.messages.iter().map(without_other_places) {
            report::answer(json!({ "reason": "compiler-message", "target": target, "message": message }));
        }
        let Some(library) = &self.library else { return ExitCode::FAILURE };
        report::answer(json!({ "reason": "compiler-artifact", "target": target, "filenames": [library] }));
        ExitCode::SUCCESS
    }
}

/// How the evaluator stores a variable after a cell.
const STORES: &str = "evcxr_variable_store.put_variable";

/// The message without other places. A note about one in the user's code the evaluator takes for the error itself where
/// the error is in code that it made of the user's; and where it cannot store a variable because the last expression
/// moves it, it would show the words of that expression's value in place of a table.
fn without_other_places(message: &Value) -> Value {
    let mut message = message.clone();
    let stores = |span: &Value| span["text"][0]["text"].as_str().is_some_and(|line| line.contains(STORES));
    let stored = message["spans"].as_array_mut().is_some_and(|spans| {
        let stored = spans.iter().any(|span| span["is_primary"] == true && stores(span));
        spans.retain(|span| !stored || span["is_primary"] == true);
        stored
    });
    if let Some(children) = message["children"].as_array_mut() {
        let elsewhere = |child: &Value| child["spans"].as_array().is_some_and(|spans| !spans.is_empty());
        children.retain(|child| !elsewhere(child) || (child["level"] != "note" && !stored));
    }
    message
}

/// A hash of these files in `folder`, if all are there, and of the compiler and flags that the evaluator sets.
pub(super) fn hash_of(folder: &Path, files: &[&str]) -> Option<String> {
    let mut fingerprint = Fingerprint::default();
    for variable in ["RUSTC", "RUSTFLAGS"] {
        fingerprint.add(std::env::var_os(variable).unwrap_or_default().as_encoded_bytes());
    }
    for file in files {
        fingerprint.add(fs::read(folder.join(file)).ok()?);
    }
    Some(fingerprint.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_about_other_places_are_left_out() {
        let child = |level: &str, spans: Value| json!({ "level": level, "spans": spans });
        let message =
            json!({ "children": [child("note", json!([1])), child("note", json!([])), child("help", json!([1]))] });
        let told = without_other_places(&message);
        assert_eq!(told["children"], json!([child("note", json!([])), child("help", json!([1]))]));
    }

    #[test]
    fn what_moves_a_variable_is_left_out_where_it_cannot_be_stored() {
        let span = |line: &str, is_primary: bool| json!({ "text": [{ "text": line }], "is_primary": is_primary });
        let moves = span("(&(frame.lazy().collect()?)).evcxr_display();", false);
        let stores = span("evcxr_variable_store.put_variable::<DataFrame>(stringify!(frame), frame);", true);
        let clone = json!({ "level": "help", "spans": [moves] });
        let told = without_other_places(&json!({ "spans": [moves, stores], "children": [clone] }));
        assert_eq!(told, json!({ "spans": [stores], "children": [] }));
        let both = json!([span("frame.height()", true), moves]);
        assert_eq!(without_other_places(&json!({ "spans": both }))["spans"], both);
    }

    #[test]
    fn cargo_answers_about_more_than_the_cell() {
        let answer = format!(
            "{}\n{}\n{}\nno JSON\n",
            json!({ "reason": "compiler-artifact", "target": { "name": "other" }, "filenames": ["a/libother.so"] }),
            json!({ "reason": "compiler-message", "target": { "name": "ctx" }, "message": { "level": "warning" } }),
            json!({ "reason": "compiler-artifact", "target": { "name": "ctx" }, "filenames": ["a/b.d", format!("a/{CELL}")] }),
        );
        let compilation = Compilation::from_cargo(&answer);
        assert_eq!(compilation.messages, [json!({ "level": "warning" })]);
        assert_eq!(compilation.library, Some(Path::new("a").join(CELL)));
    }
}
