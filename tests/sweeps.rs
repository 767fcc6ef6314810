//! What must hold of sweeps, eliminations and their controls on any model, here a random one of another shape.

use crosslens::prelude::*;
use std::path::Path;

fn set() -> (CrossEncoder, Pairs) {
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/interventions/tiny");
    let pairs = Collection::embedded().unwrap().with_qrels("all").unwrap().judged_pairs().unwrap();
    let some = ["q01", "q17", "q33", "q40", "q64"];
    (CrossEncoder::open(tiny).unwrap(), pairs.filter(|pair| some.contains(&pair.query_id.as_str())))
}

fn column(frame: &DataFrame, name: &str) -> Vec<f64> {
    let cast = frame.column(name).unwrap().cast(&DataType::Float64).unwrap();
    cast.f64().unwrap().iter().map(|value| value.unwrap_or(f64::NAN)).collect()
}

fn texts(frame: &DataFrame, name: &str) -> Vec<String> {
    frame.column(name).unwrap().str().unwrap().iter().map(|text| text.unwrap_or("").to_owned()).collect()
}

#[test]
fn nothing_has_exactly_no_effect() {
    let (model, pairs) = set();
    let none = model.ablate(Heads::of([])).together().over(&pairs).unwrap();
    let isolated = model.knock_out_each(Edge::all()).layers([]).over(&pairs).unwrap();
    for frame in [&none, &isolated] {
        for name in ["logit_effect", "abs_logit_effect", "nDCG@10_effect", "AP_effect_low", "preference_flips"] {
            assert!(column(frame, name).iter().all(|effect| *effect == 0.0), "{name}");
        }
        assert!(column(frame, "kendall_tau").iter().all(|tau| *tau == 1.0));
        assert!(column(frame, "logit_effect_p_holm").iter().all(|p| *p == 1.0));
    }
    // What is done already cannot be done again, in whichever layer.
    let heads = [Head::new(0, 1), Head::new(1, 0), Head::new(2, 3)];
    let again = model.with(Zero::heads(heads)).unwrap().ablate(heads).over(&pairs).unwrap();
    assert_eq!(column(&again, "abs_logit_effect"), [0.0; 3]);
    let every = model.with(KnockOut::all_but(Edge::all())).unwrap();
    assert_eq!(every.score(&pairs).unwrap(), model.score(&pairs).unwrap());
}

#[test]
fn sets_are_the_interventions_that_they_name() {
    let (model, pairs) = set();
    let scores = |model: &CrossEncoder| column(&model.score(&pairs).unwrap(), "score");
    let plain = scores(&model);
    let means = model.means(&pairs).unwrap();
    let frame = model.ablate(Heads::all()).in_pairs().mean(&means).run(&pairs).unwrap();
    let (effects, each) = (frame.effects().unwrap(), frame.pairs().unwrap());
    assert_eq!(effects.height(), 12 * 11 / 2);
    let change = column(&each, "logit_effect");
    for row in [0, 17, 65] {
        let heads: Heads = texts(&effects, "heads")[row].split(' ').map(|head| head.parse::<Head>().unwrap()).collect();
        let changed = scores(&model.with(Mean::by_segment(heads, &means)).unwrap());
        for pair in 0..pairs.len() {
            let difference = change[row * pairs.len() + pair] - (changed[pair] - plain[pair]);
            assert!(difference.abs() < 1e-5, "row {row}, pair {pair}: {difference}");
        }
    }
    let layers = model.ablate_layers(0..3).run(&pairs).unwrap().pairs().unwrap();
    let mlp = scores(&model.with(Zero::mlp([2])).unwrap());
    let last = column(&layers, "logit_effect")[5 * pairs.len()];
    assert!((last - (mlp[0] - plain[0])).abs() < 1e-5);
}

