//! What crosslens does on given pairs, for `peers/peers.py`, which runs other engines on the same ones in the same minute.
//!
//! `cargo bench --bench sizes -- ASKED.json SECONDS` reads `{"sizes": {name: [[query, document], …], …}, "sweep": [[query,
//! document], …]}` and prints a line for each name with the pairs per second: of scoring, with all segment masses, with
//! all statistics, and with weights held in f16 and bf16 and by how much that moves a logit at most. For `sweep` it prints
//! the seconds of the ablation of every head alone, and the logits `[head, pair]`.
#![allow(clippy::print_stdout)]

use crosslens::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::time::{Duration, Instant};

type Texts = Vec<(String, String)>;

#[derive(serde::Deserialize)]
struct Asked {
    sizes: BTreeMap<String, Texts>,
    sweep: Texts,
}

/// The median time of as many runs as fit, and not fewer than three.
fn seconds(most: Duration, run: impl Fn() -> Result<()>) -> Result<f64> {
    run()?;
    let (begin, mut times) = (Instant::now(), Vec::new());
    while times.len() < 3 || begin.elapsed() < most {
        let begin = Instant::now();
        run()?;
        times.push(begin.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn pairs(texts: Texts) -> Pairs {
    let pair = |(at, (query, document)): (usize, (String, String))| Pair {
        query_id: "q".into(),
        doc_id: format!("{at:05}"),
        ..Pair::new(query, document)
    };
    Pairs::new(texts.into_iter().enumerate().map(pair).collect(), &Qrels::default())
}

fn logits(model: &CrossEncoder, pairs: &Pairs) -> Result<Vec<f64>> {
    Ok(model.score(pairs)?.column("score")?.f64()?.into_no_null_iter().collect())
}

fn main() -> std::result::Result<(), Box<dyn StdError>> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (Some(path), Some(most)) = (arguments.next(), arguments.next()) else {
        println!("usage: cargo bench --bench sizes -- ASKED.json SECONDS; see benches/peers/peers.py");
        return Ok(());
    };
    let most = Duration::from_secs_f64(most.parse()?);
    let asked: Asked = serde_json::from_slice(&std::fs::read(path)?)?;
    let model = CrossEncoder::embedded()?;
    let halves = [("f16", model.held_as(Precision::F16)?), ("bf16", model.held_as(Precision::BF16)?)];
    for (name, texts) in asked.sizes {
        let pairs = pairs(texts);
        let rate = |run: &dyn Fn() -> Result<()>| Ok::<f64, Error>(pairs.len() as f64 / seconds(most, run)?);
        let mut told = json!({
            "name": name,
            "score": rate(&|| model.score(&pairs).map(drop))?,
            "masses": rate(&|| model.attention(&pairs).map(drop))?,
            "statistics": rate(&|| model.read(&pairs).map(drop))?,
        });
        let exact = logits(&model, &pairs)?;
        for (precision, half) in &halves {
            let moved = logits(half, &pairs)?.into_iter().zip(&exact).map(|(logit, exact)| (logit - exact).abs());
            told[format!("{precision}_moves")] = json!(moved.fold(0.0, f64::max));
            told[*precision] = json!(rate(&|| half.score(&pairs).map(drop))?);
        }
        println!("{told}");
    }
    if !asked.sweep.is_empty() {
        let pairs = pairs(asked.sweep);
        let begin = Instant::now();
        let swept = model.ablate(Heads::all()).run(&pairs)?.pairs()?;
        let seconds = begin.elapsed().as_secs_f64();
        let column = |name| Ok::<Vec<f64>, Error>(swept.column(name)?.f64()?.into_no_null_iter().collect());
        let scores = column("score")?.into_iter().zip(column("logit_effect")?).map(|(plain, effect)| plain + effect);
        println!("{}", json!({ "name": "sweep", "seconds": seconds, "logits": scores.collect::<Vec<f64>>() }));
    }
    Ok(())
}
