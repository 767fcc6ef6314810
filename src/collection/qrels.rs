//! Which documents answer a query, and how well: relevance judgements.

use super::lines::Lines;
use super::table::{Table, duplicate};
use super::{beir, trec};
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Relevance judgements: query → document → grade.
///
/// A grade is a whole number: 0 says "judged, and not relevant", more is better; some collections use negative grades
/// for spam. What is not in here was not judged.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Qrels {
    queries: BTreeMap<String, BTreeMap<String, i32>>,
}

impl Qrels {
    /// Reads a file of judgements, gzipped or not: BEIR's three tab-separated columns (query-id, corpus-id, score),
    /// with or without a header, or TREC's four columns (query, iteration, document, relevance). The first line
    /// decides which.
    ///
    /// # Errors
    /// The file cannot be read, a line of it cannot be understood, or it judges the same pair twice.
    ///
    /// ```
    /// use crosslens::collection::Qrels;
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("test.tsv");
    /// std::fs::write(&path, "query-id\tcorpus-id\tscore\nq1\td1\t3\nq1\td2\t0\n").unwrap();
    /// let qrels = Qrels::open(&path)?;
    /// assert_eq!(qrels.get("q1", "d1"), Some(3));
    /// assert_eq!(qrels.get("q1", "d3"), None);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        read(path.as_ref()).map(Self::from_table)
    }

    /// Judgements from query id, document id and grade.
    ///
    /// # Errors
    /// [`Error::Argument`] where a pair is judged twice.
    ///
    /// ```
    /// use crosslens::collection::Qrels;
    /// let qrels = Qrels::from_judgements([("q1", "d1", 3), ("q1", "d2", 0)])?;
    /// assert_eq!(qrels.len(), 2);
    /// assert!(Qrels::from_judgements([("q1", "d1", 3), ("q1", "d1", 0)]).is_err());
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn from_judgements<Q: AsRef<str>, D: AsRef<str>>(
        judgements: impl IntoIterator<Item = (Q, D, i32)>,
    ) -> Result<Self> {
        let mut table = Table::new();
        for (number, (query_id, doc_id, relevance)) in judgements.into_iter().enumerate() {
            let (query_id, doc_id) = (query_id.as_ref(), doc_id.as_ref());
            table.insert(query_id, doc_id, relevance, number).map_err(|_| {
                Error::Argument(format!("document {doc_id:?} is judged twice for query {query_id:?}; judge it once"))
            })?;
        }
        Ok(Self::from_table(table))
    }

    fn from_table(table: Table<i32>) -> Self {
        Self { queries: table.into_values().map(|(query_id, documents)| (query_id, documents.collect())).collect() }
    }

    /// The grade of a document for a query; `None` where it was not judged.
    ///
    /// ```
    /// use crosslens::collection::Qrels;
    /// let qrels = Qrels::from_judgements([("q1", "d1", 3), ("q1", "d2", -1)])?;
    /// assert_eq!(qrels.get("q1", "d2"), Some(-1));
    /// assert_eq!(qrels.get("q2", "d1"), None);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn get(&self, query_id: &str, doc_id: &str) -> Option<i32> {
        self.queries.get(query_id)?.get(doc_id).copied()
    }

    /// The grade as measures count it: 0 where the document was not judged, or judged below 0.
    ///
    /// ```
    /// use crosslens::collection::Qrels;
    /// let qrels = Qrels::from_judgements([("q1", "d1", 3), ("q1", "d2", -1)])?;
    /// assert_eq!((qrels.relevance("q1", "d1"), qrels.relevance("q1", "d2"), qrels.relevance("q1", "d3")), (3, 0, 0));
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn relevance(&self, query_id: &str, doc_id: &str) -> u32 {
        self.get(query_id, doc_id).map_or(0, |grade| grade.max(0).unsigned_abs())
    }

    /// All judgements as (query id, document id, grade), by query id and then document id.
    ///
    /// ```
    /// use crosslens::collection::Qrels;
    /// let qrels = Qrels::from_judgements([("q2", "d1", 1), ("q1", "d2", 0), ("q1", "d1", 3)])?;
    /// assert_eq!(qrels.iter().collect::<Vec<_>>(), [("q1", "d1", 3), ("q1", "d2", 0), ("q2", "d1", 1)]);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, i32)> {
        self.queries.iter().flat_map(|(query_id, documents)| {
            documents.iter().map(move |(doc_id, grade)| (query_id.as_str(), doc_id.as_str(), *grade))
        })
    }

    /// The judgements of one query as (document id, grade), by document id; none where it has none.
    ///
    /// ```
    /// use crosslens::collection::Qrels;
    /// let qrels = Qrels::from_judgements([("q1", "d2", 0), ("q1", "d1", 3)])?;
    /// assert_eq!(qrels.of("q1").collect::<Vec<_>>(), [("d1", 3), ("d2", 0)]);
    /// assert_eq!(qrels.of("q2").count(), 0);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn of(&self, query_id: &str) -> impl Iterator<Item = (&str, i32)> {
        self.queries.get(query_id).into_iter().flatten().map(|(doc_id, grade)| (doc_id.as_str(), *grade))
    }

    /// The ids of the queries that have judgements, in order.
    ///
    /// ```
    /// use crosslens::collection::Qrels;
    /// let qrels = Qrels::from_judgements([("q2", "d1", 0), ("q1", "d1", 3)])?;
    /// assert_eq!(qrels.queries().collect::<Vec<_>>(), ["q1", "q2"]);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn queries(&self) -> impl Iterator<Item = &str> {
        self.queries.keys().map(String::as_str)
    }

    /// The judgements of these queries alone; ids that have none are passed over.
    ///
    /// ```
    /// use crosslens::collection::Qrels;
    /// let qrels = Qrels::from_judgements([("q1", "d1", 3), ("q2", "d1", 0)])?;
    /// assert_eq!(qrels.restricted_to(["q2", "q2", "q3"]).iter().collect::<Vec<_>>(), [("q2", "d1", 0)]);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    #[must_use]
    pub fn restricted_to<'a>(&self, queries: impl IntoIterator<Item = &'a str>) -> Self {
        let mut kept = BTreeMap::new();
        for query_id in queries {
            if let Some((query_id, documents)) = self.queries.get_key_value(query_id)
                && !kept.contains_key(query_id)
            {
                kept.insert(query_id.clone(), documents.clone());
            }
        }
        Self { queries: kept }
    }

    /// How many judgements there are.
    ///
    /// ```
    /// assert_eq!(crosslens::collection::Qrels::default().len(), 0);
    /// ```
    pub fn len(&self) -> usize {
        self.queries.values().map(BTreeMap::len).sum()
    }

    /// Whether there are no judgements at all.
    ///
    /// ```
    /// assert!(crosslens::collection::Qrels::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }
}

