//! Executes a notebook afresh and holds what it shows against what it showed when it was committed.

mod difference;
mod embedded;
mod markup;
mod notebook;
mod output;
mod picture;
mod provenance;
mod table;
mod text;
mod tolerance;
mod transient;

use crate::cache::Cache;
use crate::cli::CheckArgs;
use crate::error::Result;
use crate::notebook::Notebook;
use crate::run::{self, Conduct, Ending, Errors};
use crate::{report, session};
use std::process::ExitCode;
pub(crate) use tolerance::Tolerance;

/// Checks the notebook that the arguments name; with `--update`, what is found becomes what is expected.
pub(crate) fn check(arguments: &CheckArgs) -> Result<ExitCode> {
    let mut book = Notebook::read(&arguments.notebook)?;
    let expected = book.json()?;
    let conduct = Conduct { errors: Errors::AsShown, timeout: arguments.timeout };
    let ending = run::afresh(&mut book, arguments.source.source.as_deref(), &conduct)?;
    if ending == Ending::Stopped {
        return Ok(ExitCode::from(130));
    }
    let differences = notebook::differences(&expected, &book.json()?, &arguments.tolerance());
    let path = arguments.notebook.display();
    if !differences.is_empty() {
        report::answer(difference::described(&differences));
    }
    let code = match (ending, differences.len()) {
        (Ending::Failed, _) => {
            report::note(format_args!("{path} fails; nothing was written, and the cells after that are not compared"));
            ExitCode::FAILURE
        }
        (_, 0) => {
            report::answer(format_args!("{path} shows what it showed"));
            ExitCode::SUCCESS
        }
        (_, count) if arguments.update => {
            book.write(&arguments.notebook)?;
            report::note(format_args!("{path} now has what was found, in {count} places"));
            ExitCode::SUCCESS
        }
        (_, count) => {
            report::note(format_args!("{path} differs in {count} places; `check --update` accepts what was found"));
            ExitCode::FAILURE
        }
    };
    // A kernel that was slow to stop has left its session.
    session::sweep(&Cache::locate()?)?;
    Ok(code)
}
