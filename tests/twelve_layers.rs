//! All that asks how a match is detected, on a model of the shape of ms-marco-MiniLM-L-12-v2, within 4 GiB.

#![allow(clippy::print_stdout)]

mod planted;

use crosslens::prelude::*;
use peak_alloc::PeakAlloc;
use planted::Planted;
use std::path::Path;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const GIBIBYTES: f32 = 4.0;

#[test]
fn twelve_layers_fit_and_their_matching_heads_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let like = &Path::new(env!("CARGO_MANIFEST_DIR")).join("data/models/crosslens-minilm-l6");
    let matching = &[Head::new(2, 1), Head::new(7, 9)];
    let (layers, heads, hidden, intermediate, pieces, positions) = (12, 12, 384, 1536, 30_522, 512);
    let planted =
        Planted { like, layers, heads, hidden, intermediate, pieces, positions, matching, scale: 0.03, seed: 5 };
    let model = planted.model(folder.path());
    MEMORY.reset_peak_usage();

    let tests = Collection::embedded().unwrap();
    let of = |qrels: &str| {
        let number = |pair: &Pair| pair.query_id[1..].parse::<usize>().unwrap();
        tests.with_qrels(qrels).unwrap().judged_pairs().unwrap().filter(|pair| number(pair) <= 80)
    };
    let (explored, held_out) = (of("train"), of("test"));
    let evidence = model.detector().over(&explored).unwrap();
    let found = Heads::of_frame(&evidence.lazy().filter(col("matches")).collect().unwrap()).unwrap();
    assert_eq!(found, Heads::of(*matching));
    assert_eq!(model.match_profile().over(&explored).unwrap().height(), 144 * 9);
    assert_eq!(model.identity(Heads::all()).neighbours(&[("ocean", "oceans")]).unwrap().height(), 144);
    assert_eq!(model.composition(Heads::all()).unwrap().height(), 66 * 144);
    assert_eq!(model.qk_spectra(Heads::all()).unwrap().height(), 144);
    assert_eq!(model.words(*matching).written(&["paper"]).unwrap().height(), 2 * 10);
    assert_eq!(model.attribution().over(&explored).unwrap().height(), 1 + 12 * 14);
    let deleted = explored.iter().filter_map(|pair| delete_match(pair).ok()).take(2).collect::<Vec<_>>();
    let readers = model.patch(deleted).heads(Head::new(7, 9)).by_reader(Heads::all()).unwrap();
    assert_eq!(readers.height(), 2 * 4 * 12 * 3);
    assert_eq!(model.soft_tf(&found, &tests).draws(2).explains(&explored, &held_out).unwrap().height(), 22);

    let peak = MEMORY.peak_usage_as_gb();
    println!("peak {peak:.2} GiB");
    assert!(peak < GIBIBYTES, "{peak} GiB");
}
