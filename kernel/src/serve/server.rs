//! The kernel from its sockets to its evaluator.

use super::executor::{Executor, Shared};
use super::history::History;
use super::interrupt::Interrupt;
use super::output::{Outgoing, Output};
use super::sockets::{Routes, Sockets, interrupt_by_signal};
use crate::error::{At, Error, Result};
use crate::process;
use jupyter_protocol::{ConnectionInfo, Status};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;
use tokio::sync::mpsc::unbounded_channel;

/// How long the last messages may take.
const LAST: Duration = Duration::from_millis(200);

/// Serves the clients of a connection file in `session`, until one asks to stop.
pub(super) fn serve(connection_file: &Path, session: &Path) -> Result<()> {
    let text = std::fs::read_to_string(connection_file).at("read", connection_file)?;
    let connection: ConnectionInfo = serde_json::from_str(&text)
        .map_err(|error| Error::Evaluator(format!("{} is no connection file: {error}", connection_file.display())))?;
    process::runtime()?.block_on(run(&connection, session))
}

async fn run(connection: &ConnectionInfo, session: &Path) -> Result<()> {
    // Before anything that takes time: clients wait for an answer.
    let sockets = Sockets::bind(connection).await?;
    let (out, outgoing) = unbounded_channel();
    let (output, interrupt, history) =
        (Arc::new(Output::new(out)), Arc::new(Interrupt::new(session)), Arc::new(History::default()));
    let shared =
        || Shared { output: Arc::clone(&output), interrupt: Arc::clone(&interrupt), history: Arc::clone(&history) };
    let ((requests, requested), (inputs, given)) = (mpsc::channel(), mpsc::channel());
    let (stop, mut stopped) = unbounded_channel();
    sockets.serve(Routes { shared: shared(), requests, inputs, stop }, outgoing);
    tokio::spawn(interrupt_by_signal(Arc::clone(&interrupt)));
    output.send(Outgoing::IoPub(Status::starting().into()));

    let socket = session.join("output");
    #[cfg(unix)]
    super::listener::listen(&socket, Arc::clone(&output))?;
    let (failure, mut failed) = unbounded_channel();
    let executor_shared = shared();
    thread::spawn(move || match Executor::start(executor_shared, &socket, requested, given) {
        Ok(executor) => executor.run(),
        Err(error) => drop(failure.send(error)),
    });
    tokio::select! {
        _ = stopped.recv() => {
            tokio::time::sleep(LAST).await;
            Ok(())
        }
        Some(error) = failed.recv() => Err(error),
    }
}
