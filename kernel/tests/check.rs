//! A notebook is begun, executed, checked, and its drift found and accepted.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{folder, kernel, notebook, text};
use std::fs;
use std::path::Path;
use std::process::Output;

/// Runs a command of the program on a notebook.
fn call(command: &str, path: &Path, options: &[&str]) -> Output {
    let sessions = path.parent().unwrap().join("sessions");
    kernel(&sessions).arg(command).arg(path).args(options).output().unwrap()
}

/// Executes the notebook in place.
fn execute(path: &Path) {
    let output = call("run", path, &["--allow-errors", "--output", path.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// Replaces one text in the notebook, which must be there.
fn plant(path: &Path, old: &str, new: &str) {
    let before = fs::read_to_string(path).unwrap();
    assert!(before.contains(old), "{old} is not in {before}");
    fs::write(path, before.replacen(old, new, 1)).unwrap();
}

#[test]
fn drift_is_found_shown_and_accepted() {
    let folder = folder();
    let path = folder.path().join("book.ipynb");
    let cells = [
        "println!(\"12 pairs, mean {:.4} in {} ms\", 0.8, std::process::id());",
        "let frame = df!(\"layer\" => [0u32, 1], \"head\" => [0u32, 0], \"effect\" => [-1.5, 2.25])?;\nframe.clone()",
        "heatmap(&frame, \"effect\", \"Which head?\")?",
        "let nothing: Vec<i32> = vec![];\nnothing[0]",
        "String::from(\"the end\")",
    ];
    notebook(&path, &cells);
    execute(&path);
    let good = fs::read_to_string(&path).unwrap();

    // A number within tolerance, another time: the same.
    plant(&path, "mean 0.8000", "mean 0.8001");
    let output = call("check", &path, &[]);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("shows what it showed"));

    plant(&path, "mean 0.8001", "mean 0.8101");
    plant(&path, "<td style=\\\"padding:2px 8px;text-align:right\\\">2.2500</td>", "<td>2.2600</td>");
    // The last colour that is no shade of grey belongs to a cell.
    let colours = good.rsplit("fill=\\\"#").filter_map(|rest| rest.get(..6));
    let fill =
        colours.into_iter().find(|colour| colour[..2] != colour[2..4] && colour.chars().all(|c| c.is_ascii_hexdigit()));
    plant(&path, &format!("fill=\\\"#{}\\\"", fill.unwrap()), "fill=\\\"#123456\\\"");
    let planted = fs::read_to_string(&path).unwrap();
    let output = call("check", &path, &[]);
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}{}", text(&output.stderr));
    for part in [
        "cell 1, output 1, stdout, line 1:\n  expected  12 pairs, mean 0.8101",
        "found     12 pairs, mean 0.8000",
        "cell 2, output 1, text/html, row 2, column `effect`:\n  expected  2.2600\n  found     2.2500",
        "cell 3, output 1, image/svg+xml",
        "expected  #123456",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    assert!(!told.contains("cell 4") && !told.contains("cell 5"), "{told}");
    assert_eq!(fs::read_to_string(&path).unwrap(), planted, "a check writes nothing");

    let output = call("check", &path, &["--update"]);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    let accepted = fs::read_to_string(&path).unwrap();
    assert!(accepted.contains("mean 0.8000") && !accepted.contains("123456"));
}

#[test]
fn a_cell_that_fails_is_not_accepted() {
    let folder = folder();
    let path = folder.path().join("book.ipynb");
    notebook(&path, &["String::from(\"before\")", "panic!(\"boom\")", "String::from(\"after\")"]);
    let before = fs::read_to_string(&path).unwrap();
    let output = call("check", &path, &["--update"]);
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}{}", text(&output.stderr));
    assert!(told.contains("cell 2, output 1, error:\n  expected  nothing\n  found     Panic: boom"), "{told}");
    assert!(!told.contains("after"), "{told}");
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
}

#[test]
fn a_new_notebook_runs_as_it_is_and_with_parameters() {
    let folder = folder();
    let path = folder.path().join("my-heads.ipynb");
    assert!(call("new", &folder.path().join("my-heads"), &[]).status.success());
    assert_eq!(call("new", &path, &[]).status.code(), Some(2), "it is there");
    let output = call("run", &path, &["-p", "depth", "many"]);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("cell 1, line 6: `depth` is i64, which `many` is not"), "{told}");
    assert!(!told.contains("kernel ready"), "{told}");

    execute(&path);
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains("240 pairs of 80 queries") && written.contains("<svg"), "{written}");
    let output = call("run", &path, &["-p", "depth", "1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let executed = fs::read_to_string(folder.path().join("my-heads.executed.ipynb")).unwrap();
    assert!(executed.contains("80 pairs of 80 queries") && executed.contains("let depth: i64 = 1;"), "{executed}");
}