#[test]
fn ranges_of_layers_meet_at_all_of_them() {
    let (model, pairs) = set();
    let cut = || model.knock_out(Edge::DOCUMENT_TO_QUERY);
    let all = column(&cut().over(&pairs).unwrap(), "logit_effect")[0];
    let ranges = cut().by_layer().up_to_layer().from_layer().over(&pairs).unwrap();
    assert_eq!(texts(&ranges, "range"), ["each", "each", "each", "up to", "up to", "up to", "from", "from", "from"]);
    assert_eq!(texts(&ranges, "layers")[3..], ["0", "0 1", "0 1 2", "0 1 2", "1 2", "2"]);
    let effects = column(&ranges, "logit_effect");
    assert_eq!((effects[5], effects[6]), (all, all));
    assert_eq!((effects[0], effects[2]), (effects[3], effects[8]));
    let isolated = cut().isolated().over(&pairs).unwrap();
    assert_ne!(column(&isolated, "logit_effect")[0], all);
}

#[test]
fn significance_is_corrected_over_the_sweep() {
    let (model, pairs) = set();
    let effects = model.ablate(Heads::all()).resamples(50).over(&pairs).unwrap();
    let (p, corrected) = (column(&effects, "logit_effect_p"), column(&effects, "logit_effect_p_holm"));
    assert!(p.iter().all(|p| (0.0..=1.0).contains(p)) && p.iter().any(|p| *p < 1.0));
    let least = p.iter().copied().fold(1.0, f64::min);
    let least_corrected = corrected.iter().copied().fold(1.0, f64::min);
    assert!((least_corrected - (12.0 * least).min(1.0)).abs() < 1e-12);
    assert!(p.iter().zip(&corrected).all(|(p, corrected)| p <= corrected));
    let only = model.ablate([Head::new(1, 1)]).resamples(50).measures([Measure::NdcgAt(3)]).over(&pairs).unwrap();
    assert!(only.column("nDCG@3_effect_p").is_ok() && only.column("nDCG@10_effect").is_err());
    assert_eq!(column(&only, "logit_effect_p"), column(&only, "logit_effect_p_holm"));
}

#[test]
fn grades_and_kinds_share_out_the_effect() {
    let (model, pairs) = set();
    let swept = model.ablate([Head::new(0, 1), Head::new(2, 2)]).resamples(20).run(&pairs).unwrap();
    let (each, by_kind) = (swept.pairs().unwrap(), swept.by_kind().unwrap());
    let effect_of = |kind: &str, variant: usize| {
        let of = |query: &str| {
            let at = |row: &usize| pairs[*row].query_id == query && pairs[*row].kind.as_deref() == Some(kind);
            let rows: Vec<usize> = (0..pairs.len()).filter(at).collect();
            let effects = column(&each, "logit_effect");
            (!rows.is_empty())
                .then(|| rows.iter().map(|row| effects[variant * pairs.len() + row]).sum::<f64>() / rows.len() as f64)
        };
        let of_queries: Vec<f64> = ["q01", "q17", "q33", "q40", "q64"].into_iter().filter_map(of).collect();
        of_queries.iter().sum::<f64>() / of_queries.len() as f64
    };
    let kinds = texts(&by_kind, "kind");
    assert!(kinds.len() >= 4 && kinds[..kinds.len() / 2] == kinds[kinds.len() / 2..]);
    for (row, effect) in column(&by_kind, "logit_effect").into_iter().enumerate() {
        let expected = effect_of(&kinds[row], row / (kinds.len() / 2));
        assert!((effect - expected).abs() < 1e-9, "{}: {effect} and {expected}", kinds[row]);
    }
    let grades = swept.by_relevance().unwrap();
    assert!(column(&grades, "relevance").contains(&3.0) && column(&grades, "queries")[0] == 5.0);
}

