//! Which heads match: exactly those that were planted, none among random ones, and on the embedded model heads that the
//! ranking of other queries needs.

mod planted;

use crosslens::prelude::*;
use planted::Planted;
use std::path::{Path, PathBuf};

fn embedded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/models/crosslens-minilm-l6")
}

/// The judged pairs of two queries of each of the first 20 topics.
fn pairs() -> Pairs {
    let number = |pair: &Pair| pair.query_id[1..].parse::<usize>().unwrap();
    Collection::embedded().unwrap().judged_pairs().unwrap().filter(|pair| number(pair) <= 80)
}

fn found(model: &CrossEncoder) -> Vec<Head> {
    let all = model.detector().over(&pairs()).unwrap();
    Heads::of_frame(&all.lazy().filter(col("matches")).collect().unwrap()).unwrap().within(&model.shape()).unwrap()
}

/// A model of which one head looks from content words at content words, whichever: its keys and queries share a direction
/// that function words lack.
fn who_looks_at_content() -> (tempfile::TempDir, CrossEncoder) {
    let (folder, _) = planted(&[], 0.05, 21);
    let path = folder.path().join("model.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    let mut tensors = safetensors::SafeTensors::deserialize(&bytes)
        .unwrap()
        .tensors()
        .into_iter()
        .map(|(name, view)| (name, view.shape().to_vec(), view.data().to_vec()))
        .collect::<Vec<_>>();
    let put = |data: &mut [u8], at: usize, number: f32| data[4 * at..][..4].copy_from_slice(&number.to_le_bytes());
    let tokenizer: serde_json::Value =
        serde_json::from_slice(&std::fs::read(embedded().join("tokenizer.json")).unwrap()).unwrap();
    let function = [
        "the", "is", "a", "of", "in", "to", "and", "what", "how", "why", "do", "does", "it", "for", "on", "at", "be",
        "are", "can",
    ];
    for (name, _, data) in &mut tensors {
        if name.ends_with("word_embeddings.weight") {
            // The first number of an embedding tells content.
            for piece in 0..30_522 {
                put(data, piece * 128, 8.0);
            }
            for word in function {
                put(data, tokenizer["model"]["vocab"][word].as_u64().unwrap() as usize * 128, -8.0);
            }
        } else if name.contains("layer.0.attention.self.query") || name.contains("layer.0.attention.self.key") {
            // Head 0.3 compares it and nothing else.
            if name.ends_with("weight") {
                (96 * 128..128 * 128).for_each(|at| put(data, at, 0.0));
                put(data, 96 * 128, 1.5);
            }
        }
    }
    let views = tensors.iter().map(|(name, shape, data)| {
        (name.clone(), safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), data).unwrap())
    });
    std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    let model = CrossEncoder::open(folder.path()).unwrap();
    (folder, model)
}

#[test]
fn who_looks_at_content_words_whichever_does_not_match() {
    let (_folder, model) = who_looks_at_content();
    let profile = model.match_profile().over(&pairs()).unwrap();
    let own = col("layer").eq(lit(0)).and(col("head").eq(lit(3))).and(col("match").eq(lit("same piece")));
    let bits = profile.lazy().filter(own).collect().unwrap();
    assert!(bits.column("bits").unwrap().f64().unwrap().get(0).unwrap() > 0.3, "the head does attend to its own words");
    assert_eq!(found(&model), []);
}

/// Three layers of four heads that read the pieces of the embedded model's tokenizer.
fn planted(matching: &[Head], scale: f32, seed: usize) -> (tempfile::TempDir, CrossEncoder) {
    let folder = tempfile::tempdir().unwrap();
    let (layers, heads, hidden, intermediate, pieces, positions) = (3, 4, 128, 64, 30_522, 256);
    let like = &embedded();
    let planted = Planted { like, layers, heads, hidden, intermediate, pieces, positions, matching, scale, seed };
    let model = planted.model(folder.path());
    (folder, model)
}

#[test]
fn planted_heads_are_found_and_no_others() {
    for (seed, scale, matching) in [
        (1, 0.05, vec![Head::new(0, 2), Head::new(1, 1)]),
        (2, 0.05, vec![Head::new(1, 3)]),
        (3, 0.3, vec![Head::new(0, 0), Head::new(1, 0), Head::new(1, 3)]),
    ] {
        let (_folder, model) = planted(&matching, scale, seed);
        assert_eq!(found(&model), matching, "seed {seed}");
    }
}

