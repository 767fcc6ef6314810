//! `config.json`, held against what crosslens can run.

use crate::error::{Error, Result};
use crate::hook::Shape;
use candle_transformers::models::bert::Config;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Reads a `config.json` of Hugging Face's `BertForSequenceClassification` with one label.
pub(super) fn read(path: &Path) -> Result<Config> {
    if !path.is_file() {
        let next = "a model folder holds config.json, tokenizer.json and model.safetensors".into();
        return Err(Error::Missing { path: path.to_owned(), next });
    }
    let refuse = |what: String| Error::Config { path: path.to_owned(), what };
    let text = fs::read_to_string(path).map_err(Error::io(path))?;
    let mut json: Value = serde_json::from_str(&text).map_err(|source| refuse(format!("not JSON: {source}")))?;

    let model_type = json["model_type"].as_str().unwrap_or("bert");
    if model_type != "bert" {
        return Err(refuse(format!("model_type is {model_type:?}; crosslens reads \"bert\"")));
    }
    let labels = json["num_labels"].as_u64().or_else(|| Some(json["id2label"].as_object()?.len() as u64));
    if let Some(labels) = labels.filter(|labels| *labels != 1) {
        return Err(refuse(format!("the model has {labels} labels; a cross-encoder for ranking has one (its logit)")));
    }
    let positions = json["position_embedding_type"].as_str().unwrap_or("absolute");
    if positions != "absolute" {
        return Err(refuse(format!("position_embedding_type is {positions:?}; crosslens reads \"absolute\"")));
    }
    let activation = match json["hidden_act"].as_str().unwrap_or("gelu") {
        act @ ("gelu" | "relu") => act,
        "gelu_new" | "gelu_pytorch_tanh" => "geluapproximate",
        other => {
            let what = format!("hidden_act is {other:?}; crosslens knows gelu, gelu_new, gelu_pytorch_tanh and relu");
            return Err(refuse(what));
        }
    };
    json["hidden_act"] = activation.into();

    let config: Config = serde_json::from_value(defaulted(json)).map_err(|source| refuse(source.to_string()))?;
    let Config { hidden_size, num_attention_heads, .. } = config;
    let sizes = [hidden_size, num_attention_heads, config.num_hidden_layers, config.intermediate_size];
    if sizes.contains(&0) || hidden_size % num_attention_heads != 0 {
        let what = format!("hidden_size {hidden_size} is no multiple of num_attention_heads {num_attention_heads}");
        return Err(refuse(what));
    }
    Ok(config)
}

/// Hugging Face leaves out what equals its defaults; those that candle's type insists on and that no forward pass
/// needs, or that are the same in every BERT, are filled in.
fn defaulted(mut json: Value) -> Value {
    let defaults = [
        ("hidden_dropout_prob", 0.1.into()),
        ("initializer_range", 0.02.into()),
        ("layer_norm_eps", 1e-12.into()),
        ("pad_token_id", 0.into()),
        ("type_vocab_size", 2.into()),
        ("max_position_embeddings", 512.into()),
    ];
    if let Some(fields) = json.as_object_mut() {
        for (name, value) in defaults {
            fields.entry(name).or_insert(value);
        }
    }
    json
}

/// What the hooks may name.
pub(super) fn shape(config: &Config) -> Shape {
    Shape {
        layers: config.num_hidden_layers,
        heads: config.num_attention_heads,
        hidden: config.hidden_size,
        head_dim: config.hidden_size / config.num_attention_heads,
    }
}
