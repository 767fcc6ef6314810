//! Sweeps and patching that share work give what plain runs give, whatever goes side by side.

use crosslens::prelude::*;
use std::path::PathBuf;

/// As far as a sweep may be from plain runs.
const TOLERANCE: f32 = 1e-5;

fn pairs(count: usize) -> Pairs {
    let judged = Collection::embedded().unwrap().judged_pairs().unwrap();
    let step = judged.len() / count;
    Pairs::new(judged.iter().step_by(step).take(count).cloned().collect(), judged.qrels())
}

/// The embedded model, and a random one of another shape whose heads do more.
fn models() -> [CrossEncoder; 2] {
    let tiny = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/interventions/tiny");
    [CrossEncoder::embedded().unwrap(), CrossEncoder::open(tiny).unwrap()]
}

fn logit(model: &CrossEncoder, pair: &Pair) -> f32 {
    model.run(pair, &Hooks::new()).unwrap().logit()
}

/// The logits of a sweep `[variant][pair]`.
fn logits<D: Design>(sweep: &Sweep<D>, pairs: &Pairs) -> Vec<Vec<f32>> {
    let frame = sweep.run(pairs).unwrap().pairs().unwrap();
    let column = |name| frame.column(name).unwrap().f64().unwrap().into_no_null_iter().collect::<Vec<f64>>();
    let scores = column("score").into_iter().zip(column("logit_effect")).map(|(plain, effect)| (plain + effect) as f32);
    scores.collect::<Vec<f32>>().chunks(pairs.len()).map(<[f32]>::to_vec).collect()
}

fn assert_near(ours: f32, plain: f32, what: &str) {
    assert!((ours - plain).abs() < TOLERANCE * plain.abs().max(1.0), "{what}: {ours} and {plain}");
}

#[test]
fn ablations_are_those_of_whole_runs() {
    for model in models() {
        let pairs = pairs(5);
        let (means, donors) = (model.means(&pairs).unwrap(), model.donors(&pairs, Donor::OtherQuery, 7).unwrap());
        let heads = Heads::all().within(&model.shape()).unwrap();
        let sweep = || model.ablate(Heads::all());
        type Changed<'a> = Box<dyn Fn(Head) -> CrossEncoder + 'a>;
        let ways: [(&str, Vec<Vec<f32>>, Changed); 3] = [
            ("zero", logits(&sweep(), &pairs), Box::new(|head| model.with(Zero::heads(head)).unwrap())),
            (
                "mean",
                logits(&sweep().mean(&means), &pairs),
                Box::new(|head| model.with(Mean::by_segment(head, &means)).unwrap()),
            ),
            (
                "resample",
                logits(&sweep().resample(&donors), &pairs),
                Box::new(|head| model.with(Resample::of(head, &donors)).unwrap()),
            ),
        ];
        for (name, swept, changed) in ways {
            for (head, swept) in heads.iter().zip(swept) {
                let changed = changed(*head);
                for (pair, ours) in pairs.iter().zip(swept) {
                    assert_near(ours, logit(&changed, pair), &format!("{name} of {head}"));
                }
            }
        }
    }
}

#[test]
fn many_heads_layers_and_edges_are_those_of_whole_runs() {
    for model in models() {
        let pairs = pairs(3);
        let heads = Heads::all().within(&model.shape()).unwrap();
        // Few heads of a layer, all of it, heads of several layers, and of the last.
        let sets = [
            vec![heads[0], heads[1]],
            heads[..model.shape().heads].to_vec(),
            vec![heads[1], heads[heads.len() - 1]],
            heads[heads.len() - 2..].to_vec(),
        ];
        for set in sets {
            let swept = logits(&model.ablate(set.clone()).together(), &pairs);
            let changed = model.with(Zero::heads(set.clone())).unwrap();
            for (pair, ours) in pairs.iter().zip(&swept[0]) {
                assert_near(*ours, logit(&changed, pair), &format!("{set:?}"));
            }
        }
        for layer in 0..model.shape().layers {
            let swept = logits(&model.ablate_layers([layer]), &pairs);
            let cut = logits(&model.knock_out(Edge::QUERY_TO_DOCUMENT).layers([layer]), &pairs);
            let changed: [CrossEncoder; 3] = [
                model.with(Zero::attention([layer])).unwrap(),
                model.with(Zero::mlp([layer])).unwrap(),
                model.with(KnockOut::edge(Edge::QUERY_TO_DOCUMENT).layers([layer])).unwrap(),
            ];
            for (at, pair) in pairs.iter().enumerate() {
                for (ours, changed) in [swept[0][at], swept[1][at], cut[0][at]].into_iter().zip(&changed) {
                    assert_near(ours, logit(changed, pair), &format!("layer {layer}"));
                }
            }
        }
    }
}

