//! The embedded collection keeps what its README promises, so that we know why each document matches.

use crosslens::Result;
use crosslens::collection::{Collection, Measure, Pair, evaluate, mean};
use rust_stemmers::{Algorithm, Stemmer};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const KINDS: [(&str, &[i32]); 4] =
    [("exact", &[3, 2]), ("paraphrase", &[2, 2]), ("lexical", &[0, 0]), ("topical", &[0])];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/collections/matching")
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Words that carry content, and their stems.
struct Content {
    stop: BTreeSet<String>,
    stemmer: Stemmer,
}

impl Content {
    fn new() -> Self {
        let stop = fs::read_to_string(folder().join("stopwords.txt")).unwrap();
        Self {
            stop: stop.split_whitespace().map(str::to_owned).collect(),
            stemmer: Stemmer::create(Algorithm::English),
        }
    }

    fn words(&self, text: &str) -> BTreeSet<String> {
        words(text).into_iter().filter(|word| !self.stop.contains(word)).collect()
    }

    fn stems(&self, text: &str) -> BTreeSet<String> {
        self.words(text).iter().map(|word| self.stemmer.stem(word).into_owned()).collect()
    }
}

/// With the judgements of all queries.
fn whole() -> Result<Collection> {
    Collection::embedded()?.with_qrels("all")
}

/// All judged pairs.
fn pairs(collection: &Collection) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for query in collection.queries() {
        pairs.extend(collection.pairs_for(&query.query_id)?.iter().cloned());
    }
    Ok(pairs)
}

fn kind(pair: &Pair) -> &str {
    pair.kind.as_deref().unwrap()
}

fn by_kind(pairs: &[Pair], of: impl Fn(&Pair) -> f64) -> BTreeMap<&str, f64> {
    let mut sums: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for pair in pairs {
        let (sum, count) = sums.entry(kind(pair)).or_default();
        *sum += of(pair);
        *count += 1.0;
    }
    sums.into_iter().map(|(kind, (sum, count))| (kind, sum / count)).collect()
}

#[test]
fn it_is_whole() -> Result<()> {
    let collection = whole()?;
    assert!(collection.queries().len() >= 150);
    assert_eq!(collection.judged_queries(), collection.queries());
    assert_eq!(collection.qrels().len(), collection.documents().len());
    assert_eq!(collection.warnings(), &[] as &[String]);
    assert_eq!(collection.qrels_names(), ["all", "test", "train"]);
    assert_eq!(collection.runs(), ["bm25"]);
    let queries = fs::read_to_string(folder().join("queries.jsonl")).unwrap();
    let topics: BTreeSet<String> = queries
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["metadata"]["topic"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(topics.len() >= 12, "{topics:?}");
    Ok(())
}

/// Half of the queries of each topic are for finding, the others for testing what was found; they share no document.
#[test]
fn the_halves_are_apart_and_alike() -> Result<()> {
    let all = whole()?;
    let half = |name: &str| all.with_qrels(name);
    let (train, test) = (half("train")?, half("test")?);
    assert_eq!(Collection::embedded()?.qrels(), test.qrels());
    for (at, query) in all.queries().iter().enumerate() {
        let judged = |half: &Collection| half.qrels().of(&query.query_id).count();
        let own = if at % 2 == 0 { &test } else { &train };
        let counts = (judged(&train) + judged(&test), judged(own), all.qrels().of(&query.query_id).count());
        assert_eq!(counts, (7, 7, 7), "{query:?}");
    }
    let documents =
        |half: &Collection| half.qrels().iter().map(|(_, doc_id, _)| doc_id.to_owned()).collect::<BTreeSet<_>>();
    assert!(documents(&train).is_disjoint(&documents(&test)));
    assert_eq!(train.qrels().len(), test.qrels().len());
    Ok(())
}

/// The variable is read at run time, and tests share one environment: ask another process, without the data.
#[test]
fn the_data_folder_can_be_elsewhere() {
    let elsewhere = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "it_is_whole"])
        .env("CROSSLENS_DATA", elsewhere.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let folder = elsewhere.path().join("collections").join("matching");
    let expected = format!("{}: not found; set CROSSLENS_DATA to the folder", folder.display());
    assert!(!output.status.success() && said.contains(&expected), "{said}");
}

#[test]
fn every_query_has_the_same_kinds_and_grades() -> Result<()> {
    let collection = whole()?;
    let mut documents = BTreeSet::new();
    for query in collection.queries() {
        let pairs = collection.pairs_for(&query.query_id)?;
        assert_eq!(pairs.len(), 7, "{query:?}");
        for (name, grades) in KINDS {
            let found: Vec<i32> =
                pairs.iter().filter(|pair| kind(pair) == name).flat_map(|pair| pair.relevance).collect();
            assert_eq!(found, grades, "{name} of {query:?}");
        }
        documents.extend(pairs.iter().map(|pair| pair.doc_id.clone()));
    }
    assert_eq!(documents.len(), collection.documents().len(), "a document belongs to one query");
    Ok(())
}

