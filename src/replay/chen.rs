//! Chen, Merullo and Eickhoff, *Axiomatic Causal Interventions for Reverse Engineering Relevance Computation in Neural
//! Retrieval Models*, SIGIR 2024 (arXiv 2405.02503): in a bi-encoder (TAS-B), heads of early layers detect duplicate
//! tokens when a query term is added to a document (TFC1), and later heads make relevance of it.
//!
//! To the most relevant document of each query its rarest term is added, or as many filler words. What one head writes
//! (`z`), at the query's, the document's or the `[CLS]` positions, goes from the run with the term into the run with
//! filler, and we look how much of the gain in score it brings back. A share counts heads that bring back something: with
//! no signal, noise is spread evenly over the layers, which is what shares are held against.

use super::finding::{Claim, Figure, Finding, Side};
use super::study::{Study, with_queries};
use crate::circuit::spearman;
use crate::collection::Pair;
use crate::error::Result;
use crate::frame::columns as c;
use crate::hook::Shape;
use crate::perturbation::{Perturbed, Place, filler, query_terms, tfc1, vocabulary};
use crate::tokens::Segment;
use polars::prelude::{DataFrame, IntoLazy, col, lit};
use std::collections::BTreeMap;

const GAINS: Claim = Claim {
    source: "Chen et al. 2024",
    claim: "one more occurrence of a query term raises the score (TFC1)",
    measure: "score with the query's rarest term added minus that with filler words (logits)",
    side: Side::Above,
    reference: 0.0,
    caveat: "added at the end of the most relevant document of each query",
};

const EARLY: Claim = Claim {
    claim: "at the tokens, heads of early layers carry it",
    measure: "share of the first half of layers in what heads bring back at query and document tokens (TFC1 patching)",
    // That of the layers, of which the last one cannot matter at these tokens; known when there is a model.
    reference: f64::NAN,
    caveat: "their model is a bi-encoder; the reference is the share of these layers among all but the last",
    ..GAINS
};

const DUPLICATES: Claim = Claim {
    claim: "the early heads that carry it attend to duplicates of a token",
    measure: "Spearman's rho over heads of the first half of layers: logits brought back at tokens, selectivity for the same \
              word piece",
    reference: 0.0,
    caveat: "the interval is over queries, with these heads given; their duplicates are within the document, ours in query \
             and document",
    ..GAINS
};

const LATE: Claim = Claim {
    claim: "at [CLS], heads of late layers carry it",
    measure: "share of the second half of layers in what heads bring back at [CLS] (TFC1 patching)",
    reference: f64::NAN,
    caveat: "their model is a bi-encoder; the reference is the share of these layers",
    ..GAINS
};

/// Words without content, of which the first that the query lacks fills.
const FILLERS: [&str; 4] = ["a", "and", "or", "it"];

pub(super) fn replay(study: &Study) -> Result<Vec<Finding>> {
    let perturbed = perturbed(study)?;
    let Shape { layers, heads, .. } = study.model.shape();
    let half = layers / 2;
    let early = Claim { reference: half as f64 / (layers.max(2) - 1) as f64, ..EARLY };
    let late = Claim { reference: (layers - half) as f64 / layers as f64, ..LATE };
    let claims = [GAINS, early, DUPLICATES, late];
    if perturbed.is_empty() {
        let why = "no document has room for one more word";
        return Ok(claims.map(|claim| claim.untestable(why)).into());
    }
    if layers < 3 {
        let why = format!("of {layers} layers none can be early or late");
        return Ok(claims.map(|claim| claim.untestable(why.as_str())).into());
    }
    let patching = study.model.patch(perturbed.iter().cloned());
    let at_cls = patching.by_head_at([Segment::Cls])?;
    let (tokens, cls) = (
        brought_back(study, &patching.by_head_at([Segment::Query, Segment::Document])?)?,
        brought_back(study, &at_cls)?,
    );
    let gains = gains(study, &at_cls)?;

    let with_term: Vec<Pair> = perturbed.iter().map(|pair| pair.clean().clone()).collect();
    let selectivity = by_head(study, &study.model.selectivity(&with_term)?, c::SELECTIVITY)?;
    let first = half * heads;
    let rho = [&tokens[..first], &selectivity[..first]].concat();
    let duplicates = study.figure(&rho, |means| spearman(&means[..first], &means[first..]));

    let share = |lists: &[Vec<f64>], layers: std::ops::Range<usize>| -> Figure {
        let within = layers.start * heads..layers.end * heads;
        study.figure(lists, |means| positive(&means[within.clone()]) / positive(means))
    };
    let figures = [gains, share(&tokens, 0..half), duplicates, share(&cls, half..layers)];
    Ok(claims.into_iter().zip(figures).map(|(claim, figure)| claim.found(figure)).collect())
}

