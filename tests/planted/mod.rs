//! Models whose weights are set so that the answer is known: heads that must match identical word pieces, among heads
//! whose weights are drawn at random.

use crosslens::prelude::*;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A number between -1 and 1 that depends on nothing but `seed`.
fn drawn(seed: usize) -> f32 {
    let mut state = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((state ^ (state >> 31)) >> 40) as f32 / (1u64 << 23) as f32 - 1.0
}

/// What the model is to be.
pub struct Planted<'a> {
    /// A folder with `config.json` and `tokenizer.json` to begin from.
    pub like: &'a Path,
    pub layers: usize,
    pub heads: usize,
    pub hidden: usize,
    pub intermediate: usize,
    pub pieces: usize,
    pub positions: usize,
    /// Word embeddings are signs drawn at random. These heads have the same weights for queries as for keys, which read
    /// as many numbers of a row as a head has dimensions: a piece and itself agree in all of them, two others in about half.
    pub matching: &'a [Head],
    /// What queries and keys of all other heads are drawn between.
    pub scale: f32,
    pub seed: usize,
}

impl Planted<'_> {
    /// Writes the model into a folder and opens it.
    pub fn model(&self, folder: &Path) -> CrossEncoder {
        let mut config: Value = serde_json::from_slice(&fs::read(self.like.join("config.json")).unwrap()).unwrap();
        for (name, value) in [
            ("hidden_size", self.hidden),
            ("intermediate_size", self.intermediate),
            ("num_attention_heads", self.heads),
            ("num_hidden_layers", self.layers),
            ("vocab_size", self.pieces),
            ("max_position_embeddings", self.positions),
        ] {
            config[name] = value.into();
        }
        fs::write(folder.join("config.json"), config.to_string()).unwrap();
        fs::copy(self.like.join("tokenizer.json"), folder.join("tokenizer.json")).unwrap();
        let tensors = self.tensors();
        let views = tensors
            .iter()
            .map(|(name, (shape, bytes))| (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
        fs::write(folder.join("model.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
        CrossEncoder::open(folder).unwrap()
    }

    fn tensors(&self) -> BTreeMap<String, (Vec<usize>, Vec<u8>)> {
        let Self { hidden, intermediate, pieces, positions, scale, .. } = *self;
        let mut tensors = BTreeMap::new();
        let mut put = |name: String, shape: &[usize], of: &dyn Fn(usize) -> f32| {
            let bytes = (0..shape.iter().product()).flat_map(|at| of(at).to_le_bytes()).collect();
            tensors.insert(name, (shape.to_vec(), bytes));
        };
        let (zero, one) = (|_: usize| 0.0, |_: usize| 1.0);
        let mut seed = self.seed * 1_000_000_007;
        let mut random = |scale: f32, count: usize| {
            let own = seed;
            seed += count;
            move |at: usize| scale * drawn(own + at + 1)
        };
        let words = random(1.0, pieces * hidden);
        put("bert.embeddings.word_embeddings.weight".into(), &[pieces, hidden], &|at| words(at).signum());
        put("bert.embeddings.position_embeddings.weight".into(), &[positions, hidden], &zero);
        put("bert.embeddings.token_type_embeddings.weight".into(), &[2, hidden], &zero);
        let mut linear = vec![("bert.pooler.dense".to_owned(), hidden, hidden), ("classifier".to_owned(), 1, hidden)];
        let mut norms = vec!["bert.embeddings".to_owned()];
        for layer in 0..self.layers {
            let name = format!("bert.encoder.layer.{layer}");
            for part in ["query", "key", "value"] {
                let random = random(scale, hidden * hidden);
                put(format!("{name}.attention.self.{part}.weight"), &[hidden, hidden], &|at| {
                    let (row, column) = (at / hidden, at % hidden);
                    let own = Head::new(layer, row * self.heads / hidden);
                    if self.matching.contains(&own) { f32::from(u8::from(row == column)) } else { random(at) }
                });
                put(format!("{name}.attention.self.{part}.bias"), &[hidden], &zero);
            }
            norms.extend([format!("{name}.attention.output"), format!("{name}.output")]);
            linear.push((format!("{name}.attention.output.dense"), hidden, hidden));
            linear.push((format!("{name}.intermediate.dense"), intermediate, hidden));
            linear.push((format!("{name}.output.dense"), hidden, intermediate));
        }
        for name in norms {
            put(format!("{name}.LayerNorm.weight"), &[hidden], &one);
            put(format!("{name}.LayerNorm.bias"), &[hidden], &zero);
        }
        for (name, to, from) in linear {
            let random = random(0.1, to * from);
            put(format!("{name}.weight"), &[to, from], &random);
            put(format!("{name}.bias"), &[to], &zero);
        }
        tensors
    }
}
