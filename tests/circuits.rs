//! What heads compute: against the forward pass, against numpy (goldens of `tests/golden/circuits/make.py`), and on a
//! model whose weights are set so that the answer is known.

mod planted;

use crosslens::prelude::*;
use planted::Planted;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const TOLERANCE: f64 = 1e-4;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn tiny() -> PathBuf {
    root().join("tests/golden/interventions/tiny")
}

fn golden() -> Value {
    serde_json::from_slice(&fs::read(root().join("tests/golden/circuits/circuits.json")).unwrap()).unwrap()
}

fn pairs() -> Vec<Pair> {
    vec![
        Pair::new("blue sky", "The sky is blue at noon."),
        Pair::new("can honey spoil", "Sealed honey keeps for years. Honey was found in tombs."),
        Pair::new("who invented paper", "In China, tea was drunk."),
    ]
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn close(ours: f64, theirs: f64, scale: f64, what: &str) {
    assert!((ours - theirs).abs() < TOLERANCE * scale, "{what}: ours {ours}, theirs {theirs}");
}

fn all_close(ours: &[f64], theirs: &[f64], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let largest = theirs.iter().fold(0.0f64, |most, number| most.max(number.abs()));
    ours.iter().zip(theirs).for_each(|(ours, theirs)| close(*ours, *theirs, largest, what));
}

fn floats(frame: &DataFrame, name: &str) -> Vec<f64> {
    frame.column(name).unwrap().f64().unwrap().iter().map(Option::unwrap).collect()
}

#[test]
fn circuits_give_the_scores_of_the_pass() {
    let hooks = Hooks::new().capture(Site::ResidPre).capture(Site::AttnScores);
    for model in [CrossEncoder::embedded().unwrap(), CrossEncoder::open(tiny()).unwrap()] {
        for pair in pairs() {
            let seen = model.run(&pair, &hooks).unwrap();
            for head in Heads::all().within(&model.shape()).unwrap() {
                let (rows, shape) = seen.values(Site::ResidPre, head.layer).unwrap();
                let (scores, _) = seen.values(Site::AttnScores, head.layer).unwrap();
                let own = &scores[head.head * shape[0] * shape[0]..][..shape[0] * shape[0]];
                let ours = model.qk(head).unwrap().scores(&rows, &rows).unwrap();
                assert_eq!(ours.len(), own.len());
                ours.iter().zip(own).for_each(|(ours, pass)| close(f64::from(*ours), f64::from(*pass), 1.0, "score"));
            }
        }
    }
}

#[test]
fn what_is_written_is_what_the_pass_writes() {
    let model = CrossEncoder::embedded().unwrap();
    let hooks = Hooks::new().capture(Site::ResidPre).capture(Site::Pattern).capture(Site::AttnOut);
    let without = hooks.clone().intervene(Zero::heads([Head::new(2, 9)]));
    let (with, without) = (model.run(&pairs()[0], &hooks).unwrap(), model.run(&pairs()[0], &without).unwrap());
    let (rows, shape) = with.values(Site::ResidPre, 2).unwrap();
    let (n, hidden) = (shape[0], shape[1]);
    let written = model.ov(Head::new(2, 9)).unwrap().written(&rows).unwrap();
    let pattern = &with.values(Site::Pattern, 2).unwrap().0[9 * n * n..][..n * n];
    let (with, without) = (with.values(Site::AttnOut, 2).unwrap().0, without.values(Site::AttnOut, 2).unwrap().0);
    for from in 0..n {
        for at in 0..hidden {
            let ours: f32 = (0..n).map(|to| pattern[from * n + to] * written[to * hidden + at]).sum();
            let place = from * hidden + at;
            close(f64::from(ours), f64::from(with[place] - without[place]), 1.0, "written");
        }
    }
}

fn assert_spectrum(circuit: &Circuit, golden: &Value, what: &str) {
    let theirs = numbers(&golden["singular_values"]);
    all_close(circuit.singular_values(), &theirs, &format!("{what}, singular values"));
    let number = |name: &str| golden[name].as_f64().unwrap();
    close(circuit.norm(), number("norm"), number("norm"), &format!("{what}, norm"));
    close(circuit.effective_rank(), number("effective_rank"), theirs.len() as f64, &format!("{what}, rank"));
    close(circuit.symmetric_share(), number("symmetric_share"), 1.0, &format!("{what}, symmetric"));
    close(circuit.positive_share().unwrap(), number("positive_share"), 1.0, &format!("{what}, positive"));
    for at in 0..2 {
        let (left, right) = (numbers(&golden["left"][at]), numbers(&golden["right"][at]));
        let (ours_left, ours_right) = (circuit.left(at).unwrap(), circuit.right(at).unwrap());
        let sign = left.iter().zip(&ours_left).map(|(a, b)| a * b).sum::<f64>().signum();
        let turned = |ours: &[f64]| ours.iter().map(|number| number * sign).collect::<Vec<_>>();
        all_close(&turned(&ours_left), &left, &format!("{what}, left direction {at}"));
        all_close(&turned(&ours_right), &right, &format!("{what}, right direction {at}"));
    }
}

#[test]
fn circuits_are_those_of_numpy() {
    for golden in golden()["models"].as_array().unwrap() {
        let model = CrossEncoder::open(root().join(golden["folder"].as_str().unwrap())).unwrap();
        let hidden = model.shape().hidden;
        let mut heads = Vec::new();
        for of in golden["heads"].as_array().unwrap() {
            let number = |at: usize| of["head"][at].as_u64().unwrap() as usize;
            let head = Head::new(number(0), number(1));
            heads.push(head);
            let (qk, ov) = (model.qk(head).unwrap(), model.ov(head).unwrap());
            assert_spectrum(&qk.circuit().unwrap(), &of["qk"], &format!("QK of {head}"));
            assert_spectrum(&qk.folded().circuit().unwrap(), &of["folded_qk"], &format!("folded QK of {head}"));
            assert_spectrum(&ov.circuit().unwrap(), &of["ov"], &format!("OV of {head}"));
            close(ov.copying().unwrap(), of["ov"]["copying"].as_f64().unwrap(), 1.0, "copying");
            let positive = of["ov"]["positive_eigenvalues"].as_f64().unwrap();
            close(ov.positive_eigenvalues().unwrap(), positive, 1.0, "positive eigenvalues");
            let sines: Vec<f32> = (0..3 * hidden).map(|at| (at as f64).sin() as f32).collect();
            let double = |numbers: Vec<f32>| numbers.into_iter().map(f64::from).collect::<Vec<_>>();
            let scores = double(qk.folded().scores(&sines, &sines).unwrap());
            all_close(&scores, &numbers(&of["scores_of_sines"]), "scores of normalised rows");
            let bias = double(qk.key_bias(&sines).unwrap());
            all_close(&bias, &numbers(&of["key_bias_of_sines"]), "key bias");
        }
        let ours = model.composition(heads).unwrap();
        for name in ["q_composition", "k_composition", "v_composition"] {
            let theirs = golden["composition"][name].as_f64().unwrap();
            close(floats(&ours, name)[0], theirs, theirs, name);
        }
    }
}

const PIECES: usize = 1500;

/// One layer with two heads, of which 0.0 matches identical pieces.
fn matching_model(folder: &Path) -> CrossEncoder {
    let planted = Planted {
        like: &tiny(),
        layers: 1,
        heads: 2,
        hidden: 128,
        intermediate: 16,
        pieces: PIECES,
        positions: 16,
        matching: &[Head::new(0, 0)],
        scale: 1.0,
        seed: 1,
    };
    planted.model(folder)
}

#[test]
fn a_matching_head_prefers_every_piece_to_all_others_and_a_random_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let model = matching_model(folder.path());
    for entry in [Entry::Bare, Entry::Embedded { type_id: 1, position: 3 }] {
        let identity = model.identity(Heads::all()).queries(entry).keys(entry);
        let scores = identity.scores().unwrap();
        assert_eq!(floats(&scores, "identity_rank")[0], 1.0);
        assert_eq!(floats(&scores, "reciprocal_rank")[0], 1.0);
        assert_eq!(floats(&scores, "prefers_itself")[0], 1.0);
        let random = floats(&scores, "identity_rank")[1] / PIECES as f64;
        assert!((random - 0.5).abs() < 0.1, "a random head puts pieces at {random} of the vocabulary");
        assert!(floats(&scores, "prefers_itself")[1] < 0.05);
        let by_token = identity.by_token().unwrap();
        let ranks = by_token.column("identity_rank").unwrap().u32().unwrap();
        assert_eq!(by_token.height(), 2 * PIECES);
        assert!((0..PIECES).all(|at| ranks.get(at) == Some(1)));
    }
    let spectra = model.qk_spectra(Heads::all()).unwrap();
    assert!(floats(&spectra, "symmetric_share")[0] > 0.999 && floats(&spectra, "positive_share")[0] > 0.999);
    assert!((floats(&spectra, "symmetric_share")[1] - 0.5).abs() < 0.1);
    let neighbours = model.identity(Head::new(0, 0)).neighbours(&[("blue", "blue"), ("blue", "sky")]).unwrap();
    let ranks = neighbours.column("neighbour_rank").unwrap().u32().unwrap();
    assert!(ranks.get(0) == Some(1) && ranks.get(1).unwrap() > 1);
}

