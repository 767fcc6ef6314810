//! Edge knock-out: one segment may no longer attend to another.

use super::Intervention;
use crate::error::Result;
use crate::hook::{Head, Heads, Shape, Site};
use crate::tokens::{Edge, Tokens};
use candle_core::Tensor;
use std::collections::BTreeSet;
use std::fmt;

/// Cuts edges: their scores become minus infinity and the row renormalises over what is left.
///
/// A token all of whose edges are cut attends to nothing: its pattern row and its `z` are zero.
#[derive(Debug, Clone)]
pub struct KnockOut {
    edges: Vec<Edge>,
    heads: Heads,
    layers: Option<BTreeSet<usize>>,
}

impl KnockOut {
    /// Cuts an edge in all heads of all layers.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let cut = KnockOut::edge(Edge::QUERY_TO_DOCUMENT).layers(0..2);
    /// let hooks = Hooks::new().intervene(cut).capture_at(Site::Pattern, 0);
    /// let (pattern, _) = model.run(&Pair::new("sky", "the sky"), &hooks)?.values(Site::Pattern, 0)?;
    /// // [CLS] sky [SEP] the sky [SEP]: the row of the query token, without the document.
    /// assert_eq!(pattern[6 + 3..6 + 5], [0.0, 0.0]);
    /// assert!((pattern[6..12].iter().sum::<f32>() - 1.0).abs() < 1e-5);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn edge(edge: Edge) -> Self {
        Self::edges([edge])
    }

    /// Cuts several edges in all heads of all layers.
    pub fn edges(edges: impl IntoIterator<Item = Edge>) -> Self {
        Self { edges: edges.into_iter().collect(), heads: Heads::all(), layers: None }
    }

    /// Isolates edges: cuts all others.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let alone = model.with(KnockOut::all_but([Edge::QUERY_TO_DOCUMENT]).layers([3]))?;
    /// let seen = alone.run(&Pair::new("sky", "the sky"), &Hooks::new().capture_at(Site::Pattern, 3))?;
    /// let (pattern, _) = seen.values(Site::Pattern, 3)?;
    /// // [CLS] sky [SEP] the sky [SEP]: the query token attends to the document alone, the others to nothing.
    /// assert!((pattern[6 + 3..6 + 5].iter().sum::<f32>() - 1.0).abs() < 1e-5);
    /// assert!(pattern[..6].iter().all(|weight| *weight == 0.0));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn all_but(kept: impl IntoIterator<Item = Edge>) -> Self {
        let kept: Vec<Edge> = kept.into_iter().collect();
        Self::edges(Edge::all().filter(|edge| !kept.contains(edge)))
    }

    /// Only in these heads.
    #[must_use]
    pub fn heads(mut self, heads: impl Into<Heads>) -> Self {
        self.heads = heads.into();
        self
    }

    /// Only in these layers.
    #[must_use]
    pub fn layers(mut self, layers: impl IntoIterator<Item = usize>) -> Self {
        self.layers = Some(layers.into_iter().collect());
        self
    }
}

impl fmt::Display for KnockOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edges: Vec<String> = self.edges.iter().map(Edge::to_string).collect();
        f.write_str(&edges.join(" "))
    }
}

impl Intervention for KnockOut {
    fn check(&self, shape: &Shape) -> Result<()> {
        self.layers.iter().flatten().try_for_each(|layer| shape.check_layer(*layer))?;
        self.heads.within(shape).map(drop)
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        let here = self.layers.as_ref().is_none_or(|layers| layers.contains(&layer));
        site == Site::AttnScores && !self.edges.is_empty() && here && self.heads.reach(layer)
    }

    fn apply(&self, layer: usize, value: Tensor, tokens: &Tokens) -> Result<Tensor> {
        let (heads, _, _) = value.dims3()?;
        let segments = tokens.segments();
        let cut = |from, to| self.edges.contains(&Edge::new(from, to));
        let rows = segments.iter().flat_map(|from| segments.iter().map(move |to| u8::from(cut(*from, *to))));
        let edges: Vec<u8> = rows.collect();
        let kept = vec![0u8; edges.len()];
        let chosen = (0..heads).map(|head| self.heads.contains(Head { layer, head }));
        let mask: Vec<u8> = chosen.flat_map(|chosen| if chosen { &edges } else { &kept }.iter().copied()).collect();
        let mask = Tensor::from_vec(mask, value.dims(), value.device())?;
        let minus_infinity = Tensor::full(f32::NEG_INFINITY, value.dims(), value.device())?;
        Ok(mask.where_cond(&minus_infinity, &value)?)
    }

    fn describe(&self) -> Option<String> {
        let layers = self.layers.as_ref().map_or("all".into(), |layers| format!("{layers:?}"));
        Some(format!("without {self} in heads {} of layers {layers}", self.heads))
    }
}