#[test]
fn kinds_share_with_the_query_what_they_should() -> Result<()> {
    let content = Content::new();
    for pair in pairs(&whole()?)? {
        let query = content.stems(&pair.query);
        assert!(query.len() >= 3, "{:?} has the content {query:?}", pair.query);
        let document = content.stems(&pair.document);
        let stems: Vec<&String> = query.intersection(&document).collect();
        let shown =
            || format!("{} {}: {:?} shares {stems:?}: {}", pair.query_id, pair.doc_id, pair.query, pair.document);
        match kind(&pair) {
            "exact" => assert!(stems.len() >= 2 && 2 * stems.len() >= query.len(), "exact {}", shown()),
            "paraphrase" => assert!(stems.is_empty(), "paraphrase {}", shown()),
            "lexical" => {
                let shared = content.words(&pair.query).intersection(&content.words(&pair.document)).count();
                assert!(shared >= 2, "lexical {}", shown());
            }
            _ => assert!(stems.len() <= 1, "topical {}", shown()),
        }
    }
    Ok(())
}

#[test]
fn length_and_place_tell_nothing_about_the_kind() -> Result<()> {
    let collection = whole()?;
    let pairs = pairs(&collection)?;
    for document in collection.documents() {
        let length = document.text.split_whitespace().count();
        assert!((40..=90).contains(&length), "{} has {length} words", document.doc_id);
        assert!(document.title.is_empty() && document.text.is_ascii(), "{}", document.doc_id);
    }
    let lengths = by_kind(&pairs, |pair| pair.document.split_whitespace().count() as f64);
    let (least, most) = lengths.values().fold((f64::MAX, 0.0_f64), |(least, most), v| (least.min(*v), most.max(*v)));
    assert!(most - least <= 5.0, "mean words: {lengths:?}");

    let place: HashMap<&str, usize> =
        collection.documents().iter().enumerate().map(|(place, document)| (document.doc_id.as_str(), place)).collect();
    assert!(collection.documents().is_sorted_by_key(|document| &document.doc_id), "the file is in the order of ids");
    let places = by_kind(&pairs, |pair| place[pair.doc_id.as_str()] as f64 / place.len() as f64);
    assert!(places.values().all(|mean| (1.0 / 3.0..=2.0 / 3.0).contains(mean)), "mean places: {places:?}");
    Ok(())
}

#[test]
fn no_two_documents_say_the_same() -> Result<()> {
    let collection = whole()?;
    let mut texts = HashMap::new();
    let mut sequences: HashMap<Vec<String>, &str> = HashMap::new();
    for document in collection.documents() {
        let id = document.doc_id.as_str();
        let words = words(&document.text);
        assert_eq!(texts.insert(words.clone(), id), None, "{id} stands twice");
        for eight in words.windows(8) {
            let first = sequences.insert(eight.to_vec(), id);
            assert!(first.is_none_or(|first| first == id), "{first:?} and {id} both say {eight:?}");
        }
    }
    Ok(())
}

#[test]
fn the_run_is_whole_and_in_order() -> Result<()> {
    let collection = whole()?;
    let run = collection.run("bm25")?;
    assert_eq!(run.queries().count(), collection.queries().len());
    for query in collection.queries() {
        let ranking = run.ranking(&query.query_id);
        assert!((1..=50).contains(&ranking.len()), "{}: {} documents", query.query_id, ranking.len());
        assert!(ranking.iter().all(|ranked| ranked.score > 0.0), "{}", query.query_id);
    }
    // The library does not look at the ranks of the file; others do.
    let mut next: HashMap<&str, usize> = HashMap::new();
    for line in fs::read_to_string(folder().join("bm25.run")).unwrap().lines() {
        let [query, q0, document, rank, _, tag] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let place = next.entry(run.queries().find(|id| *id == query).unwrap()).or_default();
        assert_eq!((q0, tag), ("Q0", "bm25"));
        assert_eq!(run.ranking(query)[*place].doc_id, document, "{line}");
        *place += 1;
        assert_eq!(rank, place.to_string(), "{line}");
    }
    Ok(())
}

#[test]
fn term_matching_alone_neither_solves_it_nor_fails() -> Result<()> {
    let collection = whole()?;
    let ndcg = mean(&evaluate(collection.run("bm25")?, collection.qrels(), Measure::NdcgAt(10))?);
    assert!((0.4..0.8).contains(&ndcg), "BM25 has nDCG@10 {ndcg:.3}");
    let pairs = collection.pairs("bm25", 10)?;
    let of = |name: &str| pairs.iter().filter(|pair| pair.kind.as_deref() == Some(name)).count();
    assert!(of("lexical") > 10 * of("paraphrase"), "{} lexical, {} paraphrase", of("lexical"), of("paraphrase"));
    Ok(())
}

#[test]
fn the_readme_lists_the_files_as_they_are() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let files = [
        "corpus.jsonl",
        "queries.jsonl",
        "qrels/all.tsv",
        "qrels/train.tsv",
        "qrels/test.tsv",
        "kinds.tsv",
        "bm25.run",
    ];
    for name in files.into_iter().chain(["stopwords.txt"]) {
        let hash: String =
            Sha256::digest(fs::read(folder().join(name)).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(readme.contains(&format!("| `{name}` | {hash} |")), "README.md should say: | `{name}` | {hash} |");
    }
}
