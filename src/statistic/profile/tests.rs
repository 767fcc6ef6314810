//! Profiles against a slow direct computation from captured patterns, and against patterns of which a hand knows the
//! profile.

use super::*;
use crate::collection::{Collection, Pairs};
use crate::hook::{Head, Hooks, Site};
use crate::statistic::HeadPattern;
use crate::tokens::{Segment, Tokens};
use rust_stemmers::{Algorithm, Stemmer};

fn set() -> (CrossEncoder, Pairs) {
    let pairs = Collection::embedded().unwrap().judged_pairs().unwrap();
    let some = pairs.filter(|pair| ["q01", "q17", "q33"].contains(&pair.query_id.as_str()));
    (CrossEncoder::embedded().unwrap(), some)
}

fn column(frame: &DataFrame, name: &str) -> Vec<Option<f64>> {
    frame.column(name).unwrap().f64().unwrap().iter().collect()
}

fn matches(profile: &MatchProfile, pair: &Pair) -> (Tokens, Matches) {
    let tokens = profile.model.tokens(pair).unwrap();
    let matches = Matches::new(&profile.model, pair, &tokens, &Groups::One, &profile.options);
    (tokens, matches)
}

/// The word around a piece, found by its letters and not by its `##`.
fn word_at(text: &str, (start, end): (usize, usize)) -> String {
    let letters = |c: char| c.is_alphanumeric();
    let before = text[..start].trim_end_matches(letters).len();
    let after = text.len() - text[end..].trim_start_matches(letters).len();
    if text[start..end].chars().all(letters) { text[before..after].to_lowercase() } else { text[start..end].into() }
}

/// For each query token that takes part the class of each document token, worked out one by one.
fn direct_classes(model: &CrossEncoder, pair: &Pair, tokens: &Tokens) -> Vec<(usize, Vec<&'static str>)> {
    let (stop, stemmer) = (words::stop_words(), Stemmer::create(Algorithm::English));
    let mut rows = Vec::new();
    for from in tokens.positions(Segment::Query) {
        let own = word_at(&pair.query, tokens.offsets()[from]);
        if tokens.is_punctuation(from) || stop.contains(&own) {
            continue;
        }
        let class = |to: usize| {
            let word = word_at(&pair.document, tokens.offsets()[to]);
            let ids = [tokens.ids()[from], tokens.ids()[to]];
            let cosine = model.piece_cosines(&ids[..1], &ids[1..])[0][0];
            match cosine {
                _ if ids[0] == ids[1] => "same piece",
                _ if tokens.is_punctuation(to) => "punctuation",
                _ if own == word => "same word",
                _ if stemmer.stem(&own) == stemmer.stem(&word) => "same stem",
                0.5.. => "cosine >= 0.5",
                0.4.. => "cosine 0.4-0.5",
                0.3.. => "cosine 0.3-0.4",
                _ if stop.contains(&word) => "stop word",
                _ => "other content word",
            }
        };
        rows.push((from, tokens.positions(Segment::Document).map(class).collect()));
    }
    rows
}

/// The sum over query tokens of `|D| · attention` and of its control, and how many they are, for a class and a head.
fn direct_lifts(model: &CrossEncoder, pair: &Pair, head: Head, wanted: &str) -> (f64, f64, usize) {
    let seen = model.run(pair, &Hooks::new().capture_at(Site::Pattern, head.layer)).unwrap();
    let pattern: Vec<Vec<f32>> =
        seen.get(Site::Pattern, head.layer).unwrap().get(head.head).unwrap().to_vec2().unwrap();
    let tokens = seen.tokens();
    let (start, n) = (tokens.span(Segment::Document).start, tokens.span(Segment::Document).len());
    let (mut lift, mut control, mut count) = (0.0, 0.0, 0);
    for (from, classes) in direct_classes(model, pair, tokens) {
        let document: Vec<f64> = pattern[from][start..start + n].iter().map(|weight| f64::from(*weight)).collect();
        let all: f64 = document.iter().sum();
        let members: Vec<usize> = (0..n).filter(|at| classes[*at] == wanted).collect();
        if members.is_empty() {
            continue;
        }
        count += 1;
        lift += members.iter().map(|at| document[*at]).sum::<f64>() / members.len() as f64 / all * n as f64;
        // Every rotation of the classes within a quarter: each token comes to each place equally often.
        for at in &members {
            let quarter = (0..4).find(|quarter| *at < n * (quarter + 1) / 4).unwrap();
            let (first, end) = (n * quarter / 4, n * (quarter + 1) / 4);
            let rotated = (0..end - first).map(|by| document[first + (*at - first + by) % (end - first)]);
            let mean = rotated.sum::<f64>() / (end - first) as f64;
            control += mean / members.len() as f64 / all * n as f64;
        }
    }
    (lift, control, count)
}

