//! What the tests of the real kernel share. The template is made once, in the default cache, and found by all.
#![allow(dead_code, reason = "each test program uses its own part, and may panic")]

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{LazyLock, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a condition may take on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The program under test, with sessions of its own.
pub fn kernel(sessions: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crosslens-kernel"));
    command.env("CROSSLENS_SESSIONS", sessions);
    command
}

/// The cache of the program under test.
fn cache() -> PathBuf {
    match std::env::var_os("CROSSLENS_CACHE") {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder),
        _ => dirs::cache_dir().unwrap().join("crosslens"),
    }
}

/// A temporary folder in the cache: sessions are linked to the template, so they must lie on its file system, and
/// cargo refuses them below a workspace such as this repository.
pub fn folder() -> TempDir {
    let tests = cache().join("tests");
    fs::create_dir_all(&tests).unwrap();
    tempfile::tempdir_in(tests).unwrap()
}

/// Installs into `prefix`; makes the template if no test has yet.
pub fn install(prefix: &Path, sessions: &Path) -> Output {
    let output = kernel(sessions).arg("install").arg("--prefix").arg(prefix).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    output
}

/// Output as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Writes a notebook with these code cells.
pub fn notebook(path: &Path, cells: &[&str]) {
    let cells: Vec<Value> = cells
        .iter()
        .enumerate()
        .map(|(number, source)| {
            json!({
                "cell_type": "code", "id": format!("cell-{number}"), "metadata": {},
                "execution_count": null, "outputs": [], "source": source,
            })
        })
        .collect();
    let notebook = json!({ "nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells });
    fs::write(path, notebook.to_string()).unwrap();
}

/// What `run` left behind.
pub struct Ran {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it said.
    pub stderr: String,
    /// The cells of the notebook that it wrote.
    pub cells: Vec<Value>,
}

impl Ran {
    /// The outputs of a cell, counted from 0.
    pub fn outputs(&self, cell: usize) -> &[Value] {
        self.cells[cell]["outputs"].as_array().unwrap()
    }

    /// What a cell shows of this kind: the plain text of a result, the value of an error, all of a stream.
    pub fn shown(&self, cell: usize, kind: &str) -> String {
        let is_it = |output: &&Value| output["output_type"] == kind || output["name"] == kind;
        let output = self.outputs(cell).iter().find(is_it);
        let output = output.unwrap_or_else(|| panic!("no {kind} in cell {cell}: {:?}", self.outputs(cell)));
        let lines = match output["output_type"].as_str() {
            Some("stream") => &output["text"],
            Some("error") => return output["evalue"].as_str().unwrap().to_owned(),
            _ => &output["data"]["text/plain"],
        };
        lines.as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect()
    }
}

/// Executes a notebook of these cells and reads what was written.
pub fn run(cells: &[&str], arguments: &[&str]) -> Ran {
    let folder = folder();
    let path = folder.path().join("test.ipynb");
    notebook(&path, cells);
    let limit: &[&str] = if arguments.contains(&"--timeout") { &[] } else { &["--timeout", "120"] };
    let output =
        kernel(&folder.path().join("sessions")).arg("run").arg(&path).args(limit).args(arguments).output().unwrap();
    let stderr = text(&output.stderr);
    let written = fs::read_to_string(folder.path().join("test.executed.ipynb"))
        .unwrap_or_else(|error| panic!("no executed notebook: {error}\n{stderr}"));
    let written: Value = serde_json::from_str(&written).unwrap();
    let sessions = fs::read_dir(folder.path().join("sessions")).unwrap();
    assert_eq!(sessions.count(), 0, "the kernel removes its session at the end");
    Ran { code: output.status.code(), stderr, cells: written["cells"].as_array().unwrap().clone() }
}

/// Waits until the condition holds.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The processes of which the environment names `path`.
#[cfg(target_os = "linux")]
pub fn processes_of(path: &Path) -> Vec<String> {
    use std::os::unix::ffi::OsStrExt;
    let needle = path.as_os_str().as_bytes();
    let mut found = Vec::new();
    for process in fs::read_dir("/proc").unwrap().flatten() {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        if environment.windows(needle.len()).any(|window| window == needle) {
            found.push(process.file_name().to_string_lossy().into_owned());
        }
    }
    found
}

/// A Python with Jupyter's client libraries; kept for the next time as long as the requirements are the same.
pub fn python() -> PathBuf {
    static MADE: LazyLock<PathBuf> = LazyLock::new(environment);
    MADE.clone()
}

fn environment() -> PathBuf {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/requirements.txt");
    let wanted = fs::read_to_string(&requirements).unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("jupyter-venv");
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

/// Runs the tests of one Python module, or of one class in it; `prepare` says more to its process.
pub fn unittest(name: &str, prepare: impl FnOnce(&mut Command)) {
    let mut command = Command::new(python());
    command
        .args(["-m", "unittest", "--verbose", name])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    prepare(&mut command);
    let output = command.output().unwrap();
    let (said, told) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && !told.contains("Ran 0 tests"), "{said}\n{told}");
}

/// Held by the modules that run beside one another, and alone by one that measures time.
static BESIDE: RwLock<()> = RwLock::new(());

/// Runs the tests of one Python module against a kernel that is installed for them.
pub fn passes(module: &str) {
    let _beside = BESIDE.read().unwrap_or_else(PoisonError::into_inner);
    with_kernel(module);
}

/// The same for a module that measures time, while no other runs.
pub fn passes_alone(module: &str) {
    let _alone = BESIDE.write().unwrap_or_else(PoisonError::into_inner);
    with_kernel(module);
}

fn with_kernel(module: &str) {
    let folder = folder();
    let (prefix, sessions) = (folder.path().join("prefix"), folder.path().join("sessions"));
    install(&prefix, &sessions);
    unittest(module, |command| {
        command.env("JUPYTER_PATH", prefix.join("share/jupyter")).env("CROSSLENS_SESSIONS", &sessions);
    });
}

/// The session template that the last install made known.
pub fn template() -> PathBuf {
    let key = fs::read_to_string(cache().join("installed")).unwrap();
    cache().join("templates").join(key.trim())
}

/// Copies a folder; libraries, which nobody writes into, are linked.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let is_library = source.extension().is_some_and(|extension| extension == "rlib" || extension == "rmeta");
        if source.is_dir() {
            copy(&source, &target);
        } else if !is_library || fs::hard_link(&source, &target).is_err() {
            fs::copy(&source, &target).unwrap();
            let modified = fs::metadata(&source).unwrap().modified().unwrap();
            let times = fs::FileTimes::new().set_modified(modified);
            fs::File::options().append(true).open(&target).unwrap().set_times(times).unwrap();
        }
    }
}