#[test]
fn key_biases_are_held_against_idf() {
    let model = CrossEncoder::embedded().unwrap();
    let tests = Collection::embedded().unwrap();
    let frame = model.key_bias_and_idf(Heads::all(), Entry::Bare, &tests).unwrap();
    assert_eq!(frame.height(), 72);
    assert!(floats(&frame, "spearman").iter().all(|rho| rho.abs() <= 1.0));
    let nowhere = Entry::Embedded { type_id: 0, position: 512 };
    let error = model.key_bias_and_idf(Heads::all(), nowhere, &tests).unwrap_err().to_string();
    assert!(error.ends_with("the model has types 0-1 and positions 0-511"), "{error}");
}

/// Of a head: its selectivity in bits, and its attention from the query to the document, averaged over pairs.
fn match_and_edge(model: &CrossEncoder, head: Head, pairs: &[Pair]) -> (f64, f64) {
    let mean = |frame: DataFrame, name: &str, edge: Option<Edge>| {
        let number = |name: &str| frame.column(name).unwrap().u32().unwrap().clone();
        let text = |name: &str, row: usize| frame.column(name).unwrap().str().unwrap().get(row).unwrap().to_owned();
        let (layers, heads, values) = (number("layer"), number("head"), frame.column(name).unwrap().f64().unwrap());
        let own = |row: &usize| {
            let here = (layers.get(*row), heads.get(*row)) == (Some(head.layer as u32), Some(head.head as u32));
            here && edge.is_none_or(|edge| format!("{}->{}", text("from", *row), text("to", *row)) == edge.to_string())
        };
        let known: Vec<f64> = (0..frame.height()).filter(own).filter_map(|row| values.get(row)).collect();
        known.iter().sum::<f64>() / known.len() as f64
    };
    let attention = mean(model.attention(pairs).unwrap(), "mass", Some(Edge::QUERY_TO_DOCUMENT));
    (mean(model.selectivity(pairs).unwrap(), "selectivity", None), attention)
}

