//! What parts are worth to the logit: against PyTorch (goldens of `tests/golden/attribution/make.py`), and against the pass.

use crosslens::prelude::*;
use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

const TOLERANCE: f64 = 1e-4;

fn golden() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/attribution/attribution.json");
    let golden: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    golden["pairs"].as_array().unwrap().clone()
}

fn pair(golden: &Value) -> Pair {
    Pair::new(golden["query"].as_str().unwrap(), golden["document"].as_str().unwrap())
}

fn numbers(frame: &DataFrame, name: &str) -> Vec<f64> {
    let column = frame.column(name).unwrap().cast(&DataType::Float64).unwrap();
    column.f64().unwrap().into_no_null_iter().collect()
}

fn texts(frame: &DataFrame, name: &str) -> Vec<String> {
    frame.column(name).unwrap().str().unwrap().iter().map(|text| text.unwrap_or("").to_owned()).collect()
}

/// `part`, `layer` and `head` of every row.
fn parts(frame: &DataFrame) -> Vec<(String, Option<u32>, Option<u32>)> {
    let number = |name: &str| frame.column(name).unwrap().u32().unwrap().iter().collect::<Vec<_>>();
    let (layers, heads) = (number("layer"), number("head"));
    texts(frame, "part").into_iter().zip(layers).zip(heads).map(|((part, layer), head)| (part, layer, head)).collect()
}

fn close(ours: f64, theirs: f64, what: &str) {
    assert!((ours - theirs).abs() < TOLERANCE, "{what}: {ours} and {theirs}");
}

#[test]
fn parts_are_worth_what_pytorch_says() {
    let model = CrossEncoder::embedded().unwrap();
    for golden in golden() {
        let frame = model.attribution().run(&[pair(&golden)]).unwrap().pairs().unwrap();
        let ours = [numbers(&frame, "attribution"), numbers(&frame, "removed_effect")];
        let place: HashMap<_, _> = parts(&frame).into_iter().zip(0..).collect();
        let theirs = golden["parts"].as_array().unwrap();
        assert_eq!((place.len(), frame.height(), theirs.len()), (85, 85, 85));
        for part in theirs {
            let number = |name: &str| part[name].as_u64().map(|number| number as u32);
            let name = (part["part"].as_str().unwrap().to_owned(), number("layer"), number("head"));
            let at: usize = place[&name];
            for (ours, column) in ours.iter().zip(["attribution", "removed_effect"]) {
                close(ours[at], part[column].as_f64().unwrap(), &format!("{column} of {name:?}"));
            }
        }
        let empty = model.attribution().empty_logit();
        close(empty, golden["empty_logit"].as_f64().unwrap(), "empty logit");
        close(ours[0].iter().sum::<f64>() + empty, golden["logit"].as_f64().unwrap(), "sum of attributions");
    }
}

#[test]
fn positions_are_worth_what_pytorch_says() {
    let model = CrossEncoder::embedded().unwrap();
    for golden in golden() {
        let frame = model.attribution().by_position(&pair(&golden)).unwrap();
        let (layers, heads) = (numbers(&frame, "layer"), numbers(&frame, "head"));
        for of_head in golden["positions"].as_array().unwrap() {
            let (layer, head) = (of_head["layer"].as_f64().unwrap(), of_head["head"].as_f64().unwrap());
            let rows: Vec<usize> =
                (0..frame.height()).filter(|row| (layers[*row], heads[*row]) == (layer, head)).collect();
            let theirs = of_head["tokens"].as_array().unwrap();
            assert_eq!(rows.len(), theirs.len());
            for (row, theirs) in rows.into_iter().zip(theirs) {
                for column in ["attribution", "removed_effect"] {
                    let what = format!("{column} of head {layer}.{head}, row {row}");
                    close(numbers(&frame, column)[row], theirs[column].as_f64().unwrap(), &what);
                }
            }
        }
    }
}

