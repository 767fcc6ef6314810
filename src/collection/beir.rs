//! BEIR's files: `corpus.jsonl`, `queries.jsonl`, and tables of three tab-separated columns under a header.

use super::lines::Lines;
use super::table::{Table, duplicate};
use super::{Document, Query};
use crate::error::{Error, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// What a folder must hold, for the error when a part of it is not there.
pub(super) const LAYOUT: &str =
    "a BEIR folder holds corpus.jsonl and queries.jsonl (or .jsonl.gz), and judgements in qrels/*.tsv";

/// One line of `corpus.jsonl` or `queries.jsonl`; other fields are ignored.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "_id")]
    id: Value,
    #[serde(default)]
    title: Option<String>,
    text: String,
}

/// Entries in file order, and where each id stands among them.
pub(super) struct Entries<T> {
    pub(super) entries: Vec<T>,
    index: HashMap<String, usize>,
}

impl<T> Entries<T> {
    pub(super) fn get(&self, id: &str) -> Option<&T> {
        self.index.get(id).map(|&at| &self.entries[at])
    }
}

pub(super) fn read_documents(path: &Path) -> Result<Entries<Document>> {
    read_entries(path, "document", |doc_id, entry| Document {
        doc_id,
        title: entry.title.unwrap_or_default(),
        text: entry.text,
    })
}

pub(super) fn read_queries(path: &Path) -> Result<Entries<Query>> {
    read_entries(path, "query", |query_id, entry| Query { query_id, text: entry.text })
}

fn read_entries<T>(path: &Path, kind: &'static str, make: impl Fn(String, Entry) -> T) -> Result<Entries<T>> {
    let mut lines = Lines::open(path, LAYOUT)?;
    let mut found = Entries { entries: Vec::new(), index: HashMap::new() };
    let mut numbers = Vec::new();
    while let Some((line, text)) = lines.next_line()? {
        let malformed = |what| Error::Malformed { path: path.to_owned(), line, what };
        let entry: Entry = serde_json::from_str(text).map_err(|error| malformed(not_an_entry(&error)))?;
        let id = match &entry.id {
            Value::String(id) if id.trim().is_empty() => return Err(malformed("`_id` is empty".into())),
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            other => return Err(malformed(format!("`_id` must be a string or a number, found {other}"))),
        };
        if let Some(&at) = found.index.get(&id) {
            return Err(Error::Duplicate { path: path.to_owned(), line, first: numbers[at], kind, id });
        }
        found.index.insert(id.clone(), found.entries.len());
        found.entries.push(make(id, entry));
        numbers.push(line);
    }
    if found.entries.is_empty() {
        let what = format!(
            "the file is empty; expected one JSON object a line, each a {kind}: {{\"_id\": \"1\", \"text\": \"…\"}}"
        );
        return Err(Error::Malformed { path: path.to_owned(), line: 1, what });
    }
    Ok(found)
}

/// serde_json counts lines within the text that it was given, which is always one line: keep the column only.
fn not_an_entry(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    format!("expected a JSON object with `_id` and `text`: {reason} (column {})", error.column())
}

/// The kinds of `kinds.tsv`: how a document matches a query.
pub(super) fn read_kinds(path: &Path) -> Result<Table<String>> {
    let mut lines = Lines::open(path, "kinds.tsv is optional")?;
    let mut table = Table::new();
    let mut first = true;
    while let Some((line, text)) = lines.next_line()? {
        let malformed = |what| Error::Malformed { path: path.to_owned(), line, what };
        let [query_id, doc_id, kind] = columns(text).map_err(|found| {
            malformed(format!("expected 3 tab-separated columns (query-id, corpus-id, kind), found {found}"))
        })?;
        if std::mem::take(&mut first) && is_header([query_id, doc_id, kind]) {
            continue;
        }
        if query_id.is_empty() || doc_id.is_empty() || kind.is_empty() {
            return Err(malformed("a column is empty; expected query-id, corpus-id and kind".into()));
        }
        table
            .insert(query_id, doc_id, kind.to_owned(), line)
            .map_err(|first| duplicate(path, (query_id, doc_id), line, first))?;
    }
    Ok(table)
}

/// The three columns of a line, trimmed; `Err` holds how many there are instead.
pub(super) fn columns(line: &str) -> Result<[&str; 3], usize> {
    let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
    columns.as_slice().try_into().map_err(|_| columns.len())
}

/// Whether these are the names of the columns rather than their first values.
pub(super) fn is_header(columns: [&str; 3]) -> bool {
    let [query, document, _] = columns.map(|name| name.to_ascii_lowercase().replace('_', "-"));
    matches!(query.as_str(), "query-id" | "qid" | "query")
        && matches!(document.as_str(), "corpus-id" | "doc-id" | "docid" | "document-id" | "document" | "doc")
}
