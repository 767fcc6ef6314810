//! Executing notebooks: what is shown, and that no failure is missed or invented.

mod common;

use common::{folder, kernel, notebook, run, text};

#[test]
fn a_good_notebook_shows_what_jupyter_would() {
    let ran = run(
        &[
            "1 + 1",
            "println!(\"one\");\nprintln!(\"two\");",
            "let word = String::from(\"kept\");",
            "word",
            "",
            "let frame = df!(\"layer\" => [0, 1], \"mass\" => [0.25, 0.75])?;\nframe",
            "frame.lazy().limit(1).collect()?",
        ],
        &[],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.shown(0, "execute_result"), "2");
    assert_eq!(ran.shown(1, "stdout"), "one\ntwo\n");
    assert!(ran.outputs(2).is_empty());
    assert_eq!(ran.shown(3, "execute_result"), "\"kept\"");
    assert!(ran.outputs(4).is_empty() && ran.cells[4]["execution_count"].is_null());
    assert!(ran.shown(5, "execute_result").contains("mass"));
    assert!(ran.outputs(6)[0]["data"]["text/html"].is_array(), "a table, though its cell moves a variable");
    let counts: Vec<_> = [0, 1, 2, 3, 5, 6].map(|cell| ran.cells[cell]["execution_count"].as_i64().unwrap()).to_vec();
    assert!(counts.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{counts:?}");
    assert!(ran.stderr.contains("[6/6]"), "{}", ran.stderr);
}

#[test]
fn each_kind_of_failure_is_found_and_the_next_cell_works() {
    let failing = [
        ("let wrong: i32 = \"text\";", "does not compile"),
        ("let three = 3;\npanic!(\"boom {three}\");", "panicked"),
        ("print!(\"half a line\"); panic!(\"after it\")", "panicked"),
        ("\"x\".parse::<i32>()?;", "returned an error"),
        ("std::process::exit(3)", "ended its process"),
        ("std::process::abort()", "ended its process"),
    ];
    let mut cells = Vec::new();
    for (code, _) in failing {
        cells.extend([code, "println!(\"alive\")"]);
    }
    let ran = run(&cells, &["--allow-errors"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for (number, (code, what)) in failing.into_iter().enumerate() {
        let cell = 2 * number;
        let said = format!("cell {} {what}: line", cell + 1);
        assert!(ran.stderr.contains(&said), "{said}\n{}", ran.stderr);
        assert!(ran.stderr.contains(code.lines().next().unwrap()), "{code}");
        assert!(!ran.shown(cell, "error").is_empty(), "{code}");
        assert_eq!(ran.shown(cell + 1, "stdout"), "alive\n", "after {code}");
    }
    assert_eq!(ran.shown(2, "error"), "boom 3");
    assert_eq!(ran.shown(4, "error"), "after it");
    assert_eq!(ran.shown(4, "stdout"), "half a line");
    assert!(ran.shown(6, "error").contains("invalid digit"), "{}", ran.shown(6, "error"));
    assert!(ran.shown(8, "error").contains("exit status: 3"), "{}", ran.shown(8, "error"));
    assert!(ran.shown(10, "error").contains("SIGABRT"), "{}", ran.shown(10, "error"));
}

#[test]
fn the_first_failure_ends_the_run_and_nothing_is_lost() {
    let ran = run(&["\"before\"", "panic!(\"boom\")", "\"after\""], &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("cell 2 panicked: line 1: panic!(\"boom\")"), "{}", ran.stderr);
    assert_eq!(ran.shown(0, "execute_result"), "\"before\"");
    assert_eq!(ran.shown(1, "error"), "boom");
    assert!(ran.outputs(2).is_empty());
}

#[test]
fn words_alone_are_no_failure() {
    let ran = run(
        &[
            "println!(\"thread 'main' panicked at src/lib.rs:1:1:\\nerror: boom\");",
            "eprintln!(\"thread 'main' panicked at src/lib.rs:1:1:\\nerror: boom\");",
            "let caught = std::panic::catch_unwind(|| panic!(\"caught\")).is_err();\ncaught",
        ],
        &[],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.shown(2, "execute_result"), "true");
}

#[test]
fn a_cell_that_takes_too_long_is_interrupted() {
    let ran = run(
        &["println!(\"begun\"); loop { std::thread::sleep(std::time::Duration::from_millis(10)); }"],
        &["--timeout", "20"],
    );
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("cell 1 took too long"), "{}", ran.stderr);
    assert_eq!(ran.shown(0, "stdout"), "begun\n");
}

#[test]
fn without_a_session_the_first_cell_says_why() {
    let folder = folder();
    let path = folder.path().join("test.ipynb");
    notebook(&path, &["1 + 1"]);
    // Where sessions should go is a file.
    let sessions = folder.path().join("sessions");
    std::fs::write(&sessions, "").unwrap();
    let output = kernel(&sessions).arg("run").arg(&path).args(["--timeout", "120"]).output().unwrap();
    let said = text(&output.stderr);
    assert!(!output.status.success() && said.contains("sessions"), "{said}");
    let written = std::fs::read_to_string(folder.path().join("test.executed.ipynb")).unwrap();
    assert!(written.contains("KernelError"), "{written}");
}
