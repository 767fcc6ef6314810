//! What a system ranks for each query.

use super::table::Table;
use super::trec;
use crate::error::{Error, Result};
use crate::whole_file::write_whole;
use flate2::{Compression, write::GzEncoder};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::Path;

/// One document of a ranking.
///
/// ```
/// use crosslens::collection::{Ranked, Run};
/// let run = Run::from_scores("mine", [("q1", "d1", 0.5)])?;
/// assert_eq!(run.ranking("q1"), [Ranked { doc_id: "d1".into(), score: 0.5 }]);
/// # Ok::<(), crosslens::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The document.
    pub doc_id: String,
    /// The score that the system gave it: higher is better, the unit is the system's own.
    pub score: f64,
}

/// A ranked list of documents per query, under the name of the system that made it.
///
/// Documents are ordered by score, and documents of the same score by id from the highest to the lowest, as
/// trec_eval does. (trec_eval compares scores in 32 bits, a run in 64.)
#[derive(Clone, PartialEq)]
pub struct Run {
    name: String,
    rankings: BTreeMap<String, Vec<Ranked>>,
}

impl Run {
    /// Reads a run in TREC's format, gzipped or not: lines of `query Q0 document rank score tag`. It is named after
    /// the file: `bm25` for `bm25.run` and `bm25.run.gz`. Only scores order; the ranks of the file are not looked at.
    ///
    /// # Errors
    /// The file cannot be read, a line cannot be understood, or a document stands twice in the list of a query.
    ///
    /// ```
    /// use crosslens::collection::Run;
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("mine.run");
    /// std::fs::write(&path, "q1 Q0 d1 1 0.5 x\nq1 Q0 d2 2 0.7 x\n").unwrap();
    /// let run = Run::open(&path)?;
    /// assert_eq!(run.name(), "mine");
    /// assert_eq!(run.top("q1", 1)[0].doc_id, "d2");
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_path(path.as_ref())
    }

    /// A run from query id, document id and score, in any order.
    ///
    /// # Errors
    /// [`Error::Argument`] where a score is not finite, or a document is scored twice for a query.
    ///
    /// ```
    /// use crosslens::collection::Run;
    /// let run = Run::from_scores("mine", [("q1", "d1", 0.5), ("q1", "d2", 0.7), ("q1", "d3", 0.5)])?;
    /// let order: Vec<&str> = run.ranking("q1").iter().map(|ranked| ranked.doc_id.as_str()).collect();
    /// assert_eq!(order, ["d2", "d3", "d1"]);
    /// assert!(Run::from_scores("mine", [("q1", "d1", f64::NAN)]).is_err());
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn from_scores<Q: AsRef<str>, D: AsRef<str>>(
        name: impl Into<String>,
        scores: impl IntoIterator<Item = (Q, D, f64)>,
    ) -> Result<Self> {
        let name = name.into();
        let mut table = Table::new();
        for (number, (query_id, doc_id, score)) in scores.into_iter().enumerate() {
            let (query_id, doc_id) = (query_id.as_ref(), doc_id.as_ref());
            let refuse =
                |what: String| Error::Argument(format!("run {name:?}: query {query_id:?}, document {doc_id:?} {what}"));
            if !score.is_finite() {
                return Err(refuse(format!("has the score {score}; scores must be finite numbers")));
            }
            table
                .insert(query_id, doc_id, score, number)
                .map_err(|_| refuse("is scored twice; a document stands once in a ranking".into()))?;
        }
        Ok(Self::from_table(name, table))
    }

    fn open_path(path: &Path) -> Result<Self> {
        Ok(Self::from_table(stem(path), trec::read_run(path)?))
    }

    fn from_table(name: String, table: Table<f64>) -> Self {
        let mut rankings = BTreeMap::new();
        for (query_id, documents) in table.into_values() {
            let mut ranking: Vec<Ranked> = documents.map(|(doc_id, score)| Ranked { doc_id, score }).collect();
            // Ids are unique, so no two documents are equal.
            ranking.sort_unstable_by(|a, b| by_rank((a.score, &a.doc_id), (b.score, &b.doc_id)));
            rankings.insert(query_id, ranking);
        }
        Self { name, rankings }
    }

    /// The name of the system.
    ///
    /// ```
    /// # use crosslens::collection::Run;
    /// assert_eq!(Run::from_scores("mine", [("q1", "d1", 0.5)])?.name(), "mine");
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The ids of the queries that have a ranking, in order.
    ///
    /// ```
    /// # use crosslens::collection::Run;
    /// let run = Run::from_scores("mine", [("q2", "d1", 0.5), ("q1", "d1", 0.5)])?;
    /// assert_eq!(run.queries().collect::<Vec<_>>(), ["q1", "q2"]);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn queries(&self) -> impl Iterator<Item = &str> {
        self.rankings.keys().map(String::as_str)
    }

    /// All documents of a query, the best first; none where the run has none.
    ///
    /// ```
    /// # use crosslens::collection::Run;
    /// let run = Run::from_scores("mine", [("q1", "d1", 0.5), ("q1", "d2", 0.7)])?;
    /// assert_eq!(run.ranking("q1")[0].score, 0.7);
    /// assert!(run.ranking("q2").is_empty());
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn ranking(&self, query_id: &str) -> &[Ranked] {
        self.rankings.get(query_id).map_or(&[], Vec::as_slice)
    }

    /// The best `k` documents of a query, or as many as there are.
    ///
    /// ```
    /// # use crosslens::collection::Run;
    /// let run = Run::from_scores("mine", [("q1", "d1", 0.5), ("q1", "d2", 0.7)])?;
    /// assert_eq!(run.top("q1", 1)[0].doc_id, "d2");
    /// assert_eq!(run.top("q1", 9).len(), 2);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn top(&self, query_id: &str, k: usize) -> &[Ranked] {
        let ranking = self.ranking(query_id);
        &ranking[..k.min(ranking.len())]
    }

    /// How many documents are ranked, over all queries.
    ///
    /// ```
    /// # use crosslens::collection::Run;
    /// assert_eq!(Run::from_scores("mine", [("q1", "d1", 0.5), ("q1", "d2", 0.7)])?.len(), 2);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.rankings.values().map(Vec::len).sum()
    }

    /// Whether there is no ranking at all.
    ///
    /// ```
    /// # use crosslens::collection::Run;
    /// assert!(Run::from_scores("mine", [("", "", 0.0); 0])?.is_empty());
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.rankings.is_empty()
    }

    /// Writes the run in TREC's format, gzipped where the name ends in `.gz`. The file is replaced as a whole or not
    /// at all. The tag is the run's name, with `-` for white space.
    ///
    /// # Errors
    /// The file cannot be written, or an id is empty or holds white space, which the format cannot express.
    ///
    /// ```
    /// use crosslens::collection::Run;
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("mine.run");
    /// let run = Run::from_scores("mine", [("q1", "d1", 0.5), ("q1", "d2", 0.7)])?;
    /// run.save(&path)?;
    /// assert_eq!(std::fs::read_to_string(&path).unwrap(), "q1 Q0 d2 1 0.7 mine\nq1 Q0 d1 2 0.5 mine\n");
    /// assert_eq!(Run::open(&path)?, run);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        self.save_path(path.as_ref())
    }

    fn save_path(&self, path: &Path) -> Result<()> {
        for (query_id, ranking) in &self.rankings {
            for id in std::iter::once(query_id).chain(ranking.iter().map(|ranked| &ranked.doc_id)) {
                if id.is_empty() || id.contains(char::is_whitespace) {
                    return Err(Error::Argument(format!(
                        "{}: id {id:?} is empty or holds white space: a run in TREC's format cannot name it",
                        path.display()
                    )));
                }
            }
        }
        write_whole(path, |writer| {
            let written = if path.extension().is_some_and(|extension| extension == "gz") {
                let mut encoder = GzEncoder::new(writer, Compression::default());
                self.write(&mut encoder).and_then(|()| encoder.finish().map(drop))
            } else {
                self.write(writer)
            };
            written.map_err(Error::io(path))
        })
    }

    fn write(&self, writer: &mut impl Write) -> std::io::Result<()> {
        let tag = self.name.split_whitespace().collect::<Vec<_>>().join("-");
        let tag = if tag.is_empty() { "crosslens" } else { &tag };
        for (query_id, ranking) in &self.rankings {
            for (position, Ranked { doc_id, score }) in ranking.iter().enumerate() {
                writeln!(writer, "{query_id} Q0 {doc_id} {} {score} {tag}", position + 1)?;
            }
        }
        Ok(())
    }
}

/// A summary: a cell that ends in a run should not print thousands of lines.
impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Run({:?}: {} documents for {} queries)", self.name, self.len(), self.rankings.len())
    }
}

/// The order of a ranking, of scores with their documents: by descending score, ties by descending id as in trec_eval.
pub(crate) fn by_rank((score, doc_id): (f64, &str), (other, other_id): (f64, &str)) -> Ordering {
    // 0.0 and -0.0 are the same score, which `total_cmp` alone would order.
    (other + 0.0).total_cmp(&(score + 0.0)).then_with(|| other_id.cmp(doc_id))
}

/// The name of a file without `.gz` and without the extension before it.
pub(super) fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}
