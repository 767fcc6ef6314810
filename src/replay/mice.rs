//! Vast et al., *MICE: Minimal Interaction Cross-Encoders for Efficient Re-ranking*, 2026 (arXiv 2602.16299): the document
//! need not see the query at all, and the query need not see the document in the first layers. They fine-tune with the
//! masks; here the model as it is gets them.

use super::finding::{Claim, Finding, Side};
use super::mask::{DOCUMENT_SIDE, LITTLE, QUERY_SIDE, edges};
use super::study::Study;
use crate::error::Result;
use crate::hook::intervention::KnockOut;

const ONE_WAY: Claim = Claim {
    source: "Vast et al. 2026",
    claim: "the document can be read without the query",
    measure: "nDCG@10 effect of cutting document, sep2 -> cls, query, sep1 in all layers",
    side: Side::Above,
    reference: -LITTLE,
    caveat: "they fine-tune with the cut, we make it in a model that was trained without",
};

const MID_FUSION: Claim = Claim {
    claim: "both can be read apart in the first half of the layers, the document always",
    measure: "nDCG@10 effect of cutting the same and cls, query, sep1 -> document, sep2 in the first half",
    ..ONE_WAY
};

pub(super) fn replay(study: &Study) -> Result<Vec<Finding>> {
    let one_way = KnockOut::edges(edges(&DOCUMENT_SIDE, &QUERY_SIDE));
    let half = study.model.shape().layers / 2;
    let apart = KnockOut::edges(edges(&QUERY_SIDE, &DOCUMENT_SIDE)).layers(0..half);
    let cut = study.masked(vec![vec![one_way.clone()], vec![one_way, apart]])?;
    Ok([ONE_WAY, MID_FUSION].into_iter().zip(study.costs_of(&cut)?).map(|(claim, cost)| claim.found(cost)).collect())
}
