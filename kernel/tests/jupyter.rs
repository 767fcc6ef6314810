//! The installed kernel under a real Jupyter client, found through its kernelspec.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{folder, install, kernel, notebook, python_folder, text};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Python with Jupyter's client libraries; kept for the next time as long as the requirements are the same.
fn python() -> PathBuf {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/requirements.txt");
    let wanted = fs::read_to_string(&requirements).unwrap();
    let folder = python_folder();
    let (python, installed) = (folder.join("bin/python"), folder.join("installed.txt"));
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return python;
    }
    let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).output().unwrap();
    assert!(made.status.success(), "{}", text(&made.stderr));
    let filled = Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--requirement"])
        .arg(&requirements)
        .output()
        .unwrap();
    assert!(filled.status.success(), "{}", text(&filled.stderr));
    fs::write(installed, wanted).unwrap();
    python
}

const EXECUTE: &str = "
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, kernel_name='crosslens', timeout=120, startup_timeout=300).execute()
nbformat.validate(notebook)
nbformat.write(notebook, sys.argv[1])
";

#[test]
fn nbclient_executes_a_notebook_with_the_installed_kernel() {
    let python = python();
    let folder = folder();
    let (prefix, sessions) = (folder.path().join("prefix"), folder.path().join("sessions"));
    install(&prefix, &sessions);
    let path = folder.path().join("test.ipynb");
    notebook(&path, &["let answer = 6 * 7;", "answer"]);
    let output = Command::new(python)
        .args(["-c", EXECUTE])
        .arg(&path)
        .env("JUPYTER_PATH", prefix.join("share/jupyter"))
        .env("CROSSLENS_SESSIONS", &sessions)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let executed: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(executed["cells"][1]["outputs"][0]["data"]["text/plain"][0], "42");
    let removed = kernel(&sessions).args(["uninstall", "--keep-template", "--prefix"]).arg(&prefix).status().unwrap();
    assert!(removed.success());
}