#[test]
fn an_elimination_goes_from_all_heads_to_none_and_back() {
    let (folder, (model, pairs)) = (tempfile::tempdir().unwrap(), set());
    let elimination = || model.eliminate(Heads::all()).resamples(20).step(2).store(folder.path());
    let curve = elimination().over(&pairs).unwrap();
    assert_eq!(column(&curve, "heads_left"), [12.0, 10.0, 8.0, 6.0, 4.0, 2.0, 0.0]);
    let (measured, kept) = (column(&curve, "nDCG@10"), column(&curve, "kept"));
    let run = model.rank(&pairs).unwrap();
    let plain = mean(&evaluate(&run, pairs.qrels(), Measure::NdcgAt(10)).unwrap());
    assert!((measured[0] - plain).abs() < 1e-12 && kept[0] == 1.0);
    let all = model.ablate(Heads::all()).together().over(&pairs).unwrap();
    assert!((measured[6] - plain - column(&all, "nDCG@10_effect")[0]).abs() < 1e-12);
    // Every head goes once.
    let mut gone: Vec<String> = texts(&curve, "heads").join(" ").split_whitespace().map(str::to_owned).collect();
    gone.sort();
    gone.dedup();
    assert_eq!(gone.len(), 12);
    // From the store, without computing anything.
    let again = elimination().progress(|_| panic!("computed again")).over(&pairs).unwrap();
    assert_eq!(again, curve);

    let first = model.eliminate(Heads::all()).resamples(20).until(0.999).over(&pairs).unwrap();
    let singles = column(&model.ablate(Heads::all()).resamples(20).over(&pairs).unwrap(), "nDCG@10_effect");
    let best = singles.iter().copied().fold(f64::MIN, f64::max);
    assert!((column(&first, "nDCG@10")[1] - plain - best).abs() < 1e-12, "the least harmful head goes first");

    let few = model.eliminate(Heads::all()).resamples(20).growing().over(&pairs).unwrap();
    let kept = column(&few, "kept");
    assert!(kept[kept.len() - 1] >= 0.95 && kept[..kept.len() - 1].iter().all(|kept| *kept < 0.95));

    let control =
        |seed| elimination().seed(seed).store(folder.path().join(seed.to_string())).control(&curve, 3, &pairs).unwrap();
    assert_eq!(control(1), control(1));
    assert_ne!(control(1), control(2));
    let ends: Vec<f64> = column(&control(1), "nDCG@10");
    assert!(ends[..3].iter().all(|value| (value - plain).abs() < 1e-12), "a set of all heads is the plain model");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let (model, pairs) = set();
    let refused = |result: Result<DataFrame>, what: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    };
    refused(model.ablate(Heads::all()).at_random([13], 1).over(&pairs), "13 heads cannot be drawn from 12");
    refused(model.ablate([Head::new(3, 0)]).in_pairs().over(&pairs), "head 3.0 does not exist");
    refused(model.ablate_layers([3]).over(&pairs), "layer 3 does not exist");
    refused(model.knock_out(Edge::QUERY_TO_QUERY).layers([0, 9]).over(&pairs), "layer 9 does not exist");
    refused(model.eliminate(Heads::all()).step(0).over(&pairs), "never ends");
    refused(model.eliminate(Heads::all()).until(1.5).over(&pairs), "1.5");
    refused(model.eliminate(Heads::all()).shard(Shard::new(1, 2).unwrap()).over(&pairs), "no shards");
    refused(model.ablate(Heads::all()).measures([Measure::NdcgAt(0)]).over(&pairs), "depth");
    let one = pairs.filter(|pair| pair.query_id == "q01");
    assert!(model.donors(&one, Donor::OtherQuery, 1).unwrap_err().to_string().contains("no pair of another query"));
    assert!(model.donors(&one[..1], Donor::SameQuery, 1).unwrap_err().to_string().contains("no other document"));
    let donors = model.donors(&one, Donor::SameQuery, 1).unwrap();
    refused(model.ablate(Heads::all()).resample(&donors).over(&pairs), "no donor");
}

/// Pairs that no collection was made for: odd ids, one document, the same text twice, what is not judged.
fn odd() -> Pairs {
    let pair = |query_id: &str, doc_id: &str, query: &str, document: &str| Pair {
        query_id: query_id.into(),
        doc_id: doc_id.into(),
        ..Pair::new(query, document)
    };
    let long = "the sky is wide ".repeat(100);
    let pairs = vec![
        pair("q/1 \"é\" ", "d,1\n", "blue sky", "the sky"),
        pair("q/1 \"é\" ", "d'2", "blue sky", "the sky"),
        pair("q/1 \"é\" ", "../d3", "blue sky", &long),
        pair("one", "alone", "who drank tea", "in china"),
        pair("same", "d", "blue sky", "paper was made"),
    ];
    let judged = [("q/1 \"é\" ", "d'2", 2), ("one", "alone", 1), ("same", "elsewhere", 1)];
    let qrels = Qrels::from_judgements(judged).unwrap();
    let relevance = |pair: Pair| Pair { relevance: qrels.get(&pair.query_id, &pair.doc_id), ..pair };
    Pairs::new(pairs.into_iter().map(relevance).collect(), &qrels)
}

