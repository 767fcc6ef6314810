//! How time and memory grow with the number of pairs and with their length.
//!
//! `cargo bench --bench growth` prints two tables in Markdown: seconds, pairs per second and the most memory over that of
//! the open model and the texts, for 10 to 10,000 pairs of the embedded collection and for 64 pairs of 16
//! to 512 tokens. A number behind it (`-- 1000`) is the most pairs.
#![allow(clippy::print_stdout)]

use crosslens::prelude::*;
use peak_alloc::PeakAlloc;
use std::time::Instant;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const PAIRS: [usize; 4] = [10, 100, 1_000, 10_000];
const TOKENS: [usize; 6] = [16, 32, 64, 128, 256, 512];
const OF_EACH_LENGTH: usize = 64;

/// The judged pairs again and again, each under an id of its own.
fn pairs(judged: &Pairs, count: usize) -> Pairs {
    let pair = |(at, pair): (usize, &Pair)| Pair { doc_id: format!("{at:05}"), ..pair.clone() };
    Pairs::new(judged.iter().cycle().take(count).enumerate().map(pair).collect(), &Qrels::default())
}

/// Pairs of so many tokens, special ones included: every word is one piece.
fn of_length(tokens: usize) -> Pairs {
    let words = "the way that we take will lead over a hill and down to the sea where boats lie in the sun";
    let document: Vec<&str> =
        words.split(' ').cycle().take(tokens - "[CLS] way to sea [SEP] [SEP]".split(' ').count()).collect();
    let pair = |at: usize| Pair {
        doc_id: format!("{at:05}"),
        query_id: "q".into(),
        ..Pair::new("way to sea", document.join(" "))
    };
    Pairs::new((0..OF_EACH_LENGTH).map(pair).collect(), &Qrels::default())
}

/// A cell of the table: seconds, pairs per second, MiB.
fn measured(pairs: &Pairs, run: &dyn Fn(&Pairs) -> Result<()>) -> Result<String> {
    MEMORY.reset_peak_usage();
    let (before, begin) = (MEMORY.current_usage(), Instant::now());
    run(pairs)?;
    let seconds = begin.elapsed().as_secs_f64();
    let mib = (MEMORY.peak_usage() - before) as f64 / f64::from(1 << 20);
    Ok(format!("{seconds:.2} s, {:.0}/s, {mib:.0} MiB", pairs.len() as f64 / seconds))
}

fn main() -> Result<()> {
    // Under `cargo test --benches` nothing is measured.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let most = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(usize::MAX);
    let begin = Instant::now();
    let model = CrossEncoder::embedded()?;
    println!("The model opens in {:.3} s.\n", begin.elapsed().as_secs_f64());
    let judged = Collection::embedded()?.judged_pairs()?;
    let three = [Head::new(0, 0), Head::new(2, 9), Head::new(4, 5)];
    type Run<'a> = (&'a str, &'a dyn Fn(&Pairs) -> Result<()>);
    let runs: [Run; 3] = [
        ("scoring", &|pairs| model.score(pairs).map(drop)),
        ("selectivity", &|pairs| model.selectivity(pairs).map(drop)),
        ("ablating three heads", &|pairs| model.ablate(three).run(pairs).map(drop)),
    ];
    let head = |of: &str| {
        let names: Vec<&str> = runs.iter().map(|(name, _)| *name).collect();
        println!("| {of} | {} |\n| --- |{}", names.join(" | "), " ---: |".repeat(names.len()));
    };
    let row = |name: usize, pairs: &Pairs| {
        let cells = runs.iter().map(|(_, run)| measured(pairs, run)).collect::<Result<Vec<String>>>()?;
        println!("| {name} | {} |", cells.join(" | "));
        Ok::<(), Error>(())
    };
    head("pairs");
    for count in PAIRS.into_iter().filter(|count| *count <= most) {
        row(count, &pairs(&judged, count))?;
    }
    println!();
    head("tokens");
    for tokens in TOKENS {
        let pairs = of_length(tokens);
        assert_eq!(model.tokens(&pairs[0])?.len(), tokens);
        row(tokens, &pairs)?;
    }
    Ok(())
}