#[test]
fn the_profile_is_that_of_captured_patterns() {
    let (model, pairs) = set();
    let profile = model.match_profile().resamples(10).over(&pairs).unwrap();
    let (bits, control) = (column(&profile, "bits"), column(&profile, "control_bits"));
    let (excess, attention) = (column(&profile, "excess_bits"), column(&profile, "attention"));
    let tokens: Vec<u32> = profile.column("tokens").unwrap().u32().unwrap().into_no_null_iter().collect();
    let classes = classes(&CUTS, false);
    let mut compared = 0;
    for head in [Head::new(0, 3), Head::new(2, 9), Head::new(5, 7)] {
        for (at, class) in classes.iter().enumerate() {
            let row = (head.layer * 12 + head.head) * classes.len() + at;
            let name = class.to_string();
            let (mut lifts, mut controls, mut counted) = (Vec::new(), Vec::new(), 0);
            for query in by_query(&pairs).values() {
                let sums = query.iter().map(|at| direct_lifts(&model, &pairs[*at], head, &name));
                let sums = sums.fold((0.0, 0.0, 0), |all, one| (all.0 + one.0, all.1 + one.1, all.2 + one.2));
                if sums.2 > 0 {
                    lifts.push(sums.0 / sums.2 as f64);
                    controls.push(sums.1 / sums.2 as f64);
                }
                counted += sums.2;
            }
            assert_eq!(tokens[row] as usize, counted, "{head} {name}");
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            if counted == 0 {
                assert_eq!((bits[row], attention[row]), (None, None));
                continue;
            }
            let near = |ours: Option<f64>, theirs: f64| assert!((ours.unwrap() - theirs).abs() < 1e-6, "{head} {name}");
            near(bits[row], mean(&lifts).log2());
            near(control[row], mean(&controls).log2());
            near(excess[row], mean(&lifts).log2() - mean(&controls).log2());
            compared += 1;
        }
    }
    assert!(compared >= 3 * 7, "{compared}");
}

