//! Stands in for cargo and rustup in a kernel's session, so that a kernel starts in seconds.
//!
//! The evaluator and its rust-analyzer start cargo dozens of times, and rust-analyzer reads every crate that cargo
//! names. In a kernel's environment a folder of the session comes first in `PATH` and is `CARGO_HOME`; in it this
//! program is called `cargo` and `rustup`. It passes everything on to the real programs, except that
//!
//! - rust-analyzer sees an empty world until the kernel has time for the real one ([`light`]), and then only the crates
//!   whose types can appear in a cell ([`narrow`]);
//! - the cells that every session begins with are not compiled again ([`built`]), and the others without cargo
//!   ([`direct`]);
//! - nothing is compiled for a cell that the user has interrupted.

mod built;
mod cargo;
mod compilation;
mod direct;
mod light;
mod narrow;
mod traced;

pub(crate) use light::{library, mark, widen};
pub(crate) use traced::PLACE;

use crate::error::{At, Error, Result};
use crate::report;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Names the session in the environment of a kernel.
pub(crate) const SESSION: &str = "CROSSLENS_SESSION";

/// Names the real `CARGO_HOME` in the environment of a kernel.
pub(crate) const CARGO_HOME: &str = "CROSSLENS_CARGO_HOME";

/// Names the user's `PATH` in the environment of a kernel.
pub(crate) const USER_PATH: &str = "CROSSLENS_PATH";

/// Names, in the environment of a kernel and its cells, the file that exists while they are asked to stop.
pub(crate) const INTERRUPT: &str = "CROSSLENS_INTERRUPT";

/// The name of the wrapper around the compiler.
const RECORDER: &str = "recorder";

/// What this program can be started as.
const NAMES: [&str; 3] = ["cargo", "rustup", RECORDER];

/// The file that names where the compiler lives.
const SYSROOT: &str = "sysroot";

/// The file with the facade's line in a manifest.
const DEPENDENCY: &str = "dependency";

/// The folder of a session that has the stand-ins.
pub(crate) fn folder(session: &Path) -> PathBuf {
    session.join("cargo")
}

/// Where the stand-ins themselves are.
fn programs(session: &Path) -> PathBuf {
    folder(session).join("bin")
}

/// The file that is there while what is compiled is to be kept for other sessions.
pub(crate) fn keeps(session: &Path) -> PathBuf {
    folder(session).join("keeps")
}

/// The folder with what is known of compilations; it is part of a template.
fn kept(cells: &Path) -> PathBuf {
    cells.join("built")
}

/// The file that exists while cells are asked to stop.
pub(crate) fn interrupt(session: &Path) -> PathBuf {
    session.join("interrupt")
}

/// The real home of cargo.
pub(crate) fn cargo_home() -> Result<PathBuf> {
    let own = env::var_os(CARGO_HOME).or_else(|| env::var_os("CARGO_HOME"));
    match own.filter(|home| !home.is_empty()) {
        Some(home) => Ok(PathBuf::from(home)),
        None => Ok(dirs::home_dir().ok_or(Error::NoFolder { what: "home", variable: "CARGO_HOME" })?.join(".cargo")),
    }
}

/// Where the user's programs are.
fn user_path() -> OsString {
    env::var_os(USER_PATH).or_else(|| env::var_os("PATH")).unwrap_or_default()
}

/// Makes `command` and all that it starts find the stand-ins of `session`.
#[cfg(unix)]
pub(crate) fn apply(session: &Path, command: &mut Command) -> Result<()> {
    let user_path = user_path();
    let folders = std::iter::once(programs(session)).chain(env::split_paths(&user_path));
    let path = env::join_paths(folders)
        .map_err(|error| Error::Program { program: "PATH".to_owned(), detail: error.to_string() })?;
    command
        .env("PATH", path)
        .env(USER_PATH, user_path)
        .env(CARGO_HOME, cargo_home()?)
        .env("CARGO_HOME", folder(session))
        .env("RUST_SRC_PATH", library(session));
    Ok(())
}

