//! Knocking out edges: which flow of information between segments does the ranking need?

use super::effect::{Baseline, Settings, check, effects, interval_options};
use crate::collection::Pairs;
use crate::error::Result;
use crate::frame::columns as c;
use crate::hook::intervention::KnockOut;
use crate::hook::{Heads, Hooks, Intervention};
use crate::live::Task;
use crate::model::CrossEncoder;
use crate::tokens::Edge;
use polars::prelude::{DataFrame, NamedFrom, Series};

/// A knock-out to be measured; made by [`CrossEncoder::knock_out`], run by [`EdgeKnockOut::over`].
#[must_use = "a knock-out computes nothing until `over` is called"]
#[derive(Debug, Clone)]
pub struct EdgeKnockOut {
    model: CrossEncoder,
    edge: Edge,
    layers: Vec<usize>,
    heads: Heads,
    settings: Settings,
}

impl CrossEncoder {
    /// Cuts an edge in all heads of all layers, or of those named on what is returned.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let tests = Collection::embedded()?;
    /// let effect = model.knock_out(Edge::QUERY_TO_DOCUMENT).layers(0..4).over(&tests.pairs_for("q01")?)?;
    /// assert_eq!(effect.column("layers")?.str()?.get(0), Some("0 1 2 3"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn knock_out(&self, edge: Edge) -> EdgeKnockOut {
        EdgeKnockOut {
            model: self.clone(),
            edge,
            layers: (0..self.shape().layers).collect(),
            heads: Heads::all(),
            settings: Settings::default(),
        }
    }
}

impl EdgeKnockOut {
    /// Only in these layers.
    pub fn layers(mut self, layers: impl IntoIterator<Item = usize>) -> Self {
        self.layers = layers.into_iter().collect();
        self
    }

    /// Only in these heads.
    pub fn heads(mut self, heads: impl Into<Heads>) -> Self {
        self.heads = heads.into();
        self
    }

    interval_options!();

    /// Measures the effect over these pairs: one row.
    ///
    /// Columns: `from`, `to`, `layers`, `heads`, then the effects as [`Ablation::over`](super::Ablation::over) tells.
    ///
    /// # Errors
    /// [`UnknownLayer`](crate::Error::UnknownLayer) or [`UnknownHead`](crate::Error::UnknownHead), and those of
    /// [`Ablation::over`](super::Ablation::over).
    pub fn over(&self, pairs: &Pairs) -> Result<DataFrame> {
        let cut = KnockOut::edge(self.edge).layers(self.layers.iter().copied()).heads(&self.heads);
        cut.check(&self.model.shape())?;
        check(pairs, self.settings)?;
        let hooks = Hooks::new().intervene(cut);
        let task = Task::new("knocking out an edge", "pairs", pairs.len());
        let logits = self.model.each(pairs, &task, |tokens| {
            Ok((self.model.logit(tokens, &Hooks::new())?, self.model.logit(tokens, &hooks)?))
        })?;
        let (plain, changed): (Vec<f32>, Vec<f32>) = logits.into_iter().unzip();
        let layers: Vec<String> = self.layers.iter().map(usize::to_string).collect();
        let names = vec![
            Series::new(c::FROM.into(), [self.edge.from.name()]).into(),
            Series::new(c::TO.into(), [self.edge.to.name()]).into(),
            Series::new(c::LAYERS.into(), [layers.join(" ")]).into(),
            Series::new(c::HEADS.into(), [self.heads.to_string()]).into(),
        ];
        effects(names, Baseline::new(pairs, &plain, self.settings)?.columns(&[changed])?)
    }
}
