//! A collection as a user meets it: what opens, what is refused and with which words, what is paired.

use crosslens::collection::{Collection, Qrels, Run};
use crosslens::{Error, Result};
use flate2::{Compression, write::GzEncoder};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use tempfile::TempDir;

const CORPUS: &str = r#"{"_id": "d1", "title": "Sky", "text": "It is blue.", "metadata": {"ignored": true}}
{"_id": "d2", "text": "Grass is green."}
{"_id": 3, "title": null, "text": "Snow is white."}
{"_id": "d4", "title": "", "text": "Coal is black."}
"#;
const QUERIES: &str = r#"{"_id": "q2", "text": "colour of grass"}
{"_id": "q1", "text": "colour of the sky"}
{"_id": "q3", "text": "colour of nothing"}
"#;
const TEST: &str = "query-id\tcorpus-id\tscore\nq1\td1\t3\nq1\td2\t0\nq1\td4\t0\nq2\td2\t1\n";
const TRAIN: &str = "q1 0 d1 1\nq3 0 d4 -1\n";
const RUN: &str =
    "q1 Q0 3 1 0.25 tag\nq1 Q0 d2 2 0.5 tag\nq1 Q0 d1 3 2.5e0 tag\nq2 Q0 d2 1 -1 tag\nq2 Q0 d1 2 -1 tag\n";
const KINDS: &str = "query-id\tcorpus-id\tkind\nq1\td1\texact\nq1\td2\tlexical\n";

/// A BEIR folder that goes away with the test.
struct Folder(TempDir);