/// Makes the stand-ins of a session whose compiler lives in `sysroot`; `dependency` is the facade's line in a manifest.
#[cfg(unix)]
pub(crate) fn set_up(session: &Path, sysroot: &Path, dependency: &str) -> Result<()> {
    let programs = programs(session);
    fs::create_dir_all(&programs).at("create", &programs)?;
    for name in NAMES {
        let program = programs.join(name);
        if fs::symlink_metadata(&program).is_ok() {
            fs::remove_file(&program).at("remove", &program)?;
        }
        std::os::unix::fs::symlink(crate::process::own_path()?, &program).at("link", &program)?;
    }
    // The evaluator's very first cell is compiled before it can be told of the real home.
    for name in ["config.toml", "config"] {
        let settings = cargo_home()?.join(name);
        if settings.is_file() {
            let copy = folder(session).join(name);
            fs::copy(&settings, &copy).at("copy", &settings)?;
        }
    }
    for (name, text) in [(SYSROOT, sysroot.display().to_string()), (DEPENDENCY, dependency.to_owned())] {
        let path = folder(session).join(name);
        fs::write(&path, text).at("write", &path)?;
    }
    light::set_up(session)
}

/// The manifest that the evaluator writes for a cell, empty where there is none.
#[derive(Default)]
struct Manifest {
    /// What stands before the dependencies.
    about: String,
    /// A line for each dependency.
    dependencies: String,
}

impl Manifest {
    fn read(cells: &Path) -> Self {
        let text = fs::read_to_string(cells.join("Cargo.toml")).unwrap_or_default();
        let parts = text.split_once("[dependencies]");
        parts.map(|(about, rest)| Self { about: about.into(), dependencies: rest.into() }).unwrap_or_default()
    }
}

/// The program that this one was started as, if it is one of those that it stands in for.
pub(crate) fn called() -> Option<&'static str> {
    let name = env::args_os().next().map(PathBuf::from)?;
    let name = name.file_stem()?;
    NAMES.into_iter().find(|program| *program == name)
}

/// Does what the program would do.
pub(crate) fn run(program: &str) -> Result<ExitCode> {
    let session = env::var_os(SESSION).map(PathBuf::from).unwrap_or_default();
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match program {
        "rustup" => rustup(&session, &arguments),
        RECORDER => direct::wrap(&session),
        _ => cargo::run(&session, &arguments),
    }
}

/// Says at once where cargo and the compiler are.
fn rustup(session: &Path, arguments: &[OsString]) -> Result<ExitCode> {
    if let [which, tool] = arguments
        && which == "which"
    {
        let path = match tool.to_str() {
            Some("cargo") => Some(programs(session).join("cargo")),
            Some("rustc") => in_sysroot(session, "rustc"),
            _ => None,
        };
        if let Some(path) = path {
            report::answer(path.display());
            return Ok(ExitCode::SUCCESS);
        }
    }
    pass_on(real("rustup")?.args(arguments))
}

/// A program of the toolchain, if it is known where that lies.
fn in_sysroot(session: &Path, program: &str) -> Option<PathBuf> {
    let sysroot = fs::read_to_string(folder(session).join(SYSROOT)).ok()?;
    Some(Path::new(&sysroot).join("bin").join(program)).filter(|path| path.is_file())
}

/// The real program, in the user's environment.
fn real(program: impl Into<PathBuf>) -> Result<Command> {
    let mut command = Command::new(program.into());
    command.env("CARGO_HOME", cargo_home()?).env("PATH", user_path());
    Ok(command)
}

fn pass_on(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().map_err(|source| failed(command, source))?;
    Ok(code(status))
}

fn failed(command: &Command, source: std::io::Error) -> Error {
    Error::Start { program: command.get_program().display().to_string(), source }
}

fn code(status: std::process::ExitStatus) -> ExitCode {
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
