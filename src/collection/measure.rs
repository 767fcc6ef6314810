//! How good a run is, query by query: nDCG, MRR and AP as trec_eval computes them.
//!
//! With gᵢ the grade of the document at rank i (0 where unjudged or negative) and "relevant" a grade of at least 1:
//!
//! - nDCG@k = DCG@k / DCG@k of the best possible ranking of all judged documents, DCG@k = Σ gᵢ / log₂(i + 1) for i ≤ k;
//! - MRR@k = 1 / rank of the first relevant document, 0 where there is none within the first k;
//! - AP = the mean over *all* relevant documents of the precision at their ranks, 0 for those that are not ranked.

use super::{Qrels, Run};
use crate::error::{Error, Result};
use elinor::{Metric, PredRelStoreBuilder, TrueRelStoreBuilder};
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// A measure of a ranking, from 0 to 1.
///
/// ```
/// use crosslens::collection::Measure;
/// assert_eq!(Measure::NdcgAt(10).to_string(), "nDCG@10");
/// assert_eq!(Measure::MrrAt(10).to_string(), "MRR@10");
/// assert_eq!(Measure::Ap.to_string(), "AP");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Normalised discounted cumulative gain of the first so many documents; the gain of a document is its grade.
    NdcgAt(usize),
    /// The reciprocal rank of the first relevant document among the first so many.
    MrrAt(usize),
    /// Average precision over the whole ranking.
    Ap,
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NdcgAt(k) => write!(f, "nDCG@{k}"),
            Self::MrrAt(k) => write!(f, "MRR@{k}"),
            Self::Ap => f.write_str("AP"),
        }
    }
}

/// A measure of a run for every query that has judgements.
///
/// As `trec_eval -c`: a judged query that the run lacks counts 0. So does a query without a relevant document (which
/// trec_eval gives 0 too, and some libraries 1). Queries of the run without judgements are left out.
///
/// # Errors
/// [`Error::Argument`] for a measure at depth 0.
///
/// ```
/// use crosslens::collection::{Measure, Qrels, Run, evaluate};
/// let qrels = Qrels::from_judgements([("q1", "d1", 1), ("q1", "d2", 0), ("q2", "d1", 1)])?;
/// let run = Run::from_scores("mine", [("q1", "d2", 2.0), ("q1", "d1", 1.0)])?;
/// let measured = evaluate(&run, &qrels, Measure::MrrAt(10))?;
/// assert_eq!(measured["q1"], 0.5);
/// assert_eq!(measured["q2"], 0.0);
/// # Ok::<(), crosslens::Error>(())
/// ```
pub fn evaluate(run: &Run, qrels: &Qrels, measure: Measure) -> Result<BTreeMap<String, f64>> {
    let (metric, depth) = match measure {
        Measure::NdcgAt(k) => (Metric::NDCG { k }, k),
        Measure::MrrAt(k) => (Metric::RR { k }, k),
        Measure::Ap => (Metric::AP { k: 0 }, usize::MAX),
    };
    if depth == 0 {
        return Err(Error::Argument(format!("{measure} looks at no document; ask for a depth of at least 1")));
    }
    // elinor gets numbers for ids: a ranked document is called by its position. That keeps the order of the run, whose
    // ties elinor would break the other way round, and copies no string. Only relevant documents matter to it.
    let mut predictions = PredRelStoreBuilder::new();
    let mut truths = TrueRelStoreBuilder::new();
    let mut measured = vec![0.0; qrels.queries().count()];
    for (query, query_id) in qrels.queries().enumerate() {
        let mut relevant: HashMap<&str, u32> =
            qrels.of(query_id).filter(|(_, grade)| *grade > 0).map(|(id, grade)| (id, grade.unsigned_abs())).collect();
        let ranking = run.top(query_id, depth);
        if relevant.is_empty() || ranking.is_empty() {
            continue;
        }
        for (position, ranked) in ranking.iter().enumerate() {
            predictions.add_record(query, position, (-(position as f64)).into()).map_err(refused)?;
            if let Some(grade) = relevant.remove(ranked.doc_id.as_str()) {
                truths.add_record(query, position, grade).map_err(refused)?;
            }
        }
        for (beyond, grade) in relevant.into_values().enumerate() {
            truths.add_record(query, ranking.len() + beyond, grade).map_err(refused)?;
        }
    }
    let evaluation = elinor::evaluate(&truths.build(), &predictions.build(), metric).map_err(refused)?;
    for (&query, &score) in evaluation.scores() {
        measured[query] = score;
    }
    Ok(qrels.queries().map(str::to_owned).zip(measured).collect())
}

/// The mean over the queries; not a number (NaN) where there are none.
///
/// ```
/// use crosslens::collection::mean;
/// let measured = [("q1".to_owned(), 0.5), ("q2".to_owned(), 1.0)].into();
/// assert_eq!(mean(&measured), 0.75);
/// ```
pub fn mean(measured: &BTreeMap<String, f64>) -> f64 {
    measured.values().sum::<f64>() / measured.len() as f64
}

fn refused(error: elinor::errors::ElinorError) -> Error {
    Error::Argument(format!("elinor cannot evaluate this run: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(ranking: &[&str], judgements: &[(&str, i32)], measure: Measure) -> f64 {
        let scores = ranking.iter().enumerate().map(|(position, doc_id)| ("q", doc_id, -(position as f64)));
        let judgements = judgements.iter().map(|(doc_id, grade)| ("q", doc_id, *grade));
        match (Run::from_scores("r", scores), Qrels::from_judgements(judgements)) {
            (Ok(run), Ok(qrels)) => evaluate(&run, &qrels, measure).map_or(f64::NAN, |measured| mean(&measured)),
            _ => f64::NAN,
        }
    }

    #[test]
    fn a_hand_can_check_these() {
        let judgements = [("a", 3), ("b", 1), ("c", -2), ("d", 0)];
        assert_eq!(measured(&["a", "b"], &judgements, Measure::NdcgAt(10)), 1.0);
        assert_eq!(measured(&["d", "c", "a"], &judgements, Measure::MrrAt(3)), 1.0 / 3.0);
        assert_eq!(measured(&["d", "c", "a"], &judgements, Measure::MrrAt(2)), 0.0);
        assert_eq!(measured(&["d", "a"], &judgements, Measure::Ap), 0.25);
        let expected = (3.0 / 3f64.log2()) / (3.0 + 1.0 / 3f64.log2());
        assert!((measured(&["u", "a"], &judgements, Measure::NdcgAt(2)) - expected).abs() < 1e-12);
    }

    #[test]
    fn a_query_without_relevant_documents_counts_nothing() {
        assert_eq!(measured(&["a"], &[("a", 0), ("b", -1)], Measure::NdcgAt(10)), 0.0);
    }

    #[test]
    fn depth_zero_is_refused() -> Result<()> {
        let run = Run::from_scores("r", [("q", "d", 0.0)])?;
        let message = evaluate(&run, &Qrels::default(), Measure::NdcgAt(0)).err().map(|error| error.to_string());
        assert_eq!(message.as_deref(), Some("nDCG@0 looks at no document; ask for a depth of at least 1"));
        Ok(())
    }
}
