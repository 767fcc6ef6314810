//! The one error type. Every message says what was wrong, where, and what to do next.

use crate::nearest::nearest;
use std::fmt;
use std::path::{Path, PathBuf};

/// What every fallible function of crosslens returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, by cause.
///
/// `Debug` prints the same sentence as `Display`: a notebook shows the `Debug` form of a failed `?`.
///
/// ```
/// use crosslens::prelude::*;
/// let model = CrossEncoder::embedded()?;
/// let error = model.ablate([Head::new(6, 3)]).over(&Pairs::default()).unwrap_err();
/// assert!(error.to_string().starts_with("head 6.3 does not exist: the model has layers 0-5 with heads 0-11"));
/// # Ok::<(), Error>(())
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file that was expected is not there.
    #[error("{}: not found; {next}", path.display())]
    Missing {
        /// The file or folder.
        path: PathBuf,
        /// How to get it.
        next: String,
    },
    /// A line of a text file could not be understood.
    #[error("{}:{line}: {what}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it, and what was expected.
        what: String,
    },
    /// The same id was used twice where ids must be unique.
    #[error("{}:{line}: {kind} id {id:?} appears a second time (first on line {first}); ids must be unique", path.display())]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The line of the second use, from 1.
        line: usize,
        /// The line of the first use, from 1.
        first: usize,
        /// What the id names: query, document, judgement.
        kind: &'static str,
        /// The id.
        id: String,
    },
    /// A name (of a run, of qrels, of a query, of a column …) that does not exist.
    #[error("there is no {kind} {name:?}; {}", known_instead(name, known))]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// The name that was asked for.
        name: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// A run holds no documents for a query that has judgements.
    #[error("run {run:?} lacks {} judged queries ({}); score them too, or restrict the qrels to the queries of the run", queries.len(), listed(queries))]
    IncompleteRun {
        /// The run.
        run: String,
        /// The judged queries without documents.
        queries: Vec<String>,
    },
    /// A query or document without a single token.
    #[error(
        "the {segment} of query {query_id:?}, document {doc_id:?} is empty: a cross-encoder needs text on both sides"
    )]
    EmptyText {
        /// `"query"` or `"document"`.
        segment: &'static str,
        /// The query.
        query_id: String,
        /// The document.
        doc_id: String,
    },
    /// A query so long that no document token would fit.
    #[error(
        "query {query_id:?} has {tokens} tokens: with its special tokens it leaves no room for a document in the {limit} that the model reads; shorten it"
    )]
    QueryTooLong {
        /// The query.
        query_id: String,
        /// Its word pieces.
        tokens: usize,
        /// What the model reads, special tokens included.
        limit: usize,
    },
    /// A configuration that crosslens cannot run.
    #[error("{}: {what}", path.display())]
    Config {
        /// The `config.json` or `tokenizer.json`.
        path: PathBuf,
        /// What is wrong, what is supported.
        what: String,
    },
    /// A weights file that is not whole, or not safetensors.
    #[error("{}: {what}", path.display())]
    Weights {
        /// The weights file.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A tensor whose shape contradicts `config.json`.
    #[error("{}: tensor {tensor:?} has shape {found:?}, config.json asks for {expected:?}; the two files are not of the same model", path.display())]
    Shape {
        /// The weights file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// The shape that the configuration implies.
        expected: Vec<usize>,
    },
    /// A head that the model does not have.
    #[error("head {layer}.{head} does not exist: the model has layers 0-{} with heads 0-{}", layers.saturating_sub(1), heads.saturating_sub(1))]
    UnknownHead {
        /// The layer asked for.
        layer: usize,
        /// The head asked for.
        head: usize,
        /// How many layers there are.
        layers: usize,
        /// How many heads a layer has.
        heads: usize,
    },
    /// A layer that the model does not have.
    #[error("layer {layer} does not exist: the model has layers 0-{}", layers.saturating_sub(1))]
    UnknownLayer {
        /// The layer asked for.
        layer: usize,
        /// How many layers there are.
        layers: usize,
    },
    /// The user asked to stop.
    #[error("interrupted after {done} of {total} {unit}{}", if *kept { "; they are kept: run the cell again to go on from there" } else { "" })]
    Interrupted {
        /// How many units were finished.
        done: usize,
        /// How many there are.
        total: usize,
        /// What was counted.
        unit: &'static str,
        /// Whether the same computation goes on from there when it is asked for again.
        kept: bool,
    },
    /// The folder in which a sweep keeps its scores is of something else, damaged, or cannot be written.
    #[error("{}: {what}", path.display())]
    Store {
        /// The folder or the file in it.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A file is not any more what was opened, so that what is in memory cannot be told by it.
    #[error("{}: has changed since it was opened, so that it does not hold what is in memory; open it again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// An argument that makes no sense.
    #[error("{0}")]
    Argument(String),
    /// A model could not be fetched from the Hugging Face hub.
    #[error("{id}: {what}. Without network, put config.json, tokenizer.json and model.safetensors into a folder and call CrossEncoder::open(folder), or fill the cache on another machine (`hf download {id}`) and copy it to {}", cache.display())]
    Hub {
        /// The model's id.
        id: String,
        /// What went wrong.
        what: String,
        /// Where the cache is looked for.
        cache: PathBuf,
    },
    /// candle refused an operation.
    #[error("tensor operation failed: {0}")]
    Tensor(#[from] candle_core::Error),
    /// polars refused an operation.
    #[error("data frame: {0}")]
    Frame(#[from] polars::error::PolarsError),
    /// A chart could not be drawn.
    #[error("chart: {0}")]
    Chart(String),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    /// An operating system error, with the path that it is about.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

/// What there is in place of `name`, and which of it was probably meant.
fn known_instead(name: &str, known: &[String]) -> String {
    let all = listed(known);
    match nearest(name, known) {
        Some(meant) => format!("did you mean {meant:?}? There is {all}"),
        None => format!("there is {all}"),
    }
}

/// At most eight names, in the order given, and how many more there are.
pub(crate) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    if names.is_empty() {
        return "none".into();
    }
    let mut text = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text += &format!(" and {} more", names.len() - SHOWN);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_and_counted() {
        let names: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        assert_eq!(listed(&names), "0, 1, 2, 3, 4, 5, 6, 7 and 2 more");
        assert_eq!(listed(&[]), "none");
    }

    #[test]
    fn what_was_probably_meant_is_told_however_long_the_list() {
        let mut known: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        known.push("nDCG@10_effect".into());
        let error = |name: &str| Error::Unknown { kind: "column", name: name.into(), known: known.clone() }.to_string();
        assert_eq!(
            error("ndcg_effect"),
            "there is no column \"ndcg_effect\"; did you mean \"nDCG@10_effect\"? \
             There is 0, 1, 2, 3, 4, 5, 6, 7 and 3 more"
        );
        assert!(error("mass").starts_with("there is no column \"mass\"; there is 0, 1"));
    }

    #[test]
    fn debug_is_the_sentence() {
        let error = Error::UnknownHead { layer: 6, head: 3, layers: 6, heads: 12 };
        assert_eq!(format!("{error:?}"), "head 6.3 does not exist: the model has layers 0-5 with heads 0-11");
    }
}
