//! Soft term frequencies: against Hugging Face and numpy (goldens of `tests/golden/soft_tf/make.py`), and what they
//! explain against regressions that a hand can write.

use crosslens::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

const HEADS: [Head; 2] = [Head::new(1, 1), Head::new(2, 9)];
const TOLERANCE: f64 = 1e-4;

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/soft_tf/soft_tf.json")).unwrap()
}

fn floats(frame: &DataFrame, name: &str) -> Vec<f64> {
    frame.column(name).unwrap().f64().unwrap().iter().map(Option::unwrap).collect()
}

fn texts(frame: &DataFrame, name: &str) -> Vec<String> {
    frame.column(name).unwrap().str().unwrap().iter().map(|text| text.unwrap().to_owned()).collect()
}

fn near(ours: f64, theirs: &Value, what: &str) {
    let theirs = theirs.as_f64().unwrap();
    assert!((ours - theirs).abs() < TOLERANCE * theirs.abs().max(1.0), "{what}: ours {ours}, theirs {theirs}");
}

/// The golden's pairs, in its order.
fn golden_pairs(tests: &Collection, golden: &Value) -> Vec<Pair> {
    let all = tests.with_qrels("all").unwrap().judged_pairs().unwrap();
    let by_id: BTreeMap<(&str, &str), &Pair> =
        all.iter().map(|pair| ((pair.query_id.as_str(), pair.doc_id.as_str()), pair)).collect();
    let pair = |of: &Value| by_id[&(of["query_id"].as_str().unwrap(), of["doc_id"].as_str().unwrap())].clone();
    golden["pairs"].as_array().unwrap().iter().map(pair).collect()
}

#[test]
fn tokens_and_pairs_are_those_of_hugging_face_and_numpy() {
    let (model, tests, golden) = (CrossEncoder::embedded().unwrap(), Collection::embedded().unwrap(), golden());
    let pairs = golden_pairs(&tests, &golden);
    assert!(golden["correlation"].as_f64().unwrap() > 0.3);
    for (idf, idf_name) in [(Idf::Collection, "collection"), (Idf::Embedding, "embedding")] {
        for sep in ["without", "with"] {
            let soft_tf = model.soft_tf(HEADS, &tests).idf(idf);
            let soft_tf = if sep == "with" { soft_tf.with_last_sep() } else { soft_tf };
            let (tokens, scores) = (soft_tf.by_token(&pairs).unwrap(), soft_tf.over(&pairs).unwrap());
            let theirs: Vec<&Value> = golden["pairs"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|pair| pair["tokens"].as_array().unwrap())
                .collect();
            assert_eq!(tokens.height(), theirs.len());
            let columns = ["soft_tf", "idf"].map(|name| floats(&tokens, name));
            let (pieces, counts) = (texts(&tokens, "token"), tokens.column("term_frequency").unwrap().u32().unwrap());
            for (at, theirs) in theirs.iter().enumerate() {
                assert_eq!(pieces[at], theirs["token"].as_str().unwrap());
                assert_eq!(counts.get(at).map(u64::from), theirs["term_frequency"].as_u64());
                near(columns[0][at], &theirs["soft_tf"][sep], "soft_tf");
                near(columns[1][at], &theirs["idf"][idf_name], "idf");
            }
            let names = ["score", "semantic_bm25", "bm25"].map(|name| floats(&scores, name));
            for (at, theirs) in golden["pairs"].as_array().unwrap().iter().enumerate() {
                near(names[0][at], &theirs["score"], "score");
                near(names[1][at], &theirs["sums"][format!("semantic_bm25 {idf_name} {sep}")], "semantic_bm25");
                near(names[2][at], &theirs["sums"][format!("bm25 {idf_name}")], "bm25");
            }
        }
    }
}

