//! Pairs per second on the embedded model and 64 judged pairs of the embedded collection: the score alone, the score's
//! forward pass with all segment masses, and as peer the BERT of candle-transformers with the same weights in padded
//! batches of 16.
//!
//! `cargo bench --bench scoring` prints criterion's figures, then the medians and ratios of interleaved rounds; with a
//! filter that fits nothing (`-- none`), the rounds alone.
#![allow(clippy::print_stdout)]

use candle_core::{DType, Device, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};
use candle_transformers::models::bert::{BertModel, Config};
use criterion::{Criterion, SamplingMode, Throughput};
use crosslens::prelude::*;
use rayon::prelude::*;
use std::error::Error as StdError;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

type Outcome<T> = std::result::Result<T, Box<dyn StdError>>;

const PAIRS: usize = 64;
const BATCH: usize = 16;
/// Rounds in which every candidate runs once, so that a slow minute of the machine slows all of them.
const ROUNDS: usize = 9;

/// `BertForSequenceClassification` from candle-transformers' parts.
struct Peer {
    bert: BertModel,
    pooler: Linear,
    classifier: Linear,
    tokenizer: CrossEncoder,
}

impl Peer {
    fn open(tokenizer: &CrossEncoder) -> Outcome<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/models/crosslens-minilm-l6");
        let config: Config = serde_json::from_slice(&std::fs::read(folder.join("config.json"))?)?;
        let bytes = std::fs::read(folder.join("model.safetensors"))?;
        let weights = VarBuilder::from_buffered_safetensors(bytes, DType::F32, &Device::Cpu)?;
        Ok(Self {
            bert: BertModel::load(weights.pp("bert"), &config)?,
            pooler: linear(config.hidden_size, config.hidden_size, weights.pp("bert.pooler.dense"))?,
            classifier: linear(config.hidden_size, 1, weights.pp("classifier"))?,
            tokenizer: tokenizer.clone(),
        })
    }

    /// The logits, in the order of the pairs; batches hold neighbours or, `by_length`, pairs of like length.
    fn score(&self, pairs: &[Pair], by_length: bool) -> Outcome<Vec<f32>> {
        let tokens = pairs.par_iter().map(|pair| self.tokenizer.tokens(pair)).collect::<Result<Vec<Tokens>>>()?;
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        if by_length {
            order.sort_by_key(|at| std::cmp::Reverse(tokens[*at].len()));
        }
        let mut logits = vec![0.0; pairs.len()];
        for batch in order.chunks(BATCH) {
            let longest = batch.iter().map(|at| tokens[*at].len()).max().unwrap_or(0);
            let padded = |of: &dyn Fn(&Tokens) -> Vec<u32>| {
                let row = |at: &usize| {
                    let mut row = of(&tokens[*at]);
                    row.resize(longest, 0);
                    row
                };
                Tensor::new(batch.iter().map(row).collect::<Vec<_>>(), &Device::Cpu)
            };
            let ids = padded(&|tokens| tokens.ids().to_vec())?;
            let types = padded(&|tokens| tokens.type_ids().to_vec())?;
            let mask = padded(&|tokens| vec![1; tokens.len()])?;
            let cls = self.bert.forward(&ids, &types, Some(&mask))?.narrow(1, 0, 1)?.squeeze(1)?.contiguous()?;
            let batch_logits = self.classifier.forward(&self.pooler.forward(&cls)?.tanh()?)?.squeeze(1)?;
            for (at, logit) in batch.iter().zip(batch_logits.to_vec1::<f32>()?) {
                logits[*at] = logit;
            }
        }
        Ok(logits)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> Outcome<()> {
    let model = CrossEncoder::embedded()?;
    let judged = Collection::embedded()?.judged_pairs()?;
    let pairs = &judged[..PAIRS];
    let peer = Peer::open(&model)?;

    let ours = model.score(pairs)?;
    let theirs = peer.score(pairs, false)?;
    for (ours, theirs) in ours.column("score")?.f64()?.into_no_null_iter().zip(theirs) {
        assert!((ours - f64::from(theirs)).abs() < 1e-3, "not the same model: {ours} and {theirs}");
    }

    let score = || model.score(pairs).map(drop).map_err(Into::into);
    let attention = || model.attention(pairs).map(drop).map_err(Into::into);
    let in_order = || peer.score(pairs, false).map(drop);
    let by_length = || peer.score(pairs, true).map(drop);
    let candidates: [(&str, &dyn Fn() -> Outcome<()>); 4] = [
        ("score", &score),
        ("score with all segment masses", &attention),
        ("candle-transformers, batches of 16", &in_order),
        ("candle-transformers, batches of 16 by length", &by_length),
    ];

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("scoring");
    group.throughput(Throughput::Elements(PAIRS as u64)).sample_size(10).sampling_mode(SamplingMode::Flat);
    for (name, run) in &candidates {
        group.bench_function(*name, |bencher| bencher.iter(|| black_box(run().is_ok())));
    }
    group.finish();

    // Under `cargo test --benches` nothing is measured.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut seconds: [Vec<f64>; 4] = Default::default();
    for _ in 0..ROUNDS {
        for ((_, run), seconds) in candidates.iter().zip(&mut seconds) {
            let start = Instant::now();
            run()?;
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    let medians = seconds.map(median);
    println!("medians of {ROUNDS} interleaved rounds over {PAIRS} pairs:");
    for ((name, _), median) in candidates.iter().zip(medians) {
        let (rate, ratio) = (PAIRS as f64 / median, medians[2] / median);
        println!("{name}: {rate:.1} pairs/s, {ratio:.2} times candle-transformers in batches of {BATCH}");
    }
    Ok(())
}
