//! A folder in BEIR's layout, as a collection.

use super::beir::{self, Entries, LAYOUT};
use super::run::stem;
use super::{Collection, Document, Qrels, Query, Run};
use crate::error::{Error, Result};
use crate::origin::{Files, Kind, Opened, note};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What does not change with the choice of judgements.
pub(super) struct Texts {
    pub(super) folder: PathBuf,
    pub(super) queries: Entries<Query>,
    pub(super) documents: Entries<Document>,
    /// query → document → kind.
    pub(super) kinds: BTreeMap<String, HashMap<String, String>>,
}

impl Texts {
    pub(super) fn query(&self, query_id: &str) -> Option<&Query> {
        self.queries.get(query_id)
    }

    pub(super) fn document(&self, doc_id: &str) -> Option<&Document> {
        self.documents.get(doc_id)
    }

    pub(super) fn kind(&self, query_id: &str, doc_id: &str) -> Option<&str> {
        self.kinds.get(query_id)?.get(doc_id).map(String::as_str)
    }

    /// The queries and documents that have a kind.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (&str, &str)> {
        self.kinds.iter().flat_map(|(query_id, kinds)| kinds.keys().map(|doc_id| (query_id.as_str(), doc_id.as_str())))
    }
}

pub(super) fn open(folder: &Path) -> Result<Collection> {
    let files = Listing::of(folder)?;
    let (corpus, topics) = (files.required("corpus.jsonl")?, files.required("queries.jsonl")?);
    let kinds = files.one("kinds.tsv")?;
    let judgements = match folder.join("qrels") {
        qrels if qrels.is_dir() => Listing::of(&qrels)?.named("qrels", &["tsv", "qrels", "txt"])?,
        _ => BTreeMap::new(),
    };
    let runs = files.named("run", &["run"])?;
    let every: BTreeSet<&PathBuf> =
        [&corpus, &topics].into_iter().chain(&kinds).chain(judgements.values()).chain(runs.values()).collect();
    let every = Files::of(folder, every.into_iter().map(|path| relative(path, folder)));

    let (documents, queries) = rayon::join(|| beir::read_documents(&corpus), || beir::read_queries(&topics));
    let (documents, queries) = (documents?, queries?);
    let kinds = match kinds {
        Some(path) => beir::read_kinds(&path)?.into_values().map(|(id, kinds)| (id, kinds.collect())).collect(),
        None => BTreeMap::new(),
    };
    let judgements = each(judgements, |path| Qrels::open(path))?;
    let runs = each(runs, |path| Run::open(path))?;
    let collection = Collection::new(Texts { folder: folder.to_owned(), queries, documents, kinds }, judgements, runs);
    note(opened(&collection, every));
    Ok(collection)
}

/// The path from the folder on, the same on every system.
fn relative(path: &Path, folder: &Path) -> String {
    let names = path.strip_prefix(folder).unwrap_or(path).iter().map(|name| name.to_string_lossy());
    names.collect::<Vec<_>>().join("/")
}

/// What is noted of the collection.
fn opened(collection: &Collection, files: Files) -> Opened {
    let texts = &collection.texts;
    let judgements = collection.judgements.iter().map(|(name, qrels)| (format!("judgements of {name}"), qrels.len()));
    let counts = [("queries", texts.queries.entries.len()), ("documents", texts.documents.entries.len())];
    let counts = counts.map(|(what, count)| (what.to_owned(), count)).into_iter().chain(judgements).collect();
    let name = texts.folder.file_name().unwrap_or(texts.folder.as_os_str()).to_string_lossy().into_owned();
    Opened { kind: Kind::Collection, name, files: Arc::new(files), counts }
}

fn each<T: Send + Sync>(
    paths: BTreeMap<String, PathBuf>,
    open: impl Fn(&Path) -> Result<T> + Sync,
) -> Result<BTreeMap<String, Arc<T>>> {
    let opened: Vec<(String, Result<T>)> = paths.into_par_iter().map(|(name, path)| (name, open(&path))).collect();
    // In their order, so that of several errors always the same is told.
    opened.into_iter().map(|(name, opened)| Ok((name, Arc::new(opened?)))).collect()
}

/// The files of a folder by name, without hidden ones.
struct Listing {
    folder: PathBuf,
    names: Vec<String>,
}

impl Listing {
    fn of(folder: &Path) -> Result<Self> {
        let entries = fs::read_dir(folder).map_err(|source| match source.kind() {
            ErrorKind::NotFound => Error::Missing { path: folder.to_owned(), next: LAYOUT.into() },
            _ => Error::io(folder)(source),
        })?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(Error::io(folder))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') && !entry.path().is_dir() {
                names.push(name);
            }
        }
        names.sort();
        Ok(Self { folder: folder.to_owned(), names })
    }

    /// The file of this name, gzipped or not.
    fn one(&self, name: &str) -> Result<Option<PathBuf>> {
        let zipped = format!("{name}.gz");
        let mut found = self.names.iter().filter(|file| **file == name || **file == zipped);
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some(file), None) => Ok(Some(self.folder.join(file))),
            (Some(first), Some(second)) => Err(self.ambiguous(name, first, second)),
        }
    }

    fn required(&self, name: &str) -> Result<PathBuf> {
        self.one(name)?.ok_or_else(|| Error::Missing { path: self.folder.join(name), next: LAYOUT.into() })
    }

    /// The files with one of these extensions, gzipped or not, by their stems.
    fn named(&self, kind: &str, extensions: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
        let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
        for file in &self.names {
            let extension = file.strip_suffix(".gz").unwrap_or(file).rsplit_once('.').map(|(_, extension)| extension);
            if extension.is_some_and(|extension| extensions.contains(&extension)) {
                let name = stem(Path::new(file));
                if let Some(first) = found.insert(name.clone(), self.folder.join(file)) {
                    let first = first.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    return Err(self.ambiguous(&format!("{kind} {name:?}"), &first, file));
                }
            }
        }
        Ok(found)
    }

    fn ambiguous(&self, what: &str, first: &str, second: &str) -> Error {
        let folder = self.folder.display();
        Error::Argument(format!("{folder}: both {first} and {second} could be {what}; rename or remove one of them"))
    }
}
