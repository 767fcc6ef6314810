//! The compiler and the linker that a template is made with and a kernel must use again.

use crate::environment::Environment;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which flags the linker adds to every compilation. `mold` adds none: it steps in when the linker is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LinkFlags {
    /// The compiler's own choice, or mold.
    Plain,
    /// `-fuse-ld=lld`
    Lld,
}

impl LinkFlags {
    /// What the evaluator chooses by itself on this `PATH`.
    fn detect() -> Self {
        if cfg!(target_os = "macos") || which::which("mold").is_ok() {
            Self::Plain
        } else if which::which("lld").is_ok() {
            Self::Lld
        } else {
            Self::Plain
        }
    }

    /// The evaluator's name of the fastest linker present that keeps these flags.
    pub(crate) fn linker(self) -> &'static str {
        match self {
            Self::Lld => "lld",
            Self::Plain if !cfg!(target_os = "macos") && which::which("mold").is_ok() => "mold",
            Self::Plain => "system",
        }
    }
}

/// What the compiled files of a template depend on, apart from the sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Toolchain {
    /// The output of `rustc -Vv`.
    pub(crate) rustc: String,
    /// The toolchain's name for rustup; `None` where rustup does not rule.
    pub(crate) rustup: Option<String>,
    /// The flags that the linker adds.
    pub(crate) link: LinkFlags,
    /// The variables about the C compiler.
    #[serde(default)]
    pub(crate) environment: Environment,
}

impl Toolchain {
    /// The toolchain that is active in the working folder.
    pub(crate) fn detect() -> Result<Self> {
        let rustup = active_toolchain();
        Ok(Self {
            rustc: version(rustup.as_deref())?,
            rustup,
            link: LinkFlags::detect(),
            environment: Environment::record(),
        })
    }

    /// Whether what one of the two compiled is of use to the other; cargo sees to the rest.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        (&self.rustc, &self.rustup, self.link) == (&other.rustc, &other.rustup, other.link)
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
        if self.link == LinkFlags::Lld && which::which("lld").is_err() {
            return Err(Error::Stale { reason: "it was made for the linker lld, which is gone".to_owned() });
        }
        Ok(())
    }

    /// The folders of the shared libraries that cells of a session in `cells` need: those of the session, and the
    /// standard library.
    ///
    /// The compiler writes relative paths to both into what it makes, but the evaluator moves the file to another
    /// depth before it is loaded.
    pub(crate) fn libraries(&self, cells: &Path) -> Result<OsString> {
        let mut folders = Vec::new();
        if let Some(host) = self.rustc.lines().find_map(|line| line.strip_prefix("host: ")) {
            folders.push(cells.join("target").join(host).join("debug/deps"));
        }
        let standard = rustc(self.rustup.as_deref(), &["--print", "target-libdir"])?;
        folders.push(PathBuf::from(standard.trim()));
        let present = env::var_os(LIBRARY_PATH).unwrap_or_default();
        folders.extend(env::split_paths(&present).filter(|path| !path.as_os_str().is_empty()));
        env::join_paths(folders)
            .map_err(|error| Error::Program { program: LIBRARY_PATH.to_owned(), detail: error.to_string() })
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
