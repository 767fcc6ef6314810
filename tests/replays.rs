//! Replays from the outside: every claim has its row, its verdict follows from its interval, and its figure is what other
//! roads through the library give.

use candle_core::Device;
use crosslens::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

const QUERIES: usize = 12;

fn pairs(queries: usize) -> Pairs {
    let judged = Collection::embedded().unwrap().judged_pairs().unwrap();
    let mut some: Vec<String> = judged.iter().map(|pair| pair.query_id.clone()).collect();
    some.dedup();
    some.truncate(queries);
    judged.filter(|pair| some.contains(&pair.query_id))
}

fn embedded() -> &'static DataFrame {
    static TABLE: OnceLock<DataFrame> = OnceLock::new();
    TABLE.get_or_init(|| CrossEncoder::embedded().unwrap().replay().over(&pairs(QUERIES)).unwrap())
}

fn numbers(table: &DataFrame, name: &str) -> Vec<f64> {
    let cast = table.column(name).unwrap().cast(&DataType::Float64).unwrap();
    cast.f64().unwrap().iter().map(|number| number.unwrap_or(f64::NAN)).collect()
}

fn texts(table: &DataFrame, name: &str) -> Vec<String> {
    table.column(name).unwrap().str().unwrap().iter().map(|text| text.unwrap().to_owned()).collect()
}

/// The row of a measure: its figure with the ends of its interval.
fn row(table: &DataFrame, measure: &str) -> [f64; 3] {
    let at = texts(table, "measure").iter().position(|of| of.starts_with(measure)).unwrap();
    ["figure", "figure_low", "figure_high"].map(|name| numbers(table, name)[at])
}

#[test]
fn every_paper_has_its_rows() {
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for source in texts(embedded(), "source") {
        *rows.entry(source).or_default() += 1;
    }
    let expected = [
        ("Chen et al. 2024", 4),
        ("Jiang et al. 2021", 2),
        ("Lu et al. 2025", 3),
        ("Schlatt et al. 2024", 2),
        ("Vast et al. 2026", 2),
        ("Zhan et al. 2020", 4),
    ];
    assert_eq!(rows.into_iter().collect::<Vec<_>>(), expected.map(|(source, count)| (source.to_owned(), count)));
}

#[test]
fn verdicts_follow_from_intervals_by_the_stated_rule() {
    let tiny = CrossEncoder::open(tiny()).unwrap().replay().over(&pairs(QUERIES)).unwrap();
    for table in [embedded(), &tiny] {
        let [low, high, reference] = ["figure_low", "figure_high", "reference"].map(|name| numbers(table, name));
        let (sides, queries) = (texts(table, "agrees_when"), numbers(table, "queries"));
        let (expected, why) = (texts(table, "expected"), texts(table, "why"));
        for (at, verdict) in texts(table, "verdict").into_iter().enumerate() {
            let side = if low[at] > reference[at] {
                "above"
            } else if high[at] < reference[at] {
                "below"
            } else {
                ""
            };
            let told = queries[at] >= 10.0 && low[at].is_finite() && high[at].is_finite();
            let by_rule = match side {
                _ if !told => "cannot be tested",
                "" => "cannot be tested",
                side if side == sides[at] => "agrees",
                _ => "disagrees",
            };
            assert_eq!(verdict, by_rule, "row {at}");
            assert!(expected[at].contains(&format!("agrees if the interval lies wholly {}", sides[at])));
            assert_eq!(why[at].starts_with("undecided"), told && side.is_empty(), "{}", why[at]);
        }
    }
}

#[test]
fn a_seed_fixes_the_table() {
    let (model, pairs) = (CrossEncoder::open(tiny()).unwrap(), pairs(QUERIES));
    let table = |seed| model.replay().seed(seed).resamples(300).over(&pairs).unwrap();
    assert!(table(7).equals_missing(&table(7)));
    assert_ne!(numbers(&table(7), "figure_low"), numbers(&table(8), "figure_low"));
    assert!(model.replay().resamples(0).over(&pairs).is_err());
    assert!(model.replay().over(&Pairs::default()).is_err());
}