/// For each query its best document with its rarest term, and with filler words that are read as as many tokens.
fn perturbed(study: &Study) -> Result<Vec<Perturbed>> {
    let rarity = document_frequencies(study.pairs);
    let perturb = |pair: &Pair| -> Result<Option<Perturbed>> {
        let terms = query_terms(pair);
        let Some(term) = terms.iter().min_by_key(|term| rarity.get(*term).copied().unwrap_or(0)) else {
            return Ok(None);
        };
        let Some(word) = FILLERS.into_iter().find(|word| !terms.iter().any(|term| term == word)) else {
            return Ok(None);
        };
        let with_term = tfc1(pair, term, Place::End)?;
        let (plain, longer) = (study.model.tokens(pair)?, study.model.tokens(with_term.corrupted())?);
        let filled = filler(pair, word, (longer.len() - plain.len()).max(1), Place::End)?;
        let shorter = study.model.tokens(filled.corrupted())?;
        let whole = longer.truncated() + shorter.truncated() == 0 && longer.len() == shorter.len();
        let positions = (0..longer.len()).map(|position| (position, position));
        Ok(whole.then(|| Perturbed::aligned(with_term.corrupted().clone(), filled.corrupted().clone(), positions)))
    };
    study.best_pairs().into_iter().filter_map(|pair| perturb(pair).transpose()).collect()
}

/// In how many of the documents each word stands.
fn document_frequencies(pairs: &[Pair]) -> BTreeMap<String, usize> {
    let documents: BTreeMap<&str, &str> =
        pairs.iter().map(|pair| (pair.doc_id.as_str(), pair.document.as_str())).collect();
    let mut frequencies = BTreeMap::new();
    for document in documents.into_values() {
        for word in vocabulary(document) {
            *frequencies.entry(word).or_default() += 1;
        }
    }
    frequencies
}

/// By head, by query: how much of the score a patch brings back, in logits.
fn brought_back(study: &Study, patched: &DataFrame) -> Result<Vec<Vec<f64>>> {
    let back = (col(c::PATCHED_SCORE) - col(c::CORRUPTED_SCORE)).alias(c::EFFECT);
    by_head(study, &patched.clone().lazy().with_column(back).collect()?, c::EFFECT)
}

/// By head, by query: the mean of a column.
fn by_head(study: &Study, frame: &DataFrame, column: &str) -> Result<Vec<Vec<f64>>> {
    let Shape { layers, heads, .. } = study.model.shape();
    let one = |(layer, head): (usize, usize)| {
        let meant = col(c::LAYER).eq(lit(layer as u32)).and(col(c::HEAD).eq(lit(head as u32)));
        let rows = frame.clone().lazy().filter(meant).collect()?;
        Ok(study.by_query(with_queries(&rows, column)?))
    };
    (0..layers).flat_map(|layer| (0..heads).map(move |head| (layer, head))).map(one).collect()
}

/// By query: what the term adds to the score.
fn gains(study: &Study, patched: &DataFrame) -> Result<Figure> {
    let gain = (col(c::CLEAN_SCORE) - col(c::CORRUPTED_SCORE)).alias(c::EFFECT);
    let rows = patched.clone().lazy().with_column(gain).collect()?;
    Ok(study.figure(&[study.by_query(with_queries(&rows, c::EFFECT)?)], |means| means[0]))
}

/// The sum of what is positive.
fn positive(values: &[f64]) -> f64 {
    values.iter().map(|value| value.max(0.0)).sum()
}
