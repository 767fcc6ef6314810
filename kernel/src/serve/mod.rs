//! The kernel itself, in two steps: `serve` chooses a session and becomes the server, because the evaluator takes its
//! settings from the environment; the server binds its sockets before it makes the session, which takes time.

mod analyst;
mod column;
mod completeness;
mod cursor;
mod excerpt;
mod executor;
mod hint;
mod history;
mod interrupt;
mod language;
#[cfg(unix)]
mod listener;
mod moves;
mod outcome;
mod output;
mod palette;
mod server;
mod sockets;
mod wire;

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::stand_in::SESSION;
use crate::template::Template;
use crate::{evaluator, report, session, watch};
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread;

/// The hidden subcommand that is the second step.
pub(crate) const COMMAND: &str = "session";

/// Chooses the template, the installed one if none is named, and becomes the server.
pub(crate) fn prepare(connection: &Path, template: Option<&str>) -> Result<ExitCode> {
    let cache = Cache::locate()?;
    let template = match template {
        None => Template::installed(&cache)?,
        Some(key) => open(&cache, key)?,
    };
    let mut command = evaluator::program(&session::place(&cache), &template.description.toolchain)?;
    command.arg(COMMAND).arg(connection).arg(&template.key);
    become_(command)
}

/// The template called `key`.
fn open(cache: &Cache, key: &str) -> Result<Template> {
    Template::open(cache, key)?.ok_or_else(|| Error::NotInstalled { cache: cache.root().to_owned() })
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

/// The second step: serves until a client asks to stop, then removes the session.
pub(crate) fn serve(connection: &Path, template: &str) -> Result<()> {
    watch::with_client();
    let session = env::var_os(SESSION).map(PathBuf::from).unwrap_or_default();
    let place = session.clone();
    let template = template.to_owned();
    let create = move || {
        let cache = Cache::locate()?;
        let template = open(&cache, &template)?;
        template.description.toolchain.check()?;
        let claim = session::create(&place, &template)?;
        // What killed kernels left takes time to remove, and nobody waits for that.
        thread::spawn(move || session::sweep(&cache).unwrap_or_else(report::note));
        Ok((claim, template.description.toolchain))
    };
    server::serve(connection, session, Box::new(create))
}
