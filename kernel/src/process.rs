//! Processes that this program starts: each leads a group of its own, so that ending it ends all that it started.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};
use tokio::process::{Child, Command};

/// The path of this program.
pub(crate) fn own_path() -> Result<PathBuf> {
    std::env::current_exe().map_err(|source| Error::Start { program: "crosslens-kernel".to_owned(), source })
}

/// A process and everything that it started; dropping this ends them all.
#[derive(Debug)]
pub(crate) struct Group {
    /// The first process of the group.
    pub(crate) leader: Child,
    #[cfg(unix)]
    id: Option<rustix::process::Pid>,
}

impl Group {
    /// Starts the process in a new group.
    pub(crate) fn start(command: std::process::Command) -> Result<Self> {
        let mut command = Command::from(command);
        command.kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let leader = command
            .spawn()
            .map_err(|source| Error::Start { program: command.as_std().get_program().display().to_string(), source })?;
        Ok(Self {
            #[cfg(unix)]
            id: leader.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw),
            leader,
        })
    }

    /// Ends every process of the group that is left.
    pub(crate) fn end(&mut self) {
        #[cfg(unix)]
        if let Some(id) = self.id {
            // Nothing is left if this fails.
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
        #[cfg(not(unix))]
        let _ = self.leader.start_kill();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

/// Signals by which the user or the system asks this program to stop.
///
/// From its making on, such a signal no longer ends the program; it is remembered until it is asked for.
pub(crate) struct Stop {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
    #[cfg(windows)]
    signal: tokio::signal::windows::CtrlC,
}

impl Stop {
    /// Begins to listen; must be called inside a [`runtime`].
    pub(crate) fn listen() -> Result<Self> {
        let failed = |source| Error::Start { program: "listening for signals".to_owned(), source };
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let listen = |kind| signal(kind).map_err(failed);
            Ok(Self { signals: [listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?] })
        }
        #[cfg(windows)]
        Ok(Self { signal: tokio::signal::windows::ctrl_c().map_err(failed)? })
    }

    /// Completes when a signal has come since this was last asked.
    pub(crate) async fn asked(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(windows)]
        self.signal.recv().await;
    }
}

/// The last lines of a file, for an error message.
pub(crate) fn tail(path: &Path) -> String {
    const LINES: usize = 30;
    let bytes = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// A runtime for the few things that wait for several events at once.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::Start { program: "the asynchronous runtime".to_owned(), source })
}
