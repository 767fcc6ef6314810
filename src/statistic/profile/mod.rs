//! Match profiles: to what does a head attend from a query token?
//!
//! For a query token `q` and the document tokens `D`, attention is taken as a share of what the document gets,
//! `a(d) = A[q, d] / Σ A[q, D]`, so that what is parked on special tokens and the query does not count. The document
//! tokens are told apart by how they match `q`; for a class `C` of them
//!
//! - `attention = mean a(d) over C`, per token and not their sum, so that a large class is not a strong one,
//! - `bits = log₂( |D| · attention )`: 0 for uniform attention, 1 where a token of the class gets twice as much,
//! - `control_bits`: the same for the mean over all permutations of the classes within each quarter of the document,
//! - `excess_bits = bits - control_bits`: what the class gets beyond what its places do.
//!
//! The permutations are not drawn: their mean is known, as a token of `C` in a quarter is then any token of it,
//! `|D| · Σ share of C in a quarter · mean a(d) over that quarter`. Permuting over the whole document instead would give
//! exactly 0 bits, for every head; within quarters it holds what a head owes to looking at the beginning or the end.
//!
//! A match is among the tokens of its own quarter, so a head that finds it lifts its control too: where one match takes
//! all attention of a quarter of 20 tokens, the control is log₂ 20 = 4.3 bits below it, and no excess can be larger.
//! `bits` tells strong heads apart, `excess_bits` a match from its place.
//! A short document leaves little to permute, which makes the control strict: of one with fewer than eight tokens most
//! is its own control.
//!
//! `|D| · attention` is averaged over query tokens, within a query and then over queries, before the logarithm is taken:
//! a mean of logarithms would be the lower the fewer tokens a class has.

mod class;
mod group;
mod matches;
mod sums;
mod table;
#[cfg(test)]
mod tests;
mod words;

pub use group::ProfileBy;
pub(crate) use words::{stop_words, whole_words};

use crate::collection::{Pair, by_query};
use crate::effect::{Settings, interval_options};
use crate::error::{Error, Result};
use crate::live::{Progress, Task};
use crate::model::{CrossEncoder, Order};
use class::{Token, classes};
use group::Groups;
use matches::Matches;
use polars::prelude::DataFrame;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;
use sums::Gathering;
use table::profile_frame;

/// Where cosines of word embeddings are told apart.
///
/// Of the pairs of different content words in the embedded collection, one in a hundred has a cosine over 0.32 by the
/// embedded model's table, of random words of the vocabulary one in a thousand over 0.36. From 0.5 on stand inflections
/// and near synonyms (carpet/rug, trees/forest), from 0.4 on what is said of the same things (thunder/lightning,
/// winter/cold), from 0.3 on what occurs with them (kettle/tea, moon/earth).
const CUTS: [f64; 3] = [0.5, 0.4, 0.3];

/// A match profile to be computed; made by [`CrossEncoder::match_profile`], run by [`MatchProfile::over`].
#[must_use = "a profile computes nothing until `over` is called"]
#[derive(Clone)]
pub struct MatchProfile {
    model: CrossEncoder,
    options: Options,
}

#[derive(Clone)]
struct Options {
    by: ProfileBy,
    last_sep: bool,
    all_words: bool,
    cuts: Vec<f64>,
    stop_words: Arc<HashSet<String>>,
    settings: Settings,
    progress: Arc<dyn Fn(Progress) + Send + Sync>,
}

impl Options {
    /// Whether a query token does.
    fn takes_part(&self, token: &Token) -> bool {
        !token.punctuation && (self.all_words || !token.stop)
    }

    fn check(&self, pairs: &[Pair]) -> Result<()> {
        self.settings.check()?;
        if !self.cuts.is_sorted_by(|a, b| a > b) || self.cuts.iter().any(|cut| !cut.is_finite()) {
            let what =
                format!("cosines are told apart from the highest on, such as at 0.5 and 0.4, not {:?}", self.cuts);
            return Err(Error::Argument(what));
        }
        if pairs.is_empty() {
            return Err(Error::Argument("there are no pairs to make a profile of".into()));
        }
        Ok(())
    }
}

impl CrossEncoder {
    /// To what each head attends from a query token, by how the document token matches it; see [`MatchProfile::over`].
    pub fn match_profile(&self) -> MatchProfile {
        let options = Options {
            by: ProfileBy::default(),
            last_sep: false,
            all_words: false,
            cuts: CUTS.into(),
            stop_words: Arc::new(words::stop_words()),
            settings: Settings::default(),
            progress: Arc::new(|_| ()),
        };
        MatchProfile { model: self.clone(), options }
    }
}

impl MatchProfile {
    /// Broken down, with one more column.
    pub fn by(mut self, by: ProfileBy) -> Self {
        self.options.by = by;
        self
    }

    /// Counts the last `[SEP]` as a document token, in a class of its own, as Lu et al. (2025) do; it is told apart
    /// otherwise, as part of `special_mass`.
    pub fn with_last_sep(mut self) -> Self {
        self.options.last_sep = true;
        self
    }

