//! What can be put in the place of an activation. One intervention is one file here.

mod knock_out;
mod mean;
mod patch;
mod replace;
mod scale;
mod zero;

pub use knock_out::KnockOut;
pub use mean::{Mean, Means};
pub use patch::Patch;
pub use replace::{Change, Replace};
pub use scale::Scale;
pub use zero::Zero;

use super::{Head, Heads, Shape, Site};
use crate::error::Result;
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
}

/// `[head, 1, 1]`; a factor for each head of the layer.
fn factors(of: impl Fn(Head) -> f32, layer: usize, like: &Tensor) -> Result<Tensor> {
    let count = like.dim(0)?;
    let factors: Vec<f32> = (0..count).map(|head| of(Head { layer, head })).collect();
    Ok(Tensor::from_vec(factors, (count, 1, 1), like.device())?)
}

/// `[head, 1, 1]`; 1 for the heads of the layer that are chosen, 0 for the others.
fn mask(heads: impl Fn(Head) -> bool, layer: usize, like: &Tensor) -> Result<Tensor> {
    factors(|head| if heads(head) { 1.0 } else { 0.0 }, layer, like)
}

/// `value` `[head, ..]` with the chosen heads of `other`.
fn with_heads_of(other: &Tensor, value: &Tensor, chosen: &Heads, layer: usize) -> Result<Tensor> {
    let taken = mask(|head| chosen.contains(head), layer, value)?;
    let kept = mask(|head| !chosen.contains(head), layer, value)?;
    Ok((value.broadcast_mul(&kept)? + other.broadcast_mul(&taken)?)?)
}
