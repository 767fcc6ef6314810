//! What an intervention acts on: heads, attention layers, MLPs or the residual stream, at all positions or some.

use super::{Head, Heads, Shape, Site};
use crate::error::Result;
use crate::tokens::{Segment, Tokens};
use candle_core::{D, Tensor};
use std::collections::BTreeSet;
use std::fmt;

/// A part of the model that writes, or the stream that it writes into.
///
/// Heads turn into a part where one is asked for, so that `Zero::of([Head::new(2, 9)])` is enough.
///
/// ```
/// use crosslens::prelude::*;
/// let part = Part::residual([2]).at([Segment::Query]);
/// assert_eq!(part.to_string(), "resid_post of layers 2 at query");
/// let model = CrossEncoder::embedded()?.with(Zero::of(part))?;
/// assert!(model.run(&Pair::new("blue sky", "the sky"), &Hooks::new())?.logit().is_finite());
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    site: Site,
    heads: Heads,
    /// All layers where there is none; those of the heads in any case.
    layers: Option<BTreeSet<usize>>,
    positions: Positions,
}

/// At which tokens a part is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Positions {
    All,
    Segments(BTreeSet<Segment>),
    These(BTreeSet<usize>),
}

impl Positions {
    fn contains(&self, position: usize, segment: Segment) -> bool {
        match self {
            Self::All => true,
            Self::Segments(segments) => segments.contains(&segment),
            Self::These(positions) => positions.contains(&position),
        }
    }

    fn are_none(&self) -> bool {
        match self {
            Self::All => false,
            Self::Segments(segments) => segments.is_empty(),
            Self::These(positions) => positions.is_empty(),
        }
    }
}

impl Part {
    /// What these heads gather: `z`, before the output projection, whose bias belongs to the layer.
    pub fn heads(heads: impl Into<Heads>) -> Self {
        Self { site: Site::Z, heads: heads.into(), layers: None, positions: Positions::All }
    }

    /// What whole attention layers write: `attn_out`, bias and all.
    pub fn attention(layers: impl IntoIterator<Item = usize>) -> Self {
        Self::of_layers(Site::AttnOut, layers)
    }

    /// What the MLPs of these layers write: `mlp_out`.
    pub fn mlp(layers: impl IntoIterator<Item = usize>) -> Self {
        Self::of_layers(Site::MlpOut, layers)
    }

    /// The residual stream as these layers leave it: `resid_post`.
    pub fn residual(layers: impl IntoIterator<Item = usize>) -> Self {
        Self::of_layers(Site::ResidPost, layers)
    }

    /// What these heads have at `q`, `k`, `v` or `z`.
    pub(super) fn projected(site: Site, heads: &Heads) -> Self {
        Self { site, ..Self::heads(heads) }
    }

    fn of_layers(site: Site, layers: impl IntoIterator<Item = usize>) -> Self {
        let layers = Some(layers.into_iter().collect());
        Self { site, heads: Heads::all(), layers, positions: Positions::All }
    }

    /// Only at the positions of these segments.
    #[must_use]
    pub fn at(mut self, segments: impl IntoIterator<Item = Segment>) -> Self {
        self.positions = Positions::Segments(segments.into_iter().collect());
        self
    }

    /// Only at these positions, counted from 0 (`[CLS]`); those that a pair does not have are passed over.
    #[must_use]
    pub fn at_positions(mut self, positions: impl IntoIterator<Item = usize>) -> Self {
        self.positions = Positions::These(positions.into_iter().collect());
        self
    }

    /// The site at which the part is read and replaced.
    pub fn site(&self) -> Site {
        self.site
    }

    pub(super) fn check(&self, shape: &Shape) -> Result<()> {
        self.layers.iter().flatten().try_for_each(|layer| shape.check_layer(*layer))?;
        self.heads.within(shape).map(drop)
    }

    pub(super) fn touches(&self, site: Site, layer: usize) -> bool {
        let here = self.layers.as_ref().is_none_or(|layers| layers.contains(&layer));
        site == self.site && here && !self.positions.are_none() && self.heads.reach(layer)
    }

    /// `value` of this site in a layer, with `other` (of the same shape) where the part is.
    pub(crate) fn put(&self, layer: usize, value: &Tensor, other: &Tensor, tokens: &Tokens) -> Result<Tensor> {
        let width = value.dim(D::Minus1)?;
        let mut numbers: Vec<f32> = value.flatten_all()?.to_vec1()?;
        let other: Vec<f32> = other.flatten_all()?.to_vec1()?;
        let of_heads = numbers.chunks_exact_mut(tokens.len() * width).zip(other.chunks_exact(tokens.len() * width));
        for (head, (numbers, other)) in of_heads.enumerate() {
            if value.rank() == 3 && !self.heads.contains(Head { layer, head }) {
                continue;
            }
            let rows = numbers.chunks_exact_mut(width).zip(other.chunks_exact(width));
            for (position, ((numbers, other), segment)) in rows.zip(tokens.segments()).enumerate() {
                if self.positions.contains(position, *segment) {
                    numbers.copy_from_slice(other);
                }
            }
        }
        Ok(Tensor::from_vec(numbers, value.dims(), value.device())?)
    }
}

impl<T: Into<Heads>> From<T> for Part {
    fn from(heads: T) -> Self {
        Self::heads(heads)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.layers {
            None => write!(f, "{} of heads {}", self.site, self.heads)?,
            Some(layers) => {
                let layers: Vec<String> = layers.iter().map(usize::to_string).collect();
                write!(f, "{} of layers {}", self.site, layers.join(" "))?;
            }
        }
        let names: Vec<String> = match &self.positions {
            Positions::All => return Ok(()),
            Positions::Segments(segments) => segments.iter().map(Segment::to_string).collect(),
            Positions::These(positions) => positions.iter().map(usize::to_string).collect(),
        };
        write!(f, " at {}", names.join(" "))
    }
}
