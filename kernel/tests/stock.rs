//! The library on the stock Rust kernel: everything works, without live updates.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;
#[path = "common/stock.rs"]
mod stock;

use common::{folder, install, python, text};
use std::fs;
use std::path::Path;
use std::process::Command;

fn main() {
    stock::hook();
    let folder = folder();
    let prefix = folder.path().join("prefix");
    install(&prefix, &folder.path().join("sessions"));
    let work = folder.path().join("stock");
    let begin = stock::keep(&work);
    stock::install(&prefix, "stock", Some(&work.join("cells")), &begin);
    let output = stock::as_from_a_shell(&mut Command::new(python()))
        .args(["-m", "unittest", "--verbose", "test_stock"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python"))
        .env("JUPYTER_PATH", prefix.join("share/jupyter"))
        .env("CROSSLENS_SOURCE", fs::canonicalize(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let (said, told) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && !told.contains("Ran 0 tests"), "{said}\n{told}");
}
