//! The Rust Jupyter kernel with crosslens preloaded.
//!
//! `install` compiles a session once and makes the kernel known to Jupyter; `serve` gives each kernel a copy of that
//! session and becomes the evaluator's server in it; `run` executes a notebook without Python, and
//! `check` holds what it shows against what it showed before.

mod cache;
mod check;
mod cli;
mod doctor;
mod environment;
mod error;
mod evaluator;
mod fingerprint;
mod install;
mod kernelspec;
mod manifest;
mod new;
mod notebook;
mod package;
mod parameters;
mod process;
mod relay;
mod report;
mod run;
mod seed;
mod serve;
mod session;
mod stand_in;
mod template;
mod toolchain;
mod tree;
mod warm;
mod watch;

use clap::Parser;
use cli::{Cli, Command};
use error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Processes that run cells are this program too, and never come back from here.
    relay::hook();
    let done = match stand_in::called() {
        Some(program) => stand_in::run(program),
        None => dispatch(Cli::parse().command),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            report::note(format_args!("error: {error}"));
            match error {
                Error::Interrupted => ExitCode::from(130),
                _ => ExitCode::from(2),
            }
        }
    }
}

fn dispatch(command: Command) -> error::Result<ExitCode> {
    match command {
        Command::Install { place, source } => {
            install::install(&place.place(), source.source.as_deref())?;
        }
        Command::Uninstall { place, keep_template } => install::uninstall(&place.place(), keep_template)?,
        Command::Doctor { place, source } => {
            if !doctor::doctor(place.chosen().as_ref(), source.source.as_deref())? {
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Run(arguments) => return run::run(&arguments),
        Command::Check(arguments) => return check::check(&arguments),
        Command::New { name } => new::new(&name)?,
        Command::Serve { connection_file, template } => return serve::prepare(&connection_file, template.as_deref()),
        Command::Session { connection_file, template } => serve::serve(&connection_file, &template)?,
        Command::Warm => warm::warm()?,
    }
    Ok(ExitCode::SUCCESS)
}