/// A query token of the last layer has nobody to tell: only what `[CLS]` gathers there reaches the score.
#[test]
fn who_looks_in_the_last_layer_tells_nobody() {
    let (_folder, model) = planted(&[Head::new(0, 1), Head::new(2, 3)], 0.05, 4);
    let all = model.detector().over(&pairs()).unwrap();
    let last = all.lazy().filter(col("layer").eq(lit(2)).and(col("head").eq(lit(3)))).collect().unwrap();
    assert_eq!(last.column("specificity_p").unwrap().f64().unwrap().get(0), Some(0.01));
    assert_eq!(last.column("cut_effect").unwrap().f64().unwrap().get(0), Some(0.0));
    assert_eq!(last.column("matches").unwrap().bool().unwrap().get(0), Some(false));
}

#[test]
fn a_random_model_has_none() {
    for (seed, scale) in [(11, 0.03), (12, 0.1), (13, 0.3), (14, 1.0)] {
        let (_folder, model) = planted(&[], scale, seed);
        assert_eq!(found(&model), [], "seed {seed}");
    }
}

#[test]
fn the_heads_that_are_found_are_needed_on_other_queries() {
    let model = CrossEncoder::embedded().unwrap();
    let tests = Collection::embedded().unwrap();
    let heads = model.matching_heads(&tests.with_qrels("train").unwrap()).unwrap();
    let first = Heads::of_frame(&heads.head(Some(2))).unwrap();
    assert_eq!(first.to_string(), "1.1 2.9");
    let specificity = heads.column("specificity").unwrap().f64().unwrap();
    assert!(specificity.min().unwrap() > 0.0 && heads.column("stability").unwrap().f64().unwrap().min().unwrap() > 0.9);
    let found = Heads::of_frame(&heads).unwrap();
    let count = heads.height();

    let held_out = tests.judged_pairs().unwrap();
    let of_found = model.ablate(found).together().run(&held_out).unwrap();
    let random = model.ablate(Heads::all()).at_random([count], 20).run(&held_out).unwrap();
    let value = |frame: &DataFrame, name: &str| frame.column(name).unwrap().f64().unwrap().get(0).unwrap();
    let against = of_found.against(&random).unwrap();
    assert!(value(&against, "nDCG@10_effect_excess_high") < 0.0, "{against}");
    assert!(value(&against, "nDCG@10_effect_excess_p") < 0.05, "{against}");
    assert_eq!(value(&against, "nDCG@10_effect_p_draws"), 1.0 / 21.0, "{against}");
    for other in ["paraphrase", "lexical", "topical"] {
        let both = |pair: &Pair| ["exact", other].contains(&pair.kind.as_deref().unwrap_or_default());
        let pairs = held_out.filter(both);
        let apart = model.ablate(Heads::of_frame(&heads).unwrap()).together().run(&pairs).unwrap();
        let apart = apart.contrast(|pair| pair.kind.as_deref() == Some("exact")).unwrap();
        assert!(value(&apart, "logit_effect_excess_high") < -1.0, "exact and {other}: {apart}");
    }
}

#[test]
fn the_same_seed_gives_the_same_frame_and_another_another() {
    let (_folder, model) = planted(&[Head::new(0, 2)], 0.05, 6);
    let pairs: Vec<Pair> = pairs().iter().take(56).cloned().collect();
    let of = |seed| model.detector().draws(19).seed(seed).over(&pairs).unwrap();
    assert!(of(1).equals_missing(&of(1)));
    assert!(!of(1).equals_missing(&of(2)));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let model = CrossEncoder::embedded().unwrap();
    let pairs = [Pair::new("blue sky", "The sky is blue at noon.")];
    let message = |detector: Detector| detector.over(&pairs).unwrap_err().to_string();
    assert!(message(model.detector().draws(18)).contains("take 19 or more"));
    assert!(message(model.detector().level(1.5)).contains("between 0 and 1"));
    assert!(message(model.detector()).starts_with("1 of the queries"));
}
