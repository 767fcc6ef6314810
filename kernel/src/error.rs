//! One error for the whole program: each message says what failed, where, and what to do next.

use std::io;
use std::path::{Path, PathBuf};

/// A result whose error is [`Error`].
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong between the command line and the kernel.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file system said no.
    #[error("cannot {action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    /// A program could not be started.
    #[error("cannot start `{program}`: {source}; run `crosslens-kernel doctor` to see what is missing")]
    Start { program: String, source: io::Error },
    /// A program ran and failed.
    #[error("`{program}` failed: {detail}")]
    Program { program: String, detail: String },
    /// The operating system names no folder of that kind.
    #[error("this system names no {what} folder; set the environment variable {variable}")]
    NoFolder { what: &'static str, variable: &'static str },
    /// A folder that the evaluator cannot load from.
    #[error(
        "cells cannot be loaded from {}, which has a blank in its path; name another folder in the environment variable \
         {variable}",
        folder.display()
    )]
    Blank { folder: PathBuf, variable: &'static str },
    /// The sources that the session is built from are not there.
    #[error(
        "no crosslens sources in {}: {missing} is missing; pass `--source DIR` with the folder of a checkout",
        path.display()
    )]
    NoSource { path: PathBuf, missing: &'static str },
    /// A manifest or a file of ours could not be read.
    #[error("cannot read {}: {detail}", path.display())]
    Parse { path: PathBuf, detail: String },
    /// Nothing was installed yet.
    #[error("no session template in {}; run `crosslens-kernel install`", cache.display())]
    NotInstalled { cache: PathBuf },
    /// The template was made for another compiler.
    #[error("the session template is stale: {reason}; run `crosslens-kernel install` again")]
    Stale { reason: String },
    /// The template could not be compiled.
    #[error(
        "the session template could not be built: {detail}\nthe last lines of the build:\n{tail}\nwhat was compiled is kept for the next try"
    )]
    Build { detail: String, tail: String },
    /// A signal ended the work.
    #[error("stopped by a signal")]
    Interrupted,
    /// `--sys-prefix` without an environment.
    #[error(
        "no Python environment is active: neither VIRTUAL_ENV nor CONDA_PREFIX is set and python3 does not answer; \
         use `--user` or `--prefix DIR`"
    )]
    NoPrefix,
    /// The embedded evaluator failed.
    #[error("the evaluator failed: {0}")]
    Evaluator(String),
    /// The notebook is not one.
    #[error("{} is no notebook that can be run: {detail}", path.display())]
    Notebook { path: PathBuf, detail: String },
    /// A new notebook would replace another file.
    #[error("{} is there already; give the new notebook another name", .0.display())]
    Exists(PathBuf),
    /// Values that the notebook's parameters cannot have.
    #[error("{} cannot be run with these parameters:\n{detail}", path.display())]
    Parameters { path: PathBuf, detail: String },
    /// The kernel did not answer.
    #[error("the kernel {what}\nits last lines:\n{tail}")]
    Kernel { what: String, tail: String },
    /// The protocol was broken.
    #[error("talking to the kernel failed: {0}")]
    Protocol(#[from] jupyter_zmq_client::RuntimeError),
}

/// Adds what was being done, and to which path, to an [`io::Error`].
pub(crate) trait At<T> {
    /// Turns the error into [`Error::Io`].
    fn at(self, action: &'static str, path: &Path) -> Result<T>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::Io { action, path: path.to_owned(), source })
    }
}
