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
    // What the dependencies compile to is the same for both kernels, and takes long.
    let work = folder.path().join("stock");
    common::copy(&common::template(), &work);
    // Or everything would be compiled again: it starts with a cell that takes all versions from the lock file, and
    // links with lld where there is one, by a flag.
    let locked = format!("!cp '{}' '{}'", work.join("Cargo.lock").display(), work.join("cells/Cargo.lock").display());
    stock::install(&prefix, "stock", Some(&work.join("cells")), &[&locked, ":linker system"]);
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
