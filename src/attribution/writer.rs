//! The parts of the model that write at `[CLS]`.

use crate::frame::columns as c;
use crate::hook::{Head, Shape};
use crate::tokens::Segment;
use polars::prelude::{Column, NamedFrom, Series};

/// A part that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    Embedding,
    /// All that a head gathers, or what it gathers from a segment.
    Head(Head, Option<Segment>),
    Mlp(usize),
    /// Of the output projection and of both LayerNorms of a layer.
    Bias(usize),
}

impl Writer {
    /// In the order of the forward pass, the biases of a layer last; each head once for every one of these segments.
    pub(super) fn all(shape: &Shape, segments: &[Option<Segment>]) -> Vec<Self> {
        let of_layer = |layer: usize| {
            let heads = (0..shape.heads).flat_map(move |head| segments.iter().map(move |of| (head, *of)));
            let heads = heads.map(move |(head, segment)| Self::Head(Head { layer, head }, segment));
            heads.chain([Self::Mlp(layer), Self::Bias(layer)])
        };
        std::iter::once(Self::Embedding).chain((0..shape.layers).flat_map(of_layer)).collect()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Embedding => "embedding",
            Self::Head(..) => "head",
            Self::Mlp(_) => "mlp",
            Self::Bias(_) => "bias",
        }
    }

    fn layer(self) -> Option<u32> {
        match self {
            Self::Embedding => None,
            Self::Head(Head { layer, .. }, _) | Self::Mlp(layer) | Self::Bias(layer) => Some(layer as u32),
        }
    }

    fn head(self) -> Option<u32> {
        if let Self::Head(Head { head, .. }, _) = self { Some(head as u32) } else { None }
    }

    fn segment(self) -> Option<&'static str> {
        if let Self::Head(_, segment) = self { segment.map(Segment::name) } else { None }
    }

    /// `part`, `layer`, `head` and, where heads are split, `segment`.
    pub(super) fn columns(writers: impl Iterator<Item = Self> + Clone, by_segment: bool) -> Vec<Column> {
        let number = |name: &str, of: fn(Self) -> Option<u32>| -> Column {
            Series::new(name.into(), writers.clone().map(of).collect::<Vec<_>>()).into()
        };
        let names: Vec<&str> = writers.clone().map(Self::name).collect();
        let mut columns =
            vec![Series::new(c::PART.into(), names).into(), number(c::LAYER, Self::layer), number(c::HEAD, Self::head)];
        if by_segment {
            let segments: Vec<Option<&str>> = writers.clone().map(Self::segment).collect();
            columns.push(Series::new(c::SEGMENT.into(), segments).into());
        }
        columns
    }
}