#[test]
fn classes_are_disjoint_and_cover_the_document() {
    let model = CrossEncoder::embedded().unwrap();
    let pairs = Collection::embedded().unwrap().judged_pairs().unwrap();
    for (profile, last) in [
        (model.match_profile(), Segment::Document),
        (model.match_profile().with_last_sep().with_stop_words().cosines([0.2]), Segment::Sep2),
    ] {
        for pair in pairs.iter().step_by(9) {
            let (tokens, matches) = matches(&profile, pair);
            let attended = tokens.span(Segment::Document).start..tokens.span(last).end;
            assert!(!matches.asking().is_empty());
            for asking in matches.asking() {
                assert!(tokens.span(Segment::Query).contains(&asking.from));
                let mut to: Vec<usize> = asking.places.iter().flat_map(|place| place.to.clone()).collect();
                to.sort_unstable();
                assert_eq!(to, attended.clone().collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn a_head_that_seeks_equal_pieces_alone_has_all_its_bits_there() {
    let model = CrossEncoder::embedded().unwrap();
    let pair = Pair::new("blue sky", "The sky is blue, so the sky.");
    let (tokens, matches) = matches(&model.match_profile(), &pair);
    let n = tokens.len();
    let mut weights = vec![0.0; n * n];
    for from in tokens.positions(Segment::Query) {
        let equal: Vec<usize> =
            tokens.positions(Segment::Document).filter(|to| tokens.ids()[*to] == tokens.ids()[from]).collect();
        // Half is parked on [CLS], a quarter on the separator.
        (weights[from * n], weights[from * n + n - 1]) = (0.5, 0.25);
        equal.iter().for_each(|to| weights[from * n + to] = 0.25 / equal.len() as f32);
    }
    let sums = matches.reduce(HeadPattern::new(&weights, n).unwrap());
    // blue has one match, sky two, among nine tokens: 9 and 9 / 2 times as much as uniform attention.
    assert!((sums[0].attention - (1.0 + 0.5)).abs() < 1e-6 && (sums[0].lift - 9.0 * 1.5).abs() < 1e-6);
    assert!((sums[0].document_mass - 2.0 * 0.25).abs() < 1e-6 && (sums[0].special_mass - 2.0 * 0.75).abs() < 1e-6);
    assert!(sums[1..].iter().all(|sums| sums.attention == 0.0));
    assert_eq!(matches.counts()[0], 2);
}

#[test]
fn uniform_attention_has_no_bits_and_no_excess() {
    let model = CrossEncoder::embedded().unwrap();
    let pair = Pair::new("boiling water quickly", "Water that was boiled, hot and boiling: the kettle sang.");
    for profile in [model.match_profile(), model.match_profile().with_last_sep()] {
        let (tokens, matches) = matches(&profile, &pair);
        let weights = vec![1.0 / tokens.len() as f32; tokens.len() * tokens.len()];
        let sums = matches.reduce(HeadPattern::new(&weights, tokens.len()).unwrap());
        for (sums, count) in sums.iter().zip(matches.counts()) {
            let count = f64::from(count);
            assert!((sums.lift - count).abs() < 1e-5 && (sums.control - count).abs() < 1e-5);
        }
    }
}

#[test]
fn the_last_separator_counts_by_choice_alone() {
    let (model, pairs) = set();
    let (without, with) = (model.match_profile().resamples(10), model.match_profile().resamples(10).with_last_sep());
    let (without, with) = (without.over(&pairs).unwrap(), with.over(&pairs).unwrap());
    assert_eq!((without.height(), with.height()), (72 * 9, 72 * 10));
    // What leaves the special tokens goes to the document.
    let sum = |frame: &DataFrame, row: usize| {
        column(frame, "document_mass")[row].unwrap() + column(frame, "special_mass")[row].unwrap()
    };
    assert!((sum(&without, 6) - sum(&with, 6)).abs() < 1e-9);
    assert!(column(&with, "document_mass")[6] > column(&without, "document_mass")[6]);
    // It cannot stand elsewhere: it is its own control.
    assert!(column(&with, "excess_bits")[9].unwrap().abs() < 1e-9);
}

#[test]
fn groups_share_out_the_tokens() {
    let (model, pairs) = set();
    let tests = Collection::embedded().unwrap();
    let total = |frame: &DataFrame| -> u32 { frame.column("tokens").unwrap().u32().unwrap().into_no_null_iter().sum() };
    let run = |by: ProfileBy| model.match_profile().resamples(5).by(by).over(&pairs).unwrap();
    let plain = total(&run(ProfileBy::Nothing));
    for (by, column, groups) in
        [(ProfileBy::Idf(tests), "idf", 3), (ProfileBy::Relevance, "relevance", 3), (ProfileBy::Kind, "kind", 4)]
    {
        let frame = run(by);
        assert_eq!((total(&frame), frame.height()), (plain, 72 * 9 * groups), "{column}");
        assert_eq!(frame.column(column).unwrap().null_count(), 0);
    }
    // A query token may have a class in several quarters.
    assert!(total(&run(ProfileBy::Quarter)) > plain);
}

#[test]
fn rare_words_have_a_high_idf() {
    let (model, pairs) = set();
    let tests = Collection::embedded().unwrap();
    let tokens = model.all_tokens(&pairs).unwrap();
    let groups = Groups::new(&ProfileBy::Idf(tests.clone()), &pairs, &tokens, |_| true);
    let frequency = |word: &str| {
        let has = |text: &str| text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|known| known == word);
        tests.documents().iter().filter(|document| has(&document.text)).count()
    };
    let query: Vec<String> = pairs[0].query.split(' ').map(str::to_owned).collect();
    let mut words: Vec<(usize, usize)> =
        query.iter().map(|word| (frequency(word), groups.of(&pairs[0], word, 0, 1))).collect();
    words.sort_unstable();
    assert!(words.is_sorted_by(|a, b| a.1 >= b.1), "{words:?}");
    assert_eq!((words[0].1, words.last().unwrap().1), (2, 0), "{words:?}");
}

#[test]
fn threads_do_not_matter_and_the_seed_does() {
    let (model, pairs) = set();
    let over = |seed| model.match_profile().resamples(20).seed(seed).over(&pairs).unwrap();
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| over(1));
    assert!(alone.equals_missing(&over(1)));
    assert!(!alone.equals_missing(&over(2)));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let (model, pairs) = set();
    let message = |profile: MatchProfile, pairs: &[Pair]| profile.over(pairs).unwrap_err().to_string();
    assert!(message(model.match_profile(), &[]).starts_with("there are no pairs"));
    assert!(message(model.match_profile().cosines([0.3, 0.4]), &pairs).contains("from the highest on"));
    assert!(message(model.match_profile().resamples(0), &pairs).contains("at least one resample"));
}