/// What is changed where a model that is changed already begins anew.
#[test]
fn a_changed_model_is_swept_as_it_is() {
    let (model, pairs) = (CrossEncoder::embedded().unwrap(), pairs(3));
    let always = [
        model.with(Scale::of(Part::residual([1]), 0.9)).unwrap(),
        model.with(Zero::mlp([2])).unwrap(),
        model.with(KnockOut::edge(Edge::CLS_TO_DOCUMENT).layers([3])).unwrap(),
        model.with(Scale::heads([Head::new(5, 2)], 2.0)).unwrap(),
    ];
    for model in always {
        let heads = [Head::new(0, 3), Head::new(2, 9), Head::new(5, 0)];
        for (head, swept) in heads.into_iter().zip(logits(&model.ablate(heads), &pairs)) {
            let changed = model.with(Zero::heads(head)).unwrap();
            for (pair, ours) in pairs.iter().zip(swept) {
                assert_near(ours, logit(&changed, pair), &format!("{head} of {model:?}"));
            }
        }
    }
}

/// The same bits, whatever lies beside: batches of one run, of a few, of all.
#[test]
fn the_size_of_a_batch_changes_nothing() {
    let (model, pairs) = (CrossEncoder::embedded().unwrap(), pairs(4));
    let sweep = |batch: usize| logits(&model.ablate(Heads::all()).batch(batch), &pairs);
    let cut = |batch: usize| logits(&model.knock_out_each(Edge::all()).by_layer().batch(batch), &pairs);
    let perturbed = || stmc1(&Pair::new("blue sky", "The sky is blue at noon."), "sky", "sea").unwrap();
    let patched = |batch: usize| model.patch([perturbed()]).batch(batch).by_edge().unwrap();
    assert_eq!(sweep(1), sweep(100_000));
    assert_eq!(sweep(1), sweep(300));
    assert_eq!(cut(1), cut(100_000));
    assert_eq!(patched(1), patched(100_000));
}

#[test]
fn a_score_does_not_depend_on_the_other_pairs() {
    let (model, pairs) = (CrossEncoder::embedded().unwrap(), pairs(40));
    let scores = |pairs: &[Pair]| -> Vec<f64> {
        model.score(pairs).unwrap().column("score").unwrap().f64().unwrap().into_no_null_iter().collect()
    };
    let alone: Vec<f64> = pairs.iter().flat_map(|pair| scores(std::slice::from_ref(pair))).collect();
    assert_eq!(scores(&pairs), alone);
    let reading = model.read(&pairs).unwrap();
    let read: Vec<f64> = reading.scores.column("score").unwrap().f64().unwrap().into_no_null_iter().collect();
    assert_eq!(read, alone);
}

/// The short way of `[CLS]` through the last layer, and that of all tokens.
#[test]
fn the_last_layer_is_that_of_all_tokens() {
    for model in models() {
        for pair in pairs(8).iter() {
            let looked_at = model.run(pair, &Hooks::new().capture(Site::Z)).unwrap().logit();
            assert_near(logit(&model, pair), looked_at, &pair.doc_id);
        }
    }
}

