//! Zhan, Mao, Liu, Zhang and Ma, *An Analysis of BERT in Document Ranking*, SIGIR 2020: attention that is not needed is
//! dumped on tokens that stand in every text; information of the document flows into the query's tokens, while those of
//! the document stay as they are whatever the query.

use super::finding::{Claim, Finding, Side};
use super::mask::{LITTLE, edges};
use super::study::{Study, with_queries};
use crate::collection::Pair;
use crate::error::Result;
use crate::frame::columns as c;
use crate::hook::intervention::KnockOut;
use crate::tokens::{Edge, Segment};
use polars::prelude::{DataFrame, Expr, IntoLazy, col, lit};

const SOURCE: &str = "Zhan et al. 2020";

const DUMPED: Claim = Claim {
    source: SOURCE,
    claim: "attention is dumped on special tokens and punctuation",
    measure: "attention from query tokens to special tokens and punctuation over its share if uniform (bits, all heads)",
    side: Side::Above,
    reference: 0.0,
    caveat: "they look at the tokens of high document frequency, we at those that never have content",
};

const REDUNDANT: Claim = Claim {
    source: SOURCE,
    claim: "what is dumped on special tokens is redundant",
    measure: "|logit effect| per attention cut from query tokens: special tokens over document (bits)",
    side: Side::Below,
    reference: 0.0,
    caveat: "per attention, as the two need not be equal; what is cut goes to the tokens that are left, which is a change \
             of its own",
};

const FLOWS: Claim = Claim {
    source: SOURCE,
    claim: "document information is gathered in the query's tokens",
    measure: "nDCG@10 effect of cutting query->document in all layers",
    side: Side::Below,
    reference: -LITTLE,
    caveat: "they study representations, we cut the flow",
};

const INDEPENDENT: Claim = Claim {
    source: SOURCE,
    claim: "the document's tokens do not need the query",
    measure: "nDCG@10 effect of cutting document->query in all layers",
    side: Side::Above,
    reference: -LITTLE,
    caveat: "they study representations, we cut the flow; [CLS] and [SEP] still carry the query to the document",
};

const SPECIAL: [Segment; 3] = [Segment::Cls, Segment::Sep1, Segment::Sep2];

pub(super) fn replay(study: &Study) -> Result<Vec<Finding>> {
    let masks = [edges(&[Segment::Query], &SPECIAL), vec![Edge::QUERY_TO_DOCUMENT], vec![Edge::DOCUMENT_TO_QUERY]];
    let cut = study.masked(masks.map(|edges| vec![KnockOut::edges(edges)]).into())?;
    let (logits, costs) = (cut.logit_distances()?, study.costs_of(&cut)?);

    let reading = study.model.read(study.pairs)?;
    let parked = told(study, &reading.no_op, col(c::FROM).eq(lit(Segment::Query.name())), c::NO_OP)?;
    let to = |segment: Segment| told(study, &reading.attention, from_query_to(segment), c::MASS);
    let special = SPECIAL.map(to).into_iter().collect::<Result<Vec<_>>>()?;
    let special = (0..parked.len()).map(|query| special.iter().map(|of| of[query]).sum()).collect();

    let dumped = [parked, uniform(study)?];
    let redundant = [logits[0].clone(), special, logits[1].clone(), to(Segment::Document)?];
    Ok(vec![
        DUMPED.found(study.figure(&dumped, |means| (means[0] / means[1]).log2())),
        REDUNDANT.found(study.figure(&redundant, |means| ((means[0] / means[1]) / (means[2] / means[3])).log2())),
        FLOWS.found(costs[1]),
        INDEPENDENT.found(costs[2]),
    ])
}

fn from_query_to(segment: Segment) -> Expr {
    col(c::FROM).eq(lit(Segment::Query.name())).and(col(c::TO).eq(lit(segment.name())))
}

/// By query: the mean of a column over the rows that are meant.
fn told(study: &Study, frame: &DataFrame, meant: Expr, column: &str) -> Result<Vec<f64>> {
    let rows = frame.clone().lazy().filter(meant).collect()?;
    Ok(study.by_query(with_queries(&rows, column)?))
}

/// By query: the share of special tokens and punctuation among all tokens.
fn uniform(study: &Study) -> Result<Vec<f64>> {
    let share = |pair: &Pair| {
        let tokens = study.model.tokens(pair)?;
        let special = |at: &usize| SPECIAL.contains(&tokens.segments()[*at]) || tokens.is_punctuation(*at);
        Ok((0..tokens.len()).filter(special).count() as f64 / tokens.len() as f64)
    };
    let shares = study.pairs.iter().map(share).collect::<Result<Vec<f64>>>()?;
    Ok(study.by_query(study.pairs.iter().map(|pair| pair.query_id.as_str()).zip(shares)))
}
