//! Values per query and document, each with the line that it came from, while a file is being read.

use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// query → document → (value, line).
pub(super) struct Table<T>(BTreeMap<String, BTreeMap<String, (T, usize)>>);

impl<T> Table<T> {
    pub(super) fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a value; where there is one already, `Err` holds its line.
    pub(super) fn insert(&mut self, query_id: &str, doc_id: &str, value: T, line: usize) -> Result<(), usize> {
        // Look before inserting: most queries have many documents, and `entry` would copy the id for each.
        if !self.0.contains_key(query_id) {
            self.0.insert(query_id.to_owned(), BTreeMap::new());
        }
        let Some(documents) = self.0.get_mut(query_id) else { return Ok(()) };
        match documents.get(doc_id) {
            Some(&(_, first)) => Err(first),
            None => {
                documents.insert(doc_id.to_owned(), (value, line));
                Ok(())
            }
        }
    }

    /// The values without their lines, by query and document id.
    pub(super) fn into_values(self) -> impl Iterator<Item = (String, impl Iterator<Item = (String, T)>)> {
        self.0
            .into_iter()
            .map(|(query_id, documents)| (query_id, documents.into_iter().map(|(doc_id, (value, _))| (doc_id, value))))
    }
}

/// The error of a file that names a query and document twice.
pub(super) fn duplicate(path: &Path, (query_id, doc_id): (&str, &str), line: usize, first: usize) -> Error {
    Error::Duplicate { path: path.to_owned(), line, first, kind: "query-document", id: format!("{query_id} {doc_id}") }
}