#[test]
fn half_as_many_bytes_move_scores_little() {
    let (model, pairs) = (CrossEncoder::embedded().unwrap(), pairs(30));
    // The embedded model's file holds f16: nothing is lost. bf16 rounds each weight to 1/256 of itself.
    for (precision, most) in [(Precision::F16, 0.0), (Precision::BF16, 0.1)] {
        let half = model.held_as(precision).unwrap();
        let moved = pairs.iter().map(|pair| (logit(&model, pair) - logit(&half, pair)).abs()).fold(0.0, f32::max);
        assert!(moved <= most, "{precision:?} moves a logit by {moved}");
        assert_eq!(precision == Precision::F16, moved == 0.0, "{precision:?}");
        assert_ne!(half.fingerprint().unwrap(), model.fingerprint().unwrap());
        // Where somebody looks inside, with the same weights.
        let inside = Site::ALL.into_iter().fold(Hooks::new(), Hooks::capture);
        for pair in &pairs[..3] {
            assert_near(half.run(pair, &inside).unwrap().logit(), logit(&half, pair), "inside");
        }
    }
}

/// In whatever place, and whatever the other variants are.
#[test]
fn nothing_changed_is_nothing_exactly() {
    let (model, pairs) = (CrossEncoder::embedded().unwrap(), pairs(3));
    for layer in 0..model.shape().layers {
        let swept = model.sweep(Listed(vec![Box::new(move || Variant::new(Scale::of(Part::residual([layer]), 1.0)))]));
        let frame = swept.run(&pairs).unwrap().pairs().unwrap();
        assert!(frame.column("logit_effect").unwrap().f64().unwrap().into_no_null_iter().all(|effect| effect == 0.0));
    }
    let cut = KnockOut::edge(Edge::QUERY_TO_DOCUMENT).layers([2]);
    let frame = model.with(cut).unwrap().knock_out(Edge::QUERY_TO_DOCUMENT).layers([2]).run(&pairs).unwrap().pairs();
    let frame = frame.unwrap();
    assert!(frame.column("logit_effect").unwrap().f64().unwrap().into_no_null_iter().all(|effect| effect == 0.0));
}

#[test]
fn a_variant_does_not_depend_on_the_others() {
    let (model, pairs) = (CrossEncoder::embedded().unwrap(), pairs(3));
    let all = || Variant::new(Zero::heads((0..12).map(|head| Head::new(2, head)).collect::<Heads>()));
    let one = || Variant::new(Zero::heads([Head::new(2, 9)]));
    let [first, last] = [
        logits(&model.sweep(Listed(vec![Box::new(all), Box::new(one)])), &pairs),
        logits(&model.sweep(Listed(vec![Box::new(one), Box::new(all)])), &pairs),
    ];
    assert_eq!((&first[0], &first[1]), (&last[1], &last[0]));
}

#[test]
fn a_z_of_another_pair_is_refused() {
    let (model, pairs) = (CrossEncoder::embedded().unwrap(), pairs(2));
    let seen = model.run(&pairs[0], &Hooks::new().capture(Site::Z)).unwrap();
    let z = seen.get(Site::Z, 2).unwrap().narrow(1, 0, 5).unwrap();
    let other = move || Variant::new(crosslens::hook::intervention::Replace::new(Site::Z, 2, z.clone()));
    let error = model.sweep(Listed(vec![Box::new(other)])).run(&pairs).unwrap_err().to_string();
    assert!(error.starts_with("z of layer 2 has shape"), "{error}");
}

/// A design of any variants.
struct Listed(Vec<Box<dyn Fn() -> Variant + Send + Sync>>);

impl std::fmt::Debug for Listed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} variants", self.0.len())
    }
}

impl Design for Listed {
    fn title(&self) -> String {
        "variants".into()
    }

    fn variants(&self, _: &Shape, _: u64) -> Result<Vec<Variant>> {
        Ok(self.0.iter().map(|variant| variant()).collect())
    }
}

#[test]
fn a_statistic_with_rows_for_some_heads_only_is_refused() {
    struct Some;
    impl Statistic for Some {
        fn labels(&self) -> Vec<&'static str> {
            vec![]
        }
        fn values(&self) -> Vec<&'static str> {
            vec!["most"]
        }
        fn reduce(&self, pattern: HeadPattern, _: &Tokens, rows: &mut Rows) {
            let most = pattern.row(0).iter().copied().fold(0.0, f32::max);
            if most > 0.5 {
                rows.push(&[], &[f64::from(most)]);
            }
        }
    }
    let error = CrossEncoder::embedded().unwrap().observe(&Some, &pairs(2)).unwrap_err().to_string();
    assert!(error.contains("as many rows for every head"), "{error}");
}
