//! Whatever is wrong with a model folder, a pair or a request: a typed error that says what, where and what next.

use crosslens::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

fn embedded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/models/crosslens-minilm-l6")
}

/// A copy of the embedded model's folder.
fn copy() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        fs::copy(embedded().join(file), folder.path().join(file)).unwrap();
    }
    folder
}

/// What opening says after `config.json` was changed.
fn with_config(change: impl Fn(&mut Value)) -> String {
    let folder = copy();
    let path = folder.path().join("config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut config);
    fs::write(&path, config.to_string()).unwrap();
    refused(folder.path())
}

fn refused(folder: &Path) -> String {
    let error = CrossEncoder::open(folder).unwrap_err().to_string();
    assert!(error.contains(&folder.display().to_string()), "names the file: {error}");
    error
}

fn assert_says(error: &str, parts: &[&str]) {
    for part in parts {
        assert!(error.contains(part), "{error:?} lacks {part:?}");
    }
}

#[test]
fn missing_files() {
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        let folder = copy();
        fs::remove_file(folder.path().join(file)).unwrap();
        assert_says(&refused(folder.path()), &[file, "not found"]);
    }
    assert_says(&refused(Path::new("/no/such/folder")), &["not found", "give the folder that holds config.json"]);
}

#[test]
fn broken_files() {
    let folder = copy();
    let path = folder.path().join("model.safetensors");
    let whole = fs::read(&path).unwrap();
    for broken in [&whole[..whole.len() / 2], &whole[..4], b"not safetensors at all", b""] {
        fs::write(&path, broken).unwrap();
        assert_says(&refused(folder.path()), &["not a whole safetensors file", "download it again"]);
    }
    let folder = copy();
    fs::write(folder.path().join("config.json"), "{").unwrap();
    assert_says(&refused(folder.path()), &["config.json", "not JSON"]);
    let folder = copy();
    fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    assert_says(&refused(folder.path()), &["tokenizer.json", "not a tokenizer"]);
}

#[test]
fn configurations_that_cannot_be_run() {
    assert_says(&with_config(|c| c["type_vocab_size"] = json!(1)), &["type_vocab_size is 1", "take two"]);
    assert_says(&with_config(|c| c["model_type"] = json!("roberta")), &["\"roberta\"", "\"bert\""]);
    assert_says(&with_config(|c| c["id2label"] = json!({"0": "a", "1": "b", "2": "c"})), &["3 labels", "one"]);
    assert_says(&with_config(|c| c["hidden_act"] = json!("swish")), &["\"swish\"", "gelu"]);
    assert_says(&with_config(|c| c["position_embedding_type"] = json!("relative_key")), &["relative_key", "absolute"]);
    assert_says(&with_config(|c| c["num_attention_heads"] = json!(7)), &["384", "no multiple", "7"]);
    assert_says(&with_config(|c| c["vocab_size"] = json!(100)), &["vocab_size is 100", "30522"]);
    assert_says(&with_config(|c| drop(c.as_object_mut().unwrap().remove("hidden_size"))), &["hidden_size"]);
}

#[test]
fn weights_that_contradict_the_configuration_name_the_tensor_and_both_shapes() {
    let error = with_config(|c| c["intermediate_size"] = json!(1024));
    let tensor = "bert.encoder.layer.0.intermediate.dense.weight";
    assert_says(&error, &[tensor, "[1536, 384]", "[1024, 384]"]);
    let error = with_config(|c| c["num_hidden_layers"] = json!(7));
    assert_says(&error, &["bert.encoder.layer.6.attention.self.query.weight", "missing"]);
}

#[test]
fn pairs_that_cannot_be_read() {
    let model = CrossEncoder::embedded().unwrap();
    let said = |query: &str, document: &str| {
        let pair = Pair { query_id: "q7".into(), doc_id: "d9".into(), ..Pair::new(query, document) };
        model.score(&[Pair::new("good", "pair"), pair]).unwrap_err().to_string()
    };
    assert_says(&said(" ", "text"), &["the query of query \"q7\", document \"d9\" is empty"]);
    assert_says(&said("text", ""), &["the document of query \"q7\", document \"d9\" is empty"]);
    assert_says(&said(&"word ".repeat(600), "text"), &["query \"q7\" has 600 tokens", "512", "shorten it"]);
}

#[test]
fn heads_and_layers_that_do_not_exist() {
    let model = CrossEncoder::embedded().unwrap();
    let pair = Pair::new("blue sky", "the sky");
    let pairs = Pairs::new(vec![pair.clone()], &Qrels::default());
    let no_head = "head 6.3 does not exist: the model has layers 0-5 with heads 0-11";
    assert_eq!(model.pattern(&pair, Head::new(6, 3)).unwrap_err().to_string(), no_head);
    assert_eq!(model.ablate(Head::new(6, 3)).over(&pairs).unwrap_err().to_string(), no_head);
    assert_eq!(model.ablate(Head::new(6, 3)).together().over(&pairs).unwrap_err().to_string(), no_head);
    let no_layer = "layer 6 does not exist: the model has layers 0-5";
    let cut = model.knock_out(Edge::QUERY_TO_DOCUMENT).layers(4..8).over(&pairs);
    assert_eq!(cut.unwrap_err().to_string(), no_layer);
    let capture = Hooks::new().capture_at(Site::Z, 6);
    assert_eq!(model.run(&pair, &capture).unwrap_err().to_string(), no_layer);
    let not_captured = model.run(&pair, &Hooks::new().capture_at(Site::Z, 1)).unwrap();
    let error = not_captured.get(Site::Q, 1).unwrap_err().to_string();
    assert_eq!(error, "there is no captured activation \"q of layer 1\"; there is z of layer 1");
}

#[test]
fn requests_that_make_no_sense() {
    let model = CrossEncoder::embedded().unwrap();
    let error = |result: Result<DataFrame>| result.unwrap_err().to_string();
    assert_says(&error(model.ablate(Heads::all()).over(&Pairs::default())), &["no pairs"]);
    let pairs = Pairs::new(vec![Pair::new("blue sky", "the sky")], &Qrels::default());
    assert_says(&error(model.ablate(Head::new(0, 0)).resamples(0).over(&pairs)), &["at least one resample"]);
    let computed = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&computed);
    let sweep = model.ablate(Heads::all()).progress(move |_| told.store(true, Ordering::Relaxed));
    let twice = Pairs::new([&pairs[..], &pairs[..]].concat(), &Qrels::default());
    assert_says(&error(sweep.over(&twice)), &["scored twice"]);
    assert_says(&error(model.knock_out(Edge::QUERY_TO_DOCUMENT).over(&twice)), &["scored twice"]);
    assert!(!computed.load(Ordering::Relaxed), "it is refused before anything is computed");
    assert_says(&model.means(&[]).unwrap_err().to_string(), &["reference set", "no pairs"]);
    let frame = df!("a" => [1]).unwrap();
    assert_says(&frame.save("frame.xlsx").unwrap_err().to_string(), &["frame.xlsx", ".parquet or .csv"]);
}

#[test]
fn a_hub_model_without_network_says_how_to_get_it() {
    let error = CrossEncoder::from_hub("no id at all").unwrap_err().to_string();
    assert_says(&error, &["no id of the hub", "cross-encoder/ms-marco-MiniLM-L-12-v2"]);
}
