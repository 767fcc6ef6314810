//! Which heads match? A rule with a control at each step, and the evidence for every head.
//!
//! **1. It looks.** For a content word of the query that stands in the document too, a query token `q` with its equals `M` in
//! the document, and the content tokens `q'` of the query's other words, with attention as a share of what the document
//! gets,
//!
//! `specificity = log₂ a(q, M) − mean log₂ a(q', M)`
//!
//! in bits: how much more the match gets from its own word than from the query's other words. What a head owes to the places
//! that it looks at, or to words that it likes whichever content word asks, is the same for `q` and `q'` and cancels. It is
//! averaged over tokens within a query, then over queries, and its interval must lie above 0.
//!
//! The control is the same head *scrambled*: its queries turned by a rotation drawn at random, on the residual stream of
//! the plain run. Turned queries are as long as before and compare in as many directions, but know nothing of the keys any
//! more. Each draw turns all heads, and the largest specificity among them is kept: `p = (1 + draws whose largest is at
//! least the head's own) / (1 + draws)` (Westfall and Young 1993), which must be at most `level`. A head whose query weights are
//! normal numbers drawn at random is as good as scrambled already.
//!
//! **2. It matters.** What `q` gathers from `M` is taken out of that head alone (`M` gets no attention, the rest of the row
//! is scaled up to 1), for all such `q` at once; everything after the head runs on. The control takes from all other document
//! tokens, each by its share, what as many of them as there are matches have on average. `cut_effect` is the absolute change
//! of the logit, minus that of the control; a one-sided paired t-test over queries tells whether it is more than chance,
//! with Holm's correction over all heads of the model. This rejects heads that nobody listens to; how much a head
//! matters is the size of `cut_effect`. Which way the score goes is told beside it and decides nothing. In the last
//! layer no query token passes anything on: only what `[CLS]` gathers there reaches the score.
//!
//! A head *matches* that passes both. `stability` is the share of resamples of the queries in which it is as specific as
//! the first step asks, and has a positive `cut_effect`.
//!
//! Both steps look at the same queries, so a claim about the heads that are found is tested on others.

mod asking;
mod cut;
mod specificity;
mod table;

use crate::collection::{Collection, Pair};
use crate::effect::{Settings, interval_options};
use crate::error::{Error, Result};
use crate::frame::columns as c;
use crate::hook::Heads;
use crate::model::CrossEncoder;
use crate::statistic::stop_words;
use asking::Queries;
use polars::prelude::{DataFrame, IntoLazy, col};
use specificity::Specificity;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use table::{Evidence, selectivity_of_heads, table};

/// A level of 0.29 over 100 draws is 29 of them, whatever the product rounds to.
const ROUNDING: f64 = 1e-9;

/// A search for matching heads; made by [`CrossEncoder::detector`], run by [`Detector::over`].
#[must_use = "a detector computes nothing until `over` is called"]
#[derive(Clone)]
pub struct Detector {
    model: CrossEncoder,
    options: Options,
}

#[derive(Clone)]
struct Options {
    draws: usize,
    level: f64,
    stop_words: Arc<HashSet<String>>,
    settings: Settings,
}

impl CrossEncoder {
    /// The heads that find the query's own words in the document and pass it on: those of [`Detector::over`] that
    /// match, the one on which the score depends most first, over the judged pairs of a collection.
    ///
    /// # Errors
    /// As [`Detector::over`].
    ///
    /// ```no_run
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let found = model.matching_heads(&Collection::embedded()?.with_qrels("train")?)?;
    /// let effect = model.ablate(Heads::of_frame(&found)?).together().over(&Collection::embedded()?.judged_pairs()?)?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn matching_heads(&self, collection: &Collection) -> Result<DataFrame> {
        let all = self.detector().over(&collection.judged_pairs()?)?;
        Ok(all.lazy().filter(col(c::MATCHES)).collect()?)
    }

    /// Tells for every head whether it matches, and why; see [`Detector::over`].
    pub fn detector(&self) -> Detector {
        let stop_words = Arc::new(stop_words());
        Detector {
            model: self.clone(),
            options: Options { draws: 99, level: 0.05, stop_words, settings: Settings::default() },
        }
    }
}

