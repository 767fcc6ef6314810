//! Schlatt, Fröbe and Hagen, *Investigating the Effects of Sparse Attention on Cross-Encoders*, ECIR 2024 (arXiv
//! 2312.17649): query tokens need not attend to the document. They train with the mask; here the model as it is gets it.

use super::finding::{Claim, Finding, Side};
use super::mask::{LITTLE, edges};
use super::study::Study;
use crate::error::Result;
use crate::hook::intervention::KnockOut;
use crate::tokens::{Edge, Segment};

const SOURCE: &str = "Schlatt et al. 2024";

const BLIND: Claim = Claim {
    source: SOURCE,
    claim: "query tokens need not attend to the document",
    measure: "nDCG@10 effect of cutting query->document in all layers",
    side: Side::Above,
    reference: -LITTLE,
    caveat: "they train with the cut, we make it in a model that was trained without",
};

/// The asymmetric attention of their checkpoints: the query does not attend to `[CLS]` either, by which it would see the
/// document.
const ASYMMETRIC: Claim = Claim {
    claim: "query tokens need attend neither to the document nor to [CLS], which sees it",
    measure: "nDCG@10 effect of cutting query, sep1 -> cls, document, sep2 in all layers",
    ..BLIND
};

pub(super) fn replay(study: &Study) -> Result<Vec<Finding>> {
    let asymmetric = edges(&[Segment::Query, Segment::Sep1], &[Segment::Cls, Segment::Document, Segment::Sep2]);
    let masks = [vec![Edge::QUERY_TO_DOCUMENT], asymmetric].map(|edges| vec![KnockOut::edges(edges)]);
    let costs = study.costs_of(&study.masked(masks.into())?)?;
    Ok([BLIND, ASYMMETRIC].into_iter().zip(costs).map(|(claim, cost)| claim.found(cost)).collect())
}
