//! Lu, Chen and Eickhoff, *Pathway to Relevance: How Cross-Encoders Implement a Semantic Variant of BM25*, 2025 (arXiv
//! 2502.04645): in one checkpoint thirteen heads match, and another one reads out what they found.
//!
//! The claims are about heads of that checkpoint alone, which is known by its name and shape: that of the hub, or of the
//! folder that it was opened from.

use super::finding::{Claim, Finding, Side};
use super::study::{Study, with_queries};
use crate::collection::Measure;
use crate::error::Result;
use crate::frame::columns as c;
use crate::hook::{Head, Heads};
use crate::model::CrossEncoder;
use polars::prelude::DataFrame;

const CHECKPOINT: &str = "ms-marco-MiniLM-L-12-v2";
/// Layers, heads, and the size of the residual stream.
const SHAPE: (usize, usize, usize) = (12, 12, 384);
/// Those that match.
const MATCHING: [(usize, usize); 13] =
    [(7, 9), (8, 1), (4, 9), (2, 1), (8, 8), (6, 5), (1, 7), (5, 7), (5, 9), (3, 1), (8, 0), (6, 3), (0, 8)];
/// The one that reads.
const READER: Head = Head::new(10, 1);
/// How many random sets of heads are the control.
const DRAWS: usize = 10;

const SELECTIVE: Claim = Claim {
    source: "Lu et al. 2025",
    claim: "thirteen heads match query tokens with the document's",
    measure: "selectivity of the thirteen heads minus that of all others (bits)",
    side: Side::Above,
    reference: 0.0,
    caveat: "they choose heads by path patching, and count semantic matches too, we the same word piece alone",
};

const NEEDED: Claim = Claim {
    claim: "the score rests on these thirteen",
    measure: "nDCG@10 effect of ablating the thirteen minus that of thirteen others at random (mean of 10 draws)",
    side: Side::Below,
    caveat: "they patch paths, we ablate",
    ..SELECTIVE
};

const READS: Claim = Claim {
    claim: "head 10.1 reads out what they found",
    measure: "|logit effect| of ablating 10.1 minus that of the other heads of its layer (mean)",
    side: Side::Above,
    caveat: "they patch paths, we ablate",
    ..SELECTIVE
};

pub(super) fn replay(study: &Study) -> Result<Vec<Finding>> {
    if !is_theirs(study.model) {
        let why = format!(
            "the heads are those of cross-encoder/{CHECKPOINT}, known by name and by {} layers of {} heads; this is {:?}",
            SHAPE.0, SHAPE.1, study.model
        );
        return Ok([SELECTIVE, NEEDED, READS].map(|claim| claim.untestable(why.as_str())).into());
    }
    let matching = MATCHING.map(|(layer, head)| Head::new(layer, head));
    let all = Heads::all().within(&study.model.shape())?;
    let others: Vec<Head> = all.iter().filter(|head| !matching.contains(head)).copied().collect();

    let selectivity = study.model.selectivity(study.pairs)?;
    let of = |heads: &[Head]| selected(study, &selectivity, heads);
    let selective = study.figure(&[of(&matching)?, of(&others)?], |means| means[0] - means[1]);

    let cost = |swept: crate::sweep::Swept| swept.measure_changes(Measure::NdcgAt(10));
    let mut costs = cost(study.model.ablate(matching).together().run(study.pairs)?)?;
    let random = study.model.ablate(others).at_random([matching.len()], DRAWS).seed(study.seed());
    costs.extend(cost(random.run(study.pairs)?)?);
    let needed = study.figure(&costs, first_over_rest);

    let layer: Vec<Head> = all.into_iter().filter(|head| head.layer == READER.layer).collect();
    let mut distances = study.model.ablate(layer).run(study.pairs)?.logit_distances()?;
    distances.swap(0, READER.head);
    let reads = study.figure(&distances, first_over_rest);
    Ok(vec![SELECTIVE.found(selective), NEEDED.found(needed), READS.found(reads)])
}

fn is_theirs(model: &CrossEncoder) -> bool {
    let shape = model.shape();
    let name = model.name().rsplit('/').next();
    name == Some(CHECKPOINT) && (shape.layers, shape.heads, shape.hidden) == SHAPE
}

/// By query: the mean selectivity of some heads.
fn selected(study: &Study, selectivity: &DataFrame, heads: &[Head]) -> Result<Vec<f64>> {
    let (layers, numbers) = (selectivity.column(c::LAYER)?.u32()?, selectivity.column(c::HEAD)?.u32()?);
    let places = layers.iter().zip(numbers.iter()).map(|(layer, head)| {
        layer.zip(head).is_some_and(|(layer, head)| heads.contains(&Head::new(layer as usize, head as usize)))
    });
    let rows = with_queries(selectivity, c::SELECTIVITY)?.zip(places).filter(|(_, meant)| *meant);
    Ok(study.by_query(rows.map(|(row, _)| row)))
}

/// The first mean minus the mean of the others.
fn first_over_rest(means: &[f64]) -> f64 {
    means[0] - means[1..].iter().sum::<f64>() / (means.len() - 1) as f64
}
