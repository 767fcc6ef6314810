//! What an intervention acts on: heads, attention layers, MLPs or the residual stream, at all positions or some.

use super::{Head, Heads, Shape, Site};
use crate::error::Result;
use crate::tokens::{Segment, Tokens};
use candle_core::Tensor;
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
    /// All positions where there is none.
    segments: Option<BTreeSet<Segment>>,
}

impl Part {
    /// What these heads gather: `z`, before the output projection, whose bias belongs to the layer.
    pub fn heads(heads: impl Into<Heads>) -> Self {
        Self { site: Site::Z, heads: heads.into(), layers: None, segments: None }
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
        Self { site, heads: Heads::all(), layers: Some(layers.into_iter().collect()), segments: None }
    }

    /// Only at the positions of these segments.
    #[must_use]
    pub fn at(mut self, segments: impl IntoIterator<Item = Segment>) -> Self {
        self.segments = Some(segments.into_iter().collect());
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
        let anywhere = self.segments.as_ref().is_none_or(|segments| !segments.is_empty());
        site == self.site && here && anywhere && self.heads.reach(layer)
    }

    /// `value` of this site in a layer, with `other` (of the same shape) where the part is.
    pub(crate) fn put(&self, layer: usize, value: &Tensor, other: &Tensor, tokens: &Tokens) -> Result<Tensor> {
        let chosen = |segment: &Segment| self.segments.as_ref().is_none_or(|segments| segments.contains(segment));
        let at = tokens.segments().iter().map(|segment| u8::from(chosen(segment)));
        let mut dims = vec![tokens.len(), 1];
        let mask: Vec<u8> = if value.rank() == 3 {
            let heads = value.dim(0)?;
            dims.insert(0, heads);
            let of_head = |head| {
                let chosen = self.heads.contains(Head { layer, head });
                at.clone().map(move |at| if chosen { at } else { 0 })
            };
            (0..heads).flat_map(of_head).collect()
        } else {
            at.collect()
        };
        let mask = Tensor::from_vec(mask, dims, value.device())?.broadcast_as(value.shape())?;
        Ok(mask.where_cond(other, value)?)
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
        if let Some(segments) = &self.segments {
            let segments: Vec<&str> = segments.iter().map(|segment| segment.name()).collect();
            write!(f, " at {}", segments.join(" "))?;
        }
        Ok(())
    }
}
