//! Looks for everything that a kernel needs and says what to do about what is missing.

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::kernelspec::{self, Place};
use crate::package::Source;
use crate::template::Template;
use crate::toolchain::{self, first_line};
use crate::{process, report};
use std::path::Path;
use std::process::Command;

/// The state of one piece.
struct Finding {
    piece: &'static str,
    state: State,
}

enum State {
    Good(String),
    /// What could be better, and how.
    Better(String, String),
    /// What is wrong, and what to do about it.
    Bad(String, String),
}

use State::{Bad, Better, Good};

/// Reports on every piece; whether all are there.
pub(crate) fn doctor(place: &Place, source: Option<&Path>) -> Result<bool> {
    let cache = Cache::locate()?;
    let findings = [
        program("cargo", &["-V"], "install Rust: https://rustup.rs"),
        program("rustc", &["-V"], "install Rust: https://rustup.rs"),
        linker(),
        library_sources(),
        template(&cache, source),
        specification(place),
        program(
            "jupyter",
            &["--version"],
            "install it (`pip install jupyterlab`), or execute notebooks with `crosslens-kernel run`",
        ),
    ];
    for Finding { piece, state } in &findings {
        match state {
            Good(detail) => report::answer(format_args!("ok       {piece}: {detail}")),
            Better(lacking, next) => {
                report::answer(format_args!("better   {piece}: {lacking}\n         {next}"));
            }
            Bad(wrong, next) => {
                report::answer(format_args!("MISSING  {piece}: {wrong}\n         {next}"));
            }
        }
    }
    Ok(!findings.iter().any(|finding| matches!(finding.state, Bad(..))))
}

/// A program that must be on the `PATH` and run.
fn program(name: &'static str, arguments: &[&str], next: &str) -> Finding {
    let state = match Command::new(name).args(arguments).output() {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            Good(first_line(&text).to_owned())
        }
        Ok(output) => Bad(format!("it fails ({})", output.status), next.to_owned()),
        Err(error) => Bad(format!("it does not start ({error})"), next.to_owned()),
    };
    Finding { piece: name, state }
}

/// The C compiler through which rustc links, and the linker that is used.
fn linker() -> Finding {
    let compiler = if cfg!(windows) { "link" } else { "cc" };
    let state = match which::which(compiler) {
        Ok(path) => Good(format!("{}, linking with {}", path.display(), toolchain::linker())),
        Err(_) => Bad(
            format!("`{compiler}` is not on the PATH"),
            "install a C compiler (Debian: build-essential, macOS: xcode-select --install)".to_owned(),
        ),
    };
    Finding { piece: "C linker", state }
}

/// The sources of the standard library, from which the types of variables are inferred.
fn library_sources() -> Finding {
    let next = "run `rustup component add rust-src`, or write such types out".to_owned();
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
    let state = match sysroot {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let folder = Path::new(text.trim()).join("lib/rustlib/src/rust/library");
            if folder.is_dir() {
                Good(folder.display().to_string())
            } else {
                Better(format!("{} is not there; the types of some variables are not found", folder.display()), next)
            }
        }
        _ => Bad("rustc does not say where they are".to_owned(), next),
    };
    Finding { piece: "rust-src", state }
}

/// The template of installed kernels: there, of this compiler, of these sources.
fn template(cache: &Cache, source: Option<&Path>) -> Finding {
    let install = "run `crosslens-kernel install`".to_owned();
    let checked = Template::installed(cache).and_then(|template| {
        template.description.toolchain.check()?;
        Ok(template)
    });
    let state = match checked {
        Err(error) => Bad(error.to_string(), install),
        Ok(template) => match Source::open(source) {
            Ok(source) if source.hash != template.description.package => {
                Bad("it was made from other sources than the checkout has now".to_owned(), install)
            }
            // An installed kernel does not need the checkout.
            Ok(_) | Err(Error::NoSource { .. }) => Good(template.root.display().to_string()),
            Err(error) => Bad(error.to_string(), install),
        },
    };
    Finding { piece: "session template", state }
}

/// The kernelspec: there, and for a program that exists.
fn specification(place: &Place) -> Finding {
    let install = "run `crosslens-kernel install`".to_owned();
    let state = match place.folder() {
        Err(error) => Bad(error.to_string(), install),
        Ok(folder) => match kernelspec::program(&folder) {
            None => Bad(format!("none in {}", folder.display()), install),
            Some(program) if !program.is_file() => {
                Bad(format!("it starts {}, which is gone", program.display()), install)
            }
            Some(program) if process::own_path().is_ok_and(|own| own != program) => {
                Good(format!("{} (starts another program: {})", folder.display(), program.display()))
            }
            Some(_) => Good(folder.display().to_string()),
        },
    };
    Finding { piece: "kernelspec", state }
}
