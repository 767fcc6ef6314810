//! `crosslens sweep` and `crosslens merge`: the sweeps of the library without a notebook, for a cluster's scheduler.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]

mod design;
mod inputs;
mod progress;
mod sweep;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Understand how cross-encoders match a query to a document.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Change a model in many ways, one after the other, and measure what each does to a ranking
    Sweep(Box<sweep::Arguments>),
    /// Put the stores of all shards of a sweep together into the store of the whole
    Merge {
        /// The stores of the shards
        #[arg(required = true)]
        stores: Vec<PathBuf>,
        /// The folder to make
        #[arg(long)]
        into: PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Sweep(arguments) => sweep::run(&arguments),
        Command::Merge { stores, into } => crosslens::sweep::merge(&stores, into),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crosslens: {error}");
            ExitCode::FAILURE
        }
    }
}