impl Folder {
    fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn whole() -> Self {
        let folder = Self::empty();
        for (name, text) in [
            ("corpus.jsonl", CORPUS),
            ("queries.jsonl", QUERIES),
            ("qrels/test.tsv", TEST),
            ("qrels/train.qrels", TRAIN),
            ("kinds.tsv", KINDS),
            ("bm25.run", RUN),
        ] {
            folder.write(name, text);
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    fn open(&self) -> Result<Collection> {
        Collection::open(self.0.path())
    }

    /// What opening says, with `@` for the folder.
    fn refusal(&self) -> String {
        self.plain(self.open())
    }

    fn plain<T>(&self, result: Result<T>) -> String {
        match result {
            Ok(_) => "accepted".into(),
            Err(error) => error.to_string().replace(&self.0.path().display().to_string(), "@"),
        }
    }
}

fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

fn ids(pairs: &[crosslens::collection::Pair]) -> Vec<(&str, &str)> {
    pairs.iter().map(|pair| (pair.query_id.as_str(), pair.doc_id.as_str())).collect()
}

#[test]
fn a_folder_opens_with_all_its_parts() -> Result<()> {
    let folder = Folder::whole();
    let collection = folder.open()?;
    assert_eq!(
        collection.queries().iter().map(|query| query.query_id.as_str()).collect::<Vec<_>>(),
        ["q2", "q1", "q3"]
    );
    assert_eq!(
        collection.documents().iter().map(|document| document.doc_id.as_str()).collect::<Vec<_>>(),
        ["d1", "d2", "3", "d4"]
    );
    assert_eq!(collection.query("q1")?.text, "colour of the sky");
    assert_eq!(collection.document("d1")?.full_text(), "Sky It is blue.");
    assert_eq!(collection.document("3")?.full_text(), "Snow is white.");
    assert_eq!(collection.qrels_names(), ["test", "train"]);
    assert_eq!(collection.qrels().len(), 4);
    assert_eq!(collection.runs(), ["bm25"]);
    assert_eq!(collection.run("bm25")?.len(), 5);
    assert_eq!(
        collection.judged_queries().iter().map(|query| query.query_id.as_str()).collect::<Vec<_>>(),
        ["q2", "q1"]
    );
    assert_eq!(collection.warnings(), &[] as &[String]);
    let shown = format!("{collection:?}");
    assert!(
        shown.contains(r#"queries: 3, documents: 4, qrels: Some("test"), judgements: 4, runs: ["bm25"]"#),
        "{shown}"
    );
    Ok(())
}

#[test]
fn judgements_are_chosen_by_name() -> Result<()> {
    let folder = Folder::whole();
    let train = folder.open()?.with_qrels("train")?;
    assert_eq!(train.qrels().iter().collect::<Vec<_>>(), [("q1", "d1", 1), ("q3", "d4", -1)]);
    assert_eq!(train.judged_queries().iter().map(|query| query.query_id.as_str()).collect::<Vec<_>>(), ["q1", "q3"]);
    assert_eq!(train.with_qrels("test")?.qrels().len(), 4);
    assert_eq!(folder.plain(train.with_qrels("dev")), r#"there is no qrels "dev"; there is test, train"#);
    folder.remove("qrels/test.tsv");
    folder.write("qrels/dev.txt", "q2 0 d2 1\n");
    assert_eq!(folder.open()?.qrels().queries().collect::<Vec<_>>(), ["q2"], "the alphabetically first");
    Ok(())
}

#[test]
fn everything_may_be_gzipped_and_go_by_any_name() -> Result<()> {
    let folder = Folder::empty();
    folder.write("corpus.jsonl.gz", gzip(CORPUS));
    folder.write("queries.jsonl", gzip(QUERIES));
    folder.write("qrels/test.tsv.gz", gzip(TEST));
    folder.write("qrels/train.txt.gz", TRAIN);
    folder.write("kinds.tsv.gz", gzip(KINDS));
    folder.write("bm25.run.gz", gzip(RUN));
    let (zipped, plain) = (folder.open()?, Folder::whole());
    let plain = plain.open()?;
    assert_eq!(zipped.queries(), plain.queries());
    assert_eq!(zipped.documents(), plain.documents());
    assert_eq!(zipped.qrels_names(), plain.qrels_names());
    assert_eq!(zipped.qrels(), plain.qrels());
    assert_eq!(zipped.run("bm25")?, plain.run("bm25")?);
    assert_eq!(&zipped.pairs("bm25", 9)?[..], &plain.pairs("bm25", 9)?[..]);
    Ok(())
}

#[test]
fn marks_carriage_returns_blank_lines_and_hidden_files_do_not_matter() -> Result<()> {
    let (folder, plain) = (Folder::empty(), Folder::whole());
    let windows = |text: &str| format!("\u{feff}{}\r\n", text.replace('\n', "\r\n\r\n"));
    for (name, text) in
        [("corpus.jsonl", CORPUS), ("queries.jsonl", QUERIES), ("qrels/test.tsv", TEST), ("bm25.run", RUN)]
    {
        folder.write(name, windows(text));
    }
    folder.write(".bm25.run", "an editor's leavings");
    folder.write("qrels/._test.tsv", "a file system's leavings");
    folder.write("notes.txt", "not a run");
    let (folder, plain) = (folder.open()?, plain.open()?);
    assert_eq!(folder.queries(), plain.queries());
    assert_eq!(folder.documents(), plain.documents());
    assert_eq!(folder.qrels(), plain.qrels());
    assert_eq!(folder.run("bm25")?, plain.run("bm25")?);
    Ok(())
}

#[test]
fn a_header_may_be_missing() -> Result<()> {
    let folder = Folder::whole();
    folder.write("qrels/test.tsv", "q1\td1\t3\nq2\td2\t1\n");
    folder.write("kinds.tsv", "q1\td1\texact\n");
    let collection = folder.open()?;
    assert_eq!(collection.qrels().len(), 2);
    assert_eq!(collection.pairs_for("q1")?[0].kind.as_deref(), Some("exact"));
    Ok(())
}

#[test]
fn judgements_and_runs_are_optional() -> Result<()> {
    let folder = Folder::empty();
    folder.write("corpus.jsonl", CORPUS);
    folder.write("queries.jsonl", QUERIES);
    let collection = folder.open()?;
    assert!(collection.qrels().is_empty() && collection.runs().is_empty() && collection.judged_queries().is_empty());
    assert!(collection.pairs_for("q1")?.is_empty());
    assert_eq!(folder.plain(collection.run("bm25")), r#"there is no run "bm25"; there is none"#);
    folder.write("bm25.run", RUN);
    assert_eq!(
        folder.plain(folder.open()?.pairs("bm25", 1)),
        "@: no query has judgements, so there are none to pair; put them into qrels/test.tsv"
    );
    Ok(())
}

#[test]
fn pairs_come_in_the_order_of_queries_and_ranks() -> Result<()> {
    let collection = Folder::whole().open()?;
    let pairs = collection.pairs("bm25", 2)?;
    assert_eq!(ids(&pairs), [("q2", "d2"), ("q2", "d1"), ("q1", "d1"), ("q1", "d2")]);
    assert_eq!(pairs.iter().map(|pair| pair.relevance).collect::<Vec<_>>(), [Some(1), None, Some(3), Some(0)]);
    assert_eq!(
        pairs.iter().map(|pair| pair.kind.as_deref()).collect::<Vec<_>>(),
        [None, None, Some("exact"), Some("lexical")]
    );
    assert_eq!((pairs[2].query.as_str(), pairs[2].document.as_str()), ("colour of the sky", "Sky It is blue."));
    assert_eq!(pairs.qrels(), collection.qrels(), "judged documents beyond rank 2 are needed for an ideal ranking");
    assert_eq!(collection.pairs("bm25", 99)?.len(), 5);
    let only = pairs.filter(|pair| pair.query_id == "q2");
    assert_eq!(ids(&only), [("q2", "d2"), ("q2", "d1")]);
    assert_eq!(only.qrels().len(), 1);
    assert_eq!((&pairs).into_iter().count(), 4);
    Ok(())
}

#[test]
fn pairs_for_a_query_come_by_grade_and_then_id() -> Result<()> {
    let folder = Folder::whole();
    folder.write("qrels/test.tsv", "q1\td4\t0\nq1\td2\t0\nq1\t3\t2\nq1\td1\t3\nq1\tgone\t3\n");
    let collection = folder.open()?;
    assert_eq!(ids(&collection.pairs_for("q1")?), [("q1", "d1"), ("q1", "3"), ("q1", "d2"), ("q1", "d4")]);
    assert_eq!(collection.pairs_for("q1")?.qrels().get("q1", "gone"), Some(3));
    assert!(collection.pairs_for("q2")?.is_empty());
    assert_eq!(folder.plain(collection.pairs_for("q9")), r#"there is no query "q9"; there is q2, q1, q3"#);
    assert_eq!(folder.plain(collection.document("d9")), r#"there is no document "d9"; there is d1, d2, 3, d4"#);
    Ok(())
}

#[test]
fn a_run_that_does_not_fit_is_refused() -> Result<()> {
    let folder = Folder::whole();
    folder.write("short.run", "q1 Q0 d1 1 1 tag\n");
    folder.write("queries.run", "q1 Q0 d1 1 1 tag\nq2 Q0 d1 1 1 tag\nq9 Q0 d1 1 1 tag\n");
    folder.write("documents.run", "q1 Q0 d1 1 2 tag\nq1 Q0 d9 2 1 tag\nq2 Q0 d1 1 1 tag\n");
    let collection = folder.open()?;
    assert_eq!(collection.runs(), ["bm25", "documents", "queries", "short"]);
    let refusal = |run: &str, k: usize| folder.plain(collection.pairs(run, k));
    assert_eq!(
        refusal("bm52", 1),
        r#"there is no run "bm52"; did you mean "bm25"? There is bm25, documents, queries, short"#
    );
    assert_eq!(
        refusal("short", 1),
        r#"run "short" lacks 1 judged queries (q2); score them too, or restrict the qrels to the queries of the run"#
    );
    assert!(matches!(collection.pairs("short", 1), Err(Error::IncompleteRun { .. })));
    assert_eq!(
        refusal("queries", 1),
        r#"run "queries" ranks documents for query "q9", which @ does not hold; is it a run over another collection?"#
    );
    assert_eq!(
        refusal("documents", 1),
        r#"run "documents" ranks document "d9" for query "q1", which @ does not hold; is it a run over another collection?"#
    );
    assert_eq!(refusal("bm25", 0), "the best 0 documents of a run are none; ask for at least 1");
    Ok(())
}

#[test]
fn a_run_of_ones_own_joins_the_collection() -> Result<()> {
    let collection = Folder::whole().open()?;
    let mine = Run::from_scores("mine", [("q1", "d4", 0.1), ("q2", "d4", 0.1), ("q2", "3", 0.2)])?;
    let with = collection.with_run(mine);
    assert_eq!(with.runs(), ["bm25", "mine"]);
    assert_eq!(ids(&with.pairs("mine", 1)?), [("q2", "3"), ("q1", "d4")]);
    assert_eq!(collection.runs(), ["bm25"]);
    Ok(())
}

#[test]
fn oddities_are_warned_of_with_counts_and_examples() -> Result<()> {
    let folder = Folder::whole();
    folder.write("corpus.jsonl", format!("{CORPUS}{}\n", r#"{"_id": "blank", "title": " ", "text": "  "}"#));
    folder.write("queries.jsonl", format!("{QUERIES}{}\n", r#"{"_id": "mute", "text": ""}"#));
    folder.write("qrels/test.tsv", format!("{TEST}q1\tx1\t1\nq2\tx1\t1\nq9\td1\t1\nq9\td2\t2\n"));
    folder.write("kinds.tsv", format!("{KINDS}q1\tx7\texact\n"));
    let collection = folder.open()?;
    assert_eq!(
        collection.warnings(),
        [
            "queries without text: 1 (mute); scoring them is an error",
            "documents without text: 1 (blank); scoring them is an error",
            r#"qrels "test": judgements of queries that the collection lacks: 2 (q9); measures count them, pairs lack them"#,
            r#"qrels "test": judgements of documents that the collection lacks: 2 (x1); measures count them, pairs lack them"#,
            "kinds.tsv: lines of documents that the collection lacks: 1 (x7); they are not used",
        ]
    );
    assert_eq!(collection.qrels().get("q9", "d2"), Some(2));
    assert_eq!(collection.with_qrels("train")?.warnings().len(), 3, "those of the qrels go with the qrels");
    Ok(())
}

#[test]
fn missing_and_ambiguous_files_are_named() {
    let layout = "a BEIR folder holds corpus.jsonl and queries.jsonl (or .jsonl.gz), and judgements in qrels/*.tsv";
    let folder = Folder::whole();
    folder.remove("corpus.jsonl");
    assert_eq!(folder.refusal(), format!("@/corpus.jsonl: not found; {layout}"));
    let folder = Folder::whole();
    folder.remove("queries.jsonl");
    assert_eq!(folder.refusal(), format!("@/queries.jsonl: not found; {layout}"));
    assert_eq!(folder.plain(Collection::open(folder.path("nowhere"))), format!("@/nowhere: not found; {layout}"));
    assert!(folder.plain(Collection::open(folder.path("bm25.run"))).starts_with("@/bm25.run: "));

    let folder = Folder::whole();
    folder.write("corpus.jsonl.gz", gzip(CORPUS));
    assert_eq!(
        folder.refusal(),
        "@: both corpus.jsonl and corpus.jsonl.gz could be corpus.jsonl; rename or remove one of them"
    );
    let folder = Folder::whole();
    folder.write("qrels/test.qrels", TRAIN);
    assert_eq!(
        folder.refusal(),
        r#"@/qrels: both test.qrels and test.tsv could be qrels "test"; rename or remove one of them"#
    );
    assert_eq!(
        folder.plain(Qrels::open(folder.path("nowhere.tsv"))),
        "@/nowhere.tsv: not found; judgements are a text file of BEIR's 3 tab-separated or TREC's 4 columns"
    );
    assert_eq!(
        folder.plain(Run::open(folder.path("nowhere.run"))),
        "@/nowhere.run: not found; a run is a text file of lines `query Q0 document rank score tag`"
    );
    assert!(folder.plain(Run::open(folder.path("qrels"))).starts_with("@/qrels: "));
}

/// For each file: what stands in it, and what is said about it.
#[test]
fn bad_lines_are_refused_with_file_and_line() {
    let object = "expected a JSON object with `_id` and `text`:";
    let cases: &[(&str, &str, &str)] = &[
        (
            "corpus.jsonl",
            "",
            r#"1: the file is empty; expected one JSON object a line, each a document: {"_id": "1", "text": "…"}"#,
        ),
        (
            "queries.jsonl",
            "\n\n",
            r#"1: the file is empty; expected one JSON object a line, each a query: {"_id": "1", "text": "…"}"#,
        ),
        (
            "corpus.jsonl",
            "{\"_id\": \"d1\", \"text\": \"\"}\n\n{\"_id\": \"d2\", \"te",
            &format!("3: {object} EOF while parsing a string (column 17)"),
        ),
        ("corpus.jsonl", "d1\tSky\tblue\n", &format!("1: {object} expected value (column 1)")),
        ("corpus.jsonl", "{\"_id\": \"d1\"}\n", &format!("1: {object} missing field `text` (column 13)")),
        ("corpus.jsonl", "{\"text\": \"d1\"}\n", &format!("1: {object} missing field `_id` (column 14)")),
        (
            "queries.jsonl",
            "{\"_id\": \"q1\", \"text\": 5}\n",
            &format!("1: {object} invalid type: integer `5`, expected a string (column 23)"),
        ),
        (
            "queries.jsonl",
            "{\"_id\": \"q1\", \"text\": \"a\"} {}\n",
            &format!("1: {object} trailing characters (column 28)"),
        ),
        ("queries.jsonl", "{\"_id\": null, \"text\": \"a\"}\n", "1: `_id` must be a string or a number, found null"),
        ("queries.jsonl", "{\"_id\": \"\", \"text\": \"a\"}\n", "1: `_id` is empty"),
        (
            "queries.jsonl",
            "{\"_id\": 1, \"text\": \"a\"}\n\n{\"_id\": \"1\", \"text\": \"b\"}\n",
            r#"3: query id "1" appears a second time (first on line 1); ids must be unique"#,
        ),
        (
            "corpus.jsonl",
            "{\"_id\": \"d1\", \"text\": \"a\"}\n{\"_id\": \"d1\", \"text\": \"a\"}\n",
            r#"2: document id "d1" appears a second time (first on line 1); ids must be unique"#,
        ),
        (
            "qrels/test.tsv",
            "q1\td1\t1\nq1\td2\n",
            "2: expected 3 tab-separated columns (query-id, corpus-id, score), found 2",
        ),
        (
            "qrels/test.tsv",
            "q1 d1 1\n",
            "1: expected 3 tab-separated columns (query-id, corpus-id, score) or 4 columns (query, iteration, document, relevance), found 3",
        ),
        (
            "qrels/test.tsv",
            "q1 0 d1 1\nq1 d2 1\n",
            "2: expected 4 columns (query, iteration, document, relevance), found 3",
        ),
        ("qrels/test.tsv", "q1\td1\t1.5\n", r#"1: relevance "1.5" is not a whole number of 32 bits"#),
        ("qrels/test.tsv", "q1\td1\t99999999999\n", r#"1: relevance "99999999999" is not a whole number of 32 bits"#),
        ("qrels/test.tsv", "q1\t\t1\n", "1: an id is empty; expected query-id, corpus-id and score"),
        (
            "qrels/test.tsv",
            "q1\td1\t1\nquery-id\tcorpus-id\tscore\n",
            r#"2: relevance "score" is not a whole number of 32 bits"#,
        ),
        (
            "qrels/test.tsv",
            "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t1\nq1\td1\t0\n",
            r#"4: query-document id "q1 d1" appears a second time (first on line 2); ids must be unique"#,
        ),
        ("kinds.tsv", "q1\td1\n", "1: expected 3 tab-separated columns (query-id, corpus-id, kind), found 2"),
        ("kinds.tsv", "q1\td1\t\n", "1: a column is empty; expected query-id, corpus-id and kind"),
        (
            "kinds.tsv",
            "q1\td1\ta\nq1\td1\tb\n",
            r#"2: query-document id "q1 d1" appears a second time (first on line 1); ids must be unique"#,
        ),
        ("bm25.run", "q1 Q0 d1 1 0.5\n", "1: expected 6 columns (query, Q0, document, rank, score, tag), found 5"),
        ("bm25.run", "q1 Q0 d1 1 high tag\n", r#"1: score "high" is not a finite number"#),
        ("bm25.run", "q1 Q0 d1 1 1 tag\nq1 Q0 d2 2 NaN tag\n", r#"2: score "NaN" is not a finite number"#),
        ("bm25.run", "q1 Q0 d1 1 inf tag\n", r#"1: score "inf" is not a finite number"#),
        ("bm25.run", "q1 Q0 d1 1 1e999 tag\n", r#"1: score "1e999" is not a finite number"#),
        (
            "bm25.run",
            "q1 Q0 d1 1 3 tag\nq2 Q0 d1 1 3 tag\nq1 Q0 d1 2 1 tag\n",
            r#"3: query-document id "q1 d1" appears a second time (first on line 1); ids must be unique"#,
        ),
    ];
    for (name, text, said) in cases {
        let folder = Folder::whole();
        folder.write(name, text);
        assert_eq!(folder.refusal(), format!("@/{name}:{said}"), "{text:?}");
        folder.write(name, gzip(text));
        assert_eq!(folder.refusal(), format!("@/{name}:{said}"), "{text:?}, gzipped");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_with_file_and_line() {
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() - 9].to_vec();
    for name in ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv", "kinds.tsv", "bm25.run"] {
        let folder = Folder::whole();
        let whole = fs::read(folder.path(name)).unwrap();
        folder.write(name, [whole.clone(), b"q\xFF".to_vec()].concat());
        let line = whole.split(|byte| *byte == b'\n').count();
        assert_eq!(
            folder.refusal(),
            format!("@/{name}:{line}: byte 2 of the line is not valid UTF-8; save the file as UTF-8")
        );
        folder.write(name, cut(gzip(&whole)));
        let refusal = folder.refusal();
        assert!(refusal.starts_with(&format!("@/{name}:")), "{refusal}");
        assert!(refusal.contains("the gzip stream is damaged or cut short"), "{refusal}");
    }
}

#[test]
fn runs_order_by_score_and_then_by_id_downwards() -> Result<()> {
    let folder = Folder::empty();
    let path = folder.write("a.b.run", "q Q0 a 1 1.0 t\nq Q0 b 2 1 t\nq Q0 c 3 2 t\nq Q0 e 4 -0.0 t\nq Q0 f 5 0 t\n");
    let run = Run::open(path)?;
    assert_eq!(run.name(), "a.b");
    let order: Vec<&str> = run.ranking("q").iter().map(|ranked| ranked.doc_id.as_str()).collect();
    assert_eq!(order, ["c", "b", "a", "f", "e"]);
    assert_eq!(format!("{run:?}"), r#"Run("a.b": 5 documents for 1 queries)"#);
    assert_eq!(
        folder.plain(Run::from_scores("r", [("q", "a", f64::INFINITY)])),
        r#"run "r": query "q", document "a" has the score inf; scores must be finite numbers"#
    );
    assert_eq!(
        folder.plain(Run::from_scores("r", [("q", "a", 1.0), ("q", "a", 2.0)])),
        r#"run "r": query "q", document "a" is scored twice; a document stands once in a ranking"#
    );
    assert_eq!(
        folder.plain(Qrels::from_judgements([("q", "a", 1), ("q", "a", 2)])),
        r#"document "a" is judged twice for query "q"; judge it once"#
    );
    Ok(())
}

#[test]
fn a_saved_run_comes_back_as_it_was() -> Result<()> {
    let folder = Folder::empty();
    let scores = [("q1", "d1", 0.1 + 0.2), ("q1", "d2", -1e-300), ("q1", "d3", 1e300), ("q2", "d1", f64::MIN_POSITIVE)];
    let run = Run::from_scores("two words", scores)?;
    for name in ["two words.run", "two words.run.gz"] {
        let path = folder.write(name, "something older");
        run.save(&path)?;
        assert_eq!(Run::open(&path)?, run);
    }
    assert_eq!(fs::read(folder.path("two words.run.gz")).unwrap()[..2], [0x1f, 0x8b]);
    assert!(fs::read_to_string(folder.path("two words.run")).unwrap().contains(" two-words\n"));
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 2, "no temporary file stays");
    Ok(())
}

#[test]
fn a_run_that_cannot_be_saved_leaves_nothing_behind() -> Result<()> {
    let folder = Folder::empty();
    let run = Run::from_scores("r", [("q", "white space", 1.0)])?;
    assert_eq!(
        folder.plain(run.save(folder.path("r.run"))),
        r#"@/r.run: id "white space" is empty or holds white space: a run in TREC's format cannot name it"#
    );
    let run = Run::from_scores("r", [("q", "d", 1.0)])?;
    assert!(folder.plain(run.save(folder.path("nowhere/r.run"))).starts_with("@/nowhere/r.run: "));
    fs::create_dir(folder.path("taken.run")).unwrap();
    assert!(folder.plain(run.save(folder.path("taken.run"))).starts_with("@/taken.run: "));
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 1);
    Ok(())
}

#[test]
fn a_collection_is_owned_shared_and_sent() {
    fn owned<T: Clone + Send + Sync + 'static>() {}
    owned::<Collection>();
    owned::<Qrels>();
    owned::<Run>();
    owned::<crosslens::collection::Pairs>();
}
