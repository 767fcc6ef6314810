//! The doctor, with one piece after the other taken away.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{copy, folder, install, kernel, python, text};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A kernel that lacks nothing, and a `PATH` that has what it needs and nothing else.
struct Whole {
    folder: TempDir,
}

/// What cells and Jupyter need; the linker's own parts are not asked about.
const PROGRAMS: [&str; 8] = ["cargo", "rustc", "rustup", "cc", "ld", "as", "python3", "jupyter"];

impl Whole {
    fn new() -> Self {
        let whole = Self { folder: folder() };
        install(&whole.prefix(), &whole.sessions());
        let programs = whole.programs();
        fs::create_dir(&programs).unwrap();
        for name in PROGRAMS {
            let found = match name {
                "jupyter" => python().with_file_name(name),
                // What is on the path may be a script that needs other programs.
                "python3" => fs::canonicalize(python()).unwrap(),
                _ => on_path(name),
            };
            if found.exists() {
                symlink(found, programs.join(name)).unwrap();
            }
        }
        whole
    }

    fn prefix(&self) -> PathBuf {
        self.folder.path().join("prefix")
    }

    fn sessions(&self) -> PathBuf {
        self.folder.path().join("sessions")
    }

    fn programs(&self) -> PathBuf {
        self.folder.path().join("programs")
    }

    /// A folder of that name with something in it, for what is put in a piece's place.
    fn other(&self, name: &str) -> PathBuf {
        let other = self.folder.path().join(name);
        fs::create_dir_all(&other).unwrap();
        other
    }

    fn doctor(&self) -> Command {
        let mut command = kernel(&self.sessions());
        command
            .args(["doctor", "--prefix"])
            .arg(self.prefix())
            .env("PATH", self.programs())
            .env("JUPYTER_PATH", self.prefix().join("share/jupyter"))
            .env_remove("CROSSLENS_DATA");
        command
    }

    /// The doctor without one program.
    fn without(&self, program: &str) -> Command {
        let programs = self.other(&format!("without-{program}"));
        for entry in fs::read_dir(self.programs()).unwrap().map(Result::unwrap) {
            if entry.file_name() != program {
                symlink(fs::read_link(entry.path()).unwrap(), programs.join(entry.file_name())).unwrap();
            }
        }
        let mut command = self.doctor();
        command.env("PATH", programs);
        command
    }
}

fn on_path(name: &str) -> PathBuf {
    let found = Command::new("sh").args(["-c", &format!("command -v {name}")]).output().unwrap();
    PathBuf::from(text(&found.stdout).trim())
}

/// The pieces that are missing, and all that was said.
fn missing(output: &Output) -> (BTreeSet<String>, String) {
    let said = text(&output.stdout);
    let pieces = said.lines().filter_map(|line| line.strip_prefix("MISSING  ")?.split(':').next());
    (pieces.map(str::to_owned).collect(), said.clone())
}

/// Exactly these pieces are missing, and these words are said about that.
fn lacks(command: &mut Command, pieces: &[&str], words: &[&str]) {
    let output = command.output().unwrap();
    let (found, said) = missing(&output);
    let expected: BTreeSet<String> = pieces.iter().map(|piece| (*piece).to_owned()).collect();
    assert_eq!(found, expected, "{said}");
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert_eq!(output.status.code(), Some(i32::from(!pieces.is_empty())), "{said}");
    // What is wrong is followed by what to do.
    let lines: Vec<&str> = said.lines().collect();
    let advised = |pair: &[&str]| !pair[0].starts_with("MISSING") || pair[1].starts_with("         ");
    assert!(lines.windows(2).all(advised), "{said}");
}

