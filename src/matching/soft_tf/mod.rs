//! Soft term frequency: does the model compute a semantic BM25?
//!
//! Lu, Chen and Eickhoff (2025, arXiv 2502.04645) find in a cross-encoder heads that match, and read their attention as
//! a term frequency: that of a query token `q` is the attention that `q` gives to the document `D`, here averaged over
//! the heads `H`, so that it is a share of attention however many heads there are:
//!
//! `softTF(q) = 1/|H| · Σ_H Σ_{d ∈ D} A_H[q, d]`
//!
//! With an idf that they find in the first singular direction of the word embeddings (see [`Idf`]) and BM25's term
//! ([`SoftTf::k1`], [`SoftTf::b`]) this gives
//!
//! `semantic BM25 = Σ_q idf(q) · softTF(q) (k₁ + 1) / (softTF(q) + k₁ (1 - b + b |D| / L))`
//!
//! and the same with `count(q)`, how often the word piece of `q` stands in the document, gives the lexical BM25 that it
//! is held against: everything else is alike. Their document reaches to the end of the sequence and so holds the last
//! `[SEP]`, to which heads attend when they find nothing; [`SoftTf::with_last_sep`] counts it as they do, and
//! [`SoftTf::explains`] tells both.
//!
//! Query tokens are those of the query but for punctuation. Stop words take part, since the idf is what weighs them. A
//! token that stands twice in the query counts twice, as in their formula. In the code that Lu et al. published, a
//! regression has numbers for every position of the query and so holds for queries of one length; here what tokens give
//! is added up first, so that one regression holds for all queries.

mod explains;
mod formula;
mod half;
mod idf;
mod predictor;
mod reading;
mod ridge;
mod sets;
mod tables;
#[cfg(test)]
mod tests;

pub use idf::Idf;

use crate::collection::{Collection, Pair, Pairs, by_query};
use crate::effect::{self, Settings, interval_options};
use crate::error::{Error, Result};
use crate::hook::{Head, Heads};
use crate::live::Progress;
use crate::model::CrossEncoder;
use explains::explained;
use formula::Formula;
use half::Half;
use idf::Weights;
use polars::prelude::DataFrame;
use predictor::Maker;
use reading::read;
use sets::Sets;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Soft term frequencies to be computed; made by [`CrossEncoder::soft_tf`].
#[must_use = "soft term frequencies are computed by `over`, `by_token` or `explains`"]
#[derive(Clone)]
pub struct SoftTf {
    model: CrossEncoder,
    heads: Heads,
    collection: Collection,
    /// What the collection says of word pieces, once it is known.
    weights: Arc<OnceLock<Weights>>,
    options: Options,
}

#[derive(Clone)]
struct Options {
    idf: Idf,
    last_sep: bool,
    formula: Formula,
    draws: usize,
    folds: usize,
    settings: Settings,
    progress: Arc<dyn Fn(Progress) + Send + Sync>,
}

impl CrossEncoder {
    /// The soft term frequencies of these heads, which are thought to match; the collection says how many documents a
    /// word piece stands in, and how long documents are.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let (model, tests) = (CrossEncoder::embedded()?, Collection::embedded()?);
    /// let scores = model.soft_tf([Head::new(2, 9), Head::new(1, 1)], &tests).over(&tests.pairs_for("q01")?)?;
    /// assert_eq!(scores.height(), 7);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn soft_tf(&self, heads: impl Into<Heads>, collection: &Collection) -> SoftTf {
        let options = Options {
            idf: Idf::default(),
            last_sep: false,
            formula: Formula::default(),
            draws: 20,
            folds: 5,
            settings: Settings::default(),
            progress: Arc::new(|_| ()),
        };
        let (heads, weights) = (heads.into(), Arc::default());
        SoftTf { model: self.clone(), heads, collection: collection.clone(), weights, options }
    }
}

impl SoftTf {
    /// Counts the last `[SEP]` as part of the document, as Lu et al. do. [`SoftTf::explains`] tells both in any case.
    pub fn with_last_sep(mut self) -> Self {
        self.options.last_sep = true;
        self
    }

    /// Where the idf comes from, the collection unless told otherwise. [`SoftTf::explains`] tells both in any case.
    pub fn idf(mut self, idf: Idf) -> Self {
        self.options.idf = idf;
        self
    }

