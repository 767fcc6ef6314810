//! The kernel from its sockets to its evaluator.

use super::executor::{Executor, Shared};
use super::history::History;
use super::interrupt::Interrupt;
use super::output::{Outgoing, Output};
use super::sockets::{Routes, Sockets, interrupt_by_signal};
use crate::error::{At, Error, Result};
use crate::evaluator::Evaluator;
use crate::process;
use crate::session::Claim;
use crate::toolchain::Toolchain;
use evcxr::EvalContextOutputs;
use jupyter_protocol::{ConnectionInfo, Status};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;
use tokio::sync::mpsc::unbounded_channel;

/// How long the last messages may take.
const LAST: Duration = Duration::from_millis(200);

/// Serves the clients of a connection file until one asks to stop, in the session at `session`, which `create` makes.
pub(super) fn serve(connection_file: &Path, session: PathBuf, create: Create) -> Result<()> {
    let text = std::fs::read_to_string(connection_file).at("read", connection_file)?;
    let connection: ConnectionInfo = serde_json::from_str(&text)
        .map_err(|error| Error::Evaluator(format!("{} is no connection file: {error}", connection_file.display())))?;
    process::runtime()?.block_on(run(&connection, session, create))
}

/// Makes the session.
pub(super) type Create = Box<dyn FnOnce() -> Result<(Claim, Toolchain)> + Send>;

async fn run(connection: &ConnectionInfo, session: PathBuf, create: Create) -> Result<()> {
    // Before anything that takes time: clients wait for an answer.
    let sockets = Sockets::bind(connection).await?;
    let (out, outgoing) = unbounded_channel();
    let (output, interrupt, history) =
        (Arc::new(Output::new(out)), Arc::new(Interrupt::new(&session)), Arc::new(History::default()));
    let shared =
        || Shared { output: Arc::clone(&output), interrupt: Arc::clone(&interrupt), history: Arc::clone(&history) };
    let ((requests, requested), (inputs, given)) = (mpsc::channel(), mpsc::channel());
    let (stop, mut stopped) = unbounded_channel();
    sockets.serve(Routes { shared: shared(), requests, inputs, stop }, outgoing);
    tokio::spawn(interrupt_by_signal(Arc::clone(&interrupt)));
    output.send(Outgoing::IoPub(Status::starting().into()));

    // The folder goes when this does, whatever the executor is in the middle of.
    let made = tokio::task::spawn_blocking(create).await;
    let made = made.unwrap_or_else(|error| Err(Error::Evaluator(error.to_string())));
    let (_claim, toolchain) = match made {
        Ok((claim, toolchain)) => (Some(claim), Ok(toolchain)),
        Err(error) => (None, Err(error)),
    };
    let executor_shared = shared();
    thread::spawn(move || {
        let evaluator = toolchain.and_then(|toolchain| start(&session, &toolchain, &executor_shared));
        Executor::new(evaluator, executor_shared, requested, given).run();
    });
    stopped.recv().await;
    tokio::time::sleep(LAST).await;
    Ok(())
}

/// Starts the evaluator, whose cells tell what they do through a socket.
fn start(session: &Path, toolchain: &Toolchain, shared: &Shared) -> Result<Evaluator> {
    #[cfg(unix)]
    let socket = super::listener::listen(session, Arc::clone(&shared.output))?;
    let (mut evaluator, outputs) = Evaluator::start(session, toolchain, |command| {
        command.env("CROSSLENS_LIVE", "1");
        #[cfg(unix)]
        {
            command.env(crate::relay::piece::OUTPUT, &socket);
            // An interrupt from a terminal is for the kernel alone.
            std::os::unix::process::CommandExt::process_group(command, 0);
        }
    })?;
    pass_on(outputs, &shared.output);
    shared.interrupt.watch(evaluator.context.process_handle());
    evaluator.begin()?;
    Ok(evaluator)
}

/// Where a relay tells what cells print, nothing comes from the evaluator but its own words.
#[cfg(unix)]
fn pass_on(outputs: EvalContextOutputs, _output: &Arc<Output>) {
    for lines in [outputs.stdout, outputs.stderr] {
        thread::spawn(move || lines.iter().for_each(crate::report::note));
    }
}

/// Without a relay, what cells print comes from the evaluator, line by line.
#[cfg(not(unix))]
fn pass_on(outputs: EvalContextOutputs, output: &Arc<Output>) {
    use crate::relay::piece::Piece;
    for (piece, lines) in [(Piece::Stdout as fn(String) -> Piece, outputs.stdout), (Piece::Stderr, outputs.stderr)] {
        let output = Arc::clone(output);
        thread::spawn(move || lines.iter().for_each(|line| output.piece(piece(line + "\n"))));
    }
}
