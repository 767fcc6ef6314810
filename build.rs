//! Tells the library what it is compiled by and for.
#![allow(clippy::print_stdout, reason = "that is how cargo is spoken to")]

use std::env;
use std::process::Command;

fn main() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said =
        Command::new(rustc).arg("--version").output().ok().and_then(|output| String::from_utf8(output.stdout).ok());
    let variable = |name: &str| env::var(name).unwrap_or_default();
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=CROSSLENS_RUSTC={}", said.unwrap_or_default().trim());
    println!("cargo::rustc-env=CROSSLENS_TARGET={}", variable("TARGET"));
    println!("cargo::rustc-env=CROSSLENS_TARGET_FEATURES={}", variable("CARGO_CFG_TARGET_FEATURE"));
}