#[test]
fn all_directions_change_nothing() {
    let model = CrossEncoder::embedded().unwrap();
    let qk = model.qk(Head::new(2, 9)).unwrap();
    for whole in [qk.top(32).unwrap(), qk.random(32, 1).unwrap()] {
        let same = model.with(whole).unwrap();
        for pair in pairs() {
            let logit = |model: &CrossEncoder| f64::from(model.run(&pair, &Hooks::new()).unwrap().logit());
            close(logit(&same), logit(&model), 1.0, "logit with all directions");
        }
    }
    assert!(qk.top(33).unwrap_err().to_string().starts_with("head 2.9 compares in 32 directions"));
}

/// The largest directions of the matching head do not match: left and right are opposite in them, and they send attention
/// to the other segment, whatever stands there. The match lies in the many small ones.
#[test]
fn the_largest_directions_of_a_matching_head_find_the_segment_and_the_others_the_word() {
    let (model, head) = (CrossEncoder::embedded().unwrap(), Head::new(2, 9));
    let qk = model.qk(head).unwrap();
    let circuit = qk.circuit().unwrap();
    let cosine = |at: usize| -> f64 {
        circuit.left(at).unwrap().iter().zip(circuit.right(at).unwrap()).map(|(left, right)| left * right).sum()
    };
    assert!((0..3).all(|at| cosine(at) < -0.8) && (8..32).all(|at| cosine(at) > 0.5));
    let pairs = Collection::embedded().unwrap().judged_pairs().unwrap();
    let of = |subspace: Subspace| match_and_edge(&model.with(subspace).unwrap(), head, &pairs[..60]);
    let (plain, to_document) = match_and_edge(&model, head, &pairs[..60]);
    let (first, rest) = (of(qk.among(0..3).unwrap()), of(qk.among(3..32).unwrap()));
    assert!(plain > 7.0 && first.0 < 1.0 && rest.0 > 6.5, "bits: {plain}, {first:?}, {rest:?}");
    assert!(first.1 > 0.9 && rest.1 < to_document, "query to document: {to_document}, {first:?}, {rest:?}");
    let small = of(qk.among(8..32).unwrap()).0;
    let random: Vec<f64> = (0..3).map(|seed| of(qk.random(24, seed).unwrap()).0).collect();
    assert!(random.iter().all(|random| small > *random), "the small ones {small}, as many at random {random:?}");
}

#[test]
fn what_does_not_exist_is_refused() {
    let model = CrossEncoder::embedded().unwrap();
    assert!(model.qk(Head::new(6, 0)).unwrap_err().to_string().starts_with("head 6.0 does not exist"));
    assert!(model.ov(Head::new(0, 12)).is_err() && model.composition(Head::new(7, 0)).is_err());
    let error = model.qk(Head::new(0, 0)).unwrap().scores(&[0.0; 5], &[]).unwrap_err().to_string();
    assert!(error.starts_with("5 numbers are not whole rows of 384"), "{error}");
    let other = CrossEncoder::open(tiny()).unwrap();
    assert!(other.with(model.qk(Head::new(0, 0)).unwrap().top(4).unwrap()).is_err());
}

