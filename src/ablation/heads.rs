//! Ablating heads: one at a time over a whole model, or a set together.

use super::effect::{Baseline, Settings, check, effects, interval_options};
use super::unfinished::go_on;
use crate::collection::Pairs;
use crate::error::Result;
use crate::frame::{columns as c, frame};
use crate::hook::intervention::{Mean, Means, Zero};
use crate::hook::{Head, Heads, Hooks, Intervention, Site};
use crate::live::{Progress, Task};
use crate::model::CrossEncoder;
use crate::tokens::Tokens;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use std::fmt;
use std::sync::Arc;

/// What stands in for the output of an ablated head.
#[derive(Debug, Clone, PartialEq)]
enum Instead {
    Zero,
    Mean(Means),
    OverallMean(Means),
}

impl Instead {
    fn of(&self, heads: impl Into<Heads>) -> Box<dyn Intervention> {
        match self {
            Self::Zero => Box::new(Zero::heads(heads)),
            Self::Mean(means) => Box::new(Mean::by_segment(heads, means)),
            Self::OverallMean(means) => Box::new(Mean::overall(heads, means)),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::Mean(_) => "mean",
            Self::OverallMean(_) => "overall mean",
        }
    }
}

/// An ablation to be measured; made by [`CrossEncoder::ablate`], run by [`Ablation::over`].
#[must_use = "an ablation computes nothing until `over` or `sweep` is called"]
#[derive(Clone)]
pub struct Ablation {
    model: CrossEncoder,
    heads: Heads,
    instead: Instead,
    together: bool,
    settings: Settings,
    progress: Arc<dyn Fn(Progress) + Send + Sync>,
}

/// What a sweep found.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// One row per variant, as [`Ablation::over`] returns.
    pub effects: DataFrame,
    /// One row per variant and pair: the variant, `query_id`, `doc_id`, `score` (plain) and `logit_effect`.
    pub pairs: DataFrame,
}

/// The logits that a sweep computed.
struct Logits {
    heads: Vec<Head>,
    /// Per pair.
    plain: Vec<f32>,
    /// Per variant, per pair.
    changed: Vec<Vec<f32>>,
}

impl CrossEncoder {
    /// Ablates each of these heads alone, with zero unless told otherwise.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let tests = Collection::embedded()?;
    /// let effects = model.ablate([Head::new(2, 9), Head::new(3, 4)]).over(&tests.pairs_for("q01")?)?;
    /// assert_eq!(effects.height(), 2);
    /// assert!(effects.column("logit_effect").is_ok() && effects.column("nDCG@10_effect_low").is_ok());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn ablate(&self, heads: impl Into<Heads>) -> Ablation {
        Ablation {
            model: self.clone(),
            heads: heads.into(),
            instead: Instead::Zero,
            together: false,
            settings: Settings::default(),
            progress: Arc::new(|_| ()),
        }
    }
}

impl Ablation {
    /// In the place of a head's `z`: zero. This is the default.
    pub fn zero(mut self) -> Self {
        self.instead = Instead::Zero;
        self
    }

    /// In the place of a head's `z`: at each position the mean of its segment (see [`CrossEncoder::means`]).
    pub fn mean(mut self, means: &Means) -> Self {
        self.instead = Instead::Mean(means.clone());
        self
    }

    /// In the place of a head's `z`: the mean over all positions.
    pub fn overall_mean(mut self, means: &Means) -> Self {
        self.instead = Instead::OverallMean(means.clone());
        self
    }

    /// Ablates all the heads at once: one row, whose column `heads` names them, instead of a row per head.
    pub fn together(mut self) -> Self {
        self.together = true;
        self
    }

    interval_options!();