#[test]
fn pairs_are_the_sums_of_their_tokens_and_one_head_is_its_mass() {
    let (model, tests) = (CrossEncoder::embedded().unwrap(), Collection::embedded().unwrap());
    let pairs = tests.pairs_for("q01").unwrap();
    let soft_tf = model.soft_tf(HEADS, &tests);
    let (tokens, scores) = (soft_tf.by_token(&pairs).unwrap(), soft_tf.over(&pairs).unwrap());
    for name in ["semantic_bm25", "bm25", "soft_tf"] {
        let mut sums: BTreeMap<String, f64> = BTreeMap::new();
        for (id, value) in texts(&tokens, "doc_id").into_iter().zip(floats(&tokens, name)) {
            *sums.entry(id).or_default() += value;
        }
        for (id, value) in texts(&scores, "doc_id").into_iter().zip(floats(&scores, name)) {
            assert!((sums[&id] - value).abs() < 1e-9, "{name} of {id}");
        }
    }
    // A query without punctuation: the mean over its tokens is the mass of the edge.
    let pair = [Pair::new("blue sky", "The sky is blue at noon.")];
    let own = model.soft_tf(Head::new(2, 9), &tests).by_token(&pair).unwrap();
    let mean = floats(&own, "soft_tf").iter().sum::<f64>() / own.height() as f64;
    let mass = model.attention(&pair).unwrap();
    let row = |at: usize| {
        let text = |name: &str| mass.column(name).unwrap().str().unwrap().get(at).unwrap().to_owned();
        let number = |name: &str| mass.column(name).unwrap().u32().unwrap().get(at).unwrap();
        (number("layer"), number("head")) == (2, 9) && text("from") == "query" && text("to") == "document"
    };
    let at = (0..mass.height()).find(|at| row(*at)).unwrap();
    assert!((mean - mass.column("mass").unwrap().f64().unwrap().get(at).unwrap()).abs() < 1e-6);
}

/// `n` queries of a half, with their judged pairs.
fn half(tests: &Collection, qrels: &str, n: usize) -> Pairs {
    let half = tests.with_qrels(qrels).unwrap();
    let ids: Vec<String> = half.judged_queries().into_iter().take(n).map(|query| query.query_id).collect();
    half.judged_pairs().unwrap().filter(|pair| ids.contains(&pair.query_id))
}

fn centred(values: &[f64], queries: &[String]) -> Vec<f64> {
    let mean = |query: &String| {
        let own: Vec<f64> =
            values.iter().zip(queries).filter(|(_, of)| *of == query).map(|(value, _)| *value).collect();
        own.iter().sum::<f64>() / own.len() as f64
    };
    values.iter().zip(queries).map(|(value, query)| value - mean(query)).collect()
}

/// R² on the second list of a line through the first, its slope shrunk as ridge regression on a standardised number
/// does.
fn line(train: [&[f64]; 2], test: [&[f64]; 2], penalty: f64) -> (f64, Vec<f64>) {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let [x, y] = train;
    let (mx, my) = (mean(x), mean(y));
    let xx: f64 = x.iter().map(|x| (x - mx).powi(2)).sum();
    let xy: f64 = x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum();
    let slope = xy / (xx + penalty * xx / x.len() as f64);
    let predicted: Vec<f64> = test[0].iter().map(|x| my + slope * (x - mx)).collect();
    let left: f64 = test[1].iter().zip(&predicted).map(|(y, of)| (y - of).powi(2)).sum();
    let all: f64 = test[1].iter().map(|y| (y - mean(test[1])).powi(2)).sum();
    (1.0 - left / all, predicted)
}

