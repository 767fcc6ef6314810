//! Sweeps that are killed, shared out, or meet a full disk give what an undisturbed one gives, and lose nothing.

use crosslens::prelude::*;
use crosslens::sweep::merge;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/interventions/tiny")
}

fn set() -> (CrossEncoder, Pairs) {
    let pairs = Collection::embedded().unwrap().with_qrels("all").unwrap().judged_pairs().unwrap();
    let some = ["q01", "q17", "q33", "q40", "q64"];
    (CrossEncoder::open(tiny()).unwrap(), pairs.filter(|pair| some.contains(&pair.query_id.as_str())))
}

/// The content of every file of a folder.
fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|e| (e.file_name().into_string().unwrap(), std::fs::read(e.path()).unwrap())).collect()
}

fn parts(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeMap::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let parts = paths.filter(|path| path.extension().is_some_and(|ending| ending == "parquet"));
    parts.map(|path| (path.clone(), path.metadata().unwrap().modified().unwrap())).collect()
}

fn sweep(store: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crosslens"));
    command.args(["sweep", "pairs", "--model"]).arg(tiny()).arg("--store").arg(store);
    command.args(["--resamples", "10", "--effects"]).arg(store.with_extension("csv"));
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn killed_at_any_moment_it_goes_on_and_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (killed, whole) = (folder.path().join("killed"), folder.path().join("whole"));
    let undisturbed = sweep(&whole).output().unwrap();
    assert!(undisturbed.status.success(), "{}", told(&undisturbed));

    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut finished: BTreeMap<PathBuf, SystemTime> = BTreeMap::new();
    let mut in_mid_sweep = 0;
    for _ in 0..10 {
        let mut process = sweep(&killed).spawn().unwrap();
        // A few queries later, and then at any moment.
        let enough = finished.len() + random.random_range(1..5);
        while parts(&killed).len() < enough && process.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(random.random_range(0..20_000)));
        in_mid_sweep += usize::from(process.try_wait().unwrap().is_none());
        process.kill().unwrap();
        process.wait().unwrap();
        let now = parts(&killed);
        for (part, written) in &finished {
            assert_eq!(now.get(part), Some(written), "{} was computed again", part.display());
        }
        finished = now;
    }
    assert!(in_mid_sweep >= 5, "only {in_mid_sweep} of ten kills came in mid-sweep");
    let resumed = sweep(&killed).output().unwrap();
    assert!(resumed.status.success(), "{}", told(&resumed));
    for (part, written) in &finished {
        assert_eq!(parts(&killed).get(part), Some(written), "{} was computed again", part.display());
    }
    let visible =
        |folder: &Path| bytes(folder).into_iter().filter(|(name, _)| !name.ends_with(".part")).collect::<Vec<_>>();
    assert!(visible(&killed) == visible(&whole), "the resumed store has other bytes");
    assert_eq!(
        std::fs::read(killed.with_extension("csv")).unwrap(),
        std::fs::read(whole.with_extension("csv")).unwrap()
    );
}

#[test]
fn shards_make_the_whole_byte_for_byte() {
    let (folder, (model, pairs)) = (tempfile::tempdir().unwrap(), set());
    let at = |name: &str| folder.path().join(name);
    let heads = || model.ablate(Heads::all()).resamples(20);
    let effects = heads().store(at("whole")).over(&pairs).unwrap();
    let names: Vec<PathBuf> = (1..=3).map(|number| at(&format!("shard{number}"))).collect();
    for (number, store) in names.iter().enumerate().skip(1) {
        let shard = Shard::new(number + 1, 3).unwrap();
        let swept = heads().shard(shard).store(store).run(&pairs).unwrap();
        assert!(swept.pairs().unwrap().height() < 12 * pairs.len());
    }
    let lacking = merge(&names[1..], at("merged")).unwrap_err().to_string();
    assert!(lacking.contains("of 5 queries are in none of the stores (part-00000.parquet"), "{lacking}");
    assert!(!at("merged").exists());
    heads().shard("1/3".parse().unwrap()).store(&names[0]).over(&pairs).unwrap();
    // More shards than queries: the last ones have nothing to do, and say so only when asked for effects.
    let idle = heads().shard(Shard::new(9, 9).unwrap()).store(at("idle")).run(&pairs).unwrap();
    assert!(parts(&at("idle")).is_empty() && idle.effects().unwrap_err().to_string().contains("no pairs"));
    merge(&[&names[..], &[at("idle")]].concat(), at("merged")).unwrap();
    assert!(bytes(&at("merged")) == bytes(&at("whole")));
    // Nothing is left to compute, and the effects are those of the whole.
    let before = parts(&at("merged"));
    assert_eq!(heads().store(at("merged")).over(&pairs).unwrap(), effects);
    assert_eq!(parts(&at("merged")), before);
    heads().zero().seed(1).store(at("other")).over(&pairs).unwrap();
    let (part, copy) = (at("shard1").join("part-00000.parquet"), at("copy"));
    std::fs::create_dir(&copy).unwrap();
    std::fs::copy(at("shard1").join("sweep.json"), copy.join("sweep.json")).unwrap();
    std::fs::write(copy.join("part-00000.parquet"), [&std::fs::read(&part).unwrap()[..], b"!"].concat()).unwrap();
    let unlike = merge(&[&[copy], &names[..]].concat(), at("unlike")).unwrap_err().to_string();
    assert!(unlike.contains("holds other scores") && !at("unlike").exists(), "{unlike}");
    let other = merge(&[at("whole"), at("other")], at("mixed")).unwrap_err().to_string();
    assert!(other.contains("another seed: 1, not 42"), "{other}");
}

