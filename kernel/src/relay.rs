//! Stands between the evaluator and the process that runs cells, and lets no failure of a cell be lost.
//!
//! The evaluator learns from lines on the cells' stdout that a cell panicked or that a `?` returned an error, keeps
//! that to itself, and reports success. The relay passes all lines on, and adds after each of these two an output
//! of type [`FAILURE`] that every Jupyter client receives. It also mends two faults on the way: such a line is
//! recognised when the cell printed text without a line end before it, and output that is not UTF-8 does not
//! derail the evaluator.

/// The media type of the output that tells that a cell failed.
pub(crate) const FAILURE: &str = "application/vnd.crosslens.failure+json";

/// Names, in the kernel's environment, the folders where cells find their shared libraries.
pub(crate) const LIBRARIES: &str = "CROSSLENS_LIBRARIES";

/// The evaluator's lines, and what they mean.
const MARKERS: [(&str, &str); 2] = [("EVCXR_PANIC_NOTIFICATION", "panic"), ("EVCXR_ERROR_OCCURRED", "error")];

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

/// What is passed on for one line, without its line end.
fn translate(line: &str) -> String {
    for (marker, kind) in MARKERS {
        if let Some(before) = line.strip_suffix(marker) {
            let printed = if before.is_empty() { "" } else { "\n" };
            return format!(
                "{before}{printed}{marker}\n\
                 EVCXR_BEGIN_CONTENT {FAILURE}\n{{\"kind\":\"{kind}\"}}\nEVCXR_END_CONTENT\n"
            );
        }
    }
    format!("{line}\n")
}

#[cfg(unix)]
mod unix {
    use super::{CELLS, LIBRARIES, translate};
    use crate::analysis::CARGO_HOME;
    use crate::toolchain::LIBRARY_PATH;
    use rustix::process::{Signal, getpid, kill_process};
    use std::env;
    use std::io::{self, BufRead, BufReader, Write};
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
        command.args(env::args_os().skip(1)).env(CELLS, "1").stdout(Stdio::piped());
        // The evaluator always asks for backtraces; in a notebook they bury the message.
        if env::var_os("CROSSLENS_BACKTRACE").is_none() {
            command.env("RUST_BACKTRACE", "0");
        }
        if let Some(libraries) = env::var_os(LIBRARIES) {
            command.env(LIBRARY_PATH, libraries);
        }
        if let Some(home) = env::var_os(CARGO_HOME) {
            command.env("CARGO_HOME", home);
        }
        let mut cells = command.spawn()?;
        if let Some(output) = cells.stdout.take() {
            let passed = pass_on(BufReader::new(output), &mut io::stdout().lock());
            if passed.is_err() {
                // The kernel is gone.
                cells.kill()?;
            }
        }
        cells.wait()
    }

    fn pass_on(mut from: impl BufRead, to: &mut impl Write) -> io::Result<()> {
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line)? > 0 {
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            to.write_all(translate(&String::from_utf8_lossy(text)).as_bytes())?;
            to.flush()?;
            line.clear();
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_lines_pass_unchanged() {
        for line in ["", "panicked at", "EVCXR_EXECUTION_COMPLETE"] {
            assert_eq!(translate(line), format!("{line}\n"));
        }
    }

    #[test]
    fn a_failure_is_announced_even_after_an_unfinished_line() {
        let announced = translate("abcEVCXR_PANIC_NOTIFICATION");
        let lines: Vec<&str> = announced.lines().collect();
        assert_eq!(
            lines,
            [
                "abc",
                "EVCXR_PANIC_NOTIFICATION",
                "EVCXR_BEGIN_CONTENT application/vnd.crosslens.failure+json",
                "{\"kind\":\"panic\"}",
                "EVCXR_END_CONTENT",
            ]
        );
    }
}
