//! What stands in for a part that is taken away.

use crate::hook::intervention::{Donors, Mean, Means, Resample, Zero};
use crate::hook::{Intervention, Part};
use std::fmt;

#[derive(Debug, Clone)]
pub(super) enum Instead {
    Zero,
    Mean(Means),
    OverallMean(Means),
    Resample(Donors),
}

impl Instead {
    pub(super) fn of(&self, part: impl Into<Part>) -> Box<dyn Intervention> {
        match self {
            Self::Zero => Box::new(Zero::of(part)),
            Self::Mean(means) => Box::new(Mean::by_segment(part, means)),
            Self::OverallMean(means) => Box::new(Mean::overall(part, means)),
            Self::Resample(donors) => Box::new(Resample::of(part, donors)),
        }
    }
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zero => "zero",
            Self::Mean(_) => "mean",
            Self::OverallMean(_) => "overall mean",
            Self::Resample(_) => "resample",
        })
    }
}

/// The ways to ablate, for every sweep whose design has an `instead`.
macro_rules! instead_options {
    ($what:literal) => {
        #[doc = concat!("In the place of ", $what, ": zero. This is the default.")]
        pub fn zero(mut self) -> Self {
            self.design.instead = Instead::Zero;
            self
        }

        #[doc = concat!("In the place of ", $what, ": at each position the mean of its segment (see [`CrossEncoder::means`]).")]
        pub fn mean(mut self, means: &Means) -> Self {
            self.design.instead = Instead::Mean(means.clone());
            self
        }

        #[doc = concat!("In the place of ", $what, ": the mean over all positions.")]
        pub fn overall_mean(mut self, means: &Means) -> Self {
            self.design.instead = Instead::OverallMean(means.clone());
            self
        }

        #[doc = concat!("In the place of ", $what, ": that of another pair (see [`CrossEncoder::donors`]).")]
        pub fn resample(mut self, donors: &Donors) -> Self {
            self.design.instead = Instead::Resample(donors.clone());
            self
        }
    };
}
pub(super) use instead_options;