#[test]
fn a_store_of_something_else_is_refused_by_name() {
    let (folder, (model, pairs)) = (tempfile::tempdir().unwrap(), set());
    let store = folder.path().join("store");
    let heads = |model: &CrossEncoder| model.ablate(Heads::all()).resamples(10).store(&store);
    heads(&model).over(&pairs).unwrap();
    let before = bytes(&store);
    let refused = |result: Result<DataFrame>, what: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(what) && error.contains("name another folder"), "{error}");
        assert!(bytes(&store) == before);
    };
    let other_model = model.with(Zero::mlp([0])).unwrap();
    refused(heads(&other_model).over(&pairs), "another model");
    refused(heads(&model).over(&pairs.filter(|pair| pair.query_id != "q01")), "another collection");
    let mut changed: Vec<Pair> = pairs.to_vec();
    changed[3].document.push_str(" And more.");
    refused(heads(&model).over(&Pairs::new(changed, pairs.qrels())), "another collection");
    refused(heads(&model).mean(&model.means(&pairs).unwrap()).over(&pairs), "another sweep");
    let donors = |seed| model.donors(&pairs, Donor::OtherQuery, seed).unwrap();
    refused(heads(&model).resample(&donors(1)).over(&pairs), "another sweep");
    refused(heads(&model).seed(43).over(&pairs), "another seed: 42, not 43");
    refused(model.ablate([Head::new(0, 0)]).store(&store).over(&pairs), "another sweep");

    let by_function = model.with(Part0).unwrap();
    let nameless = by_function.ablate(Heads::all()).store(folder.path().join("new")).over(&pairs).unwrap_err();
    assert!(nameless.to_string().contains("is a function"), "{nameless}");
}

/// An intervention that does not say what it does.
#[derive(Debug)]
struct Part0;

impl Intervention for Part0 {
    fn check(&self, _: &Shape) -> Result<()> {
        Ok(())
    }
    fn touches(&self, _: Site, _: usize) -> bool {
        false
    }
    fn apply(&self, _: usize, value: candle_core::Tensor, _: &Tokens) -> Result<candle_core::Tensor> {
        Ok(value)
    }
}

#[test]
fn a_damaged_part_is_named_and_computed_again_once_it_is_gone() {
    let (folder, (model, pairs)) = (tempfile::tempdir().unwrap(), set());
    let store = folder.path().join("store");
    let heads = || model.ablate([Head::new(0, 1), Head::new(2, 3)]).resamples(10).store(&store);
    let effects = heads().over(&pairs).unwrap();
    let (whole, part) = (bytes(&store), store.join("part-00001.parquet"));
    for damage in [&b"PAR1"[..], &std::fs::read(store.join("part-00002.parquet")).unwrap()] {
        std::fs::write(&part, damage).unwrap();
        let error = heads().over(&pairs).unwrap_err().to_string();
        assert!(error.contains("part-00001.parquet") && error.contains("remove it"), "{error}");
    }
    std::fs::remove_file(&part).unwrap();
    assert_eq!(heads().over(&pairs).unwrap(), effects);
    assert!(bytes(&store) == whole);
    std::fs::write(store.join("sweep.json"), "{}").unwrap();
    assert!(heads().over(&pairs).unwrap_err().to_string().contains("sweep.json"));
}

#[test]
fn a_part_of_another_query_with_the_same_documents_is_told_apart() {
    let (folder, (model, pairs)) = (tempfile::tempdir().unwrap(), set());
    let store = folder.path().join("store");
    let of = |query_id: &'static str| {
        pairs[..7].iter().enumerate().map(move |(at, pair)| Pair {
            query_id: query_id.into(),
            doc_id: at.to_string(),
            ..pair.clone()
        })
    };
    let both = Pairs::new(of("a").chain(of("b")).collect(), pairs.qrels());
    let heads = || model.ablate([Head::new(0, 1)]).resamples(5).store(&store);
    heads().run(&both).unwrap();
    std::fs::copy(store.join("part-00000.parquet"), store.join("part-00001.parquet")).unwrap();
    let error = heads().run(&both).unwrap_err().to_string();
    assert!(error.contains("part-00001.parquet") && error.contains("not the part"), "{error}");
}

