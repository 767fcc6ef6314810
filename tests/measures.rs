//! nDCG, MRR and AP against trec_eval's own figures (`golden/measures/generate.py`).

use crosslens::Result;
use crosslens::collection::{Measure, Qrels, Run, evaluate, mean};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/measures").join(name)
}

#[test]
fn every_query_measures_as_in_trec_eval() -> Result<()> {
    let run = Run::open(golden("system.run"))?;
    let qrels = Qrels::open(golden("judgements.qrels"))?;
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(golden("measures.json")).unwrap()).unwrap();
    let tolerance = golden["provenance"]["tolerance"].as_f64().unwrap();
    let expected = golden["measures"].as_object().unwrap();

    let depths = [1, 3, 5, 10, 100];
    let measures = depths.map(Measure::NdcgAt).into_iter().chain(depths.map(Measure::MrrAt)).chain([Measure::Ap]);
    for measure in measures {
        let measured = evaluate(&run, &qrels, measure)?;
        assert_eq!(measured.len(), expected.len());
        let mut sum = 0.0;
        for (query_id, value) in &measured {
            let expected = expected[query_id][measure.to_string()].as_f64().unwrap();
            assert!((value - expected).abs() < tolerance, "{measure} of {query_id}: {value}, trec_eval {expected}");
            sum += expected;
        }
        assert!((mean(&measured) - sum / expected.len() as f64).abs() < tolerance);
        assert!(sum > 0.0, "{measure} tells nothing here");
    }
    Ok(())
}

#[test]
fn the_goldens_hold_the_hard_cases() -> Result<()> {
    let run = Run::open(golden("system.run"))?;
    let qrels = Qrels::open(golden("judgements.qrels"))?;
    assert!(qrels.queries().any(|id| run.ranking(id).is_empty()), "a judged query without a ranking");
    assert!(run.queries().any(|id| qrels.of(id).next().is_none()), "a ranked query without judgements");
    assert!(qrels.queries().any(|id| qrels.of(id).all(|(_, grade)| grade <= 0)), "a query without relevant documents");
    assert!(qrels.iter().any(|(_, _, grade)| grade < 0), "a negative grade");
    assert!(qrels.queries().any(|id| run.ranking(id).windows(2).any(|two| two[0].score == two[1].score)), "ties");
    Ok(())
}