/// A summary: a cell that ends in judgements should not print thousands of them.
impl fmt::Debug for Qrels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Qrels({} judgements of {} queries)", self.len(), self.queries.len())
    }
}

enum Format {
    Beir,
    Trec,
}

fn read(path: &Path) -> Result<Table<i32>> {
    let mut lines = Lines::open(path, "judgements are a text file of BEIR's 3 tab-separated or TREC's 4 columns")?;
    let mut table = Table::new();
    let mut format = None;
    while let Some((line, text)) = lines.next_line()? {
        let malformed = |what| Error::Malformed { path: path.to_owned(), line, what };
        let first = format.is_none();
        let format = format.get_or_insert_with(|| match beir::columns(text) {
            Ok(_) => Format::Beir,
            Err(_) => Format::Trec,
        });
        let [query_id, doc_id, grade] = match format {
            Format::Beir => {
                let columns = beir::columns(text).map_err(|found| malformed(wrong_columns(BEIR, found)))?;
                if first && beir::is_header(columns) {
                    continue;
                }
                columns
            }
            Format::Trec => {
                let expected = if first { EITHER } else { TREC };
                let [query_id, _, doc_id, grade] =
                    trec::columns(text).map_err(|found| malformed(wrong_columns(expected, found)))?;
                [query_id, doc_id, grade]
            }
        };
        if query_id.is_empty() || doc_id.is_empty() {
            return Err(malformed("an id is empty; expected query-id, corpus-id and score".into()));
        }
        let grade =
            grade.parse().map_err(|_| malformed(format!("relevance {grade:?} is not a whole number of 32 bits")))?;
        table
            .insert(query_id, doc_id, grade, line)
            .map_err(|first| duplicate(path, (query_id, doc_id), line, first))?;
    }
    Ok(table)
}

const BEIR: &str = "3 tab-separated columns (query-id, corpus-id, score)";
const TREC: &str = "4 columns (query, iteration, document, relevance)";
const EITHER: &str =
    "3 tab-separated columns (query-id, corpus-id, score) or 4 columns (query, iteration, document, relevance)";

fn wrong_columns(expected: &str, found: usize) -> String {
    format!("expected {expected}, found {found}")
}