    /// Lets the query's stop words take part too, not its content words alone; never its punctuation.
    pub fn with_stop_words(mut self) -> Self {
        self.options.all_words = true;
        self
    }

    /// Other words to be taken as stop words, in lower case, than the library's list of English function words: those of
    /// another language, or none.
    pub fn stop_words<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.options.stop_words = Arc::new(words.into_iter().map(Into::into).collect());
        self
    }

    /// Where cosines of embeddings are told apart, the highest first (0.5, 0.4 and 0.3 unless told otherwise). Other
    /// checkpoints spread their embeddings differently: [`CrossEncoder::neighbours`] shows how near words are.
    pub fn cosines(mut self, cuts: impl IntoIterator<Item = f64>) -> Self {
        self.options.cuts = cuts.into_iter().collect();
        self
    }

    interval_options!("The seed of the bootstrap (42 unless told otherwise).");

    /// Called after every pair, from many threads.
    pub fn progress(mut self, told: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.options.progress = Arc::new(told);
        self
    }

    /// Computes the profile over pairs.
    ///
    /// One row per `layer`, `head` and `match`: of the classes the first that holds, so that each document token is in one.
    ///
    /// | `match` | the document token |
    /// | --- | --- |
    /// | `same piece` | is the same word piece |
    /// | `same word` | is another piece of the same word, whatever its case |
    /// | `same stem` | is of a word with the same stem, by the Snowball stemmer for English |
    /// | `cosine >= 0.5`, `cosine 0.4-0.5`, `cosine 0.3-0.4` | has a near word embedding |
    /// | `other content word`, `stop word` | is of another word |
    /// | `punctuation` | is no letter or digit, unless it is the same piece |
    /// | `last separator` | is the last `[SEP]`, if it [counts](Self::with_last_sep) |
    ///
    /// Columns: the one of [`ProfileBy`], if any; `attention` (to a token of the class, as a share of attention to the
    /// document), `bits` (over uniform attention to the document), `control_bits` (those of the class's places),
    /// `excess_bits` (the difference), each of the three with the ends of its interval (`bits_low`, `bits_high` …);
    /// `document_mass` and `special_mass` (attention to the document, and to `[CLS]` and the separators, from the same
    /// query tokens; the rest goes to the query); `queries` and `tokens`, the queries and the query tokens, counted per
    /// document, that have the class. Everything is averaged over query tokens within a query, then over queries; the
    /// bootstrap draws among queries. Null where no query token has the class, and where the document gets no attention.
    ///
    /// # Errors
    /// [`Error::Argument`] without pairs or with settings that make no sense, and those of [`CrossEncoder::score`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let profile = model.match_profile().over(&pairs)?;
    /// assert_eq!(profile.height(), 6 * 12 * 9);
    /// let by_distance = model.match_profile().by(ProfileBy::Distance).resamples(100).over(&pairs)?;
    /// assert_eq!(by_distance.height(), 6 * 12 * 9 * 5);
    /// let by_quarter = model.match_profile().by(ProfileBy::Quarter).with_last_sep().resamples(100).over(&pairs)?;
    /// assert_eq!(by_quarter.height(), 6 * 12 * 10 * 4);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn over(&self, pairs: &[Pair]) -> Result<DataFrame> {
        let Self { model, options } = self;
        options.check(pairs)?;
        let queries = by_query(pairs);
        let mut query_of = vec![0; pairs.len()];
        for (query, of) in queries.values().enumerate() {
            of.iter().for_each(|at| query_of[*at] = query);
        }
        let takes_part = |word: &str| options.all_words || !options.stop_words.contains(word);
        let groups = Groups::new(&options.by, pairs, &model.all_tokens(pairs)?, takes_part);

        let gathering = Gathering::new(queries.len());
        let task = Task::new("profiling heads", "pairs", pairs.len());
        let order = Order { told: &*options.progress, ..Order::of(&task) };
        model.rest_in_batches(pairs, &mut BTreeMap::new(), &order, |at, some| {
            let of_pair = |(at, tokens)| Matches::new(model, &pairs[at], tokens, &groups, options);
            let matches: Vec<Matches> = at.iter().copied().zip(some.iter().copied()).map(of_pair).collect();
            let heads = model.reduce_batch(some, false, |place, pattern| matches[place].reduce(pattern))?;
            for ((at, matches), (_, heads)) in at.iter().zip(&matches).zip(heads) {
                gathering.add(query_of[*at], matches.counts(), heads);
            }
            Ok(vec![(); some.len()])
        })?;
        let classes = classes(&options.cuts, options.last_sep);
        profile_frame(model.shape(), &classes, &groups, &gathering.finish(), &options.settings)
    }
}

impl fmt::Debug for MatchProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { by, last_sep, cuts, .. } = &self.options;
        let mut debug = f.debug_struct("MatchProfile");
        debug.field("by", by).field("last_sep", last_sep).field("cosines", cuts).finish_non_exhaustive()
    }
}
