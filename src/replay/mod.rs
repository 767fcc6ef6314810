//! What other papers found in their models, put to the test in this one.
//!
//! A replay is one paper: a function from a [`Study`] to a [`Finding`] for each of its claims. The claim says before
//! anything is computed which side of a stated number agrees; the verdict then follows from the interval alone:
//!
//! - *agrees* where the interval lies wholly on the side that the claim names,
//! - *disagrees* where it lies wholly on the other one,
//! - *cannot be tested* where it holds the number, where too few queries have a figure, and where the claim is about
//!   something that this model does not have.
//!
//! Nothing is trained: where a paper trains a model with a mask, the mask is put on the model as it is. This is the
//! stricter question, whether the flow is used, and not whether a model could learn to do without.
//!
//! To add a replay, write one file beside these and name its function in [`REPLAYS`].

mod chen;
mod finding;
mod jiang;
mod lu;
mod mask;
mod mice;
mod schlatt;
mod study;
mod zhan;

use crate::collection::{Measure, Pairs};
use crate::effect::{self, Settings, interval_options};
use crate::error::Result;
use crate::live::Progress;
use crate::model::CrossEncoder;
use finding::{Finding, findings_frame};
use polars::prelude::DataFrame;
use std::fmt;
use std::sync::Arc;
use study::Study;

/// What puts the claims of a paper to the test.
type OfPaper = fn(&Study) -> Result<Vec<Finding>>;

/// Every replay, in the order of the papers.
const REPLAYS: [OfPaper; 6] = [zhan::replay, jiang::replay, schlatt::replay, chen::replay, lu::replay, mice::replay];

/// Replays to be run; made by [`CrossEncoder::replay`], run by [`Replay::over`].
#[must_use = "nothing is replayed until `over` is called"]
#[derive(Clone)]
pub struct Replay {
    model: CrossEncoder,
    options: Options,
}

#[derive(Clone)]
struct Options {
    settings: Settings,
    progress: Arc<dyn Fn(Progress) + Send + Sync>,
}

impl CrossEncoder {
    /// What other papers found, put to the test in this model; see [`Replay::over`].
    pub fn replay(&self) -> Replay {
        let settings = Settings { measures: vec![Measure::NdcgAt(10)], ..Settings::default() };
        Replay { model: self.clone(), options: Options { settings, progress: Arc::new(|_| ()) } }
    }
}

impl Replay {
    interval_options!("The seed of the bootstrap, and of the random heads of a control (42 unless told otherwise).");

    /// Calls back after every paper.
    pub fn progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.options.progress = Arc::new(progress);
        self
    }

    /// Puts every claim to the test over these pairs, best all [judged ones](crate::collection::Collection::judged_pairs)
    /// of a collection: a row per claim.
    ///
    /// | column | |
    /// | --- | --- |
    /// | `source`, `claim` | who claims what |
    /// | `measure` | what the figure is, with its unit |
    /// | `figure`, `figure_low`, `figure_high` | over queries, with the ends of its bootstrap interval; null where there is none |
    /// | `reference`, `agrees_when` | the number that the figure is held against, and on which side of it the claim expects the figure |
    /// | `expected` | the same in words |
    /// | `verdict` | *agrees*, *disagrees* or *cannot be tested*, by the interval alone |
    /// | `why` | on what the verdict rests, and what is different from the paper |
    /// | `queries` | how many queries the figure rests on; below 10 there is no verdict |
    ///
    /// The claims are of Zhan et al. 2020 (SIGIR, doi 10.1145/3397271.3401325), Jiang et al. 2021 (BlackboxNLP), Schlatt
    /// et al. 2024 (arXiv 2312.17649), Chen et al. 2024 (arXiv 2405.02503), Lu et al. 2025 (arXiv 2502.04645) and Vast et
    /// al. 2026 (arXiv 2602.16299). Where an edge is cut at little cost, little is less than 0.02 of nDCG@10.
    ///
    /// # Errors
    /// [`Argument`](crate::Error::Argument) without pairs, if one stands twice, if a score is not finite or with settings
    /// that make no sense; whatever is wrong with a pair.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let tiny = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/interventions/tiny");
    /// let model = CrossEncoder::open(tiny)?;
    /// let pairs = Collection::embedded()?.judged_pairs()?.filter(|pair| pair.query_id.starts_with("q01"));
    /// let table = model.replay().resamples(200).over(&pairs)?;
    /// let mut verdicts = table.column("verdict")?.str()?.iter().flatten();
    /// assert!(verdicts.all(|verdict| ["agrees", "disagrees", "cannot be tested"].contains(&verdict)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn over(&self, pairs: &Pairs) -> Result<DataFrame> {
        let Options { settings, progress } = &self.options;
        effect::check(pairs, settings)?;
        let study = Study::new(&self.model, pairs, settings);
        let mut findings = Vec::new();
        for (done, replay) in REPLAYS.iter().enumerate() {
            findings.extend(replay(&study)?);
            progress(Progress { done: done + 1, total: REPLAYS.len() });
        }
        findings_frame(&findings)
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Replay({} papers on {:?})", REPLAYS.len(), self.model)
    }
}
