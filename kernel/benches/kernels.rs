//! Our kernel beside the stock one, both with the library loaded at start: `cargo bench -p crosslens-kernel`.
//!
//! Takes about half an hour, most of it in the stock kernel's compiler. What comes after `--` goes to `kernels.py`,
//! which says what it knows with `--help`.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/common/stock.rs"]
mod stock;

use common::{folder, install, python};
use std::fs;
use std::path::Path;
use std::process::Command;

fn main() {
    stock::hook();
    let folder = folder();
    let prefix = folder.path().join("prefix");
    install(&prefix, &folder.path().join("sessions"));
    let source = fs::canonicalize(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
    let library = [format!(":dep crosslens = {{ path = {source:?} }}"), "use crosslens::prelude::*;".to_owned()];
    let after = |lines: &[String]| [lines, library.as_slice()].concat();
    let kept = folder.path().join("kept");
    let begin = stock::keep(&kept);
    stock::install(&prefix, "stock", None, &library);
    stock::install(&prefix, "stock-cache", None, &after(&[":cache 10000".to_owned()]));
    stock::install(&prefix, "stock-folder", Some(&kept.join("cells")), &after(&begin));
    let arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let status = stock::as_from_a_shell(&mut Command::new(python()))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/kernels.py"))
        .args(arguments)
        .env("JUPYTER_PATH", prefix.join("share/jupyter"))
        .env("CROSSLENS_SESSIONS", folder.path().join("sessions"))
        .status()
        .unwrap();
    assert!(status.success());
}