    /// How late a term is saturated (0.5 unless told otherwise, as Lu et al. have it).
    pub fn k1(mut self, k1: f64) -> Self {
        self.options.formula.k1 = k1;
        self
    }

    /// How far long documents are discounted (0.9 unless told otherwise, as Lu et al. have it).
    pub fn b(mut self, b: f64) -> Self {
        self.options.formula.b = b;
        self
    }

    /// How many times as many other heads are drawn at random for the control of [`SoftTf::explains`] (20 unless told
    /// otherwise).
    pub fn draws(mut self, draws: usize) -> Self {
        self.options.draws = draws;
        self
    }

    /// In how many folds the queries that a regression is fitted on choose its penalty (5 unless told otherwise).
    pub fn folds(mut self, folds: usize) -> Self {
        self.options.folds = folds;
        self
    }

    interval_options!("The seed of the bootstrap, of the folds and of the random heads (42 unless told otherwise).");

    /// Called after every pair, from many threads.
    pub fn progress(mut self, told: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.options.progress = Arc::new(told);
        self
    }

    /// What each query token has: one row per pair and query token that is no punctuation.
    ///
    /// Columns: `query_id`, `doc_id`, `position` and `token` (of the query token), `soft_tf` (a share of attention, 0
    /// to 1), `term_frequency` (how often the word piece stands in the document), `idf`, and `semantic_bm25` and
    /// `bm25`, what the token gives to those of [`SoftTf::over`].
    ///
    /// # Errors
    /// [`Error::Argument`] without heads or with constants that make no sense, [`Error::UnknownHead`], and those of
    /// [`CrossEncoder::score`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let (model, tests) = (CrossEncoder::embedded()?, Collection::embedded()?);
    /// let pair = [Pair::new("blue sky?", "The sky is blue. Blue!")];
    /// let tokens = model.soft_tf(Head::new(2, 9), &tests).by_token(&pair)?;
    /// assert_eq!(tokens.column("token")?.str()?.iter().flatten().collect::<Vec<_>>(), ["blue", "sky"]);
    /// assert_eq!(tokens.column("term_frequency")?.u32()?.get(0), Some(2));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn by_token(&self, pairs: &[Pair]) -> Result<DataFrame> {
        let heads = self.checked_heads()?;
        let readings = read(&self.model, pairs, &heads, &*self.options.progress)?;
        let tokens = self.model.all_tokens(pairs)?;
        tables::by_token(pairs, &tokens, &readings, &self.options, &self.maker()?)
    }

    /// What the tokens of a query have together: one row per pair.
    ///
    /// Columns: `query_id`, `doc_id`, `score` (the model's logit), `semantic_bm25` (from attention), `bm25` (from equal
    /// word pieces), `soft_tf` (summed over query tokens, without idf), `document_length` (word pieces, also those that
    /// did not fit) and `relevance`. The two BM25s have the same idf, constants, tokens and lengths.
    ///
    /// # Errors
    /// As [`SoftTf::by_token`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let (model, tests) = (CrossEncoder::embedded()?, Collection::embedded()?);
    /// let soft_tf = model.soft_tf(Head::new(2, 9), &tests).idf(Idf::Embedding).k1(1.2).b(0.75);
    /// let pairs = [Pair::new("blue sky", "The sky is blue."), Pair::new("blue sky", "Rain fell.")];
    /// let bm25 = soft_tf.over(&pairs)?.column("bm25")?.f64()?.clone();
    /// assert!(bm25.get(0) > Some(0.0) && bm25.get(1) == Some(0.0));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn over(&self, pairs: &[Pair]) -> Result<DataFrame> {
        let heads = self.checked_heads()?;
        let readings = read(&self.model, pairs, &heads, &*self.options.progress)?;
        tables::by_pair(pairs, &readings, &self.options, &self.maker()?)
    }

    /// How much of the score's variance soft term frequencies explain on held-out queries, beside BM25 alone: a ridge
    /// regression for each predictor is fitted on the pairs of `train` and tried on those of `test`.
    ///
    /// | `predictor` | what the score is predicted from |
    /// | --- | --- |
    /// | `BM25` | lexical BM25 |
    /// | `soft TF` | soft term frequencies, summed over query tokens, without idf and with it |
    /// | `semantic BM25` | with saturation and length too |
    /// | `soft TF by head` | the sums of each head, as numbers of their own; with idf, the sums of `softTF`, of `idf · softTF` and of `idf` |
    /// | `BM25 and soft TF by head` | both |
    ///
    /// One row for each, with either [`Idf`] (`idf_from`; it is also part of the name), without and with the last
    /// `[SEP]` (`last_sep`). Columns, each number from held-out pairs and with the ends of its interval over queries
    /// (`r_squared_low` …):
    ///
    /// - `features`: of how many numbers the prediction is made
    /// - `r_squared`, and `r_squared_gain`: how much more that is than of BM25 with the collection's idf
    /// - `r_squared_within` and `r_squared_within_gain`: the same where score and predictors are taken less their mean
    ///   over a query, so that only differences between its documents are explained
    /// - `control_r_squared` and `control_r_squared_within`: from as many random other heads, the mean over
    ///   [draws](Self::draws), with the lowest and the highest draw for ends; null for BM25, and where too few heads are
    ///   left
    /// - `kendall_tau` of the ranking by the prediction within queries against the model's own, and its `nDCG@10`
    /// - `ridge` and `ridge_within`: the penalties, on standardised predictors, chosen on folds of the queries of
    ///   `train`
    /// - `queries` and `pairs` of `test`
    ///
    /// # Errors
    /// [`Error::Argument`] if a query stands in both, or there are fewer queries in `train` than folds, or none in
    /// `test`; and those of [`SoftTf::by_token`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let (model, tests) = (CrossEncoder::embedded()?, Collection::embedded()?);
    /// let some = |qrels: &str| -> Result<Pairs> {
    ///     let half = tests.with_qrels(qrels)?;
    ///     let first: Vec<String> = half.judged_queries().into_iter().take(5).map(|query| query.query_id).collect();
    ///     Ok(half.judged_pairs()?.filter(|pair| first.contains(&pair.query_id)))
    /// };
    /// let soft_tf = model.soft_tf([Head::new(2, 9), Head::new(1, 1)], &tests).draws(1).resamples(100);
    /// let explained = soft_tf.explains(&some("train")?, &some("test")?)?;
    /// assert_eq!(explained.height(), 22);
    /// let figure = intervals_by(&explained, "predictor", "r_squared", "last_sep", "What explains the score?")?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn explains(&self, train: &Pairs, test: &Pairs) -> Result<DataFrame> {
        let own = self.checked_heads()?;
        self.options.settings.check()?;
        if test.is_empty() {
            return Err(Error::Argument("there are no held-out pairs to explain the scores of".into()));
        }
        let of_test = by_query(test);
        if let Some(query) = by_query(train).into_keys().find(|query| of_test.contains_key(query)) {
            let what = format!("query {query:?} stands in both halves: what is explained of it is not held out");
            return Err(Error::Argument(what));
        }
        [train, test].into_iter().try_for_each(|half| effect::check(half, &self.options.settings))?;
        ridge::folds(by_query(train).len(), self.options.folds, 0)?;
        let every = Heads::all().within(&self.model.shape())?;
        let (all, sets) = Sets::new(&own, &every, self.options.draws, self.options.settings.seed);
        let maker = self.maker()?;
        let [of_train, of_test] = [train, test].map(|pairs| read(&self.model, pairs, &all, &*self.options.progress));
        let (of_train, of_test) = (of_train?, of_test?);
        let halves = [&Half::new(train, &of_train), &Half::new(test, &of_test)];
        explained(halves, &sets, &maker, self.options.folds, &self.options.settings)
    }

    fn checked_heads(&self) -> Result<Vec<Head>> {
        self.options.formula.check()?;
        let heads = self.heads.within(&self.model.shape())?;
        if heads.is_empty() {
            return Err(Error::Argument("soft term frequencies need heads: name at least one".into()));
        }
        Ok(heads)
    }

    fn maker(&self) -> Result<Maker<'_>> {
        let weights = match self.weights.get() {
            Some(weights) => weights,
            None => {
                let weights = Weights::new(&self.model, &self.collection)?;
                self.weights.get_or_init(|| weights)
            }
        };
        Ok(Maker { formula: self.options.formula, weights })
    }
}

impl fmt::Debug for SoftTf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { idf, last_sep, formula, .. } = &self.options;
        let mut debug = f.debug_struct("SoftTf");
        debug.field("heads", &self.heads.to_string()).field("idf", idf).field("last_sep", last_sep);
        debug.field("k1", &formula.k1).field("b", &formula.b).finish_non_exhaustive()
    }
}
