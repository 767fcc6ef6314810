//! Jiang, Tang, Xin and Lin, *How Does BERT Rerank Passages? An Attribution Analysis with Information Bottlenecks*,
//! BlackboxNLP 2021: `[CLS]` gathers information mainly in the last layer.
//!
//! `[CLS]` is cut off from all other tokens, in the last layer alone or in all the others. What the first changes is what
//! was gathered at the end, what the second changes is what was gathered before and not made up for.

use super::finding::{Claim, Finding, Side};
use super::mask::edges;
use super::study::Study;
use crate::collection::Measure;
use crate::error::Result;
use crate::hook::intervention::KnockOut;
use crate::tokens::Segment;

const MAINLY: Claim = Claim {
    source: "Jiang et al. 2021",
    claim: "[CLS] gathers mainly in the last layer",
    measure: "|logit effect| of cutting [CLS] off in the last layer, as a share of that and of cutting it off in all others",
    side: Side::Above,
    reference: 0.5,
    caveat: "they measure information by a bottleneck, we cut [CLS] off from all other tokens",
};

const RANKING: Claim = Claim {
    claim: "the ranking needs what [CLS] gathers in the last layer more than all before",
    measure: "nDCG@10 effect of cutting [CLS] off in the last layer minus that in all others",
    side: Side::Below,
    reference: 0.0,
    ..MAINLY
};

pub(super) fn replay(study: &Study) -> Result<Vec<Finding>> {
    let last = study.model.shape().layers - 1;
    if last == 0 {
        let why = "the model has one layer, and none before it";
        return Ok([MAINLY, RANKING].map(|claim| claim.untestable(why)).into());
    }
    let others = [Segment::Query, Segment::Sep1, Segment::Document, Segment::Sep2];
    let off = KnockOut::edges(edges(&[Segment::Cls], &others));
    let cut = study.masked(vec![vec![off.clone().layers([last])], vec![off.layers(0..last)]])?;
    let share = study.figure(&cut.logit_distances()?, |means| means[0] / (means[0] + means[1]));
    let difference = study.figure(&cut.measure_changes(Measure::NdcgAt(10))?, |means| means[0] - means[1]);
    Ok(vec![MAINLY.found(share), RANKING.found(difference)])
}
