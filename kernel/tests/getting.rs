//! The ways to get the kernel: the environments, Binder's script, `cargo install`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{copy, folder, install, kernel, text, unittest};
use std::fs;
use std::path::{Path, PathBuf};

/// The checkout of which this is a test.
fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[test]
fn the_environments_are_one() {
    unittest("test_getting.Environments", |_| {});
}

#[test]
fn binders_script_installs_the_kernel_into_its_environment() {
    let folder = folder();
    // So that the template is there, however long it takes.
    install(&folder.path().join("prefix"), &folder.path().join("sessions"));
    unittest("test_getting.PostBuild", |command| {
        command
            .env("CROSSLENS_PROGRAM", env!("CARGO_BIN_EXE_crosslens-kernel"))
            .env("CROSSLENS_SESSIONS", folder.path().join("sessions"));
    });
}

#[test]
fn the_program_installs_from_a_checkout_that_is_named() {
    let folder = folder();
    let (source, prefix) = (folder.path().join("checkout"), folder.path().join("prefix"));
    install(&prefix, &folder.path().join("sessions"));
    fs::create_dir(&source).unwrap();
    for name in ["Cargo.toml", "Cargo.lock", "build.rs"] {
        fs::copy(checkout().join(name), source.join(name)).unwrap();
    }
    for name in ["src", "data", "kernel/session"] {
        copy(&checkout().join(name), &source.join(name));
    }
    let output = kernel(&folder.path().join("sessions"))
        .args(["install", "--prefix"])
        .arg(folder.path().join("other"))
        .arg("--source")
        .arg(&source)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("up to date"), "the same sources elsewhere need no other template");
    assert!(folder.path().join("other/share/jupyter/kernels/crosslens/kernel.json").is_file());
}
