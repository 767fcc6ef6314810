//! Statistics are reduced within the forward pass: what a pair leaves behind is its rows, not its patterns.

#![allow(clippy::print_stdout)]

use crosslens::prelude::*;
use peak_alloc::PeakAlloc;
use std::sync::Mutex;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Held by the test that measures: memory is counted for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

/// The most bytes in use during `work`, over those in use before.
fn peak<T>(work: impl FnOnce() -> T) -> usize {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let result = work();
    let peak = MEMORY.peak_usage();
    drop(result);
    peak - before
}

#[test]
fn more_pairs_need_no_more_memory_than_their_rows() {
    let _alone = ALONE.lock();
    let model = CrossEncoder::embedded().unwrap();
    let pairs = Collection::embedded().unwrap().judged_pairs().unwrap();
    // The same thirty again and again, so that only the number differs: enough for batches of full size.
    let few: Vec<Pair> = pairs[..30].to_vec();
    let many: Vec<Pair> = (0..5).flat_map(|_| few.clone()).collect();
    let pattern = {
        let seen = model.run(&few[0], &Hooks::new().capture(Site::Pattern)).unwrap();
        let shape = model.shape();
        (0..shape.layers).map(|layer| seen.get(Site::Pattern, layer).unwrap().elem_count() * 4).sum::<usize>()
    };
    type Statistic = fn(&CrossEncoder, &[Pair]) -> Result<DataFrame>;
    let statistics: [(&str, Statistic); 4] = [
        ("attention", |model, pairs| model.attention(pairs)),
        ("entropy", |model, pairs| model.entropy(pairs)),
        ("selectivity", |model, pairs| model.selectivity(pairs)),
        ("no_op", |model, pairs| model.no_op(pairs)),
    ];
    for (name, statistic) in statistics {
        // Whatever is made once is made here, tokens included.
        let rows = statistic(&model, &few).unwrap().height() / few.len();
        statistic(&model, &many).unwrap();
        let (small, large) = (peak(|| statistic(&model, &few)), peak(|| statistic(&model, &many)));
        let per_pair = large.saturating_sub(small) / (many.len() - few.len());
        let per_row = per_pair / rows;
        println!("{name}: {per_pair} bytes more per pair, {per_row} per row; a pair's patterns: {pattern} bytes");
        assert!(per_row < 600, "{name}: {per_row} bytes per row");
    }
}

#[test]
fn a_profile_of_more_pairs_needs_no_more_memory() {
    let _alone = ALONE.lock();
    let model = CrossEncoder::embedded().unwrap();
    let pairs = Collection::embedded().unwrap().judged_pairs().unwrap();
    let few: Vec<Pair> = pairs[..30].to_vec();
    let many: Vec<Pair> = (0..5).flat_map(|_| few.clone()).collect();
    let profile = |pairs: &[Pair]| model.match_profile().resamples(10).over(pairs);
    // Whatever is made once is made here, tokens included.
    profile(&many).unwrap();
    profile(&few).unwrap();
    let (small, large) = (peak(|| profile(&few)), peak(|| profile(&many)));
    let per_pair = large.saturating_sub(small) / (many.len() - few.len());
    println!("a profile: {small} bytes for {} pairs, {large} for {}: {per_pair} more per pair", few.len(), many.len());
    // What a pair adds to its query is 72 heads by nine classes by five numbers.
    assert!(per_pair < 72 * 9 * 5 * 8 / 4, "{per_pair} bytes per pair");
}

#[test]
fn a_sweep_over_more_pairs_needs_no_more_memory_than_their_scores() {
    let _alone = ALONE.lock();
    let model = CrossEncoder::embedded().unwrap();
    let pairs = Collection::embedded().unwrap().judged_pairs().unwrap();
    let heads = [Head::new(0, 0), Head::new(2, 9), Head::new(4, 5)];
    let sweep = |queries: usize| {
        let ids: Vec<String> = (1..=queries).map(|number| format!("q{number:02}")).collect();
        let some = pairs.filter(|pair| ids.contains(&pair.query_id));
        let used = peak(|| model.ablate(heads).resamples(10).over(&some).unwrap());
        (some.len(), used)
    };
    sweep(1);
    let ((few, small), (many, large)) = (sweep(2), sweep(16));
    let per_pair = large.saturating_sub(small) / (many - few);
    println!("a sweep: {small} bytes for {few} pairs, {large} for {many}: {per_pair} more per pair");
    // Tokens, texts and scores; one pair's activations alone are a hundred times as much.
    assert!(per_pair < 30_000, "{per_pair} bytes per pair");
}
