//! Patching studies are the interventions that they name, and their effects what they say.

use crosslens::prelude::*;

const TOLERANCE: f64 = 1e-4;

fn perturbed() -> Vec<Perturbed> {
    vec![
        stmc1(&Pair::new("blue sky", "The sky is blue at noon."), "sky", "sea").unwrap(),
        tfc1(&Pair::new("can honey spoil", "Sealed honey keeps."), "spoil", Place::Start).unwrap(),
    ]
}

fn numbers(frame: &DataFrame, name: &str) -> Vec<f64> {
    let column = frame.column(name).unwrap().cast(&DataType::Float64).unwrap();
    column.f64().unwrap().into_no_null_iter().collect()
}

#[test]
fn a_head_patched_in_a_study_is_the_intervention() {
    let (model, heads) = (CrossEncoder::embedded().unwrap(), [Head::new(2, 9), Head::new(5, 3)]);
    for noising in [false, true] {
        let study = model.patch(perturbed()).heads(Heads::of(heads));
        let frame = if noising { study.noising() } else { study }.by_head().unwrap();
        let scores = numbers(&frame, "patched_score");
        assert_eq!(scores.len(), 4);
        for (row, score) in scores.into_iter().enumerate() {
            let (pair, head) = (&perturbed()[row / 2], heads[row % 2]);
            let (source, base) =
                if noising { (pair.corrupted(), pair.clean()) } else { (pair.clean(), pair.corrupted()) };
            let positions =
                pair.positions(&model.tokens(pair.clean()).unwrap(), &model.tokens(pair.corrupted()).unwrap());
            let positions = positions
                .into_iter()
                .map(|(clean, corrupted)| if noising { (corrupted, clean) } else { (clean, corrupted) });
            let seen = model.run(source, &Hooks::new().capture(Site::Z)).unwrap();
            let patch = Patch::heads(head, &seen).positions(positions);
            let expected = f64::from(model.run(base, &Hooks::new().intervene(patch)).unwrap().logit());
            assert!((score - expected).abs() < TOLERANCE, "{head}, noising {noising}: {score} and {expected}");
        }
    }
}

#[test]
fn effects_are_shares_of_the_way() {
    let model = CrossEncoder::embedded().unwrap();
    let frame = model.patch(perturbed()).by_head().unwrap();
    assert_eq!(frame.height(), 2 * 72);
    let [clean, corrupted, patched, effect] =
        ["clean_score", "corrupted_score", "patched_score", "effect"].map(|name| numbers(&frame, name));
    for row in 0..frame.height() {
        let expected = (patched[row] - corrupted[row]) / (clean[row] - corrupted[row]);
        assert!((effect[row] - expected).abs() < TOLERANCE);
    }
    let plain = |pair: &Pair| f64::from(model.run(pair, &Hooks::new()).unwrap().logit());
    assert!((clean[0] - plain(perturbed()[0].clean())).abs() < TOLERANCE);
    assert!((corrupted[0] - plain(perturbed()[0].corrupted())).abs() < TOLERANCE);

    let by_segment = model.patch(perturbed()).heads([Head::new(2, 9)]).by_head_and_segment().unwrap();
    assert_eq!(by_segment.height(), 2 * 5);
}

#[test]
fn the_difference_enters_at_the_changed_word_and_spreads() {
    let model = CrossEncoder::embedded().unwrap();
    let pair = Pair::new("blue sky", "The sky is blue at noon.");
    let frame = model.patch([stmc1(&pair, "sky", "sea").unwrap()]).by_position().unwrap();
    let (layers, effects) = (numbers(&frame, "layer"), numbers(&frame, "effect"));
    // Only the changed token differs where the first layer begins, and it has no position in common with the other run.
    assert!(
        layers.iter().zip(&effects).filter(|(layer, _)| **layer == 0.0).all(|(_, effect)| effect.abs() < TOLERANCE)
    );
    // Before the last layer [CLS] has gathered a part of the score.
    let cls = |row: &usize| numbers(&frame, "position")[*row] == 0.0 && layers[*row] == 5.0;
    let row = (0..frame.height()).find(cls).unwrap();
    assert!(effects[row].abs() > 1e-2, "{}", effects[row]);
}

