//! Pairs per second: plain scoring, scoring with all segment masses, and candle-transformers in padded batches of 16 on
//! the same weights, in the same run.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crosslens::prelude::*;
use std::hint::black_box;
use std::path::Path;

const PAIRS: usize = 64;
const BATCH: usize = 16;

fn peer() -> BertModel {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/models/crosslens-minilm-l6");
    let config: Config = serde_json::from_slice(&std::fs::read(folder.join("config.json")).unwrap()).unwrap();
    let weights = candle_core::safetensors::load(folder.join("model.safetensors"), &Device::Cpu).unwrap();
    let weights = weights.into_iter().map(|(name, value)| (name, value.to_dtype(DType::F32).unwrap())).collect();
    BertModel::load(VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu).pp("bert"), &config).unwrap()
}

/// `[batch, token]` ids, type ids and mask, padded to the longest of the batch.
fn padded(tokens: &[Tokens]) -> [Tensor; 3] {
    let longest = tokens.iter().map(Tokens::len).max().unwrap();
    let rows = |of: &dyn Fn(&Tokens) -> Vec<u32>| {
        let rows = tokens.iter().flat_map(|tokens| {
            let mut row = of(tokens);
            row.resize(longest, 0);
            row
        });
        Tensor::from_vec(rows.collect(), (tokens.len(), longest), &Device::Cpu).unwrap()
    };
    [rows(&|t| t.ids().to_vec()), rows(&|t| t.type_ids().to_vec()), rows(&|t| vec![1; t.len()])]
}

fn scoring(criterion: &mut Criterion) {
    let model = CrossEncoder::embedded().unwrap();
    let pairs = &Collection::embedded().unwrap().judged_pairs().unwrap()[..PAIRS];
    let mut tokens: Vec<Tokens> = pairs.iter().map(|pair| model.tokens(pair).unwrap()).collect();
    tokens.sort_by_key(Tokens::len);
    let batches: Vec<[Tensor; 3]> = tokens.chunks(BATCH).map(padded).collect();
    let peer = peer();

    let mut group = criterion.benchmark_group("pairs");
    group.sample_size(10).throughput(Throughput::Elements(PAIRS as u64));
    group.bench_function("score", |bench| bench.iter(|| black_box(model.score(pairs).unwrap())));
    group.bench_function("score with all segment masses", |bench| {
        bench.iter(|| black_box(model.attention(pairs).unwrap()))
    });
    group.bench_function("candle-transformers, padded batches of 16", |bench| {
        bench.iter(|| {
            for [ids, types, mask] in &batches {
                black_box(peer.forward(ids, types, Some(mask)).unwrap());
            }
        });
    });
    group.finish();
}

criterion_group!(benches, scoring);
criterion_main!(benches);