#[test]
fn what_is_refused_leaves_no_store() {
    let (folder, (model, pairs)) = (tempfile::tempdir().unwrap(), set());
    let store = folder.path().join("store");
    let mut bad = pairs.to_vec();
    bad[20].document.clear();
    let error = model.ablate(Heads::all()).store(&store).over(&Pairs::new(bad, pairs.qrels())).unwrap_err().to_string();
    assert!(error.contains("is empty") && !store.exists(), "{error}");
    assert!(model.ablate([Head::new(9, 9)]).store(&store).over(&pairs).is_err() && !store.exists());
}

#[test]
fn a_model_whose_file_has_changed_is_not_taken_for_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(tiny().join(name), folder.path().join(name)).unwrap();
    }
    let (model, same) = (CrossEncoder::open(folder.path()).unwrap(), CrossEncoder::open(tiny()).unwrap());
    assert_eq!(model.fingerprint().unwrap(), same.fingerprint().unwrap());
    let other = CrossEncoder::open(folder.path()).unwrap();
    std::fs::write(folder.path().join("model.safetensors"), "trained on").unwrap();
    let error = other.fingerprint().unwrap_err().to_string();
    assert!(error.contains("model.safetensors") && error.contains("has changed"), "{error}");
}

#[test]
fn arguments_that_would_be_passed_over_are_refused() {
    let told = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_crosslens")).arg("sweep").args(arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        told(&output)
    };
    assert!(told(&["heads", "--shard", "1/2"]).contains("--store"));
    assert!(told(&["--store", "s", "heads", "--shard", "1/2", "--effects", "e.csv"]).contains("merge"));
    assert!(told(&["heads", "--layers", "0,1"]).contains("--layers is for"));
    assert!(told(&["layers", "--heads", "2.9"]).contains("--heads is not"));
    assert!(told(&["edges", "--ablation", "mean"]).contains("--ablation is not"));
    assert!(told(&["heads", "--effects", "effects.txt"]).contains(".parquet or .csv"));
    assert!(told(&["heads", "--heads", " "]).contains("names none"));
    assert!(told(&["heads", "--heads", "2-9"]).contains("layer.head"));
    assert!(told(&["heads", "--top", "5"]).contains("--run"));
    assert!(told(&["heads", "--shard", "3/2", "--store", "s"]).contains("1/2 to 2/2"));
    assert!(told(&["heads", "--collection", "nowhere"]).contains("nowhere"));
}

#[test]
fn effects_are_printed_as_csv_where_no_file_is_named() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crosslens"));
    command.args([
        "sweep",
        "together",
        "--heads",
        "0.1 2.3",
        "--resamples",
        "5",
        "--run",
        "bm25",
        "--top",
        "2",
        "--model",
    ]);
    let output = command.arg(tiny()).output().unwrap();
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let lines: Vec<&str> = printed.lines().collect();
    assert!(
        lines.len() == 2
            && lines[0].starts_with("heads,ablation,logit_effect,")
            && lines[1].starts_with("0.1 2.3,zero,")
    );
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let limited = |blocks: u32| {
        let command = sweep(&store);
        let mut shell = Command::new("sh");
        // A file larger than the limit cannot be written, as on a full disk; without the trap the process would be killed.
        shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"")).arg("sh");
        shell.arg(command.get_program()).args(command.get_args()).output().unwrap()
    };
    let full = limited(2);
    assert!(!full.status.success());
    let message = told(&full);
    assert!(
        message.contains("of 80 queries are finished and kept") && message.contains("run the same again"),
        "{message}"
    );
    assert_eq!(bytes(&store).keys().collect::<Vec<_>>(), ["sweep.json"]);
    let after = sweep(&store).output().unwrap();
    assert!(after.status.success(), "{}", told(&after));
    assert_eq!(parts(&store).len(), 80);
}

#[test]
fn a_folder_that_cannot_be_made_is_told_before_anything_is_computed() {
    let (folder, (model, pairs)) = (tempfile::tempdir().unwrap(), set());
    let file = folder.path().join("file");
    std::fs::write(&file, "no folder").unwrap();
    let never = |progress: Progress| panic!("computed {}", progress.done);
    let sweep = model.ablate(Heads::all()).progress(never).store(file.join("store"));
    let error = sweep.over(&pairs).unwrap_err().to_string();
    assert!(error.contains("file/store") && error.contains("cannot be written"), "{error}");
}
