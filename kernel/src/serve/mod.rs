//! The kernel itself, in two steps: `serve` prepares a session and then becomes the server, because the evaluator
//! takes its settings from the environment.

mod analyst;
mod completeness;
mod executor;
mod history;
mod interrupt;
mod language;
#[cfg(unix)]
mod listener;
mod outcome;
mod output;
mod server;
mod sockets;
mod wire;

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::session::{self, Claim};
use crate::template::Template;
use crate::toolchain::Toolchain;
use crate::{analysis, process, relay, watch};
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Names the session in the environment of the second step.
const SESSION: &str = "CROSSLENS_SESSION";

/// The option by which the second step knows its connection file.
const CONNECTION: &str = "--control_file";

/// Makes a session of the template, the installed one if none is named, and becomes the server in it.
pub(crate) fn prepare(connection: &Path, template: Option<&str>) -> Result<ExitCode> {
    let cache = Cache::locate()?;
    let template = match template {
        None => Template::installed(&cache)?,
        Some(key) => {
            Template::open(&cache, key)?.ok_or_else(|| Error::NotInstalled { cache: cache.root().to_owned() })?
        }
    };
    let toolchain = &template.description.toolchain;
    toolchain.check()?;
    session::sweep(&cache)?;
    let session = session::create(&cache, &template)?;
    let mut command = evaluator(&session, toolchain)?;
    command.arg(CONNECTION).arg(connection).env(SESSION, &session);
    become_(command)
}

/// This program, set up to evaluate in `session`.
pub(crate) fn evaluator(session: &Path, toolchain: &Toolchain) -> Result<Command> {
    let mut command = Command::new(process::own_path()?);
    toolchain.apply(&mut command);
    let cells = session::cells(session);
    #[cfg(unix)]
    command.env(analysis::CARGO_HOME, analysis::cargo_home()?).env("CARGO_HOME", analysis::folder(session));
    command
        .env(relay::LIBRARIES, toolchain.libraries(&cells)?)
        .env("EVCXR_TMPDIR", cells)
        .env("EVCXR_CONFIG_DIR", session::config(session));
    Ok(command)
}

/// Replaces this process, so that whoever started it can signal and wait for the kernel itself.
#[cfg(unix)]
fn become_(mut command: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(Error::Start { program: command.get_program().display().to_string(), source: command.exec() })
}

#[cfg(not(unix))]
fn become_(mut command: Command) -> Result<ExitCode> {
    let status = command
        .status()
        .map_err(|source| Error::Start { program: command.get_program().display().to_string(), source })?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

/// Whether this process is the second step.
pub(crate) fn is_server() -> bool {
    env::var_os(SESSION).is_some() && env::args_os().nth(1).is_some_and(|first| first == CONNECTION)
}

/// The second step: serves until a client asks to stop, then removes the session.
pub(crate) fn serve() -> Result<()> {
    let session = env::var_os(SESSION).map(PathBuf::from).unwrap_or_default();
    let _claim = Claim::take(&session)?;
    watch::with_client();
    let connection = env::args_os().nth(2).map(PathBuf::from).unwrap_or_default();
    server::serve(&connection, &session)
}
