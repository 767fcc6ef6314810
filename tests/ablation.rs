//! What must hold of ablations whatever the model says.

use crosslens::prelude::*;

fn set() -> (CrossEncoder, Pairs) {
    let tests = Collection::embedded().unwrap();
    let pairs = tests.judged_pairs().unwrap().filter(|pair| ["q01", "q17", "q33"].contains(&pair.query_id.as_str()));
    (CrossEncoder::embedded().unwrap(), pairs)
}

fn column(frame: &DataFrame, name: &str) -> Vec<f64> {
    frame.column(name).unwrap().f64().unwrap().into_no_null_iter().collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_threads_do_not_matter() {
    let (model, pairs) = set();
    let csv = |seed: u64| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("effects.csv");
        model
            .ablate([Head::new(2, 9), Head::new(5, 1)])
            .seed(seed)
            .resamples(20)
            .over(&pairs)
            .unwrap()
            .save(&path)
            .unwrap();
        std::fs::read(path).unwrap()
    };
    assert_eq!(csv(1), csv(1));
    assert_ne!(csv(1), csv(2));
}

#[test]
fn an_ablation_of_nothing_has_no_effect() {
    let (model, pairs) = set();
    let none = model.ablate(Heads::of([])).together().over(&pairs).unwrap();
    for name in ["logit_effect", "abs_logit_effect", "nDCG@10_effect", "nDCG@10_effect_low", "AP_effect_high"] {
        assert_eq!(column(&none, name), [0.0], "{name}");
    }
    assert_eq!(model.ablate(Heads::of([])).over(&pairs).unwrap().height(), 0);
}

#[test]
fn one_by_one_and_together_agree_on_a_single_head() {
    let (model, pairs) = set();
    for head in [Head::new(0, 3), Head::new(3, 4), Head::new(5, 7)] {
        let alone = model.ablate(head).over(&pairs).unwrap();
        let together = model.ablate(head).together().over(&pairs).unwrap();
        for name in ["logit_effect", "abs_logit_effect"] {
            let difference = column(&alone, name)[0] - column(&together, name)[0];
            assert!(difference.abs() < 1e-5, "{head} {name}: {difference}");
        }
    }
}

#[test]
fn effects_are_ablated_minus_plain_with_ordered_intervals() {
    let (model, pairs) = set();
    let sweep = model.ablate([Head::new(1, 1), Head::new(3, 4)]).run(&pairs).unwrap();
    let (effects, of_each) = (sweep.effects().unwrap(), sweep.pairs().unwrap());
    assert_eq!((effects.height(), of_each.height()), (2, 2 * pairs.len()));
    let of_pairs = column(&of_each, "logit_effect");
    let mean = of_pairs[..pairs.len()].iter().sum::<f64>() / pairs.len() as f64;
    assert!((column(&effects, "logit_effect")[0] - mean).abs() < 1e-9, "every query has seven pairs here");
    for name in ["logit_effect", "abs_logit_effect", "nDCG@10_effect", "MRR@10_effect", "AP_effect"] {
        let (low, high) = (column(&effects, &format!("{name}_low")), column(&effects, &format!("{name}_high")));
        for (at, mean) in column(&effects, name).into_iter().enumerate() {
            assert!(low[at] <= mean && mean <= high[at], "{name}");
        }
    }
}

#[test]
fn progress_counts_every_pair_once() {
    use std::sync::{Arc, Mutex};
    let (model, pairs) = set();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    model.ablate(Head::new(0, 0)).progress(move |progress| told.lock().unwrap().push(progress)).over(&pairs).unwrap();
    let mut done: Vec<usize> = seen.lock().unwrap().iter().map(|progress| progress.done).collect();
    done.sort_unstable();
    assert_eq!(done, (1..=pairs.len()).collect::<Vec<_>>());
}

#[test]
fn the_masses_of_a_segment_sum_to_one_and_cut_edges_carry_none() {
    let (model, pairs) = set();
    let mass = column(&model.attention(&pairs[..2]).unwrap(), "mass");
    for from in mass.chunks(5) {
        assert!((from.iter().sum::<f64>() - 1.0).abs() < 1e-4);
    }
    let effect = model.knock_out(Edge::QUERY_TO_DOCUMENT).over(&pairs).unwrap();
    assert_eq!(effect.height(), 1);
    assert!(column(&effect, "abs_logit_effect")[0] > 0.0);
}