#[test]
fn costs_are_those_of_knock_outs() {
    let (model, pairs) = (CrossEncoder::embedded().unwrap(), pairs(QUERIES));
    for edge in [Edge::QUERY_TO_DOCUMENT, Edge::DOCUMENT_TO_QUERY] {
        let cost = model.knock_out(edge).over(&pairs).unwrap();
        let ends = ["nDCG@10_effect", "nDCG@10_effect_low", "nDCG@10_effect_high"].map(|name| numbers(&cost, name)[0]);
        let ours = row(embedded(), &format!("nDCG@10 effect of cutting {edge} in all layers"));
        assert!(ends.iter().zip(ours).all(|(theirs, ours)| (theirs - ours).abs() < 1e-9), "{edge}: {ends:?} {ours:?}");
    }
}

/// The mean over queries of the mean over their pairs.
fn over_queries(pairs: &[Pair], of: impl Fn(usize) -> f64) -> f64 {
    let mut queries: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    pairs.iter().enumerate().for_each(|(at, pair)| queries.entry(&pair.query_id).or_default().push(of(at)));
    let means = queries.values().map(|of| of.iter().sum::<f64>() / of.len() as f64);
    means.sum::<f64>() / queries.len() as f64
}

#[test]
fn what_cls_gathers_is_what_scores_without_it_tell() {
    let (model, pairs) = (CrossEncoder::embedded().unwrap(), pairs(QUERIES));
    let plain = numbers(&model.score(&pairs).unwrap(), "score");
    let without = |layers: std::ops::Range<usize>| {
        let others = [Segment::Query, Segment::Sep1, Segment::Document, Segment::Sep2];
        let off = KnockOut::edges(others.map(|to| Edge::new(Segment::Cls, to))).layers(layers);
        let scores = numbers(&model.with(off).unwrap().score(&pairs).unwrap(), "score");
        over_queries(&pairs, |at| (scores[at] - plain[at]).abs())
    };
    let (last, before) = (without(5..6), without(0..5));
    let [share, ..] = row(embedded(), "|logit effect| of cutting [CLS] off");
    assert!((share - last / (last + before)).abs() < 1e-4, "{share} {last} {before}");
}

#[test]
fn dumped_attention_is_that_of_the_no_op_frame() {
    let (model, pairs) = (CrossEncoder::embedded().unwrap(), pairs(QUERIES));
    let query = model.no_op(&pairs).unwrap().lazy().filter(col("from").eq(lit("query"))).collect().unwrap();
    let (no_op, heads) = (numbers(&query, "no_op"), 72);
    let parked = over_queries(&pairs, |at| no_op[at * heads..(at + 1) * heads].iter().sum::<f64>() / heads as f64);
    let uniform = over_queries(&pairs, |at| {
        let tokens = model.tokens(&pairs[at]).unwrap();
        let punctuation = (0..tokens.len()).filter(|position| tokens.is_punctuation(*position)).count();
        (3 + punctuation) as f64 / tokens.len() as f64
    });
    let [bits, ..] = row(embedded(), "attention from query tokens to special tokens and punctuation");
    assert!((bits - (parked / uniform).log2()).abs() < 1e-9, "{bits}");
}

fn tiny() -> impl AsRef<Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/interventions/tiny")
}

#[test]
fn another_shape_has_other_references_and_no_heads_of_lu() {
    let table = CrossEncoder::open(tiny()).unwrap().replay().resamples(50).over(&pairs(QUERIES)).unwrap();
    let at = |measure: &str| texts(&table, "measure").iter().position(|of| of.starts_with(measure)).unwrap();
    // Three layers: one is early, and so is one of the two that can matter at tokens; two are late.
    assert_eq!(numbers(&table, "reference")[at("share of the first half")], 0.5);
    assert_eq!(numbers(&table, "reference")[at("share of the second half")], 2.0 / 3.0);
    let lu: Vec<usize> = (0..table.height()).filter(|row| texts(&table, "source")[*row] == "Lu et al. 2025").collect();
    for row in lu {
        assert_eq!(texts(&table, "verdict")[row], "cannot be tested");
        assert!(numbers(&table, "figure")[row].is_nan());
        assert!(texts(&table, "why")[row].contains("3 layers"), "{}", texts(&table, "why")[row]);
    }
}

