//! Queries, documents, judgements and runs: a test collection.
//!
//! [`Collection`] is a folder in BEIR's layout with runs beside it; [`Qrels`] and [`Run`] can be had alone. [`Pairs`]
//! are what goes on to the model, [`evaluate`] is what comes back in the end.

mod beir;
mod document;
mod folder;
mod lines;
mod measure;
mod pair;
mod pairing;
mod qrels;
mod query;
mod run;
mod table;
mod trec;
mod warning;

pub use document::Document;
pub use measure::{Measure, evaluate, mean};
pub(crate) use pair::by_query;
pub use pair::{Pair, Pairs};
pub use qrels::Qrels;
pub use query::Query;
pub(crate) use run::by_rank;
pub use run::{Ranked, Run};

use crate::error::{Error, Result};
use folder::Texts;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Queries and documents with their judgements, and runs over them.
///
/// Cheap to clone: clones share the texts.
#[derive(Clone)]
pub struct Collection {
    texts: Arc<Texts>,
    judgements: BTreeMap<String, Arc<Qrels>>,
    runs: BTreeMap<String, Arc<Run>>,
    /// The name of the chosen judgements; `None` where the folder has none.
    chosen: Option<String>,
    qrels: Arc<Qrels>,
    warnings: Vec<String>,
}

