//! Interventions against PyTorch hooks (goldens of `tests/golden/interventions/make.py`), and what must hold of them
//! whatever the model says.

use crosslens::prelude::*;
use serde_json::Value;
use std::path::Path;

const TOLERANCE: f64 = 1e-4;

fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/interventions/interventions.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn pair(value: &Value) -> Pair {
    Pair::new(value[0].as_str().unwrap(), value[1].as_str().unwrap())
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn numbers(value: &Value) -> Vec<(usize, usize)> {
    value.as_array().unwrap().iter().map(|pair| (number(&pair[0]), number(&pair[1]))).collect()
}

fn layers(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn heads(value: &Value) -> Heads {
    Heads::of(numbers(value).into_iter().map(|(layer, head)| Head::new(layer, head)))
}

fn edges(value: &Value) -> Vec<Edge> {
    let segment = |value: &Value| value.as_str().unwrap().parse::<Segment>().unwrap();
    value.as_array().unwrap().iter().map(|edge| Edge::new(segment(&edge[0]), segment(&edge[1]))).collect()
}

fn logit(model: &CrossEncoder, pair: &Pair) -> f32 {
    model.run(pair, &Hooks::new()).unwrap().logit()
}

fn changed(model: &CrossEncoder, intervention: impl Intervention + 'static, pair: &Pair) -> f32 {
    logit(&model.with(intervention).unwrap(), pair)
}

/// Our logits of a case, under the golden's names; `golden` is what it says of this model.
fn kinds(model: &CrossEncoder, golden: &Value, case: &Value) -> Vec<(&'static str, f32)> {
    let (clean, corrupted) = (pair(&case["clean"]), pair(&case["corrupted"]));
    let (heads, kept, of) = (heads(&golden["heads"]), edges(&golden["kept"]), &golden["layers"]);
    let (attention, mlp, isolated) = (layers(&of["attention"]), layers(&of["mlp"]), layers(&of["isolated"]));
    let residual = number(&of["residual"]);
    let seen = model.run(&clean, &Hooks::new().capture(Site::Z).capture(Site::ResidPost)).unwrap();
    let placed = |patch: Patch| match &case["positions"] {
        Value::Null => patch,
        positions => patch.positions(numbers(positions)),
    };
    let means = model.means(&cleans(golden)).unwrap();
    let named = |query_id: &str, pair: Pair| Pair { query_id: query_id.into(), ..pair };
    // Of two pairs of different queries each can only be the donor of the other.
    let both = [named("a", corrupted.clone()), named("b", pair(&case["donor"]))];
    let donors = model.donors(&both, Donor::OtherQuery, 1).unwrap();
    let stream = || Part::residual([residual]).at([Segment::Document]);
    let [attention_part, mlp_part] = [Part::attention(attention.clone()), Part::mlp(mlp.clone())];
    vec![
        ("mean_heads", changed(model, Mean::by_segment(&heads, &means), &corrupted)),
        ("mean_attention", changed(model, Mean::by_segment(attention_part.clone(), &means), &corrupted)),
        ("mean_mlp", changed(model, Mean::by_segment(mlp_part.clone(), &means), &corrupted)),
        ("mean_residual", changed(model, Mean::by_segment(stream(), &means), &corrupted)),
        ("resampled_heads", changed(model, Resample::of(&heads, &donors), &corrupted)),
        ("resampled_attention", changed(model, Resample::of(attention_part, &donors), &corrupted)),
        ("resampled_mlp", changed(model, Resample::of(mlp_part, &donors), &corrupted)),
        ("resampled_residual", changed(model, Resample::of(stream(), &donors), &corrupted)),
        ("zero_residual_query", {
            changed(model, Zero::of(Part::residual([residual]).at([Segment::Query])), &corrupted)
        }),
        ("clean_logit", seen.logit()),
        ("corrupted_logit", logit(model, &corrupted)),
        ("zero_heads", changed(model, Zero::heads(&heads), &corrupted)),
        ("halved", changed(model, Scale::heads(&heads, 0.5), &corrupted)),
        ("tripled", changed(model, Scale::heads(&heads, 3.0), &corrupted)),
        ("without_attention", changed(model, Zero::attention(attention), &corrupted)),
        ("without_mlp", changed(model, Zero::mlp(mlp), &corrupted)),
        ("isolated", changed(model, KnockOut::all_but(kept).layers(isolated), &corrupted)),
        ("patched_heads", changed(model, placed(Patch::heads(&heads, &seen)), &corrupted)),
        ("patched_residual", changed(model, placed(Patch::site(Site::ResidPost, residual, &seen)), &corrupted)),
    ]
}

/// The clean pairs of all cases: the reference set of the means.
fn cleans(golden: &Value) -> Vec<Pair> {
    golden["cases"].as_array().unwrap().iter().map(|case| pair(&case["clean"])).collect()
}

/// The scores of studies that patch a case, under the golden's names.
fn studies(model: &CrossEncoder, golden: &Value, case: &Value) -> Vec<(&'static str, f32)> {
    let (clean, corrupted) = (pair(&case["clean"]), pair(&case["corrupted"]));
    let positions = match &case["positions"] {
        Value::Null => (0..model.tokens(&clean).unwrap().len()).map(|position| (position, position)).collect(),
        positions => numbers(positions),
    };
    let study = model.patch([Perturbed::aligned(clean, corrupted, positions)]);
    let edges = study.by_edge().unwrap();
    let edge = |name: &str| {
        let layer = number(&golden["layers"]["edge"]) as u32;
        let (layers, names) =
            (edges.column("layer").unwrap().u32().unwrap(), edges.column("edge").unwrap().str().unwrap());
        let row = (0..edges.height()).find(|row| layers.get(*row) == Some(layer) && names.get(*row) == Some(name));
        edges.column("patched_score").unwrap().f64().unwrap().get(row.unwrap()).unwrap() as f32
    };
    let receivers = heads(&golden["receivers"]);
    let path = |receiver: Receiver| {
        let scores = study.clone().heads(heads(&golden["senders"])).by_path_together(&receiver).unwrap();
        scores.column("patched_score").unwrap().f64().unwrap().get(0).unwrap() as f32
    };
    vec![
        ("patched_edge_query_to_document", edge("query->document")),
        ("patched_edge_document_to_query", edge("document->query")),
        ("path_to_logit", path(Receiver::Logit)),
        ("path_to_queries", path(Receiver::queries(&receivers))),
        ("path_to_keys", path(Receiver::keys(&receivers))),
        ("path_to_values", path(Receiver::values(&receivers))),
    ]
}

#[test]
fn every_kind_is_theirs() {
    let golden = golden();
    for golden in golden["models"].as_array().unwrap() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(golden["folder"].as_str().unwrap());
        let model = CrossEncoder::open(folder).unwrap();
        for case in golden["cases"].as_array().unwrap() {
            let ours = [kinds(&model, golden, case), studies(&model, golden, case)].concat();
            let logits = case.as_object().unwrap().values().filter(|value| value.is_number()).count();
            assert_eq!(ours.len(), logits, "every logit of the golden is compared");
            for (name, ours) in ours {
                let (theirs, pair) = (case[name].as_f64().unwrap(), &case["corrupted"]);
                let what = format!("{name} of {pair} by {}", model.name());
                assert!((f64::from(ours) - theirs).abs() < TOLERANCE, "{what}: ours {ours}, theirs {theirs}");
            }
        }
    }
}

#[test]
fn what_changes_nothing_changes_nothing() {
    let model = CrossEncoder::embedded().unwrap();
    let pair = Pair::new("why is the sky blue", "Air scatters short waves of light most.");
    assert_eq!(changed(&model, KnockOut::all_but(Edge::all()), &pair), logit(&model, &pair));
    // An intervention in the last layer makes it compute all tokens, not [CLS] alone, which rounds differently.
    let plain = model.run(&pair, &Hooks::new().capture(Site::Pattern)).unwrap().logit();
    assert_eq!(changed(&model, Scale::heads(Heads::all(), 1.0), &pair), plain);
    assert_eq!(changed(&model, Zero::heads(Heads::of([])), &pair), logit(&model, &pair));
    assert_eq!(changed(&model, Zero::mlp([]), &pair), logit(&model, &pair));
    assert_eq!(changed(&model, Zero::of(Part::residual([2]).at([])), &pair), logit(&model, &pair));
    assert_eq!(changed(&model, Zero::of(Part::residual([2]).at_positions([99])), &pair), logit(&model, &pair));
    // [CLS] why is the sky blue [SEP] …
    let query = Zero::of(Part::residual([2]).at([Segment::Query]));
    assert_eq!(changed(&model, query, &pair), changed(&model, Zero::of(Part::residual([2]).at_positions(1..6)), &pair));
}

#[test]
fn ablating_twice_is_ablating_once() {
    let model = CrossEncoder::embedded().unwrap();
    let pair = Pair::new("can honey spoil", "Sealed honey keeps for years.");
    let once = model.with(Zero::heads([Head::new(2, 9)])).unwrap();
    let twice = once.with(Zero::heads([Head::new(2, 9)])).unwrap();
    assert_eq!(logit(&once, &pair), logit(&twice, &pair));
    assert_ne!(logit(&once, &pair), logit(&model, &pair));
}

#[test]
fn patching_everything_is_the_clean_run() {
    let model = CrossEncoder::embedded().unwrap();
    let (clean, corrupted) = (Pair::new("blue sky", "the sky"), Pair::new("blue sky", "the sea"));
    for site in [Site::Embed, Site::ResidPost, Site::Pooled, Site::Logit] {
        let seen = model.run(&clean, &Hooks::new().capture(site)).unwrap();
        let layer = if site.is_per_layer() { 5 } else { 0 };
        let patched = model.run(&corrupted, &Hooks::new().intervene(Patch::site(site, layer, &seen)).capture(site));
        assert_eq!(patched.unwrap().logit(), seen.logit(), "{site}");
    }
}

#[test]
fn a_changed_model_scores_attends_and_sweeps() {
    let model = CrossEncoder::embedded().unwrap();
    let pairs = Collection::embedded().unwrap().pairs_for("q01").unwrap();
    let head = Head::new(3, 4);
    let without = model.with(Zero::heads([head])).unwrap();
    let column = |frame: &DataFrame, name: &str| -> Vec<f64> {
        frame.column(name).unwrap().cast(&DataType::Float64).unwrap().f64().unwrap().into_no_null_iter().collect()
    };
    let difference = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);

    let swept = model.ablate([head]).run(&pairs).unwrap().pairs().unwrap();
    let ablated: Vec<f64> = column(&swept, "score")
        .iter()
        .zip(column(&swept, "logit_effect"))
        .map(|(score, effect)| score + effect)
        .collect();
    assert!(difference(column(&without.score(&pairs).unwrap(), "score"), ablated) < 1e-5);

    // Ablating the head again has no effect, ablating another, which comes first, has one.
    let again = without.ablate([Head::new(2, 9), head]).over(&pairs).unwrap();
    let effects = column(&again, "abs_logit_effect");
    assert!(effects[0] > 1e-3 && effects[1] < 1e-6, "{effects:?}");

    let blind = model.with(KnockOut::edge(Edge::QUERY_TO_DOCUMENT)).unwrap();
    let mass = blind.attention(&pairs).unwrap();
    let (from, to) = (mass.column("from").unwrap(), mass.column("to").unwrap());
    let is_cut = |row: usize| {
        let name = |column: &Column| column.get(row).unwrap().get_str().unwrap().to_owned();
        (name(from).as_str(), name(to).as_str()) == ("query", "document")
    };
    let cut: Vec<f64> =
        column(&mass, "mass").into_iter().enumerate().filter(|(row, _)| is_cut(*row)).map(|(_, m)| m).collect();
    assert!(!cut.is_empty() && cut.iter().all(|mass| *mass == 0.0));
}