#[test]
fn few_queries_have_no_verdict() {
    let table = CrossEncoder::open(tiny()).unwrap().replay().resamples(50).over(&pairs(9)).unwrap();
    assert!(texts(&table, "verdict").iter().all(|verdict| verdict == "cannot be tested"));
    assert!(numbers(&table, "figure").iter().any(|figure| figure.is_finite()));
}

/// The embedded model's six layers twice over: the shape of the checkpoint that Lu et al. look at.
fn twelve_layers(folder: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/models/crosslens-minilm-l6");
    let mut tensors = candle_core::safetensors::load(source.join("model.safetensors"), &Device::Cpu).unwrap();
    let copy = |layer: usize| (format!("encoder.layer.{layer}."), format!("encoder.layer.{}.", layer + 6));
    for (from, to) in (0..6).map(copy) {
        let added: Vec<_> = tensors.iter().filter(|(name, _)| name.contains(&from)).collect();
        let added: Vec<_> =
            added.into_iter().map(|(name, tensor)| (name.replace(&from, &to), tensor.clone())).collect();
        tensors.extend(added);
    }
    candle_core::safetensors::save(&tensors, folder.join("model.safetensors")).unwrap();
    std::fs::copy(source.join("tokenizer.json"), folder.join("tokenizer.json")).unwrap();
    let config = std::fs::read_to_string(source.join("config.json")).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&config).unwrap();
    config["num_hidden_layers"] = 12.into();
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
}

#[test]
fn the_thirteen_heads_are_looked_at_where_name_and_shape_are_theirs() {
    let root = tempfile::tempdir().unwrap();
    for (name, told) in [("ms-marco-MiniLM-L-12-v2", true), ("another", false)] {
        let folder = root.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        twelve_layers(&folder);
        let model = CrossEncoder::open(&folder).unwrap();
        let table = model.replay().resamples(50).over(&pairs(1)).unwrap();
        for measure in [
            "selectivity of the thirteen",
            "nDCG@10 effect of ablating the thirteen",
            "|logit effect| of ablating 10.1",
        ] {
            assert_eq!(row(&table, measure).iter().all(|end| end.is_finite()), told, "{name}: {measure}");
        }
        let chosen: Vec<Head> = "7.9 8.1 4.9 2.1 8.8 6.5 1.7 5.7 5.9 3.1 8.0 6.3 0.8"
            .split(' ')
            .map(|head| head.parse().unwrap())
            .collect();
        if told {
            let pairs = pairs(1);
            let layer: Vec<Head> = (0..12).map(|head| Head::new(10, head)).collect();
            let single = numbers(&model.ablate(layer).over(&pairs).unwrap(), "abs_logit_effect");
            let others = (single.iter().sum::<f64>() - single[1]) / 11.0;
            assert!((row(&table, "|logit effect| of ablating 10.1")[0] - (single[1] - others)).abs() < 1e-5);
            let bits = numbers(&model.selectivity(&pairs).unwrap(), "selectivity");
            let mean = |meant: bool| {
                let of = |(at, bits): (usize, &f64)| {
                    let head = Head::new(at % 144 / 12, at % 12);
                    (chosen.contains(&head) == meant && bits.is_finite()).then_some(*bits)
                };
                let of: Vec<f64> = bits.iter().enumerate().filter_map(of).collect();
                of.iter().sum::<f64>() / of.len() as f64
            };
            assert!((row(&table, "selectivity of the thirteen")[0] - (mean(true) - mean(false))).abs() < 1e-9);
        }
    }
}
