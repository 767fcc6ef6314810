//! Stands between the evaluator and the process that runs cells, so that nothing that a cell does is lost.
//!
//! The evaluator gets the lines of its own protocol and nothing else. What a cell prints and shows goes to the kernel
//! as it is written, in order, through a socket; a failure, which the evaluator keeps to itself, goes there too. The
//! evaluator learns of the end of a cell only when the kernel has taken in all that came before.

pub(crate) mod piece;
#[cfg(unix)]
mod pump;
mod scan;

/// Names, in the kernel's environment, the folders where cells find their shared libraries.
pub(crate) const LIBRARIES: &str = "CROSSLENS_LIBRARIES";

/// Must be called before anything else in `main`: does not return in processes that run cells.
#[cfg(unix)]
pub(crate) fn hook() {
    if std::env::var_os("EVCXR_IS_RUNTIME").is_some() {
        if std::env::var_os(CELLS).is_none() {
            std::process::exit(unix::run());
        }
        crate::watch::with_kernel();
    }
    evcxr::runtime_hook();
}

/// Elsewhere a killed relay would leave the process behind that it relays for, so there is none.
#[cfg(not(unix))]
pub(crate) fn hook() {
    evcxr::runtime_hook();
}

/// Set in the environment of the process that runs cells.
#[cfg(unix)]
const CELLS: &str = "CROSSLENS_CELLS";

#[cfg(unix)]
mod unix {
    use super::pump::Pump;
    use super::{CELLS, LIBRARIES};
    use crate::stand_in::{CARGO_HOME, USER_PATH};
    use crate::toolchain::LIBRARY_PATH;
    use rustix::process::{Signal, getpid, kill_process};
    use std::env;
    use std::io::{self, Write};
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, ExitStatus, Stdio};

    /// Runs the process that runs the cells, and ends as it ends.
    pub(super) fn run() -> i32 {
        match relay() {
            Ok(status) => end_like(status),
            Err(error) => {
                // On stdout: the evaluator shows what it finds there when the process ends early.
                let _ = writeln!(io::stdout(), "cannot run cells: {error}");
                1
            }
        }
    }

    fn relay() -> io::Result<ExitStatus> {
        let mut command = Command::new(env::current_exe()?);
        command.args(env::args_os().skip(1)).env(CELLS, "1").stdout(Stdio::piped()).stderr(Stdio::piped());
        // The evaluator always asks for backtraces; in a notebook they bury the message.
        if env::var_os("CROSSLENS_BACKTRACE").is_none() {
            command.env("RUST_BACKTRACE", "0");
        }
        // What the user's own programs are to see.
        for (name, own) in [(LIBRARY_PATH, LIBRARIES), ("CARGO_HOME", CARGO_HOME), ("PATH", USER_PATH)] {
            if let Some(value) = env::var_os(own) {
                command.env(name, value);
            }
        }
        let mut pump = Pump::connect(&mut command)?;
        let mut cells = command.spawn()?;
        if let (Some(output), Some(errors)) = (cells.stdout.take(), cells.stderr.take())
            && pump.run(output, errors).is_err()
        {
            // The kernel is gone.
            cells.kill()?;
        }
        cells.wait()
    }

    /// Exits with the same code, or dies of the same signal.
    fn end_like(status: ExitStatus) -> i32 {
        let signal = status.signal().and_then(Signal::from_named_raw);
        if let Some(signal) = signal {
            // The first may only remove Rust's handler for stack overflows.
            for _ in 0..2 {
                let _ = kill_process(getpid(), signal);
            }
        }
        status.code().unwrap_or(128 + status.signal().unwrap_or_default())
    }
}
