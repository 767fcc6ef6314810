//! Resampling ablation: a part writes what it writes for another pair, so that values stay in their usual range.

use super::{Intervention, check_shape};
use crate::error::Result;
use crate::hook::{Activations, Part, Shape, Site};
use crate::tokens::{Segment, Tokens};
use candle_core::Tensor;
use std::fmt;
use std::sync::Arc;

/// Finds the run of another pair.
pub(crate) trait DonorRuns: fmt::Debug + Send + Sync {
    fn shape(&self) -> Shape;

    /// The run of the donor of a pair, with all sites of which [`Part`]s are made.
    fn donor(&self, tokens: &Tokens) -> Result<Arc<Activations>>;

    /// In words that differ wherever the donors do.
    fn describe(&self) -> Option<String>;
}

/// For each pair of a set another one, drawn by a seed, from whose run values are taken.
///
/// Made by [`CrossEncoder::donors`](crate::model::CrossEncoder::donors).
#[derive(Debug, Clone)]
pub struct Donors(Arc<dyn DonorRuns>);

impl Donors {
    pub(crate) fn new(runs: impl DonorRuns + 'static) -> Self {
        Self(Arc::new(runs))
    }
}

/// Replaces a part by what it is for a pair's donor (*resampling ablation*: Chan et al., *Causal Scrubbing*, 2022).
///
/// Pairs differ in length: the k-th token of a segment gets the value of the donor's k-th token of that segment; a
/// donor with fewer is gone through again from its first.
#[derive(Debug, Clone)]
pub struct Resample {
    part: Part,
    donors: Donors,
}

impl Resample {
    /// Resamples any part, heads included.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let donors = model.donors(&pairs, Donor::SameQuery, 42)?;
    /// let changed = model.with(Resample::of([Head::new(2, 9)], &donors))?;
    /// assert_ne!(changed.score(&pairs)?, model.score(&pairs)?);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of(part: impl Into<Part>, donors: &Donors) -> Self {
        Self { part: part.into(), donors: donors.clone() }
    }
}

impl Intervention for Resample {
    fn check(&self, shape: &Shape) -> Result<()> {
        check_shape("the donors are", self.donors.0.shape(), shape)?;
        self.part.check(shape)
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        self.part.touches(site, layer)
    }

    fn apply(&self, layer: usize, value: Tensor, tokens: &Tokens) -> Result<Tensor> {
        let donor = self.donors.0.donor(tokens)?;
        let theirs = donor.get(self.part.site(), layer)?;
        let rows = Tensor::new(aligned(tokens, donor.tokens()), value.device())?;
        let resampled = theirs.index_select(&rows, theirs.rank() - 2)?;
        self.part.put(layer, &value, &resampled, tokens)
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{} for {}", self.donors.0.describe()?, self.part))
    }
}

/// For each token the position of the donor's token from which it gets its value.
fn aligned(tokens: &Tokens, donor: &Tokens) -> Vec<u32> {
    let of = |segment: Segment| {
        let positions = donor.segments().iter().enumerate().filter(move |(_, own)| **own == segment);
        positions.map(|(at, _)| at as u32).collect::<Vec<u32>>()
    };
    let places = Segment::ALL.map(of);
    let mut seen = [0; 5];
    let mut next = |segment: &Segment| {
        let places = &places[segment.index()];
        let place = places.get(seen[segment.index()] % places.len().max(1)).copied().unwrap_or_default();
        seen[segment.index()] += 1;
        place
    };
    tokens.segments().iter().map(&mut next).collect()
}
