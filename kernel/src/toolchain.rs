//! The compiler that a template is made with and a kernel must use again, and the linker.

use crate::environment::Environment;
use crate::error::{At, Error, Result};
use serde::{Deserialize, Serialize};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The evaluator's name of the fastest linker that needs no flags: mold steps in when the system's linker is started.
///
/// By itself the evaluator would take lld where it finds it, with a flag that makes cargo compile everything again;
/// the compiler's own linker is as fast where that is lld already, and cells are small.
pub(crate) fn linker() -> &'static str {
    if !cfg!(target_os = "macos") && which::which("mold").is_ok() { "mold" } else { "system" }
}

/// What the compiled files of a template depend on, apart from the sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Toolchain {
    /// The output of `rustc -Vv`.
    pub(crate) rustc: String,
    /// The toolchain's name for rustup; `None` where rustup does not rule.
    pub(crate) rustup: Option<String>,
    /// The variables about the C compiler.
    #[serde(default)]
    pub(crate) environment: Environment,
}

impl Toolchain {
    /// The toolchain that is active in the working folder.
    pub(crate) fn detect() -> Result<Self> {
        let rustup = active_toolchain();
        Ok(Self { rustc: version(rustup.as_deref())?, rustup, environment: Environment::record() })
    }

    /// Whether what one of the two compiled is of use to the other; cargo sees to the rest.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        (&self.rustc, &self.rustup) == (&other.rustc, &other.rustup)
    }

    /// Whether the compiler that this toolchain names is still the same; else why not.
    pub(crate) fn check(&self) -> Result<()> {
        let now = version(self.rustup.as_deref())?;
        if now != self.rustc {
            return Err(Error::Stale {
                reason: format!(
                    "it was made with {}, the compiler is now {}",
                    first_line(&self.rustc),
                    first_line(&now)
                ),
            });
        }
        Ok(())
    }

    /// The folders of the shared libraries that cells of a session in `cells` need: those of the session, and the
    /// standard library.
    ///
    /// The compiler writes relative paths to both into what it makes, but the evaluator moves the file to another
    /// depth before it is loaded. The loader never looks again into a folder that was not there when it first looked,
    /// so the first is made.
    pub(crate) fn libraries(&self, cells: &Path) -> Result<OsString> {
        let mut folders = Vec::new();
        if let Some(host) = self.rustc.lines().find_map(|line| line.strip_prefix("host: ")) {
            let own = cells.join("target").join(host).join("debug/deps");
            fs::create_dir_all(&own).at("create", &own)?;
            folders.push(own);
        }
        let standard = rustc(self.rustup.as_deref(), &["--print", "target-libdir"])?;
        folders.push(PathBuf::from(standard.trim()));
        let present = env::var_os(LIBRARY_PATH).unwrap_or_default();
        folders.extend(env::split_paths(&present).filter(|path| !path.as_os_str().is_empty()));
        env::join_paths(folders)
            .map_err(|error| Error::Program { program: LIBRARY_PATH.to_owned(), detail: error.to_string() })
    }

    /// The folder that the compiler, its programs and the standard library lie in.
    pub(crate) fn sysroot(&self) -> Result<PathBuf> {
        Ok(PathBuf::from(rustc(self.rustup.as_deref(), &["--print", "sysroot"])?.trim()))
    }

    /// Makes `command` compile with this toolchain, as it did when this was recorded.
    pub(crate) fn apply(&self, command: &mut Command) {
        self.environment.apply(command);
        if let Some(rustup) = &self.rustup {
            command.env("RUSTUP_TOOLCHAIN", rustup);
        }
    }
}

/// The first line of `rustc -Vv`, which names the version.
pub(crate) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The name that rustup gives to the active toolchain.
fn active_toolchain() -> Option<String> {
    let output = Command::new("rustup").args(["show", "active-toolchain"]).output().ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().next().map(str::to_owned)
}

/// The variable in which the system looks for shared libraries.
pub(crate) const LIBRARY_PATH: &str = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };

/// What `rustc -Vv` says.
fn version(rustup: Option<&str>) -> Result<String> {
    rustc(rustup, &["-Vv"])
}

/// What the compiler answers to these arguments.
fn rustc(rustup: Option<&str>, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("rustc");
    command.args(arguments);
    if let Some(rustup) = rustup {
        command.env("RUSTUP_TOOLCHAIN", rustup);
    }
    let output = command.output().map_err(|source| Error::Start { program: "rustc".to_owned(), source })?;
    if !output.status.success() {
        return Err(Error::Program {
            program: format!("rustc {}", arguments.join(" ")),
            detail: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_of_libraries_are_there_before_anything_is_compiled() {
        let session = tempfile::tempdir().expect("a temporary folder");
        let folders = Toolchain::detect().and_then(|toolchain| toolchain.libraries(session.path())).expect("finds");
        let folders: Vec<PathBuf> = env::split_paths(&folders).collect();
        assert!(folders[0].starts_with(session.path()) && folders[1].join("").is_dir(), "{folders:?}");
        assert!(folders[0].is_dir());
    }
}
