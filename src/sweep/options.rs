//! A sweep as a notebook asks for it.

use super::design::Design;
use super::swept::Swept;
use crate::collection::{Measure, Pairs};
use crate::effect::{Settings, interval_options};
use crate::error::{Error, Result};
use crate::live::Progress;
use crate::model::{CHANGED_TOKENS, CrossEncoder};
use polars::prelude::DataFrame;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// A sweep to be run; made by [`CrossEncoder::sweep`] or one of its kin, run by [`Sweep::over`].
#[must_use = "a sweep computes nothing until `over` or `run` is called"]
#[derive(Clone)]
pub struct Sweep<D> {
    pub(crate) model: CrossEncoder,
    pub(crate) design: D,
    pub(crate) options: Options,
}

/// What all sweeps have in common.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) settings: Settings,
    pub(crate) store: Option<PathBuf>,
    pub(crate) shard: Option<Shard>,
    pub(crate) progress: Arc<dyn Fn(Progress) + Send + Sync>,
    pub(crate) batch: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            store: None,
            shard: None,
            progress: Arc::new(|_| ()),
            batch: CHANGED_TOKENS,
        }
    }
}

/// One of several parts of a sweep, by query: part `number` (from 1) of `of`.
///
/// ```
/// use crosslens::sweep::Shard;
/// assert_eq!("2/8".parse::<Shard>()?, Shard::new(2, 8)?);
/// assert!("9/8".parse::<Shard>().is_err());
/// # Ok::<(), crosslens::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: usize,
    of: usize,
}

impl Shard {
    /// Shard `number` of `of`, counted from 1.
    ///
    /// # Errors
    /// [`Error::Argument`] unless `number` is between 1 and `of`.
    pub fn new(number: usize, of: usize) -> Result<Self> {
        if number == 0 || number > of {
            return Err(Error::Argument(format!(
                "there is no shard {number}/{of}: shards go from 1/{of} to {of}/{of}"
            )));
        }
        Ok(Self { number, of })
    }

    /// Whether the query at this position among all belongs to it.
    pub(super) fn holds(self, query: usize) -> bool {
        query % self.of == self.number - 1
    }
}

impl FromStr for Shard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let malformed = || Error::Argument(format!("{text:?} is no shard: write it as k/n, like 1/4"));
        let (number, of) = text.split_once('/').ok_or_else(malformed)?;
        Self::new(number.parse().map_err(|_| malformed())?, of.parse().map_err(|_| malformed())?)
    }
}

impl CrossEncoder {
    /// Sweeps over the variants of a [`Design`]; see there for an example.
    pub fn sweep<D: Design>(&self, design: D) -> Sweep<D> {
        Sweep::new(self, design)
    }
}

impl<D> Sweep<D> {
    pub(crate) fn new(model: &CrossEncoder, design: D) -> Self {
        Self { model: model.clone(), design, options: Options::default() }
    }

    interval_options!("The seed of the bootstrap, and of what the sweep draws at random (42 unless told otherwise).");

    /// The measures of the ranking to report (nDCG@10, MRR@10 and AP unless told otherwise).
    pub fn measures(mut self, measures: impl IntoIterator<Item = Measure>) -> Self {
        self.options.settings.measures = measures.into_iter().collect();
        self
    }

    /// Writes the scores of each query into this folder as soon as they are there (`part-00000.parquet`, …), and takes
    /// those that are there from it. A sweep that was killed goes on where it stopped and gives the same bytes; a folder
    /// of another model, other pairs, another sweep or another seed is refused.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let (model, pairs) = (CrossEncoder::embedded()?, Collection::embedded()?.pairs_for("q01")?);
    /// let folder = std::env::temp_dir().join(format!("crosslens-store-{}", std::process::id()));
    /// let effects = model.ablate([Head::new(2, 9)]).store(&folder).over(&pairs)?;
    /// assert!(folder.join("part-00000.parquet").exists());
    /// // Nothing is computed again.
    /// assert_eq!(model.ablate([Head::new(2, 9)]).store(&folder).over(&pairs)?, effects);
    /// let error = model.ablate([Head::new(3, 4)]).store(&folder).over(&pairs).unwrap_err();
    /// assert!(error.to_string().contains("another sweep"));
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// # Ok::<(), Error>(())
    /// ```
    pub fn store(mut self, folder: impl AsRef<Path>) -> Self {
        self.options.store = Some(folder.as_ref().to_owned());
        self
    }

    /// Only the queries of this shard. The stores of all shards, [merged](super::merge), are the store of the whole.
    pub fn shard(mut self, shard: Shard) -> Self {
        self.options.shard = Some(shard);
        self
    }

    /// How many tokens of changed runs each core computes side by side (512 unless told otherwise). It bounds the memory
    /// (about 12 KiB a token for a MiniLM) and changes nothing else.
    pub fn batch(mut self, tokens: usize) -> Self {
        self.options.batch = tokens;
        self
    }

    /// Calls back after every pair; those that are finished already count as done.
    pub fn progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.options.progress = Arc::new(progress);
        self
    }
}

impl<D: Design> Sweep<D> {
    /// Measures the effects over these pairs: a row per variant.
    ///
    /// Columns: those that name the variant, such as `layer` and `head`, then what [`Swept::effects`] tells.
    ///
    /// # Errors
    /// Those of [`Sweep::run`].
    pub fn over(&self, pairs: &Pairs) -> Result<DataFrame> {
        self.run(pairs)?.effects()
    }

    /// Scores the pairs under every variant; what comes out tells effects on the ranking, on each pair, and by grade
    /// and kind.
    ///
    /// # Errors
    /// [`UnknownHead`](crate::Error::UnknownHead), [`UnknownLayer`](crate::Error::UnknownLayer) and whatever is wrong
    /// with a pair, before anything is computed or written; [`Argument`](crate::Error::Argument) without pairs, if one
    /// stands twice, or if a score is not finite; [`Store`](crate::Error::Store) if the store is of something else or
    /// cannot be written. What is finished is kept in every case.
    pub fn run(&self, pairs: &Pairs) -> Result<Swept> {
        super::scores::run(&self.model, &self.design, pairs, &self.options)
    }
}

impl<D: fmt::Debug> fmt::Debug for Sweep<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sweep({:?} of {:?})", self.design, self.model)
    }
}