#[test]
fn each_piece_that_is_missing_is_named_alone() {
    let whole = Whole::new();
    lacks(&mut whole.doctor(), &[], &["ok       cargo", "ok       C linker", "ok       kernel in Jupyter"]);

    lacks(&mut whole.without("cargo"), &["cargo"], &["rustup.rs"]);
    lacks(&mut whole.without("rustc"), &["rustc", "rust-src", "session template"], &["rustup.rs"]);
    let mut without_cc = whole.without("cc");
    lacks(&mut without_cc, &["C linker"], &["`cc` is not on the PATH", "build-essential", "c-compiler"]);
    let broken = whole.other("without-cc").join("cc");
    fs::write(&broken, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&broken, fs::Permissions::from_mode(0o755)).unwrap();
    lacks(&mut without_cc, &["C linker"], &["does not link a program", "build-essential"]);
    lacks(&mut whole.without("python3"), &["python3"], &["crosslens-kernel run"]);
    lacks(&mut whole.without("jupyter"), &["jupyter"], &["pip install jupyterlab", "crosslens-kernel run"]);

    let none = whole.other("none");
    lacks(whole.doctor().env("CROSSLENS_DATA", &none), &["model and collection"], &["models is missing", "unset it"]);
    let file = none.join("file");
    fs::write(&file, "").unwrap();
    let sessions = file.join("sessions");
    lacks(
        whole.doctor().env("CROSSLENS_SESSIONS", sessions),
        &["cache folder"],
        &["cannot write in", "CROSSLENS_CACHE"],
    );
    let pieces = ["session template", "model and collection"];
    lacks(whole.doctor().env("CROSSLENS_CACHE", whole.other("empty")), &pieces, &["run `crosslens-kernel install`"]);
    let output = whole.doctor().env_remove("JUPYTER_PATH").output().unwrap();
    let (pieces, said) = missing(&output);
    assert!(
        pieces.is_empty() && said.contains("better   kernel in Jupyter") && said.contains("jupyter --paths"),
        "{said}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told() {
    let whole = Whole::new();
    // A file system of which nothing is free.
    let output = whole.doctor().env("CROSSLENS_CACHE", "/proc/crosslens").output().unwrap();
    let (pieces, said) = missing(&output);
    assert!(pieces.contains("disk space") && pieces.contains("cache folder"), "{said}");
    assert!(said.contains("0 MiB are free") && said.contains("are needed") && said.contains("make room"), "{said}");
}

#[test]
fn a_kernelspec_that_leads_nowhere_is_told() {
    let whole = Whole::new();
    let specification = whole.prefix().join("share/jupyter/kernels/crosslens/kernel.json");
    let written = fs::read_to_string(&specification).unwrap();
    let program = env!("CARGO_BIN_EXE_crosslens-kernel");
    assert!(written.contains(program));
    fs::write(&specification, written.replace(program, "/gone/crosslens-kernel")).unwrap();
    lacks(&mut whole.doctor(), &["kernelspec"], &["it starts /gone/crosslens-kernel, which is gone", "install"]);
    fs::remove_file(&specification).unwrap();
    lacks(&mut whole.doctor(), &["kernelspec"], &["none in", "--sys-prefix"]);
}

#[test]
fn other_sources_make_the_template_stale_and_a_copy_does_not() {
    let whole = Whole::new();
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let source = whole.other("checkout");
    for name in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "build.rs"] {
        if checkout.join(name).is_file() {
            fs::copy(checkout.join(name), source.join(name)).unwrap();
        }
    }
    for name in ["src", "data", "kernel/session"] {
        copy(&checkout.join(name), &source.join(name));
    }
    lacks(whole.doctor().arg("--source").arg(&source), &[], &[]);
    let changed = source.join("src/lib.rs");
    fs::write(&changed, fs::read_to_string(&changed).unwrap() + "\n").unwrap();
    lacks(
        whole.doctor().arg("--source").arg(&source),
        &["session template"],
        &["stale", "run `crosslens-kernel install`"],
    );
    lacks(whole.doctor().arg("--source").arg(whole.other("gone")), &[], &[]);
}
