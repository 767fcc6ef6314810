//! Our forward pass against Hugging Face transformers (goldens of `tests/golden/parity/make.py`) and against
//! candle-transformers, site by site and ablation by ablation.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use crosslens::prelude::*;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

const TOLERANCE: f64 = 1e-4;

fn golden_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/parity")
}

fn golden() -> Value {
    serde_json::from_slice(&std::fs::read(golden_folder().join("parity.json")).unwrap()).unwrap()
}

fn pairs(golden: &Value) -> Vec<Pair> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pair = |(at, pair): (usize, &Value)| Pair {
        query_id: format!("q{at}"),
        doc_id: format!("d{at}"),
        ..Pair::new(text(&pair["query"]), text(&pair["document"]))
    };
    golden["pairs"].as_array().unwrap().iter().enumerate().map(pair).collect()
}

fn assert_close(ours: f64, theirs: f64, what: &str) {
    assert!((ours - theirs).abs() < TOLERANCE, "{what}: ours {ours}, theirs {theirs}");
}

fn largest_difference(ours: &Tensor, theirs: &Tensor) -> f64 {
    let difference = (ours - theirs).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
    f64::from(difference.to_scalar::<f32>().unwrap())
}

#[test]
fn tokens_are_theirs() {
    let (golden, model) = (golden(), CrossEncoder::embedded().unwrap());
    for (at, pair) in pairs(&golden).iter().enumerate() {
        let tokens = model.tokens(pair).unwrap();
        assert_eq!(json!(tokens.ids()), golden["ids"][at]);
        assert_eq!(json!(tokens.type_ids()), golden["type_ids"][at]);
        let segments: Vec<&str> = tokens.segments().iter().map(|segment| segment.name()).collect();
        assert_eq!(json!(segments), golden["segments"][at]);
    }
}

#[test]
fn every_site_is_theirs() {
    let (golden, model) = (golden(), CrossEncoder::embedded().unwrap());
    let theirs = candle_core::safetensors::load(golden_folder().join("parity.safetensors"), &Device::Cpu).unwrap();
    let everything = Site::ALL.into_iter().fold(Hooks::new(), Hooks::capture);
    let (mut compared, mut sites) = (0, std::collections::BTreeSet::new());
    for (at, pair) in pairs(&golden).iter().enumerate() {
        let seen = model.run(pair, &everything).unwrap();
        assert_close(f64::from(seen.logit()), golden["logits"][at].as_f64().unwrap(), "logit");
        for site in Site::ALL {
            for layer in 0..if site.is_per_layer() { 6 } else { 1 } {
                let name = if site.is_per_layer() { format!("{at}.{site}.{layer}") } else { format!("{at}.{site}") };
                let Some(theirs) = theirs.get(&name) else { continue };
                let difference = largest_difference(seen.get(site, layer).unwrap(), theirs);
                // Before its LayerNorm the MLP has outliers; single precision holds seven digits of them, not 1e-4.
                let largest = largest_difference(theirs, &theirs.zeros_like().unwrap());
                let tolerance = if site == Site::MlpOut { TOLERANCE.max(1e-5 * largest) } else { TOLERANCE };
                assert!(difference < tolerance, "{name} differs by {difference}, its largest value is {largest}");
                compared += 1;
                sites.insert(site);
            }
        }
    }
    assert_eq!(compared, theirs.len(), "every golden tensor is compared");
    assert_eq!(sites.len() + 1, Site::ALL.len(), "every site but the logit has golden tensors");
}

#[test]
fn scores_and_truncation_are_theirs() {
    let (golden, model) = (golden(), CrossEncoder::embedded().unwrap());
    let mut pairs = pairs(&golden);
    let long = &golden["long"];
    let text = |name: &str| long[name].as_str().unwrap().to_owned();
    pairs.push(Pair { query_id: "long".into(), doc_id: "long".into(), ..Pair::new(text("query"), text("document")) });
    assert_eq!(model.tokens(&pairs[8]).unwrap().len(), 512);
    let scores = model.score(&pairs).unwrap();
    let score = scores.column("score").unwrap().f64().unwrap();
    for at in 0..8 {
        assert_close(score.get(at).unwrap(), golden["logits"][at].as_f64().unwrap(), "score");
    }
    assert_close(score.get(8).unwrap(), long["logit"].as_f64().unwrap(), "score of the cut pair");
    let truncated = scores.column("truncated").unwrap().u32().unwrap();
    assert_eq!(truncated.get(0), Some(0));
    assert!(truncated.get(8).unwrap() > 100);
}

