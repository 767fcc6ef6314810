//! The programs that are needed.

use super::State::{Bad, Better, Good};
use super::{Finding, State};
use crate::toolchain::{self, first_line};
use std::path::Path;
use std::process::{Command, Stdio};

const RUST: &str = "install Rust: https://rustup.rs, or `conda install -c conda-forge rust`";

/// The oldest compiler that compiles the library.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// A program that must be on the `PATH` and run.
fn program(name: &'static str, arguments: &[&str], next: &str) -> Finding {
    Finding { piece: name, state: answer(name, arguments).map_or_else(|wrong| Bad(wrong, next.to_owned()), Good) }
}

/// The first line of what a program answers, or why there is none.
fn answer(name: &str, arguments: &[&str]) -> Result<String, String> {
    match Command::new(name).args(arguments).output() {
        Ok(output) if output.status.success() => Ok(first_line(&String::from_utf8_lossy(&output.stdout)).to_owned()),
        Ok(output) => Err(format!("it fails ({})", output.status)),
        Err(error) => Err(format!("it does not start ({error})")),
    }
}

pub(super) fn cargo() -> Finding {
    program("cargo", &["-V"], RUST)
}

/// The compiler: there, and not too old.
pub(super) fn compiler() -> Finding {
    let mut found = program("rustc", &["-V"], RUST);
    if let Good(version) = &found.state
        && is_older(version)
    {
        let next = "run `rustup update stable`, or `conda update rust`".to_owned();
        found.state = Bad(format!("{version} is too old: {OLDEST} is needed"), next);
    }
    found
}

/// Whether `rustc 1.2.3 (…)` is older than what is needed.
fn is_older(version: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> { text.split('.').map_while(|part| part.parse().ok()).collect() };
    let found = version.split([' ', '-']).nth(1).map(numbers).unwrap_or_default();
    !found.is_empty() && found < numbers(OLDEST)
}

/// The C compiler through which rustc links, and whether it does.
pub(super) fn linker() -> Finding {
    let compiler = if cfg!(windows) { "link" } else { "cc" };
    let next = "install a C compiler (Debian: build-essential, conda: c-compiler, macOS: xcode-select --install)";
    let state = match which::which(compiler) {
        Err(_) => Bad(format!("`{compiler}` is not on the PATH"), next.to_owned()),
        Ok(path) => match links() {
            Some(said) => Bad(format!("{} does not link a program: {said}", path.display()), next.to_owned()),
            None => Good(format!("{}, linking with {}", path.display(), toolchain::linker())),
        },
    };
    Finding { piece: "C linker", state }
}

/// What is said if an empty program is not linked; a compiler that does not start is told of elsewhere.
fn links() -> Option<String> {
    let folder = tempfile::tempdir().ok()?;
    let (source, program) = (folder.path().join("empty.rs"), folder.path().join("empty"));
    std::fs::write(&source, "fn main() {}").ok()?;
    let output = Command::new("rustc").arg(&source).arg("-o").arg(&program).stdin(Stdio::null()).output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let error = said.lines().find(|line| line.contains("error")).unwrap_or("rustc fails");
    (!output.status.success()).then(|| error.to_owned())
}

/// The sources of the standard library, from which the types of variables are inferred.
pub(super) fn library_sources() -> Finding {
    let next =
        "run `rustup component add rust-src` (conda: `conda install -c conda-forge rust-src`), or write such types out";
    let state = match answer("rustc", &["--print", "sysroot"]) {
        Ok(sysroot) => {
            let folder = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
            if folder.is_dir() {
                Good(folder.display().to_string())
            } else {
                let lacking = format!("{} is not there; the types of some variables are not found", folder.display());
                Better(lacking, next.to_owned())
            }
        }
        Err(_) => Bad("rustc does not say where they are".to_owned(), RUST.to_owned()),
    };
    Finding { piece: "rust-src", state }
}

/// Python, which Jupyter is written in and `--sys-prefix` asks.
pub(super) fn python() -> Finding {
    let next = "install Python 3, or execute notebooks with `crosslens-kernel run`, which needs none";
    program("python3", &["--version"], next)
}

pub(super) fn jupyter() -> Finding {
    let next = "install it (`pip install jupyterlab`) or activate its environment, or execute notebooks with `crosslens-kernel run`";
    // Its version would take seconds, for it is that of everything it consists of.
    let state: State = match answer("jupyter", &["--data-dir"]) {
        Ok(_) => Good(which::which("jupyter").map(|path| path.display().to_string()).unwrap_or_default()),
        Err(wrong) => Bad(wrong, next.to_owned()),
    };
    Finding { piece: "jupyter", state }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        for (version, older) in [
            ("rustc 1.9.0 (abc 2016-05-26)", true),
            ("rustc 1.94.1 (abc 2026-03-05)", true),
            (&format!("rustc {OLDEST}.0 (abc 2026-04-14)"), false),
            ("rustc 1.100.0-nightly (abc 2026-04-14)", false),
            ("something else", false),
        ] {
            assert_eq!(is_older(version), older, "{version}");
        }
    }
}