#[test]
fn odd_pairs_are_swept_as_any_others() {
    let (folder, (model, _), pairs) = (tempfile::tempdir().unwrap(), set(), odd());
    let sweep = || model.ablate(Heads::all()).resamples(20).store(folder.path().join("store"));
    let swept = sweep().run(&pairs).unwrap();
    let effects = swept.effects().unwrap();
    assert_eq!((effects.height(), column(&effects, "queries")[0]), (12, 3.0));
    assert!(column(&effects, "kendall_tau").iter().all(|tau| tau.is_finite()));
    assert_eq!(sweep().progress(|_| panic!("computed again")).over(&pairs).unwrap(), effects);
    // Grade 1, grade 2, and what is not judged.
    assert_eq!(swept.by_relevance().unwrap().height(), 12 * 3);
    assert_eq!(swept.by_kind().unwrap().column("kind").unwrap().null_count(), 12);
    // The same text is no other document, and the same query under another id no other query.
    let donors = model.donors(&pairs[..2], Donor::SameQuery, 1).unwrap_err().to_string();
    assert!(donors.contains("no other document"), "{donors}");
    let donors = model.donors(&[pairs[0].clone(), pairs[4].clone()], Donor::OtherQuery, 1).unwrap_err().to_string();
    assert!(donors.contains("no pair of another query"), "{donors}");
    let donors = model.donors(&pairs, Donor::OtherQuery, 1).unwrap();
    assert!(model.ablate(Heads::all()).resample(&donors).resamples(5).over(&pairs).is_ok());
}

#[test]
fn a_model_with_a_layer_and_a_head_alone_has_sweeps_too() {
    let (model, pairs) = set();
    let effects = model.ablate([Head::new(1, 2)]).in_pairs().over(&pairs).unwrap();
    assert_eq!(effects.height(), 0);
    let only = model.eliminate([Head::new(1, 2)]).resamples(5).over(&pairs).unwrap();
    assert_eq!(column(&only, "heads_left"), [1.0, 0.0]);
    assert_eq!(model.ablate_layers([2]).resamples(5).over(&pairs).unwrap().height(), 2);
}

#[derive(Debug)]
struct Labelled(&'static str, &'static str);

impl Design for Labelled {
    fn title(&self) -> String {
        "labelled".into()
    }
    fn variants(&self, _: &Shape, _: u64) -> Result<Vec<Variant>> {
        let variant = |label| Variant::new(Zero::mlp([0])).and(Zero::mlp([1])).number(label, 1);
        Ok(vec![variant(self.0), variant(self.1)])
    }
}

#[test]
fn labels_that_cannot_be_columns_are_refused() {
    let (model, pairs) = set();
    let error = |one, other| model.sweep(Labelled(one, other)).over(&pairs).unwrap_err().to_string();
    assert!(error("a", "b").contains("same labels"));
    assert!(error("score", "score").contains("there is such a column"));
    let both = model.sweep(Labelled("a", "a")).resamples(5).over(&pairs).unwrap();
    let together = model.with(Zero::mlp([0, 1])).unwrap().score(&pairs).unwrap();
    let plain = model.score(&pairs).unwrap();
    let first = column(&together, "score")[0] - column(&plain, "score")[0];
    let swept = model.sweep(Labelled("a", "a")).run(&pairs).unwrap().pairs().unwrap();
    assert!((column(&swept, "logit_effect")[0] - first).abs() < 1e-5 && both.height() == 2);
}

#[test]
fn a_score_that_is_no_number_names_its_pair_and_variant() {
    let (model, pairs) = set();
    #[derive(Debug)]
    struct Huge;
    impl Design for Huge {
        fn title(&self) -> String {
            "huge".into()
        }
        fn variants(&self, _: &Shape, _: u64) -> Result<Vec<Variant>> {
            Ok(vec![Variant::new(Scale::of(Part::mlp([2]), f32::MAX)).text("scale", "huge")])
        }
    }
    let error = model.sweep(Huge).over(&pairs).unwrap_err().to_string();
    assert!(error.contains("query \"q") && error.contains("under the variant scale huge"), "{error}");
}
