//! What can be put in the place of an activation. One intervention is one file here.

mod knock_out;
mod mean;
mod patch;
mod replace;
mod resample;
mod scale;
mod zero;

pub use knock_out::KnockOut;
pub(crate) use mean::Sums;
pub use mean::{Mean, Means};
pub use patch::Patch;
pub use replace::{Change, Replace};
pub(crate) use resample::DonorRuns;
pub use resample::{Donors, Resample};
pub use scale::Scale;
pub use zero::Zero;

use super::{Shape, Site};
use crate::error::{Error, Result};
use crate::tokens::Tokens;
use candle_core::Tensor;
use std::fmt;

/// Replaces values during a forward pass.
pub trait Intervention: fmt::Debug + Send + Sync {
    /// Fails if it names something that a model of this shape does not have.
    ///
    /// # Errors
    /// [`UnknownHead`](crate::Error::UnknownHead), [`UnknownLayer`](crate::Error::UnknownLayer) or
    /// [`Argument`](crate::Error::Argument).
    fn check(&self, shape: &Shape) -> Result<()>;

    /// Whether it changes the site in this layer (0 for sites that exist once).
    fn touches(&self, site: Site, layer: usize) -> bool;

    /// The value to go on with; it must keep the shape, which [`Site`] tells.
    ///
    /// # Errors
    /// Whatever the tensor operations say.
    fn apply(&self, layer: usize, value: Tensor, tokens: &Tokens) -> Result<Tensor>;

    /// What it does, in words that differ wherever its effect differs, so that a stored result can be known again;
    /// `None` if that cannot be told, as of a function.
    fn describe(&self) -> Option<String> {
        None
    }
}

impl Intervention for Box<dyn Intervention> {
    fn check(&self, shape: &Shape) -> Result<()> {
        self.as_ref().check(shape)
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        self.as_ref().touches(site, layer)
    }

    fn apply(&self, layer: usize, value: Tensor, tokens: &Tokens) -> Result<Tensor> {
        self.as_ref().apply(layer, value, tokens)
    }

    fn describe(&self) -> Option<String> {
        self.as_ref().describe()
    }
}

/// Refuses values, told as `the means are`, that were taken from a model of another shape.
pub(crate) fn check_shape(values: &str, own: Shape, shape: &Shape) -> Result<()> {
    if *shape == own {
        return Ok(());
    }
    Err(Error::Argument(format!("{values} of a model of shape {own:?}, this model's is {shape:?}")))
}