/// Every head of every layer, ablated alone, for every pair.
fn assert_sweep(golden: &Value, name: &str, ablation: &Ablation, pairs: &Pairs) {
    let sweep = ablation.run(pairs).unwrap().pairs().unwrap();
    let column = |name| sweep.column(name).unwrap().f64().unwrap().clone();
    let (plain, effect) = (column("score"), column("logit_effect"));
    assert_eq!(sweep.height(), 72 * 8);
    for row in 0..sweep.height() {
        let (variant, at) = (row / 8, row % 8);
        let (layer, head) = (variant / 12, variant % 12);
        let theirs = golden[name][at][layer][head].as_f64().unwrap();
        let ours = plain.get(row).unwrap() + effect.get(row).unwrap();
        assert_close(ours, theirs, &format!("{name} ablation of {layer}.{head}, pair {at}"));
    }
}

#[test]
fn ablating_each_head_is_theirs() {
    let (golden, model) = (golden(), CrossEncoder::embedded().unwrap());
    let pairs = Pairs::new(pairs(&golden), &Qrels::default());
    let means = model.means(&pairs).unwrap();
    let ablation = || model.ablate(Heads::all()).resamples(1);
    assert_sweep(&golden, "zero", &ablation(), &pairs);
    assert_sweep(&golden, "mean_by_segment", &ablation().mean(&means), &pairs);
    assert_sweep(&golden, "mean_overall", &ablation().overall_mean(&means), &pairs);
}

#[test]
fn cutting_edges_is_theirs() {
    let (golden, model) = (golden(), CrossEncoder::embedded().unwrap());
    for (name, cut) in [
        ("cut_query_to_document", KnockOut::edge(Edge::QUERY_TO_DOCUMENT)),
        ("cut_document_to_query", KnockOut::edge(Edge::DOCUMENT_TO_QUERY)),
        ("cut_query_to_document_layers_2_3", KnockOut::edge(Edge::QUERY_TO_DOCUMENT).layers(2..4)),
    ] {
        let hooks = Hooks::new().intervene(cut);
        for (at, pair) in pairs(&golden).iter().enumerate() {
            let ours = model.run(pair, &hooks).unwrap().logit();
            assert_close(f64::from(ours), golden[name][at].as_f64().unwrap(), &format!("{name}, pair {at}"));
        }
    }
}

#[test]
fn a_token_without_edges_attends_to_nothing() {
    let model = CrossEncoder::embedded().unwrap();
    let cut = KnockOut::edges(Segment::ALL.map(|to| Edge::new(Segment::Query, to)));
    let hooks = Hooks::new().intervene(cut).capture(Site::Pattern);
    let seen = model.run(&Pair::new("blue", "the sky"), &hooks).unwrap();
    let (pattern, shape) = seen.values(Site::Pattern, 0).unwrap();
    assert!(pattern[shape[2]..2 * shape[2]].iter().all(|weight| *weight == 0.0));
    assert!(seen.logit().is_finite());
}

#[test]
fn replacing_a_site_by_itself_changes_nothing_and_by_another_shape_is_refused() {
    let model = CrossEncoder::embedded().unwrap();
    let pair = Pair::new("why is the sky blue", "Air scatters short waves of light most.");
    let everything = Site::ALL.into_iter().fold(Hooks::new(), Hooks::capture);
    let plain = model.run(&pair, &everything).unwrap();
    for site in Site::ALL {
        let value = plain.get(site, 0).unwrap().clone();
        let logit = model.run(&pair, &everything.clone().replace(site, 0, value.clone())).unwrap().logit();
        assert!((logit - plain.logit()).abs() < 1e-5, "{site}");
        let doubled = model.run(&pair, &everything.clone().change(site, 0, |value, _| Ok((value * 2.0)?))).unwrap();
        assert!(largest_difference(doubled.get(site, 0).unwrap(), &(value * 2.0).unwrap()) < 1e-4, "{site}");
        let wrong = Tensor::zeros(3, DType::F32, &Device::Cpu).unwrap();
        let error = model.run(&pair, &Hooks::new().replace(site, 0, wrong)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{site} of layer 0 has shape")), "{error}");
    }
}

/// A randomly weighted BERT of another shape, in a folder as Hugging Face saves it.
fn random_model(folder: &Path, prefix: &str, dtype: DType) -> (Config, HashMap<String, Tensor>) {
    let json = json!({
        "model_type": "bert", "vocab_size": 30522, "hidden_size": 64, "num_hidden_layers": 3,
        "num_attention_heads": 4, "intermediate_size": 128, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "max_position_embeddings": 64, "type_vocab_size": 2, "initializer_range": 0.02, "layer_norm_eps": 1e-12,
        "pad_token_id": 0, "id2label": {"0": "LABEL_0"},
    });
    std::fs::write(folder.join("config.json"), json.to_string()).unwrap();
    let embedded = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/models/crosslens-minilm-l6/tokenizer.json");
    std::fs::copy(embedded, folder.join("tokenizer.json")).unwrap();
    let mut state = 1u64;
    let mut random = move |dims: &[usize], scale: f64| {
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            ((state >> 40) as f64 / f64::from(1 << 24) - 0.5) * scale
        };
        let values: Vec<f32> = (0..dims.iter().product()).map(|_| next() as f32).collect();
        Tensor::from_vec(values, dims, &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
    };
    let mut weights = HashMap::new();
    let mut add = |name: &str, dims: &[usize]| {
        let bare = name.starts_with("classifier");
        let name = if bare { name.to_owned() } else { format!("{prefix}{name}") };
        weights.insert(name, random(dims, 0.6));
    };
    add("embeddings.word_embeddings.weight", &[30522, 64]);
    add("embeddings.position_embeddings.weight", &[64, 64]);
    add("embeddings.token_type_embeddings.weight", &[2, 64]);
    let mut linear = vec![("pooler.dense".to_owned(), 64, 64), ("classifier".to_owned(), 64, 1)];
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for layer in 0..3 {
        let at = format!("encoder.layer.{layer}");
        for part in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"] {
            linear.push((format!("{at}.{part}"), 64, 64));
        }
        linear.push((format!("{at}.intermediate.dense"), 64, 128));
        linear.push((format!("{at}.output.dense"), 128, 64));
        norms.extend([format!("{at}.attention.output.LayerNorm"), format!("{at}.output.LayerNorm")]);
    }
    for (name, from, to) in linear {
        add(&format!("{name}.weight"), &[to, from]);
        add(&format!("{name}.bias"), &[to]);
    }
    for name in norms {
        add(&format!("{name}.weight"), &[64]);
        add(&format!("{name}.bias"), &[64]);
    }
    candle_core::safetensors::save(&weights, folder.join("model.safetensors")).unwrap();
    (serde_json::from_value(json).unwrap(), weights)
}

