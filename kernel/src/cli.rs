//! The command line.

use crate::check::Tolerance;
use crate::kernelspec::Place;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// The Rust Jupyter kernel with crosslens preloaded.
#[derive(Debug, Parser)]
#[command(name = "crosslens-kernel", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compile the session that kernels start from, and make the kernel known to Jupyter
    Install {
        #[command(flatten)]
        place: PlaceArgs,
        #[command(flatten)]
        source: SourceArgs,
    },
    /// Remove the kernel from Jupyter, and all that was compiled
    Uninstall {
        #[command(flatten)]
        place: PlaceArgs,
        /// Keep what was compiled, so that the next install takes no time
        #[arg(long)]
        keep_template: bool,
    },
    /// Name what is missing or stale, and what to do about it
    Doctor {
        #[command(flatten)]
        place: PlaceArgs,
        #[command(flatten)]
        source: SourceArgs,
    },
    /// Begin a notebook: parameters, model and documents, a first chart
    New {
        /// Its file, with or without .ipynb; one that is there is never replaced
        name: PathBuf,
    },
    /// Execute a notebook, without Python
    Run(RunArgs),
    /// Execute a notebook afresh, and tell where it shows something else than before
    ///
    /// Whole numbers, words and the kinds of outputs must be the same; other numbers may drift by the tolerance. Charts
    /// are compared by their elements and by their pixels. Progress bars, times and rates are ignored, and so are cells
    /// with the tag `nbval-ignore-output`.
    Check(CheckArgs),
    /// Serve one client; Jupyter starts this
    Serve {
        /// The file with ports and key that the client wrote
        connection_file: PathBuf,
        /// The template to start from instead of the installed one
        #[arg(long, hide = true)]
        template: Option<String>,
    },
    /// Serve in the session that the environment names
    #[command(name = crate::serve::COMMAND, hide = true)]
    Session {
        /// The file with ports and key that the client wrote
        connection_file: PathBuf,
        /// The template that the session is made of
        template: String,
    },
    /// Compile a session in the folder that the environment names
    #[command(name = crate::warm::COMMAND, hide = true)]
    Warm,
}

/// Where the kernel is made known.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct PlaceArgs {
    /// For this user (the default)
    #[arg(long)]
    user: bool,
    /// In the active Python environment
    #[arg(long)]
    sys_prefix: bool,
    /// Under this folder, in share/jupyter/kernels
    #[arg(long, value_name = "DIR")]
    prefix: Option<PathBuf>,
}

impl PlaceArgs {
    /// The place that was asked for.
    pub(crate) fn chosen(self) -> Option<Place> {
        match self.prefix {
            Some(prefix) => Some(Place::Prefix(prefix)),
            None if self.sys_prefix => Some(Place::SysPrefix),
            None => self.user.then_some(Place::User),
        }
    }

    /// The same, or the default.
    pub(crate) fn place(self) -> Place {
        self.chosen().unwrap_or(Place::User)
    }
}

/// What the session is compiled from.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// The checkout of crosslens [default: the one that this program was compiled in]
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,
}

/// How a notebook is executed.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The notebook
    pub(crate) notebook: PathBuf,
    /// Where the executed notebook goes; may be the notebook itself [default: NOTEBOOK with .executed.ipynb]
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Give a parameter another value: a cell tagged `injected-parameters` sets it after the one tagged `parameters`;
    /// a vector is a JSON list
    #[arg(short, long, value_names = ["NAME", "VALUE"], num_args = 2, allow_hyphen_values = true)]
    pub(crate) parameters: Vec<String>,
    /// Go on after a cell that fails, and exit with 0
    #[arg(long)]
    pub(crate) allow_errors: bool,
    /// Interrupt a cell that takes longer than this, and count it as failed
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
}

/// How a notebook is checked.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The notebook, with the outputs that are expected
    pub(crate) notebook: PathBuf,
    /// Write what was found into the notebook, as a whole, unless a cell fails that did not before
    #[arg(long)]
    pub(crate) update: bool,
    /// By how much two numbers may differ
    #[arg(long, value_name = "NUMBER", default_value_t = Tolerance::default().absolute, value_parser = share)]
    absolute: f64,
    /// By how much more, for each unit of the larger one
    #[arg(long, value_name = "NUMBER", default_value_t = Tolerance::default().relative, value_parser = share)]
    relative: f64,
    /// The share of a chart's pixels that may have another colour
    #[arg(long, value_name = "SHARE", default_value_t = Tolerance::default().pixels, value_parser = share)]
    pixels: f64,
    /// Interrupt a cell that takes longer than this, and count it as failed
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
}

impl CheckArgs {
    /// What may differ.
    pub(crate) fn tolerance(&self) -> Tolerance {
        Tolerance { absolute: self.absolute, relative: self.relative, pixels: self.pixels, ..Tolerance::default() }
    }
}

/// Parses a number that is not negative.
fn share(text: &str) -> Result<f64, String> {
    let is_tolerance = |number: &f64| number.is_finite() && *number >= 0.0;
    text.parse().ok().filter(is_tolerance).ok_or_else(|| format!("`{text}` is no number from 0 on"))
}

/// Parses a positive number of seconds.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(format!("`{text}` is no positive number of seconds")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn parameters_are_pairs_and_values_may_begin_with_a_minus() {
        let parsed = Cli::parse_from(["crosslens-kernel", "run", "-p", "a", "-1", "n.ipynb", "-p", "b", "[2]"]);
        let Command::Run(arguments) = parsed.command else { panic!("is `run`") };
        assert_eq!(arguments.parameters, ["a", "-1", "b", "[2]"]);
        assert!(Cli::try_parse_from(["crosslens-kernel", "run", "n.ipynb", "-p", "a"]).is_err());
    }

    #[test]
    fn a_tolerance_is_not_negative() {
        assert_eq!(share("1e-3"), Ok(1e-3));
        for wrong in ["-1", "x", "NaN", "inf"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_timeout_is_a_positive_number() {
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        for wrong in ["0", "-1", "x", "NaN"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
