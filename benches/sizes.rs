//! Pairs per second on given pairs, for `peers/peers.py`, which runs other engines on the same ones in the same minute.
//!
//! `cargo bench --bench sizes -- PAIRS.json SECONDS` reads `{"name": [[query, document], …], …}` and prints for each
//! name the pairs per second: of scoring, of scoring with all segment masses.
#![allow(clippy::print_stdout)]

use crosslens::prelude::*;
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::time::{Duration, Instant};

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

fn main() -> std::result::Result<(), Box<dyn StdError>> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (Some(path), Some(most)) = (arguments.next(), arguments.next()) else {
        println!("usage: cargo bench --bench sizes -- PAIRS.json SECONDS; see benches/peers/peers.py");
        return Ok(());
    };
    let most = Duration::from_secs_f64(most.parse()?);
    let sizes: BTreeMap<String, Vec<(String, String)>> = serde_json::from_slice(&std::fs::read(path)?)?;
    let model = CrossEncoder::embedded()?;
    for (name, texts) in sizes {
        let pair = |(at, (query, document)): (usize, (String, String))| Pair {
            query_id: "q".into(),
            doc_id: at.to_string(),
            ..Pair::new(query, document)
        };
        let pairs: Vec<Pair> = texts.into_iter().enumerate().map(pair).collect();
        let score = seconds(most, || model.score(&pairs).map(drop))?;
        let attention = seconds(most, || model.attention(&pairs).map(drop))?;
        let read = seconds(most, || model.read(&pairs).map(drop))?;
        let count = pairs.len() as f64;
        println!(
            "{}",
            serde_json::json!({ "name": name, "score": count / score, "attention": count / attention, "read": count / read })
        );
    }
    Ok(())
}