#[test]
fn nothing_changed_has_no_effect_to_tell() {
    let model = CrossEncoder::embedded().unwrap();
    let same = shuffle(&Pair::new("blue sky", "sky"), 1);
    let frame = model.patch([same]).heads([Head::new(0, 0)]).by_head().unwrap();
    assert_eq!(frame.column("effect").unwrap().null_count(), 1);
    assert_eq!(model.patch([]).by_head().unwrap().height(), 0);
    assert!(model.patch(perturbed()).heads([Head::new(9, 0)]).by_head().is_err());
}

#[test]
fn what_the_model_always_changes_is_changed_once() {
    let plain = CrossEncoder::embedded().unwrap();
    let louder = |model: &CrossEncoder| model.with(Scale::of(Part::residual([1]), 1.5)).unwrap();
    let at_input = plain.with(crosslens::hook::intervention::Change::new(Site::ResidPre, 2, |x, _| Ok((x * 1.5)?)));
    // The residual stream as layer 1 leaves it is what enters layer 2.
    let (one, other) = (louder(&plain), at_input.unwrap());
    let scores = |model: &CrossEncoder| numbers(&model.patch(perturbed()).by_position().unwrap(), "patched_score");
    let difference = scores(&one).iter().zip(scores(&other)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(difference < TOLERANCE, "{difference}");
}

/// A row per path, each with the score that the path alone gives, and none for a head that does not come later.
#[test]
fn what_a_head_reads_is_the_path_to_it() {
    let (model, senders) = (CrossEncoder::embedded().unwrap(), [Head::new(1, 1), Head::new(2, 9)]);
    let blind = model.with(KnockOut::edge(Edge::CLS_TO_QUERY)).unwrap().with(Scale::heads([Head::new(4, 5)], 2.0));
    for (model, noising) in [(&model, false), (&model, true), (&blind.unwrap(), false)] {
        let study = model.patch(perturbed()).heads(senders);
        let study = if noising { study.noising() } else { study };
        let frame = study.by_reader(Heads::all()).unwrap();
        assert_eq!(frame.height(), 2 * (48 + 36) * 3);
        let [layers, heads, readers_of, others] =
            ["layer", "head", "other_layer", "other_head"].map(|name| numbers(&frame, name));
        assert!(layers.iter().zip(&readers_of).all(|(sender, reader)| sender < reader));
        let inputs = frame.column("input").unwrap().str().unwrap();
        let scores = numbers(&frame, "patched_score");
        for reader in [Head::new(3, 3), Head::new(4, 5), Head::new(5, 7)] {
            for (receiver, input) in
                [(Receiver::queries(reader), "q"), (Receiver::keys(reader), "k"), (Receiver::values(reader), "v")]
            {
                let by_path = study.by_path(&receiver).unwrap();
                let theirs = numbers(&by_path, "patched_score");
                let [of_layers, of_heads] = ["layer", "head"].map(|name| numbers(&by_path, name));
                let own = |row: &usize| {
                    (readers_of[*row], others[*row]) == (reader.layer as f64, reader.head as f64)
                        && inputs.get(*row) == Some(input)
                };
                let rows: Vec<usize> = (0..frame.height()).filter(own).collect();
                assert_eq!(rows.len(), theirs.len());
                for (at, row) in rows.into_iter().enumerate() {
                    assert_eq!((layers[row], heads[row]), (of_layers[at], of_heads[at]));
                    assert!((scores[row] - theirs[at]).abs() < 1e-5, "{receiver}: {} and {}", scores[row], theirs[at]);
                }
            }
        }
    }
    let none = model.patch(perturbed()).heads(senders).by_reader([Head::new(0, 0), Head::new(1, 1)]).unwrap();
    assert_eq!(none.height(), 0);
    assert!(model.patch(perturbed()).by_reader(Head::new(6, 0)).is_err());
}

/// What an earlier head or one of the same layer receives is what it had.
#[test]
fn an_earlier_head_reads_nothing() {
    let model = CrossEncoder::embedded().unwrap();
    let study = model.patch(perturbed()).heads([Head::new(2, 9)]);
    for reader in [Head::new(1, 3), Head::new(2, 4)] {
        for receiver in [Receiver::queries(reader), Receiver::keys(reader), Receiver::values(reader)] {
            let effects = numbers(&study.by_path(&receiver).unwrap(), "effect");
            assert!(effects.iter().all(|effect| effect.abs() < 1e-5), "{receiver}: {effects:?}");
        }
    }
}