    /// Calls back after every pair; those that an interrupted sweep has finished count as done.
    pub fn progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Arc::new(progress);
        self
    }

    /// Measures the effects over these pairs: a row per head.
    ///
    /// Columns: `layer`, `head` (or `heads`, if [together](Ablation::together)), `ablation`, then for the logit
    /// (`logit_effect`), its absolute change (`abs_logit_effect`) and each of the [`MEASURES`](super::MEASURES)
    /// (`nDCG@10_effect`, `MRR@10_effect`, `AP_effect`) the mean over queries of *ablated minus plain*, with
    /// `…_low` and `…_high`, the ends of its bootstrap interval; and `queries`.
    ///
    /// # Errors
    /// [`UnknownHead`](crate::Error::UnknownHead) and whatever is wrong with a pair, before anything is computed;
    /// [`Argument`](crate::Error::Argument) without pairs or if one stands twice.
    pub fn over(&self, pairs: &Pairs) -> Result<DataFrame> {
        let Logits { heads, plain, changed } = self.measure(pairs)?;
        let baseline = Baseline::new(pairs, &plain, self.settings)?;
        effects(self.names(&heads, 1), baseline.columns(&changed)?)
    }

    /// As [`Ablation::over`], with the change of every single pair as well.
    ///
    /// # Errors
    /// As [`Ablation::over`].
    pub fn sweep(&self, pairs: &Pairs) -> Result<Sweep> {
        let Logits { heads, plain, changed } = self.measure(pairs)?;
        let baseline = Baseline::new(pairs, &plain, self.settings)?;
        let mut of_pairs = self.names(&heads, pairs.len());
        of_pairs.extend(baseline.pair_columns(&changed));
        Ok(Sweep { effects: effects(self.names(&heads, 1), baseline.columns(&changed)?)?, pairs: frame(of_pairs)? })
    }

    /// Whether another ablation computes the same logits; how they are summed up does not matter.
    pub(super) fn computes_the_same(&self, other: &Self) -> bool {
        self.model.is(&other.model)
            && self.heads == other.heads
            && self.together == other.together
            && self.instead == other.instead
    }

    fn measure(&self, pairs: &Pairs) -> Result<Logits> {
        let heads = self.heads.within(&self.model.shape())?;
        self.instead.of(&self.heads).check(&self.model.shape())?;
        check(pairs, self.settings)?;
        let name =
            if self.together { "ablating heads together".into() } else { format!("ablating {} heads", heads.len()) };
        let logits = go_on(self, pairs, |finished| {
            let task = Task::new(name, "pairs", pairs.len());
            task.skip(finished.len());
            self.model.rest(pairs, finished, &task, &*self.progress, |_, tokens| self.logits(tokens, &heads))
        })?;
        let variants = if self.together { 1 } else { heads.len() };
        let of_variant = |variant: usize| logits.values().map(|(_, changed)| changed[variant]).collect();
        let changed = (0..variants).map(of_variant).collect();
        Ok(Logits { heads, plain: logits.values().map(|(plain, _)| *plain).collect(), changed })
    }

    /// The plain logit of a pair, and that of every variant.
    fn logits(&self, tokens: &Tokens, heads: &[Head]) -> Result<(f32, Vec<f32>)> {
        if self.together {
            let hooks = Hooks::new().intervene(self.instead.of(&self.heads));
            return Ok((self.model.logit(tokens, &Hooks::new())?, vec![self.model.logit(tokens, &hooks)?]));
        }
        let seen = self.model.run_tokens(tokens, &Hooks::new().capture(Site::ResidPre).capture(Site::Z))?;
        // Not the logit of that run: it computed the whole last layer, a variant only [CLS], and the two round apart.
        let plain = self.model.logit_from_z(&seen, 0, seen.get(Site::Z, 0)?)?;
        let ablated = |head: &Head| {
            let z = seen.get(Site::Z, head.layer)?;
            let z = self.instead.of(*head).apply(head.layer, z.clone(), tokens)?;
            self.model.logit_from_z(&seen, head.layer, &z)
        };
        Ok((plain, heads.iter().map(ablated).collect::<Result<_>>()?))
    }

    /// The columns that name a variant, each repeated `times` in a row.
    fn names(&self, heads: &[Head], times: usize) -> Vec<Column> {
        let repeated = |numbers: Vec<usize>| -> Vec<u32> {
            numbers.into_iter().flat_map(|number| std::iter::repeat_n(number as u32, times)).collect()
        };
        let mut names: Vec<Column> = if self.together {
            let set = heads.iter().copied().collect::<Heads>().to_string();
            vec![Series::new(c::HEADS.into(), vec![set; times]).into()]
        } else {
            vec![
                Series::new(c::LAYER.into(), repeated(heads.iter().map(|head| head.layer).collect())).into(),
                Series::new(c::HEAD.into(), repeated(heads.iter().map(|head| head.head).collect())).into(),
            ]
        };
        let rows = names[0].len();
        names.push(Series::new(c::ABLATION.into(), vec![self.instead.name(); rows]).into());
        names
    }
}

impl fmt::Debug for Ablation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.together { "together" } else { "one by one" };
        write!(f, "Ablation({} of {:?}, {}, {how})", self.heads, self.model, self.instead.name())
    }
}
