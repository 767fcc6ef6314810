//! Perturbations keep what they say they keep, whatever the document.

use crosslens::prelude::*;

fn all(pair: &Pair) -> Vec<(&'static str, Perturbed)> {
    let term = &query_terms(pair)[0];
    let mut all = vec![
        ("tfc1", tfc1(pair, term, Place::Start).unwrap()),
        ("tfc2", tfc2(pair, term, 3, Place::End).unwrap().remove(2)),
        ("filler", filler(pair, "zzz", 2, Place::End).unwrap()),
        ("shuffle", shuffle(pair, 1)),
    ];
    all.extend(tfc3(pair, Place::Start).ok().map(|(new, _)| ("tfc3", new)));
    all.extend(stmc1(pair, term, "zzz").ok().map(|near| ("stmc1", near)));
    all.extend(delete_match(pair).ok().map(|gone| ("delete_match", gone)));
    all
}

#[test]
fn aligned_positions_hold_the_same_tokens() {
    let model = CrossEncoder::embedded().unwrap();
    let tests = Collection::embedded().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for pair in tests.judged_pairs().unwrap().iter().step_by(17) {
        for (name, perturbed) in all(pair) {
            seen.insert(name);
            let (clean, corrupted) =
                (model.tokens(perturbed.clean()).unwrap(), model.tokens(perturbed.corrupted()).unwrap());
            let positions = perturbed.positions(&clean, &corrupted);
            for (there, here) in &positions {
                assert_eq!(clean.ids()[*there], corrupted.ids()[*here], "{name} of {pair:?}");
                assert_eq!(clean.segments()[*there], corrupted.segments()[*here], "{name} of {pair:?}");
            }
            let mut places: Vec<usize> = positions.iter().map(|(there, _)| *there).collect();
            places.sort_unstable();
            places.dedup();
            assert_eq!(places.len(), positions.len(), "{name}: no clean position stands twice");
            let kept = positions.len() as f64 / clean.len() as f64;
            // Nothing of the clean pair is lost where text is only added.
            let least = if ["tfc1", "tfc2", "tfc3", "filler"].contains(&name) { 1.0 } else { 0.5 };
            assert!(kept >= least, "{name} keeps {kept} of {pair:?}");
        }
    }
    assert_eq!(seen.len(), 7, "{seen:?}");
}

#[test]
fn a_perturbation_that_adds_nothing_changes_nothing() {
    let model = CrossEncoder::embedded().unwrap();
    let pair = Pair::new("blue sky", "sky");
    let alone = shuffle(&pair, 3);
    assert_eq!(alone.corrupted(), &pair);
    let tokens = model.tokens(&pair).unwrap();
    let same: Vec<(usize, usize)> = (0..tokens.len()).map(|position| (position, position)).collect();
    assert_eq!(alone.positions(&tokens, &tokens), same);
}

#[test]
fn the_model_obeys_the_axioms_on_most_pairs() {
    let model = CrossEncoder::embedded().unwrap();
    let tests = Collection::embedded().unwrap();
    let pairs = tests.judged_pairs().unwrap().filter(|pair| pair.relevance == Some(0));
    let logit = |pair: &Pair| model.run(pair, &Hooks::new()).unwrap().logit();
    let (mut risen, mut total) = (0, 0);
    for pair in pairs.iter() {
        let Ok((new, _)) = tfc3(pair, Place::Start) else { continue };
        total += 1;
        risen += usize::from(logit(new.corrupted()) > logit(pair));
    }
    assert!(total >= 100 && 2 * risen > total, "a missing query term raised the score of {risen} of {total}");
}

#[test]
fn what_cannot_be_perturbed_says_why() {
    let pair = Pair::new("blue sky", "blue sky");
    let said = |error: Error| error.to_string();
    assert!(said(tfc1(&pair, "sea", Place::End).unwrap_err()).contains("blue"));
    assert!(said(tfc3(&pair, Place::End).unwrap_err()).contains("2 of 2"));
    assert!(said(tdc(&pair, |_| 1.0, Place::End).unwrap_err()).contains("idf"));
    assert!(said(delete_match(&pair).unwrap_err()).contains('2'));
    assert!(said(stmc1(&Pair::new("blue sky", "sea"), "sky", "air").unwrap_err()).contains("sky"));
}