impl Collection {
    /// Opens a folder in BEIR's layout. Every file may be gzipped, with `.gz` behind its name:
    ///
    /// | file | what is in it |
    /// | --- | --- |
    /// | `corpus.jsonl` | one document a line: `{"_id": "d1", "title": "…", "text": "…"}`; the title may be missing |
    /// | `queries.jsonl` | one query a line: `{"_id": "q1", "text": "…"}` |
    /// | `qrels/*.tsv`, `.qrels`, `.txt` | optional: judgements, see [`Qrels::open`] |
    /// | `*.run` | optional: runs in TREC's format, see [`Run::open`] |
    /// | `kinds.tsv` | optional: query-id, corpus-id and how the document matches, tab-separated |
    ///
    /// Judgements and runs are called by their file's name without extension. Of several judgements `test` is chosen,
    /// or, where there is none of that name, the alphabetically first; [`with_qrels`](Self::with_qrels) chooses others.
    ///
    /// # Errors
    /// A part is missing, two files share a name, or a line cannot be understood. What is only odd is told by
    /// [`warnings`](Self::warnings).
    ///
    /// ```
    /// use crosslens::collection::Collection;
    /// let folder = tempfile::tempdir().unwrap();
    /// let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    /// write("corpus.jsonl", r#"{"_id": "d1", "title": "Sky", "text": "It is blue."}"#);
    /// write("queries.jsonl", r#"{"_id": "q1", "text": "colour of the sky"}"#);
    /// std::fs::create_dir(folder.path().join("qrels")).unwrap();
    /// write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\n");
    /// write("bm25.run", "q1 Q0 d1 1 0.5 bm25\n");
    ///
    /// let collection = Collection::open(folder.path())?;
    /// assert_eq!(collection.pairs("bm25", 10)?[0].document, "Sky It is blue.");
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        folder::open(folder.as_ref())
    }

    /// The collection that comes with crosslens: queries whose documents match by exact terms, by paraphrase, only in
    /// words or not at all. Its run is `bm25`. It is looked for in the folder that the environment variable
    /// `CROSSLENS_DATA` names, else where crosslens was built.
    ///
    /// # Errors
    /// The folder is not there, or not whole.
    ///
    /// ```
    /// use crosslens::collection::Collection;
    /// let tests = Collection::embedded()?;
    /// assert!(tests.queries().len() >= 150);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn embedded() -> Result<Self> {
        let folder = crate::data::data_dir().join("collections").join("matching");
        if !folder.is_dir() {
            let next = "set CROSSLENS_DATA to the folder `data` of crosslens, which holds collections/matching".into();
            return Err(Error::Missing { path: folder, next });
        }
        folder::open(&folder)
    }

    fn new(texts: Texts, judgements: BTreeMap<String, Arc<Qrels>>, runs: BTreeMap<String, Arc<Run>>) -> Self {
        let chosen =
            if judgements.contains_key("test") { Some("test") } else { judgements.keys().next().map(String::as_str) };
        let chosen = chosen.map(str::to_owned);
        let qrels = chosen.as_ref().and_then(|name| judgements.get(name)).cloned().unwrap_or_default();
        let warnings = warning::all(&texts, chosen.as_deref(), &qrels);
        Self { texts: Arc::new(texts), judgements, runs, chosen, qrels, warnings }
    }

    /// The same collection under other judgements.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the names that there are.
    ///
    /// ```
    /// use crosslens::collection::Collection;
    /// let tests = Collection::embedded()?;
    /// assert_eq!(tests.with_qrels("all")?.qrels().len(), 2 * tests.qrels().len());
    /// let error = tests.with_qrels("dev").unwrap_err();
    /// assert_eq!(error.to_string(), r#"there is no qrels "dev"; there is all, test, train"#);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn with_qrels(&self, name: &str) -> Result<Self> {
        let qrels = self.judgements.get(name).ok_or_else(|| unknown("qrels", name, self.judgements.keys()))?.clone();
        let warnings = warning::all(&self.texts, Some(name), &qrels);
        Ok(Self { chosen: Some(name.to_owned()), qrels, warnings, ..self.clone() })
    }

    /// The same collection with one more run, under the run's name; a run of that name is replaced.
    ///
    /// ```
    /// use crosslens::collection::{Collection, Run};
    /// let tests = Collection::embedded()?;
    /// let mine = Run::from_scores("mine", tests.qrels().iter().map(|(query, document, _)| (query, document, 1.0)))?;
    /// assert_eq!(tests.with_run(mine).runs(), ["bm25", "mine"]);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    #[must_use]
    pub fn with_run(&self, run: Run) -> Self {
        let mut with = self.clone();
        with.runs.insert(run.name().to_owned(), Arc::new(run));
        with
    }

    /// The names of the judgements, sorted.
    ///
    /// ```
    /// assert_eq!(crosslens::collection::Collection::embedded()?.qrels_names(), ["all", "test", "train"]);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn qrels_names(&self) -> Vec<String> {
        self.judgements.keys().cloned().collect()
    }

    /// The names of the runs, sorted.
    ///
    /// ```
    /// assert_eq!(crosslens::collection::Collection::embedded()?.runs(), ["bm25"]);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn runs(&self) -> Vec<String> {
        self.runs.keys().cloned().collect()
    }

    /// The chosen judgements; empty where the folder has none.
    ///
    /// ```
    /// let tests = crosslens::collection::Collection::embedded()?;
    /// assert_eq!(tests.qrels().of("q01").count(), 7);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn qrels(&self) -> &Qrels {
        &self.qrels
    }

    /// All queries, in file order.
    ///
    /// ```
    /// let tests = crosslens::collection::Collection::embedded()?;
    /// assert_eq!(tests.queries()[0].query_id, "q01");
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn queries(&self) -> &[Query] {
        &self.texts.queries.entries
    }

    /// All documents, in file order.
    ///
    /// ```
    /// let tests = crosslens::collection::Collection::embedded()?;
    /// assert_eq!(tests.documents().len(), 7 * tests.queries().len());
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn documents(&self) -> &[Document] {
        &self.texts.documents.entries
    }

    /// The queries that have judgements among the chosen ones, in file order.
    ///
    /// ```
    /// let tests = crosslens::collection::Collection::embedded()?;
    /// assert_eq!(tests.with_qrels("all")?.judged_queries(), tests.queries());
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn judged_queries(&self) -> Vec<Query> {
        self.judged().cloned().collect()
    }

    fn judged(&self) -> impl Iterator<Item = &Query> {
        self.queries().iter().filter(|query| self.qrels.of(&query.query_id).next().is_some())
    }

    /// A query by its id.
    ///
    /// # Errors
    /// [`Error::Unknown`] with ids that there are.
    ///
    /// ```
    /// let tests = crosslens::collection::Collection::embedded()?;
    /// assert_eq!(tests.query("q01")?, &tests.queries()[0]);
    /// assert!(tests.query("q999").is_err());
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn query(&self, query_id: &str) -> Result<&Query> {
        self.texts
            .query(query_id)
            .ok_or_else(|| unknown("query", query_id, self.queries().iter().map(|query| &query.query_id)))
    }

    /// A document by its id.
    ///
    /// # Errors
    /// [`Error::Unknown`] with ids that there are.
    ///
    /// ```
    /// let tests = crosslens::collection::Collection::embedded()?;
    /// let document = &tests.documents()[3];
    /// assert_eq!(tests.document(&document.doc_id)?, document);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn document(&self, doc_id: &str) -> Result<&Document> {
        self.texts
            .document(doc_id)
            .ok_or_else(|| unknown("document", doc_id, self.documents().iter().map(|document| &document.doc_id)))
    }

    /// A run by its name.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the names that there are.
    ///
    /// ```
    /// let tests = crosslens::collection::Collection::embedded()?;
    /// assert!(tests.run("bm25")?.top("q01", 10).len() <= 10);
    /// assert_eq!(tests.run("bm52").unwrap_err().to_string(), r#"there is no run "bm52"; did you mean "bm25"? There is bm25"#);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn run(&self, name: &str) -> Result<&Run> {
        self.runs.get(name).map(Arc::as_ref).ok_or_else(|| unknown("run", name, self.runs.keys()))
    }

    /// What is odd about the collection under the chosen judgements, without being an error: judgements of queries or
    /// documents that it lacks (measures count them, but there is nothing to pair), queries and documents without text
    /// (an error once they are scored), each with a count and examples.
    ///
    /// ```
    /// assert!(crosslens::collection::Collection::embedded()?.warnings().is_empty());
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// A summary: a cell that ends in a collection should not print its documents.
impl fmt::Debug for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection")
            .field("folder", &self.texts.folder)
            .field("queries", &self.queries().len())
            .field("documents", &self.documents().len())
            .field("qrels", &self.chosen)
            .field("judgements", &self.qrels.len())
            .field("runs", &self.runs())
            .field("warnings", &self.warnings)
            .finish()
    }
}

fn unknown<'a>(kind: &'static str, name: &str, known: impl Iterator<Item = &'a String>) -> Error {
    Error::Unknown { kind, name: name.to_owned(), known: known.cloned().collect() }
}