#[test]
fn what_cannot_work_is_refused_by_name() {
    let model = CrossEncoder::embedded().unwrap();
    let refused = |intervention: Box<dyn Intervention>| model.with(intervention).unwrap_err().to_string();
    assert!(refused(Box::new(Scale::heads([Head::new(6, 0)], 1.0))).contains('6'));
    assert!(refused(Box::new(Scale::heads(Heads::all(), f32::NAN))).contains("NaN"));
    assert!(refused(Box::new(Zero::mlp([9]))).contains('9'));
    let pair = Pair::new("blue sky", "the sky");
    let nothing = model.run(&pair, &Hooks::new()).unwrap();
    assert!(refused(Box::new(Patch::heads(Heads::all(), &nothing))).contains("captured"));
    let seen = model.run(&pair, &Hooks::new().capture(Site::Z).capture(Site::Pattern)).unwrap();
    assert!(refused(Box::new(Patch::site(Site::Pattern, 0, &seen).positions([(0, 0)]))).contains("pattern"));

    let longer = Pair::new("blue sky", "the sky is wide");
    let run = |patch: Patch| model.run(&longer, &Hooks::new().intervene(patch)).unwrap_err().to_string();
    let lengths = run(Patch::heads(Heads::all(), &seen));
    assert!(lengths.contains('7') && lengths.contains('9'), "{lengths}");
    assert!(run(Patch::heads(Heads::all(), &seen).positions([(7, 0)])).contains("position 7"));
}
