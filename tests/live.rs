//! What a kernel sees of a running cell, and what an interrupt leaves.

mod own_process;

use crosslens::prelude::*;
use own_process::in_own_process;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

const STOP: &str = "CROSSLENS_INTERRUPT";

fn pairs() -> Pairs {
    Collection::embedded().unwrap().pairs_for("q01").unwrap()
}

/// More than any machine computes at once.
fn many_pairs() -> Pairs {
    let tests = Collection::embedded().unwrap().with_qrels("all").unwrap();
    tests.judged_pairs().unwrap().filter(|pair| pair.query_id.as_str() <= "q10")
}

fn stop_file() -> PathBuf {
    std::env::var_os(STOP).unwrap().into()
}

#[test]
fn an_interrupted_sweep_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let environment = || [(STOP, folder.path().join("stop").into())];
    in_own_process("an_interrupted_sweep_goes_on_where_it_stopped", environment, || {
        let model = CrossEncoder::embedded().unwrap();
        let pairs = many_pairs();
        let sweep = model.ablate(Head::new(5, 9));
        let interrupting = sweep.clone().progress(|progress| {
            if progress.done == 2 {
                fs::write(stop_file(), "").unwrap();
            }
        });
        let error = interrupting.over(&pairs).unwrap_err();
        let Error::Interrupted { done, total: 70, kept: true, .. } = error else { panic!("{error}") };
        assert!((2..70).contains(&done), "{done}");
        assert!(error.to_string().contains("of 70 pairs; they are kept: run the cell again"), "{error}");
        assert!(model.score(&pairs).unwrap_err().to_string().starts_with("interrupted after 0 of 70 pairs"));

        fs::remove_file(stop_file()).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&seen);
        let effects = sweep.clone().progress(move |progress| told.lock().unwrap().push(progress.done));
        let effects = effects.over(&pairs).unwrap();
        let mut seen = seen.lock().unwrap().clone();
        seen.sort_unstable();
        assert_eq!(seen, (done + 1..=70).collect::<Vec<_>>(), "what was finished is not computed again");
        assert_eq!(effects, sweep.over(&pairs).unwrap());
    });
}

#[test]
fn outputs_are_records_in_order_between_what_is_printed() {
    let live = || [("CROSSLENS_LIVE", "1".into())];
    let printed = in_own_process("outputs_are_records_in_order_between_what_is_printed", live, || {
        print(b"before");
        let shown = show(&df!("layer" => [0u32]).unwrap());
        print(b"between\n");
        shown.update(&df!("layer" => [1u32]).unwrap());
        clear_output(true);
        df!("layer" => [2u32]).unwrap().evcxr_display();
    });
    let Some(printed) = printed else { return };
    let (start, rest) = printed.split_once('\u{1e}').unwrap();
    assert!(start.ends_with("before"), "{start:?}");
    let records: Vec<(Value, &str)> = rest
        .split('\u{1e}')
        .map(|record| {
            let (json, after) = record.strip_prefix("CROSSLENS ").unwrap().split_once('\n').unwrap();
            (serde_json::from_str(json).unwrap(), after)
        })
        .collect();
    let text = |record: &Value, kind: &str| record[kind]["data"]["text/plain"].as_str().unwrap().to_owned();
    assert!(text(&records[0].0, "display").ends_with("0"));
    assert_eq!(records[0].1, "between\n");
    assert!(text(&records[1].0, "update").ends_with("1"));
    assert_eq!(records[0].0["display"]["id"], records[1].0["update"]["id"]);
    assert_eq!(records[2].0, json!({"clear": {"wait": true}}));
    assert!(text(&records[3].0, "result").ends_with("2"));
    assert_eq!(records.len(), 4);
}

#[test]
fn long_work_shows_one_bar_that_ends_full() {
    let live = || [("CROSSLENS_LIVE", "1".into())];
    let printed = in_own_process("long_work_shows_one_bar_that_ends_full", live, || {
        let model = CrossEncoder::embedded().unwrap();
        let task = Task::new("forty times", "pairs", 40);
        let pair = &pairs()[0];
        for _ in 0..40 {
            model.score(std::slice::from_ref(pair)).unwrap();
            // Slow enough for a bar on any machine.
            std::thread::sleep(std::time::Duration::from_millis(60));
            task.step();
        }
    });
    let Some(printed) = printed else { return };
    let records: Vec<Value> = printed
        .lines()
        .filter_map(|line| line.split_once("\u{1e}CROSSLENS "))
        .map(|(_, json)| serde_json::from_str(json).unwrap())
        .collect();
    assert!(records.len() > 4 && records[0]["display"].is_object());
    assert!(records[1..].iter().all(|record| record["update"]["id"] == records[0]["display"]["id"]));
    let last = &records.last().unwrap()["update"]["data"];
    assert!(last["text/plain"].as_str().unwrap().contains("forty times ████████████████████ 40/40 pairs, "));
    assert!(last["text/html"].as_str().unwrap().contains("<progress value=\"40\" max=\"40\""));
}

/// Past the capture of the test harness, as a cell prints.
fn print(text: &[u8]) {
    use std::io::Write;
    std::io::stdout().write_all(text).unwrap();
}