impl Detector {
    /// How many times all heads are scrambled (99 unless told otherwise).
    pub fn draws(mut self, draws: usize) -> Self {
        self.options.draws = draws;
        self
    }

    /// The level of both steps: the probability that one or more heads that do not match pass it (0.05 unless told
    /// otherwise).
    pub fn level(mut self, level: f64) -> Self {
        self.options.level = level;
        self
    }

    /// Other words that are not looked for, in lower case, than the library's list of English function words.
    pub fn stop_words<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.options.stop_words = Arc::new(words.into_iter().map(Into::into).collect());
        self
    }

    interval_options!("The seed of rotations and the bootstrap (42 unless told otherwise).");

    /// Looks for matching heads over these pairs; those in which no content word of the query, beside another one,
    /// stands in the document say nothing and are left out.
    ///
    /// A row per head, those that match first, by falling `cut_effect`, then the others by falling `specificity`:
    ///
    /// - `layer`, `head`, `matches` (whether it passes both steps, as [`CrossEncoder::detector`]'s module says);
    /// - `specificity` (bits) with the ends of its interval, and `specificity_p` against scrambled heads;
    /// - `cut_effect` (logits) with the ends of its interval and `cut_effect_p_holm`: null where the first step is not
    ///   passed;
    /// - `logit_effect`, with the ends of its interval: which way the score goes when the matches are cut, null as before;
    /// - `reciprocal_rank`: the identity score, from weights alone: of each word piece that was looked for among all keys of the
    ///   vocabulary ([`CrossEncoder::identity`]), 1 where it prefers itself, some 0.0004 by chance in BERT's vocabulary;
    /// - `selectivity` (bits), as [`CrossEncoder::selectivity`] tells it, over the same pairs;
    /// - `stability` (0 to 1), null where the first step is not passed; `queries`: how many have a word to look for.
    ///
    /// Interventions of the model before attention are seen; those on `q`, `k` and scores are in what heads look at, but not
    /// in their scrambled control.
    ///
    /// # Errors
    /// [`Error::Argument`] if fewer than two queries have a word to look for, for a level that so many draws cannot reach, or settings that
    /// make no sense; those of [`CrossEncoder::score`]; [`Error::Interrupted`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.judged_pairs()?.filter(|pair| pair.query_id.ends_with("3"));
    /// let heads = model.detector().draws(19).over(&pairs)?;
    /// assert_eq!(heads.height(), 72);
    /// assert!(Heads::of_frame(&heads.head(Some(6)))?.contains(Head::new(2, 9)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn over(&self, pairs: &[Pair]) -> Result<DataFrame> {
        let Self { model, options } = self;
        options.check()?;
        let queries = Queries::new(model, pairs, &options.stop_words)?;
        let specificity = Specificity::of(model, &queries, options.draws, options.settings.seed)?;
        let cuts = cut::effects(model, &queries, &specificity.above(options.allowed()))?;
        let identity = model.identity(Heads::all()).of_pieces(queries.pieces()).scores()?;
        let asked: Vec<Pair> = queries.of(pairs).cloned().collect();
        let evidence = Evidence {
            specificity: &specificity,
            cuts: &cuts,
            reciprocal_ranks: identity.column(c::RECIPROCAL_RANK)?.clone(),
            selectivity: selectivity_of_heads(model, &asked)?,
        };
        table(evidence, &options.settings, options.level, options.allowed())
    }
}

impl Options {
    /// How many draws may be as large as what passes.
    fn allowed(&self) -> usize {
        (self.level * (self.draws + 1) as f64 + ROUNDING).floor() as usize - 1
    }

    fn check(&self) -> Result<()> {
        self.settings.check()?;
        let Self { draws, level, .. } = self;
        if !(*level > 0.0 && *level < 1.0) {
            return Err(Error::Argument(format!("a level is between 0 and 1, not {level}; 0.05 is usual")));
        }
        if level * (draws + 1) as f64 + ROUNDING >= 1.0 {
            return Ok(());
        }
        let least = (1.0 / level - ROUNDING).ceil() as usize - 1;
        Err(Error::Argument(format!("{draws} draws cannot tell anything at the level {level}; take {least} or more")))
    }
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { draws, level, .. } = self.options;
        f.debug_struct("Detector").field("draws", &draws).field("level", &level).finish_non_exhaustive()
    }
}
