//! The installed kernel under real Jupyter clients, found through its kernelspec: the Python tests beside this file.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{passes, passes_alone, python, text};
use std::path::Path;
use std::process::Command;
use std::sync::Once;

#[test]
fn conforms_to_the_protocol() {
    passes("test_conformance");
}

#[test]
fn every_failure_is_an_error() {
    passes("test_failures");
}

#[test]
fn outputs_are_live() {
    passes_alone("test_live");
}

#[test]
fn interrupts_keep_variables() {
    passes_alone("test_interrupt");
}

#[test]
fn the_rest_of_the_protocol() {
    passes("test_protocol");
}

#[test]
fn notebooks_fail_when_a_cell_does() {
    passes("test_notebooks");
}

/// Runs the tests of one Python file that calls papermill with our engine.
fn passes_with_papermill(module: &str) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
        let install = ["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps"];
        let output = Command::new(python()).args(install).arg(package).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    });
    passes(module);
}

#[test]
fn mistakes_of_beginners_are_told_with_what_to_write() {
    passes("test_beginners");
}

#[test]
fn notebooks_go_through_text_and_merges() {
    passes_with_papermill("test_round_trips");
}

#[test]
fn papermill_gives_parameters_values() {
    passes_with_papermill("test_parameters");
}

#[test]
fn provenance_is_kept() {
    passes_with_papermill("test_provenance");
}
