//! Damaged files: no reader panics, and whatever it says names the file.

use crosslens::Error;
use crosslens::collection::{Collection, Measure, Qrels, Run, evaluate, mean};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::fs;
use std::io::Write;
use std::path::Path;

/// What every reader reads: the name of the file and what stands in it before it is damaged.
const FILES: [(&str, &str); 6] = [
    (
        "corpus.jsonl",
        "{\"_id\": \"d1\", \"title\": \"Sky\", \"text\": \"It is blue.\"}\n{\"_id\": 2, \"text\": \"Gr\u{fc}n \\u00e9.\"}\n{\"_id\": \"d3\", \"text\": \"\"}\n",
    ),
    (
        "queries.jsonl",
        "{\"_id\": \"q1\", \"text\": \"colour of sky\", \"x\": [1, {}]}\r\n{\"_id\": \"q2\", \"text\": \"snow\"}\n",
    ),
    ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t3\nq1\t2\t0\nq2\td3\t-1\n"),
    ("qrels/train.qrels", "q1 0 d1 1\nq2 0 2 2\nq2 0 d3 0\n"),
    ("kinds.tsv", "query-id\tcorpus-id\tkind\nq1\td1\texact\nq2\td3\tlexical\n"),
    ("bm25.run", "q1 Q0 d1 1 2.5 t\nq1 Q0 2 2 -1e3 t\nq2 Q0 d3 1 0 t\nq2 Q0 d1 2 0 t\n"),
];

#[derive(Debug, Clone)]
enum Damage {
    Flip(Index, u8),
    Cut(Index),
    Insert(Index, Vec<u8>),
    Swap(Index, Index),
    Repeat(Index),
}

impl Damage {
    fn to(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Flip(at, mask) => {
                let at = at.index(bytes.len());
                bytes[at] ^= mask;
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Insert(at, garbage) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, garbage.iter().copied());
            }
            Self::Swap(one, other) => {
                let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
                let (one, other) = (one.index(lines.len()), other.index(lines.len()));
                lines.swap(one, other);
                *bytes = lines.concat();
            }
            Self::Repeat(at) => {
                let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
                lines.push(lines[at.index(lines.len())]);
                *bytes = lines.concat();
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let telling: Vec<&[u8]> = vec![
        b"\n",
        b"\t",
        b" ",
        b"\0",
        b"\xEF\xBB\xBF",
        b"\x1f\x8b",
        b"\xFF",
        b"NaN",
        b"1e999",
        b"\"",
        b"}",
        b"\\ud800",
        b"{{[[",
    ];
    let garbage = prop_oneof![select(telling).prop_map(<[u8]>::to_vec), prop::collection::vec(any::<u8>(), 1..40)];
    prop_oneof![
        (any::<Index>(), 1..=u8::MAX).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), garbage).prop_map(|(at, garbage)| Damage::Insert(at, garbage)),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Damage::Swap(one, other)),
        any::<Index>().prop_map(Damage::Repeat),
    ]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Everything that can be asked of a collection that opened.
fn use_all(collection: &Collection) {
    for qrels in collection.qrels_names() {
        let Ok(collection) = collection.with_qrels(&qrels) else { continue };
        for run in collection.runs() {
            // What does not fit together is an error, tested elsewhere; here it must only not panic.
            let _ = collection.pairs(&run, 2);
            let run = collection.run(&run).unwrap();
            for measure in [Measure::NdcgAt(10), Measure::MrrAt(1), Measure::Ap] {
                let measured = evaluate(run, collection.qrels(), measure).unwrap();
                assert!(measured.values().all(|value| (0.0..=1.0).contains(value)), "{measure}: {measured:?}");
                let mean = mean(&measured);
                assert!(measured.is_empty() || (0.0..=1.0).contains(&mean), "{mean}");
            }
        }
        for query in collection.queries() {
            collection.pairs_for(&query.query_id).unwrap();
        }
    }
    assert!(!format!("{collection:?} {:?}", collection.qrels()).is_empty());
}

#[test]
fn damaged_files_never_panic_and_errors_name_them() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("qrels")).unwrap();
    for (name, text) in FILES {
        fs::write(folder.path().join(name), text).unwrap();
    }
    Collection::open(folder.path()).unwrap();

    let cases = (select(&FILES[..]), prop::collection::vec(damage(), 1..5), 0..4u8);
    let config = Config { cases: 2000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (mut refused, mut accepted) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let outcome = runner.run(&cases, |((name, text), damages, zipped)| {
        let path = folder.path().join(name);
        let mut bytes = text.as_bytes().to_vec();
        // A quarter is damaged as gzip, a quarter is zipped after the damage, half is plain.
        if zipped == 0 {
            bytes = gzip(&bytes);
        }
        for damage in &damages {
            damage.to(&mut bytes);
        }
        if zipped == 1 {
            bytes = gzip(&bytes);
        }
        fs::write(&path, &bytes).unwrap();
        let opened = Collection::open(folder.path());
        let alone = alone(&path);
        fs::write(&path, text).unwrap();
        match &opened {
            Ok(collection) => {
                accepted.set(accepted.get() + 1);
                use_all(collection);
            }
            Err(error) => {
                refused.set(refused.get() + 1);
                let said = error.to_string();
                prop_assert!(said.starts_with(&path.display().to_string()), "{said}");
            }
        }
        if let Some(alone) = alone {
            prop_assert_eq!(alone.err().map(|error| error.to_string()), opened.err().map(|error| error.to_string()));
        }
        Ok(())
    });
    assert!(outcome.is_ok(), "{outcome:?}");
    assert!(*refused.get_mut() > 500 && *accepted.get_mut() > 100, "{refused:?} refused, {accepted:?} accepted");
}

/// The same file through the readers that stand alone.
fn alone(path: &Path) -> Option<Result<(), Error>> {
    match path.extension()?.to_str()? {
        "tsv" | "qrels" if path.parent()?.ends_with("qrels") => Some(Qrels::open(path).map(drop)),
        "run" => Some(Run::open(path).map(drop)),
        _ => None,
    }
}
