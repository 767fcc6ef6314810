//! Patching what flows along an attention edge.
//!
//! Along an edge a token i of the attending segment gathers `Σⱼ A[i, j] v[j]`, j over the attended segment. The patch
//! takes that sum out of `z[i]` and puts the other run's in, so that it needs no equal number of attended tokens.

use super::change::{Found, rows};
use super::study::{Patching, Runs};
use crate::error::Result;
use crate::frame::columns as c;
use crate::hook::{Activations, Heads, Part, Site};
use crate::tokens::{Edge, Tokens};
use candle_core::{D, Tensor};
use polars::prelude::{DataFrame, NamedFrom, Series};

impl Patching {
    /// Patches what the heads of a layer gather along one edge between segments, at the attending tokens that both runs
    /// have: all 25 edges of every layer that has one of the [heads](Patching::heads).
    ///
    /// Columns: those of [`Patching::by_head`] with `from`, `to` and `edge` in the place of `head`.
    ///
    /// # Errors
    /// As [`Patching::by_head`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let perturbed = stmc1(&Pair::new("blue sky", "The sky is blue at noon."), "sky", "sea")?;
    /// let effects = model.patch([perturbed]).by_edge()?;
    /// assert_eq!(effects.height(), 6 * 25);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn by_edge(&self) -> Result<DataFrame> {
        self.heads.within(&self.model.shape())?;
        let layers = self.model.shape().layers;
        let found = self.each(&[Site::ResidPre, Site::Pattern, Site::V, Site::Z], |runs| {
            let mut patches = Vec::new();
            for layer in (0..layers).filter(|layer| self.heads.reach(*layer)) {
                let z = Edge::all().map(|edge| patched(runs, layer, edge, &self.heads)).collect::<Result<Vec<_>>>()?;
                let logits = self.model.logits_from_z(&runs.base, layer, &z, self.batch)?;
                patches.extend(Edge::all().map(|edge| (layer, edge)).zip(logits));
            }
            Ok(Found { scores: runs.scores(), patched: patches })
        })?;
        rows(&self.perturbed, &found, self.noising, |patches| {
            let layers: Vec<u32> = patches.iter().map(|(layer, _)| *layer as u32).collect();
            let from: Vec<&str> = patches.iter().map(|(_, edge)| edge.from.name()).collect();
            let to: Vec<&str> = patches.iter().map(|(_, edge)| edge.to.name()).collect();
            let edges: Vec<String> = patches.iter().map(|(_, edge)| edge.to_string()).collect();
            vec![
                Series::new(c::LAYER.into(), layers).into(),
                Series::new(c::FROM.into(), from).into(),
                Series::new(c::TO.into(), to).into(),
                Series::new(c::EDGE.into(), edges).into(),
            ]
        })
    }
}

/// `z` of the base with what its heads gather along the edge in the source.
fn patched(runs: &Runs, layer: usize, edge: Edge, heads: &Heads) -> Result<Tensor> {
    let z = runs.base.get(Site::Z, layer)?;
    let (here, there) = (gathered(&runs.base, layer, edge)?, gathered(&runs.source, layer, edge)?);
    let attending = |tokens: &Tokens, position: usize| tokens.segments()[position] == edge.from;
    let both =
        |(from, to): &&(usize, usize)| attending(runs.source.tokens(), *from) && attending(runs.base.tokens(), *to);
    // The base's own rows come first, so that a row that is not patched changes by itself minus itself.
    let mut rows: Vec<u32> = (0..z.dim(1)? as u32).collect();
    runs.positions.iter().filter(both).for_each(|(from, to)| rows[*to] = (rows.len() + from) as u32);
    let rows = Tensor::new(rows, z.device())?;
    let moved = (Tensor::cat(&[&here, &there], 1)?.index_select(&rows, 1)? - &here)?;
    Part::heads(heads).put(layer, z, &(z + moved)?, runs.base.tokens())
}

/// `[head, token, head_dim]`: what each token gathers from the attended segment.
fn gathered(run: &Activations, layer: usize, edge: Edge) -> Result<Tensor> {
    let (pattern, v) = (run.get(Site::Pattern, layer)?, run.get(Site::V, layer)?);
    let segments = run.tokens().segments().iter();
    let attended: Vec<f32> = segments.map(|segment| if *segment == edge.to { 1.0 } else { 0.0 }).collect();
    let attended = Tensor::new(attended, v.device())?.unsqueeze(D::Minus1)?;
    Ok(pattern.matmul(&v.broadcast_mul(&attended)?)?)
}
