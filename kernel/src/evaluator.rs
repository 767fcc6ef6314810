//! The evaluator in its session: started, and told of all types when there is time.

use crate::error::{Error, Result};
use crate::session::{self, LEVEL};
use crate::stand_in::{self, INTERRUPT, SESSION};
use crate::toolchain::Toolchain;
use crate::{process, relay, report};
use evcxr::{CommandContext, EvalContext, EvalContextOutputs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;

/// This program, set up to evaluate in `session`: the evaluator takes its settings from the environment.
pub(crate) fn program(session: &Path, toolchain: &Toolchain) -> Result<Command> {
    let mut command = Command::new(process::own_path()?);
    toolchain.apply(&mut command);
    #[cfg(unix)]
    stand_in::apply(session, &mut command)?;
    command
        .env(SESSION, session)
        .env(INTERRUPT, stand_in::interrupt(session))
        .env("EVCXR_TMPDIR", session::cells(session))
        .env("EVCXR_CONFIG_DIR", session::config(session));
    Ok(command)
}

/// An evaluator and what its rust-analyzer knows.
pub(crate) struct Evaluator {
    /// The evaluator itself.
    pub(crate) context: CommandContext,
    session: PathBuf,
    sight: Sight,
}

/// How much rust-analyzer knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// Nothing but the cell.
    Light,
    /// Every crate.
    Wide,
    /// The types that notebooks use, too.
    Warm,
}

/// What makes rust-analyzer infer the types that notebooks use; it is never executed.
const SAMPLE: &str = "let model = CrossEncoder::embedded()?;\n\
    let pairs = Collection::embedded()?.pairs(\"bm25\", 10)?;\n\
    let frame = model.score(&pairs)?;\n\
    frame.";

impl Evaluator {
    /// Starts an evaluator in the session of this process; `prepare` completes what runs its cells.
    pub(crate) fn start(
        session: &Path,
        toolchain: &Toolchain,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<(Self, EvalContextOutputs)> {
        let mut runner = Command::new(process::own_path()?);
        runner.env(relay::LIBRARIES, toolchain.libraries(&session::cells(session))?);
        prepare(&mut runner);
        let (context, outputs) = EvalContext::with_subprocess_command(runner).map_err(failed)?;
        let context = CommandContext::with_eval_context(context);
        Ok((Self { context, session: session.to_owned(), sight: Sight::Light }, outputs))
    }

    /// Runs the cells that every session begins with.
    pub(crate) fn begin(&mut self) -> Result<()> {
        self.execute(":load_config --quiet")
    }

    /// Evaluates code whose value nobody needs.
    pub(crate) fn execute(&mut self, code: &str) -> Result<()> {
        self.context.execute(code).map(drop).map_err(failed)
    }

    /// Lets rust-analyzer see all crates, as variables, completion and inspection need.
    pub(crate) fn widen(&mut self) -> Result<()> {
        if self.sight == Sight::Light {
            stand_in::widen(&self.session)?;
            // The manifest changes, and with the next analysis all is read.
            self.execute(&format!(":opt {LEVEL}"))?;
            self.sight = Sight::Wide;
        }
        Ok(())
    }

    /// Does a part of what makes the first variable as fast as later ones; whether more is left.
    pub(crate) fn warm(&mut self) -> bool {
        let part = || match self.sight {
            Sight::Light => {
                if let Err(error) = self.widen() {
                    report::note(format_args!("types cannot be inferred: {error}"));
                    self.sight = Sight::Warm;
                }
            }
            Sight::Wide => {
                let _ = self.context.completions(SAMPLE, SAMPLE.len());
                self.sight = Sight::Warm;
            }
            Sight::Warm => {}
        };
        // A fault of rust-analyzer shows again where it matters.
        catch_unwind(AssertUnwindSafe(part)).is_ok() && self.sight != Sight::Warm
    }
}

fn failed(error: evcxr::Error) -> Error {
    Error::Evaluator(error.to_string())
}

/// Whether the evaluator needs the types of variables for this cell, or may need them after its commands.
pub(crate) fn needs_types(code: &str) -> bool {
    let mut names = code.split(|character: char| !(character == '_' || character.is_alphanumeric()));
    names.any(|name| name == "let") || code.lines().any(|line| line.trim_start().starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_commands_need_types() {
        for code in ["let a = 1;", "{let a=1;}", ":opt 2", "  :dep x"] {
            assert!(needs_types(code), "{code}");
        }
        for code in ["1 + 1", "println!(\"letter\")", "use std::fmt;"] {
            assert!(!needs_types(code), "{code}");
        }
    }
}
