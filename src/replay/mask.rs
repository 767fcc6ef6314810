//! Masks that papers put on attention, as a sweep over this model.

use super::finding::Figure;
use super::study::Study;
use crate::collection::Measure;
use crate::error::Result;
use crate::frame::columns as c;
use crate::hook::Shape;
use crate::hook::intervention::KnockOut;
use crate::sweep::{Design, Swept, Variant};
use crate::tokens::{Edge, Segment};

/// A cost of less than this, in nDCG@10, is little.
pub(super) const LITTLE: f64 = 0.02;

/// What reads with the query, and what with the document.
pub(super) const QUERY_SIDE: [Segment; 3] = [Segment::Cls, Segment::Query, Segment::Sep1];
pub(super) const DOCUMENT_SIDE: [Segment; 2] = [Segment::Document, Segment::Sep2];

/// Masks, each alone.
#[derive(Debug, Clone)]
struct Masks(Vec<Mask>);

/// Edges that are cut at once, not all in the same layers.
pub(super) type Mask = Vec<KnockOut>;

impl Design for Masks {
    fn title(&self) -> String {
        format!("masking attention in {} ways", self.0.len())
    }

    fn variants(&self, _: &Shape, _: u64) -> Result<Vec<Variant>> {
        let variant = |mask: &Mask| {
            let (first, others) = mask.split_first()?;
            let name = mask.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            Some(others.iter().cloned().fold(Variant::new(first.clone()), Variant::and).text(c::EDGE, name))
        };
        Ok(self.0.iter().filter_map(variant).collect())
    }
}

/// All edges from one of these segments to one of those.
pub(super) fn edges(from: &[Segment], to: &[Segment]) -> Vec<Edge> {
    from.iter().flat_map(|from| to.iter().map(|to| Edge::new(*from, *to))).collect()
}

impl Study<'_> {
    /// The pairs under each of these masks.
    pub(super) fn masked(&self, masks: Vec<Mask>) -> Result<Swept> {
        self.model.sweep(Masks(masks)).run(self.pairs)
    }

    /// What each variant of a sweep changes of nDCG@10.
    pub(super) fn costs_of(&self, swept: &Swept) -> Result<Vec<Figure>> {
        let changes = swept.measure_changes(Measure::NdcgAt(10))?;
        Ok(changes.into_iter().map(|of_queries| self.figure(&[of_queries], |means| means[0])).collect())
    }
}
