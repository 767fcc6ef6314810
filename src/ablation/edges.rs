//! Knocking out edges: which flow of information between segments does the ranking need, and in which layers?

use crate::error::Result;
use crate::frame::columns as c;
use crate::hook::intervention::KnockOut;
use crate::hook::{Heads, Shape};
use crate::model::CrossEncoder;
use crate::sweep::{Design, Sweep, Variant};
use crate::tokens::Edge;
use std::collections::BTreeSet;

/// A knock-out to be measured; made by [`CrossEncoder::knock_out`], run by [`Sweep::over`].
pub type EdgeKnockOut = Sweep<CutEdges>;

/// Which edges are cut, where.
#[derive(Debug, Clone)]
pub struct CutEdges {
    edges: Vec<Edge>,
    /// All where there is none.
    layers: Option<BTreeSet<usize>>,
    heads: Heads,
    isolated: bool,
    ranges: Vec<Range>,
}

/// Which of the layers are cut at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Range {
    All,
    Each,
    UpTo,
    From,
}

impl Range {
    const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Each => "each",
            Self::UpTo => "up to",
            Self::From => "from",
        }
    }

    /// The layer that names each range, and the layers in it.
    fn of(self, layers: &[usize]) -> Vec<(Option<usize>, Vec<usize>)> {
        let range = |at: usize| match self {
            Self::UpTo => layers[..=at].to_vec(),
            Self::From => layers[at..].to_vec(),
            _ => vec![layers[at]],
        };
        match self {
            Self::All => vec![(None, layers.to_vec())],
            _ => (0..layers.len()).map(|at| (Some(layers[at]), range(at))).collect(),
        }
    }
}

impl CrossEncoder {
    /// Cuts an edge in all heads of all layers, or of those named on what is returned.
    ///
    /// The columns `from`, `to`, `layers` and `heads` name the variant.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let effect = model.knock_out(Edge::QUERY_TO_DOCUMENT).layers(0..4).over(&pairs)?;
    /// assert_eq!(effect.column("layers")?.str()?.get(0), Some("0 1 2 3"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn knock_out(&self, edge: Edge) -> EdgeKnockOut {
        self.knock_out_each([edge])
    }

    /// Cuts each of these edges alone: a row per edge.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let edges = [Edge::QUERY_TO_DOCUMENT, Edge::CLS_TO_DOCUMENT];
    /// let effects = model.knock_out_each(edges).up_to_layer().from_layer().over(&pairs)?;
    /// // Two edges, cut in the first 1 to 6 layers and in the last 6 to 1.
    /// assert_eq!(effects.height(), 2 * (6 + 6));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn knock_out_each(&self, edges: impl IntoIterator<Item = Edge>) -> EdgeKnockOut {
        let edges = edges.into_iter().collect();
        self.sweep(CutEdges { edges, layers: None, heads: Heads::all(), isolated: false, ranges: Vec::new() })
    }
}

impl EdgeKnockOut {
    /// Only in these layers.
    pub fn layers(mut self, layers: impl IntoIterator<Item = usize>) -> Self {
        self.design.layers = Some(layers.into_iter().collect());
        self
    }

    /// Only in these heads.
    pub fn heads(mut self, heads: impl Into<Heads>) -> Self {
        self.design.heads = heads.into();
        self
    }

    /// Cuts all edges but this one, so that it alone stays.
    pub fn isolated(mut self) -> Self {
        self.design.isolated = true;
        self
    }

    /// In one layer at a time: a row per layer, which the columns `edge`, `range` (`each`) and `layer` name as well.
    pub fn by_layer(self) -> Self {
        self.range(Range::Each)
    }

    /// In the first layers, one more in each row (`range` is `up to`; `layer` the last one that is cut): how long the
    /// edge can be missed.
    pub fn up_to_layer(self) -> Self {
        self.range(Range::UpTo)
    }

    /// In the last layers, one fewer in each row (`range` is `from`; `layer` the first one that is cut): from where on
    /// the edge is not needed any more.
    pub fn from_layer(self) -> Self {
        self.range(Range::From)
    }

    fn range(mut self, range: Range) -> Self {
        self.design.ranges.push(range);
        self
    }
}

impl CutEdges {
    fn variant(&self, edge: Edge, layers: &[usize]) -> Variant {
        let cut = if self.isolated { KnockOut::all_but([edge]) } else { KnockOut::edge(edge) };
        let names: Vec<String> = layers.iter().map(usize::to_string).collect();
        Variant::new(cut.layers(layers.iter().copied()).heads(&self.heads))
            .text(c::FROM, edge.from.name())
            .text(c::TO, edge.to.name())
            .text(c::LAYERS, names.join(" "))
            .text(c::HEADS, self.heads.to_string())
    }
}

impl Design for CutEdges {
    fn title(&self) -> String {
        let edges = match &self.edges[..] {
            [edge] => edge.to_string(),
            edges => format!("{} edges", edges.len()),
        };
        let how = if self.isolated { "isolating" } else { "knocking out" };
        format!("{how} {edges} in heads {}", self.heads.in_short())
    }

    fn variants(&self, shape: &Shape, _: u64) -> Result<Vec<Variant>> {
        let layers = self.layers.clone().unwrap_or_else(|| (0..shape.layers).collect());
        let layers: Vec<usize> = layers.into_iter().collect();
        let whole = [Range::All];
        let ranges = if self.ranges.is_empty() { &whole[..] } else { &self.ranges };
        let mut variants = Vec::new();
        for edge in &self.edges {
            for range in ranges {
                for (layer, layers) in range.of(&layers) {
                    let variant = self.variant(*edge, &layers);
                    variants.push(match layer {
                        None => variant,
                        Some(layer) => variant
                            .text(c::EDGE, edge.to_string())
                            .text(c::RANGE, range.name())
                            .number(c::LAYER, layer as u32),
                    });
                }
            }
        }
        Ok(variants)
    }
}
