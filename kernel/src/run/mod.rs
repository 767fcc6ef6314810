//! Executes a notebook over the Jupyter protocol, without Python, and judges each cell.

mod client;
mod conduct;
mod failure;
mod transcript;

use crate::cache::Cache;
use crate::cli::RunArgs;
use crate::error::{Error, Result};
use crate::notebook::{CodeCell, Notebook};
use crate::package::Source;
use crate::process::{self, Stop};
use crate::template::Template;
use crate::{install, parameters, report, session};
use client::{Event, Kernel, is_idle};
pub(crate) use conduct::{Conduct, Ending, Errors};
pub(crate) use failure::without_colours;
use failure::{Failure, Kind};
use jupyter_protocol::{ExecuteRequest, JupyterMessage, JupyterMessageContent, ReplyStatus};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::Instant;
use transcript::Transcript;

/// How long a cell may take to end by itself when it is interrupted; then its process is ended.
const KINDLY: Duration = Duration::from_secs(5);

/// How long ending its process may take.
const INTERRUPT: Duration = Duration::from_secs(30);

/// A year: longer than any cell takes.
const NEVER: Duration = Duration::from_secs(365 * 86_400);

/// Executes the notebook that the arguments name.
pub(crate) fn run(arguments: &RunArgs) -> Result<ExitCode> {
    let mut notebook = Notebook::read(&arguments.notebook)?;
    parameters::inject(&mut notebook, &arguments.parameters)?;
    let output = match &arguments.output {
        Some(output) => output.clone(),
        None => default_output(&arguments.notebook),
    };
    let errors = if arguments.allow_errors { Errors::Allow } else { Errors::Stop };
    let conduct = Conduct { errors, timeout: arguments.timeout };
    let ending = afresh(&mut notebook, arguments.source.source.as_deref(), &conduct)?;
    notebook.write(&output)?;
    report::note(format_args!("wrote {}", output.display()));
    // A kernel that was slow to stop has left its session.
    session::sweep(&Cache::locate()?)?;
    Ok(match ending {
        Ending::Done => ExitCode::SUCCESS,
        Ending::Failed => ExitCode::FAILURE,
        Ending::Stopped => ExitCode::from(130),
    })
}

/// Executes a notebook in a kernel of its own; `source` is the checkout, if another than that of this program.
pub(crate) fn afresh(notebook: &mut Notebook, source: Option<&Path>, conduct: &Conduct) -> Result<Ending> {
    let template = template(source)?;
    process::runtime()?.block_on(execute(notebook, &template, conduct))
}

/// `a/b.ipynb` becomes `a/b.executed.ipynb`.
fn default_output(notebook: &Path) -> PathBuf {
    notebook.with_extension("executed.ipynb")
}

/// The template of the checkout; the installed one where there is no checkout.
fn template(source: Option<&Path>) -> Result<Template> {
    let cache = Cache::locate()?;
    match Source::open(source) {
        Err(Error::NoSource { .. }) if source.is_none() => Template::installed(&cache),
        source => Ok(install::template(&cache, &source?)?.0),
    }
}

/// Executes the cells and fills in what they show.
async fn execute(notebook: &mut Notebook, template: &Template, conduct: &Conduct) -> Result<Ending> {
    let mut stop = Stop::listen()?;
    let started = Instant::now();
    let folder = notebook.folder();
    let mut kernel = tokio::select! {
        started = Kernel::start(template, &folder) => {
            let (kernel, information) = started?;
            notebook.set_kernel(&information.language_info);
            kernel
        }
        () = stop.asked() => return Err(Error::Interrupted),
    };
    report::note(format_args!("kernel ready after {}", seconds(started)));

    let cells = notebook.code_cells();
    let mut transcript = Transcript::default();
    let mut ending = Ending::Done;
    for (position, cell) in cells.iter().enumerate() {
        let started = Instant::now();
        let outcome = execute_cell(&mut kernel, &mut transcript, cell, conduct.timeout, &mut stop)
            .await
            // What ran until here must still be written.
            .unwrap_or_else(|error| Outcome::Failed(Failure::own(Kind::Kernel, error.to_string())));
        report::note(format_args!(
            "[{}/{}] {}  {}",
            position + 1,
            cells.len(),
            seconds(started),
            first_line(&cell.code)
        ));
        let (failure, goes_on) = match outcome {
            Outcome::Ok => continue,
            Outcome::Failed(failure) => {
                let lost = failure.kind == Kind::Kernel;
                let allowed = match conduct.errors {
                    Errors::Stop => false,
                    Errors::Allow => true,
                    Errors::AsShown => cell.failed,
                };
                (failure, !lost && (cell.may_fail || allowed))
            }
            Outcome::Stopped => {
                ending = Ending::Stopped;
                break;
            }
        };
        report::note(describe(position + 1, cell, &failure));
        if let Some(error) = failure.unshown {
            transcript.add_error(position, error);
        }
        if !goes_on {
            ending = Ending::Failed;
            break;
        }
    }
    kernel.drain(|message| transcript.record(message)).await;
    kernel.stop().await;
    for (cell, shown) in cells.iter().zip(transcript.cells()) {
        notebook.set_outputs(cell.index, shown.count, shown.outputs.clone());
    }
    notebook.set_provenance();
    Ok(ending)
}