/// What is told of segments and positions is a head's, cut another way.
#[test]
fn attributions_are_complete_for_every_pair_and_split_without_a_rest() {
    let model = CrossEncoder::embedded().unwrap();
    let pairs = Collection::embedded().unwrap().judged_pairs().unwrap();
    let pairs: Vec<Pair> = pairs.iter().step_by(80).cloned().collect();
    let whole = model.attribution().run(&pairs).unwrap().pairs().unwrap();
    let split = model.attribution().by_segment().run(&pairs).unwrap().pairs().unwrap();
    assert_eq!((whole.height(), split.height()), (85 * pairs.len(), (72 * 5 + 13) * pairs.len()));
    let (attribution, by_segment) = (numbers(&whole, "attribution"), numbers(&split, "attribution"));
    let segments = texts(&split, "segment");
    for (at, pair) in pairs.iter().enumerate() {
        let logit = f64::from(model.run(pair, &Hooks::new()).unwrap().logit());
        let parts = &attribution[at * 85..][..85];
        close(parts.iter().sum::<f64>() + model.attribution().empty_logit(), logit, "logit");
        let of_segments = &by_segment[at * 373..][..373];
        close(parts.iter().sum(), of_segments.iter().sum(), "sum over segments");
        close(parts[1 + 2 * 14 + 9], of_segments[1 + 2 * 62 + 9 * 5..][..5].iter().sum(), "head 2.9");
        let tokens = model.attribution().by_position(pair).unwrap();
        let (worth, own) = (numbers(&tokens, "attribution"), texts(&tokens, "segment"));
        let n = worth.len() / 72;
        for segment in 0..5 {
            let row = 1 + 2 * 62 + 9 * 5 + segment;
            let of_tokens = (33 * n..34 * n).filter(|at| own[*at] == segments[row]);
            close(of_tokens.map(|at| worth[at]).sum(), of_segments[row], "sum over a segment's tokens");
        }
    }
}

#[test]
fn means_are_over_the_pairs_of_a_query_and_then_over_queries() {
    let model = CrossEncoder::embedded().unwrap();
    let tests = Collection::embedded().unwrap().with_qrels("all").unwrap();
    let pairs: Vec<Pair> =
        ["q01", "q02"].iter().flat_map(|id| tests.pairs_for(id).unwrap().to_vec()).take(10).collect();
    let attributed = model.attribution().resamples(50).run(&pairs).unwrap();
    let (each, means) = (attributed.pairs().unwrap(), attributed.means().unwrap());
    assert_eq!(means, model.attribution().resamples(50).over(&pairs).unwrap());
    for column in ["attribution", "removed_effect"] {
        let (each, means, low) =
            (numbers(&each, column), numbers(&means, column), numbers(&means, &format!("{column}_low")));
        for part in 0..85 {
            let mean = |pairs: std::ops::Range<usize>| {
                let many = pairs.len() as f64;
                pairs.map(|pair| each[pair * 85 + part]).sum::<f64>() / many
            };
            let queries = [mean(0..7), mean(7..10)];
            assert!((means[part] - (queries[0] + queries[1]) / 2.0).abs() < 1e-12);
            assert!((low[part] - queries[0].min(queries[1])).abs() < 1e-12);
        }
    }
    let by_kind = attributed.by_kind().unwrap();
    let kinds = texts(&by_kind, "kind");
    let exact =
        (0..by_kind.height()).find(|row| kinds[*row] == "exact" && parts(&by_kind)[*row].0 == "embedding").unwrap();
    let of_kind = |range: std::ops::Range<usize>| {
        let own: Vec<f64> = range
            .filter(|at| pairs[*at].kind.as_deref() == Some("exact"))
            .map(|at| numbers(&each, "attribution")[at * 85])
            .collect();
        own.iter().sum::<f64>() / own.len() as f64
    };
    assert!((numbers(&by_kind, "attribution")[exact] - (of_kind(0..7) + of_kind(7..10)) / 2.0).abs() < 1e-12);
}

/// What stands in for a head is what it writes, and a sum that was replaced is refused.
#[test]
fn a_model_with_interventions_is_taken_apart_as_it_runs_or_not_at_all() {
    let (model, pair, head) = (CrossEncoder::embedded().unwrap(), pair(&golden()[0]), Head::new(2, 9));
    let silent = model.with(Zero::heads([head])).unwrap();
    let frame = silent.attribution().run(std::slice::from_ref(&pair)).unwrap().pairs().unwrap();
    let row = parts(&frame).into_iter().position(|part| part == ("head".into(), Some(2), Some(9))).unwrap();
    assert_eq!(numbers(&frame, "attribution")[row], 0.0);
    let sum = numbers(&frame, "attribution").iter().sum::<f64>() + silent.attribution().empty_logit();
    close(sum, f64::from(silent.run(&pair, &Hooks::new()).unwrap().logit()), "logit without 2.9");
    let refused = |error: Error| error.to_string().starts_with("an intervention of this model replaces");
    assert!(refused(silent.attribution().by_position(&pair).unwrap_err()));
    assert!(refused(silent.attribution().by_segment().over(std::slice::from_ref(&pair)).unwrap_err()));
    let louder = model.with(Scale::of(Part::residual([1]), 1.5)).unwrap();
    assert!(refused(louder.attribution().over(&[pair]).unwrap_err()));
    assert!(model.attribution().over(&[]).is_err());
}
