//! From a collection to the pairs that a model scores.

use super::{Collection, Document, Pair, Pairs, Query, Run};
use crate::error::{Error, Result};

impl Collection {
    /// The best `k` documents that a run has for each judged query, in the order of the queries' file and then of rank.
    /// A ranking shorter than `k` is taken whole.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no such run, [`Error::IncompleteRun`] if it lacks judged queries,
    /// [`Error::Argument`] if it names a query or document that the collection does not have, if nothing is judged or
    /// `k` is 0.
    ///
    /// ```
    /// use crosslens::collection::Collection;
    /// let tests = Collection::embedded()?;
    /// let pairs = tests.pairs("bm25", 3)?;
    /// assert_eq!(pairs.len(), 3 * tests.judged_queries().len());
    /// assert_eq!(pairs[0].doc_id, tests.run("bm25")?.top("q01", 1)[0].doc_id);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn pairs(&self, run: &str, k: usize) -> Result<Pairs> {
        let run = self.run(run)?;
        if k == 0 {
            return Err(Error::Argument("the best 0 documents of a run are none; ask for at least 1".into()));
        }
        if self.judged().next().is_none() {
            return Err(Error::Argument(format!(
                "{}: no query has judgements, so there are none to pair; put them into qrels/test.tsv",
                self.texts.folder.display()
            )));
        }
        self.check(run)?;
        let lacking: Vec<String> =
            self.judged().map(|query| &query.query_id).filter(|id| run.top(id, 1).is_empty()).cloned().collect();
        if !lacking.is_empty() {
            return Err(Error::IncompleteRun { run: run.name().to_owned(), queries: lacking });
        }
        let mut pairs = Vec::new();
        for query in self.judged() {
            for ranked in run.top(&query.query_id, k) {
                pairs.push(self.pair(query, self.document(&ranked.doc_id)?));
            }
        }
        Ok(Pairs::new(pairs, self.qrels()))
    }

    /// All judged documents of a query, the most relevant first, those of the same grade by id; no pairs where nothing
    /// is judged. Judged documents that the collection lacks are left out (see [`warnings`](Self::warnings)).
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no such query.
    ///
    /// ```
    /// use crosslens::collection::Collection;
    /// let tests = Collection::embedded()?;
    /// let grades: Vec<_> = tests.pairs_for("q01")?.iter().map(|pair| pair.relevance).collect();
    /// assert_eq!(grades, [Some(3), Some(2), Some(2), Some(2), Some(0), Some(0), Some(0)]);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn pairs_for(&self, query_id: &str) -> Result<Pairs> {
        let query = self.query(query_id)?;
        let mut pairs: Vec<Pair> = self
            .qrels()
            .of(query_id)
            .filter_map(|(doc_id, _)| self.texts.document(doc_id))
            .map(|document| self.pair(query, document))
            .collect();
        // Judgements come by id already, and the sort is stable.
        pairs.sort_by_key(|pair| std::cmp::Reverse(pair.relevance));
        Ok(Pairs::new(pairs, self.qrels()))
    }

    /// Every judged pair: [`pairs_for`](Self::pairs_for) each judged query, in the order of the queries.
    ///
    /// What a first-stage run does not find is in it as well: where documents match by paraphrase, a run of BM25 holds
    /// hardly any of them.
    ///
    /// # Errors
    /// None but those of [`pairs_for`](Self::pairs_for).
    ///
    /// ```
    /// use crosslens::collection::Collection;
    /// let pairs = Collection::embedded()?.judged_pairs()?;
    /// assert!(pairs.iter().all(|pair| pair.relevance.is_some()));
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub fn judged_pairs(&self) -> Result<Pairs> {
        let mut pairs = Vec::new();
        for query in self.judged_queries() {
            pairs.extend(self.pairs_for(&query.query_id)?.iter().cloned());
        }
        Ok(Pairs::new(pairs, self.qrels()))
    }

    fn pair(&self, query: &Query, document: &Document) -> Pair {
        Pair {
            query_id: query.query_id.clone(),
            doc_id: document.doc_id.clone(),
            query: query.text.clone(),
            document: document.full_text(),
            relevance: self.qrels().get(&query.query_id, &document.doc_id),
            kind: self.texts.kind(&query.query_id, &document.doc_id).map(str::to_owned),
        }
    }

    /// A run over other texts is no run over these, even where the part that is looked at happens to fit.
    fn check(&self, run: &Run) -> Result<()> {
        let refuse = |what: String| {
            Err(Error::Argument(format!(
                "run {:?} {what}, which {} does not hold; is it a run over another collection?",
                run.name(),
                self.texts.folder.display()
            )))
        };
        for query_id in run.queries() {
            if self.texts.query(query_id).is_none() {
                return refuse(format!("ranks documents for query {query_id:?}"));
            }
            for ranked in run.ranking(query_id) {
                if self.texts.document(&ranked.doc_id).is_none() {
                    return refuse(format!("ranks document {:?} for query {query_id:?}", ranked.doc_id));
                }
            }
        }
        Ok(())
    }
}