/// How the execution of a cell ended.
enum Outcome {
    Ok,
    Failed(Failure),
    /// A signal stopped it.
    Stopped,
}

/// Executes one cell until the kernel has answered, has announced its end, and is silent.
async fn execute_cell(
    kernel: &mut Kernel,
    transcript: &mut Transcript,
    cell: &CodeCell,
    limit: Option<Duration>,
    stop: &mut Stop,
) -> Result<Outcome> {
    let request: JupyterMessage =
        ExecuteRequest { code: cell.code.clone(), allow_stdin: false, ..ExecuteRequest::default() }.into();
    let id = request.header.msg_id.clone();
    transcript.begin(&id);
    kernel.send(request).await?;

    let mut deadline = Instant::now() + limit.map_or(NEVER, |limit| limit.min(NEVER));
    let (mut interrupted, mut killed) = (None, false);
    let (mut replied, mut idle) = (None, false);
    while replied.is_none() || !idle {
        let event = tokio::select! {
            event = kernel.event_until(deadline) => event,
            () = stop.asked(), if interrupted.is_none() => {
                interrupted = Some(Outcome::Stopped);
                kernel.interrupt().await?;
                deadline = Instant::now() + KINDLY;
                continue;
            }
        };
        match event {
            Some(Event::Output(message)) => {
                idle |= answers(&message, &id) && is_idle(&message);
                transcript.record(message);
            }
            Some(Event::Reply(message)) if answers(&message, &id) => {
                if let JupyterMessageContent::ExecuteReply(reply) = message.content {
                    replied = Some((reply.status, reply.error));
                }
            }
            Some(Event::Reply(_)) => {}
            Some(Event::Ended(how)) => {
                kernel.drain(|message| transcript.record(message)).await;
                let failure = Failure::own(Kind::Kernel, format!("the kernel ended: {how}"));
                return Ok(interrupted.unwrap_or(Outcome::Failed(failure)));
            }
            None if interrupted.is_none() => {
                let message = format!("it took longer than {} s", limit.unwrap_or_default().as_secs_f64());
                interrupted = Some(Outcome::Failed(Failure::own(Kind::Timeout, message)));
                kernel.interrupt().await?;
                deadline = Instant::now() + KINDLY;
            }
            None if !killed => {
                killed = true;
                kernel.interrupt().await?;
                deadline = Instant::now() + INTERRUPT;
            }
            None => {
                let message = "the kernel does not react to an interrupt".to_owned();
                return Ok(Outcome::Failed(Failure::own(Kind::Kernel, message)));
            }
        }
    }
    kernel.drain(|message| transcript.record(message)).await;
    if let Some(outcome) = interrupted {
        return Ok(outcome);
    }
    Ok(match replied {
        Some((ReplyStatus::Ok, _)) => Outcome::Ok,
        Some((_, Some(error))) => Outcome::Failed(Failure::of(&error)),
        _ => Outcome::Failed(Failure::own(Kind::Kernel, "the kernel did not execute it".to_owned())),
    })
}

/// Whether the message answers the request with this id.
fn answers(message: &JupyterMessage, id: &str) -> bool {
    let parent = message.parent_header.as_ref();
    parent.is_some_and(|parent| parent.msg_id == id)
}

/// The failure for a terminal: which cell, which line of it, what happened.
fn describe(number: usize, cell: &CodeCell, failure: &Failure) -> String {
    let line = failure.line.unwrap_or_else(|| first_line_number(&cell.code));
    let source = cell.code.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    format!("cell {number} {}: line {line}: {}\n{}", failure.kind, source.trim(), failure.message)
}

/// The number, from 1, of the first line with something on it.
fn first_line_number(code: &str) -> usize {
    1 + code.lines().position(|line| !line.trim().is_empty()).unwrap_or_default()
}

/// The first line with something on it, cut for a terminal.
fn first_line(code: &str) -> String {
    const WIDTH: usize = 70;
    let line = code.lines().nth(first_line_number(code) - 1).unwrap_or_default().trim();
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// The time since `start`, as `4.1 s`.
fn seconds(start: Instant) -> String {
    format!("{:.1} s", start.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_output_stands_beside_the_notebook() {
        assert_eq!(default_output(Path::new("a/b.ipynb")), Path::new("a/b.executed.ipynb"));
    }

    #[test]
    fn a_failure_names_cell_and_line() {
        let cell =
            CodeCell { index: 4, code: "\nlet a = 1;\nlet b: i32 = \"\";".to_owned(), may_fail: false, failed: false };
        let mut failure = Failure::own(Kind::Panic, "boom".to_owned());
        assert_eq!(describe(3, &cell, &failure), "cell 3 panicked: line 2: let a = 1;\nboom");
        failure.line = Some(3);
        assert!(describe(3, &cell, &failure).contains("line 3: let b: i32"));
    }
}