/// The words of a frame by what names them, the nearest first.
fn words(frame: &DataFrame, names: &[&str], word: &str) -> BTreeMap<String, Vec<(String, f64)>> {
    let text = |name: &str| frame.column(name).unwrap().cast(&DataType::String).unwrap();
    let columns: Vec<Column> = names.iter().map(|name| text(name)).collect();
    let (cosines, word) = (floats(frame, "cosine"), text(word));
    let mut all: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
    for (row, cosine) in cosines.into_iter().enumerate() {
        let name: Vec<&str> = columns.iter().map(|column| column.str().unwrap().get(row).unwrap()).collect();
        all.entry(name.join(" ")).or_default().push((word.str().unwrap().get(row).unwrap().into(), cosine));
    }
    all
}

fn same_words(ours: &[(String, f64)], theirs: &Value, what: &str) {
    let theirs = theirs.as_array().unwrap();
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for ((word, cosine), theirs) in ours.iter().zip(theirs) {
        assert_eq!(word, theirs["token"].as_str().unwrap(), "{what}");
        close(*cosine, theirs["cosine"].as_f64().unwrap(), 1.0, what);
    }
}

#[test]
fn words_are_those_of_numpy() {
    let path = root().join("tests/golden/words/words.json");
    let golden: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let model = CrossEncoder::embedded().unwrap();
    for golden in golden["heads"].as_array().unwrap() {
        let number = |at: usize| golden["head"][at].as_u64().unwrap() as usize;
        let head = Head::new(number(0), number(1));
        let near = model.words(head).most(4);
        for (circuit, ours, sides) in
            [("qk", near.qk(0..2).unwrap(), ["query", "key"]), ("ov", near.ov(0..2).unwrap(), ["written", "read"])]
        {
            let ours = words(&ours, &["direction", "side", "sign"], "token");
            assert_eq!(ours.len(), 2 * 2 * 2);
            for (direction, theirs) in golden[circuit].as_array().unwrap().iter().enumerate() {
                let own = |side: &str, sign: i32| &ours[&format!("{direction} {side} {sign}")];
                let first = |sign: i32| theirs[format!("{} {sign}", sides[0])][0]["token"].as_str().unwrap();
                let turned = if own(sides[0], 1)[0].0 == first(1) { 1 } else { -1 };
                for (side, sign) in sides.into_iter().flat_map(|side| [(side, 1), (side, -1)]) {
                    let what = format!("{circuit} of {head}, direction {direction}, {side} {sign}");
                    same_words(own(side, sign * turned), &theirs[format!("{side} {sign}")], &what);
                }
            }
        }
        let theirs = golden["written"].as_array().unwrap();
        let asked: Vec<&str> = theirs.iter().map(|word| word["token"].as_str().unwrap()).collect();
        let written = near.written(&asked).unwrap();
        let ours = words(&written, &["token"], "neighbour");
        let own_ranks = written.column("own_rank").unwrap().u32().unwrap();
        for (at, theirs) in theirs.iter().enumerate() {
            same_words(&ours[asked[at]], &theirs["near"], &format!("{head} writes of {}", asked[at]));
            let (own, their) = (own_ranks.get(at * 4).unwrap(), theirs["own_rank"].as_u64().unwrap() as u32);
            // Among 30,000 pieces some are as near as rounding.
            assert!(own.abs_diff(their) <= 1 + their / 1000, "{head}, {}: {own} and {their}", asked[at]);
        }
    }
}

#[test]
fn spare_pieces_name_nothing_and_directions_that_are_not_there_are_refused() {
    let model = CrossEncoder::embedded().unwrap();
    let frame = model.words(Head::new(2, 9)).most(40_000).qk(0..1).unwrap();
    assert!(frame.height() / 4 < 30_522 - 900, "{} pieces", frame.height() / 4);
    let tokens = frame.column("token").unwrap().str().unwrap();
    assert!(tokens.iter().flatten().all(|token| !token.starts_with("[unused")));
    let embedded = Entry::Embedded { type_id: 0, position: 2 };
    assert_ne!(
        frame.head(Some(40)),
        model.words(Head::new(2, 9)).most(40_000).entry(embedded).qk(0..1).unwrap().head(Some(40))
    );
    let error = model.words(Head::new(2, 9)).ov(30..33).unwrap_err().to_string();
    assert!(error.starts_with("a head has 32 singular directions, 30..33 is no range of them"), "{error}");
    assert!(model.words(Head::new(9, 9)).written(&["paper"]).is_err());
}
