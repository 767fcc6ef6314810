//! How effects are summed up.

use super::Bootstrap;
use crate::collection::Measure;
use crate::error::{Error, Result};

/// The measures of the ranking that every effect is told in unless others are asked for.
pub const MEASURES: [Measure; 3] = [Measure::NdcgAt(10), Measure::MrrAt(10), Measure::Ap];

/// How intervals are made, and of which measures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    /// The seed of the bootstrap; the same seed gives the same bytes.
    pub(crate) seed: u64,
    /// How many resamples of the queries.
    pub(crate) resamples: usize,
    /// The share of resamples within the interval, such as 0.95.
    pub(crate) confidence: f64,
    /// What is measured of a ranking.
    pub(crate) measures: Vec<Measure>,
}

impl Default for Settings {
    /// Seed 42, 2,000 resamples, 95 %.
    fn default() -> Self {
        Self { seed: 42, resamples: 2_000, confidence: 0.95, measures: MEASURES.into() }
    }
}

impl Settings {
    /// Resamples of so many queries.
    pub(crate) fn bootstrap(&self, queries: usize) -> Bootstrap {
        Bootstrap::new(queries, self.resamples, self.confidence, self.seed)
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.resamples == 0 || !(self.confidence > 0.0 && self.confidence < 1.0) {
            let what = format!(
                "a bootstrap needs at least one resample and a confidence between 0 and 1, not {} and {}",
                self.resamples, self.confidence
            );
            return Err(Error::Argument(what));
        }
        Ok(())
    }
}

/// What a builder with `options.settings` lets its user say of intervals.
macro_rules! interval_options {
    ($seed:literal) => {
        #[doc = $seed]
        pub fn seed(mut self, seed: u64) -> Self {
            self.options.settings.seed = seed;
            self
        }

        /// How many resamples of the queries an interval rests on (2,000 unless told otherwise).
        pub fn resamples(mut self, resamples: usize) -> Self {
            self.options.settings.resamples = resamples;
            self
        }

        /// How much an interval covers (0.95 unless told otherwise).
        pub fn confidence(mut self, confidence: f64) -> Self {
            self.options.settings.confidence = confidence;
            self
        }
    };
}
pub(crate) use interval_options;
