//! `cargo install --path kernel` as a user calls it: how long it takes, and that the program works when the checkout is
//! gone. `cargo bench -p crosslens-kernel --bench cargo_install`; it compiles the kernel in release mode, from nothing.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may panic, and prints its figure")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{folder, text};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

fn main() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = folder();
    let (copied, root) = (folder.path().join("checkout"), folder.path().join("root"));
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(checkout).output().unwrap();
    for name in text(&listed.stdout).split('\0').filter(|name| !name.is_empty()) {
        let target = copied.join(name);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(checkout.join(name), target).unwrap();
    }
    let started = Instant::now();
    let status = Command::new("cargo")
        .args(["install", "--locked", "--path", "kernel", "--root"])
        .arg(&root)
        .current_dir(&copied)
        .env("CARGO_TARGET_DIR", folder.path().join("target"))
        .status()
        .unwrap();
    assert!(status.success());
    println!("cargo install --locked --path kernel: {:.0} s", started.elapsed().as_secs_f64());
    fs::remove_dir_all(&copied).unwrap();

    let installed = |arguments: &[&str]| {
        let mut command = Command::new(root.join("bin/crosslens-kernel"));
        command.args(arguments).arg("--prefix").arg(folder.path().join("prefix"));
        command.env("CROSSLENS_SESSIONS", folder.path().join("sessions"));
        command.output().unwrap()
    };
    let refused = installed(&["install"]);
    assert!(text(&refused.stderr).contains("--source DIR"), "{}", text(&refused.stderr));
    let started = Instant::now();
    let done = installed(&["install", "--source", checkout.to_str().unwrap()]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    println!("crosslens-kernel install: {:.0} s", started.elapsed().as_secs_f64());
    let said = text(&installed(&["doctor"]).stdout);
    for piece in ["session template", "kernelspec", "model and collection", "C linker"] {
        assert!(said.contains(&format!("ok       {piece}: ")), "{said}");
    }
}
