//! A query and a document, together: what a cross-encoder reads.

use super::Qrels;
use std::collections::BTreeMap;
use std::ops::Deref;

/// One query with one document, and what is known about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The query's id.
    pub query_id: String,
    /// The document's id.
    pub doc_id: String,
    /// The query's text.
    pub query: String,
    /// The document's text (the title in front, where there is one).
    pub document: String,
    /// The judgement, or `None` where the pair was not judged.
    pub relevance: Option<i32>,
    /// How the document matches, where the collection says it (`kinds.tsv`): `exact`, `paraphrase`, …
    pub kind: Option<String>,
}

/// Pairs in order, with all judgements of their queries: an ideal ranking needs those outside the pairs as well.
///
/// Dereferences to a slice of [`Pair`].
#[derive(Debug, Clone, Default)]
pub struct Pairs {
    pairs: Vec<Pair>,
    qrels: Qrels,
}

impl Pair {
    /// A pair from two texts, outside any collection; both ids are empty.
    ///
    /// ```
    /// use crosslens::collection::Pair;
    /// let pair = Pair::new("why is the sky blue", "Air scatters short waves of light most.");
    /// assert_eq!(pair.relevance, None);
    /// ```
    pub fn new(query: impl Into<String>, document: impl Into<String>) -> Self {
        Self {
            query_id: String::new(),
            doc_id: String::new(),
            query: query.into(),
            document: document.into(),
            relevance: None,
            kind: None,
        }
    }
}

impl Pairs {
    /// Pairs with the judgements of their queries; judgements of other queries are dropped.
    ///
    /// ```
    /// use crosslens::collection::{Pair, Pairs, Qrels};
    /// let qrels = Qrels::from_judgements([("q1", "d1", 1), ("q1", "d2", 0), ("q2", "d1", 1)])?;
    /// let pair = Pair { query_id: "q1".into(), doc_id: "d1".into(), ..Pair::new("colour of the sky", "It is blue.") };
    /// let pairs = Pairs::new(vec![pair], &qrels);
    /// assert_eq!(pairs.len(), 1);
    /// assert_eq!(pairs.qrels().len(), 2);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn new(pairs: Vec<Pair>, qrels: &Qrels) -> Self {
        let qrels = qrels.restricted_to(pairs.iter().map(|pair| pair.query_id.as_str()));
        Self { pairs, qrels }
    }

    /// All judgements of the queries of these pairs.
    ///
    /// ```
    /// assert!(crosslens::collection::Pairs::default().qrels().is_empty());
    /// ```
    pub fn qrels(&self) -> &Qrels {
        &self.qrels
    }

    /// Those pairs for which `keep` holds, with the judgements of their queries.
    ///
    /// ```
    /// use crosslens::collection::Collection;
    /// let tests = Collection::embedded()?;
    /// let exact = tests.pairs("bm25", 50)?.filter(|pair| pair.kind.as_deref() == Some("exact"));
    /// assert!(exact.iter().all(|pair| pair.relevance >= Some(2)));
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    #[must_use]
    pub fn filter(&self, keep: impl Fn(&Pair) -> bool) -> Self {
        let pairs = self.pairs.iter().filter(|pair| keep(pair)).cloned().collect();
        Self::new(pairs, &self.qrels)
    }
}

/// The queries of some pairs, each with the positions of its pairs.
pub(crate) fn by_query(pairs: &[Pair]) -> BTreeMap<&str, Vec<usize>> {
    let mut queries: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        queries.entry(&pair.query_id).or_default().push(at);
    }
    queries
}

impl Deref for Pairs {
    type Target = [Pair];
    fn deref(&self) -> &[Pair] {
        &self.pairs
    }
}

impl<'a> IntoIterator for &'a Pairs {
    type Item = &'a Pair;
    type IntoIter = std::slice::Iter<'a, Pair>;
    fn into_iter(self) -> Self::IntoIter {
        self.pairs.iter()
    }
}