#[test]
fn another_shape_agrees_with_candle_transformers() {
    for (prefix, dtype) in [("bert.", DType::F32), ("", DType::F32), ("bert.", DType::F16), ("bert.", DType::BF16)] {
        let folder = tempfile::tempdir().unwrap();
        let (config, weights) = random_model(folder.path(), prefix, dtype);
        let model = CrossEncoder::open(folder.path()).unwrap();
        let pair = Pair::new("why is the sky blue", "Air scatters short waves of light most.");
        let seen = model.run(&pair, &Hooks::new().capture(Site::ResidPost).capture(Site::Pattern)).unwrap();

        let weights = weights.into_iter().map(|(name, value)| (name, value.to_dtype(DType::F32).unwrap())).collect();
        let builder = VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu);
        let builder = if prefix.is_empty() { builder } else { builder.pp("bert") };
        let theirs = BertModel::load(builder, &config).unwrap();
        let ids = Tensor::new(seen.tokens().ids(), &Device::Cpu).unwrap().unsqueeze(0).unwrap();
        let types = Tensor::new(seen.tokens().type_ids(), &Device::Cpu).unwrap().unsqueeze(0).unwrap();
        let theirs = theirs.forward(&ids, &types, None).unwrap().squeeze(0).unwrap();
        let difference = largest_difference(seen.get(Site::ResidPost, 2).unwrap(), &theirs);
        assert!(difference < TOLERANCE, "{prefix:?} {dtype:?}: {difference}");
        assert_eq!(seen.values(Site::Pattern, 2).unwrap().1[0], 4);
        let pairs = Pairs::new(vec![pair], &Qrels::default());
        assert_eq!(model.ablate(Heads::all()).over(&pairs).unwrap().height(), 12);
    }
}

#[test]
fn both_paths_through_a_layer_agree() {
    let model = CrossEncoder::embedded().unwrap();
    // Nobody looks inside the halves of a layer, or everybody does.
    let outside = [Site::ResidPre, Site::Pattern, Site::Z, Site::ResidPost, Site::Pooled];
    let fused = outside.into_iter().fold(Hooks::new(), Hooks::capture);
    let inside = Site::ALL.into_iter().fold(Hooks::new(), Hooks::capture);
    for pair in pairs(&golden()) {
        let (fused, inside) = (model.run(&pair, &fused).unwrap(), model.run(&pair, &inside).unwrap());
        let difference = (fused.logit() - inside.logit()).abs();
        assert!(difference < 2e-5, "{difference}: {pair:?}");
        for site in outside {
            for layer in 0..if site.is_per_layer() { model.shape().layers } else { 1 } {
                let difference = largest_difference(fused.get(site, layer).unwrap(), inside.get(site, layer).unwrap());
                assert!(difference < 2e-5, "{site} of layer {layer}: {difference}");
            }
        }
    }
}

/// The instructions of a process are chosen once: the other tests again, in processes that may use lesser ones.
#[test]
fn lesser_machines_compute_the_same() {
    const OWN: &str = "lesser_machines_compute_the_same";
    for cpu in ["avx2", "baseline"] {
        let mut tests = std::process::Command::new(std::env::current_exe().unwrap());
        let output = tests.args(["--skip", OWN]).env("CROSSLENS_CPU", cpu).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && !told.contains(" 0 passed"), "{cpu}: {told}");
    }
}