#[test]
fn what_one_number_explains_is_what_a_line_does() {
    let (model, tests) = (CrossEncoder::embedded().unwrap(), Collection::embedded().unwrap());
    let (train, test) = (half(&tests, "train", 20), half(&tests, "test", 20));
    let soft_tf = model.soft_tf(HEADS, &tests).draws(2).resamples(200);
    let explained = soft_tf.explains(&train, &test).unwrap();
    let number = |row: usize, name: &str| explained.column(name).unwrap().f64().unwrap().get(row);
    let [of_train, of_test] = [&train, &test].map(|pairs| soft_tf.clone().with_last_sep().over(pairs).unwrap());
    for (name, column, sep) in [
        ("BM25, idf of the collection", "bm25", false),
        ("soft TF", "soft_tf", true),
        ("semantic BM25, idf of the collection", "semantic_bm25", true),
    ] {
        let predictors = texts(&explained, "predictor");
        let seps = explained.column("last_sep").unwrap().bool().unwrap();
        let row = (0..predictors.len()).find(|at| predictors[*at] == name && seps.get(*at) == Some(sep)).unwrap();
        let numbers = |of: &str| [floats(&of_train, of), floats(&of_test, of)];
        let ([x, held_x], [y, held_y]) = (numbers(column), numbers("score"));
        let (ours, _) = line([&x, &y], [&held_x, &held_y], number(row, "ridge").unwrap());
        assert!((number(row, "r_squared").unwrap() - ours).abs() < 1e-9, "{name}");
        assert!(number(row, "r_squared_low") < Some(ours) && number(row, "r_squared_high") > Some(ours));
        let [queries, held_queries] = [&of_train, &of_test].map(|of| texts(of, "query_id"));
        let [x, y] = [x, y].map(|of| centred(&of, &queries));
        let [held_x, held_y] = [held_x, held_y].map(|of| centred(&of, &held_queries));
        let (ours, predicted) = line([&x, &y], [&held_x, &held_y], number(row, "ridge_within").unwrap());
        assert!((number(row, "r_squared_within").unwrap() - ours).abs() < 1e-9, "{name}");

        let scores = test.iter().zip(&predicted).map(|(pair, score)| (&pair.query_id, &pair.doc_id, *score));
        let run = Run::from_scores("line", scores).unwrap();
        let ndcg = mean(&evaluate(&run, test.qrels(), Measure::NdcgAt(10)).unwrap());
        assert!((number(row, "nDCG@10").unwrap() - ndcg).abs() < 1e-9, "{name}");
        let of_query = |values: &[f64], query: &String| -> Vec<f64> {
            values.iter().zip(&held_queries).filter(|(_, of)| *of == query).map(|(value, _)| *value).collect()
        };
        let mut different = held_queries.clone();
        different.dedup();
        let taus = different.iter().map(|query| kendall_tau(&of_query(&predicted, query), &of_query(&held_y, query)));
        let tau = taus.map(|tau| tau.unwrap_or(0.0)).sum::<f64>() / different.len() as f64;
        assert!((number(row, "kendall_tau").unwrap() - tau).abs() < 1e-9, "{name}");
        let control = number(row, "control_r_squared");
        assert_eq!(control.is_none(), column == "bm25", "only heads have a control");
        assert!(control.is_none() || number(row, "control_r_squared_low") <= control);
    }
    assert_eq!(number(0, "r_squared_gain"), Some(0.0), "BM25 gains nothing over itself");
    let gain = number(9, "r_squared").unwrap() - number(0, "r_squared").unwrap();
    assert!((number(9, "r_squared_gain").unwrap() - gain).abs() < 1e-9);
    let gain = number(9, "r_squared_within").unwrap() - number(0, "r_squared_within").unwrap();
    assert!((number(9, "r_squared_within_gain").unwrap() - gain).abs() < 1e-9);
}

#[test]
fn a_seed_fixes_every_number() {
    let (model, tests) = (CrossEncoder::embedded().unwrap(), Collection::embedded().unwrap());
    let (train, test) = (half(&tests, "train", 6), half(&tests, "test", 6));
    let explained =
        |seed: u64| model.soft_tf(HEADS, &tests).draws(1).resamples(50).seed(seed).explains(&train, &test).unwrap();
    assert_eq!(explained(1), explained(1));
    assert_ne!(explained(1), explained(2));
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_computed() {
    let (model, tests) = (CrossEncoder::embedded().unwrap(), Collection::embedded().unwrap());
    let (train, test) = (half(&tests, "train", 5), half(&tests, "test", 2));
    let soft_tf = || model.soft_tf(HEADS, &tests);
    let told = |result: Result<DataFrame>| result.unwrap_err().to_string();
    assert!(told(model.soft_tf(Heads::of([]), &tests).over(&test)).contains("name at least one"));
    assert!(told(model.soft_tf(Head::new(6, 0), &tests).by_token(&test)).contains("head 6.0 does not exist"));
    assert!(told(soft_tf().k1(-1.0).over(&test)).contains("a k1 of at least 0"));
    assert!(told(soft_tf().b(2.0).explains(&train, &test)).contains("a b from 0 to 1"));
    assert!(told(soft_tf().explains(&train, &train)).contains("stands in both halves"));
    assert!(told(soft_tf().explains(&train, &Pairs::default())).contains("no held-out pairs"));
    assert!(told(soft_tf().explains(&test, &train)).contains("5 folds cannot be made of 2 queries"));
    assert!(told(soft_tf().resamples(0).explains(&train, &test)).contains("at least one resample"));
}
