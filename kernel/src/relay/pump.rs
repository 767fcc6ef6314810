//! Reads what cells write, as they write it, and hands it on.

use super::piece::{OUTPUT, Piece};
use super::scan::{Found, Scanner};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::env;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{ChildStderr, ChildStdout, Command};
use std::time::{Duration, Instant};

/// Names, in the environment of cells, the socket by which they are asked to write out what they hold back.
const FLUSH: &str = "CROSSLENS_FLUSH";
/// How long cells may take to write out what they hold back.
const FLUSHING: Duration = Duration::from_millis(200);
/// A message of a failure comes on stderr before the failure itself is known, by less than this.
const BEFORE: Duration = Duration::from_millis(150);
/// Nothing on stderr waits longer than this.
const LATEST: Duration = Duration::from_millis(500);

/// The way from the cells to the kernel and the evaluator.
pub(super) struct Pump {
    kernel: Option<UnixStream>,
    flush: Option<UnixListener>,
    flusher: Option<UnixStream>,
    scanner: Scanner,
    held: Held,
}

/// What stands on stderr and may belong to a failure.
#[derive(Default)]
struct Held {
    bytes: Vec<u8>,
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Held {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.last = Some(Instant::now());
        self.first = self.first.or(self.last);
    }

    fn take(&mut self) -> String {
        let bytes = std::mem::take(self).bytes;
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How long it may still wait.
    fn wait(&self) -> Option<Duration> {
        let (first, last) = (self.first?, self.last?);
        Some(BEFORE.saturating_sub(last.elapsed()).min(LATEST.saturating_sub(first.elapsed())))
    }
}

impl Pump {
    /// Connects to the kernel, if one listens, and prepares the command that will run cells.
    pub(super) fn connect(command: &mut Command) -> io::Result<Self> {
        let Some(output) = env::var_os(OUTPUT) else {
            return Ok(Self::new(None, None));
        };
        let kernel = UnixStream::connect(&output)?;
        let mut path = output;
        path.push(".flush");
        // Left by a process before this one.
        let _ = std::fs::remove_file(&path);
        let flush = UnixListener::bind(&path)?;
        flush.set_nonblocking(true)?;
        command.env(FLUSH, path);
        Ok(Self::new(Some(kernel), Some(flush)))
    }

    fn new(kernel: Option<UnixStream>, flush: Option<UnixListener>) -> Self {
        Self { kernel, flush, flusher: None, scanner: Scanner::default(), held: Held::default() }
    }

    /// Hands on until both streams have ended.
    pub(super) fn run(&mut self, mut output: ChildStdout, mut errors: ChildStderr) -> io::Result<()> {
        let (mut output_open, mut errors_open) = (true, true);
        while output_open || errors_open {
            let open = (output_open.then_some(output.as_fd()), errors_open.then_some(errors.as_fd()));
            let ready = ready(open.0, open.1, self.held.wait())?;
            if ready.1 {
                errors_open = self.read_errors(&mut errors)?;
            }
            if ready.0 {
                output_open = self.read_output(&mut output, &mut errors)?;
            }
            if self.held.wait().is_some_and(|wait| wait.is_zero()) {
                self.release()?;
            }
        }
        self.release()?;
        for found in self.scanner.rest() {
            if let Found::Text(text) = found {
                self.tell(&Piece::Stdout(text))?;
            }
        }
        self.end()
    }

    fn hand_on(&mut self, found: Found, output: &mut ChildStdout, errors: &mut ChildStderr) -> io::Result<()> {
        match found {
            Found::Text(text) => {
                self.release()?;
                self.tell(&Piece::Stdout(text))
            }
            Found::Record(json) => {
                self.release()?;
                match serde_json::from_str(&json) {
                    Ok(record) => self.tell(&Piece::Record(record)),
                    Err(_) => self.tell(&Piece::Stdout(json + "\n")),
                }
            }
            Found::Protocol(line) => {
                match line.as_str() {
                    "EVCXR_PANIC_NOTIFICATION" => self.fail(true, errors)?,
                    "EVCXR_ERROR_OCCURRED" => self.fail(false, errors)?,
                    "EVCXR_EXECUTION_COMPLETE" => {
                        self.flush(output, errors)?;
                        self.drain(errors)?;
                        self.release()?;
                        self.end()?;
                    }
                    _ => {}
                }
                evaluator(&(line + "\n"))
            }
        }
    }

    /// Asks the cells to write out a line that has not ended, and reads it.
    fn flush(&mut self, output: &mut ChildStdout, errors: &mut ChildStderr) -> io::Result<()> {
        if self.flusher.is_none()
            && let Some((flusher, _)) = self.flush.as_ref().and_then(|listener| listener.accept().ok())
        {
            flusher.set_nonblocking(false)?;
            flusher.set_read_timeout(Some(FLUSHING))?;
            self.flusher = Some(flusher);
        }
        let Some(flusher) = &mut self.flusher else { return Ok(()) };
        if flusher.write_all(b"?").is_err() || flusher.read_exact(&mut [0]).is_err() {
            // Some thread of the cell holds stdout.
            return Ok(());
        }
        while ready(Some(output.as_fd()), None, Some(Duration::ZERO))?.0 && self.read_output(output, errors)? {}
        Ok(())
    }

    /// Tells of a failure, with what stands about it on stderr.
    fn fail(&mut self, panic: bool, errors: &mut ChildStderr) -> io::Result<()> {
        self.drain(errors)?;
        let held = self.held.take();
        let start = if panic { panic_start(&held) } else { 0 };
        let (before, told) = held.split_at(start);
        if !before.is_empty() {
            self.tell(&Piece::Stderr(before.to_owned()))?;
        }
        self.tell(&Piece::Failed { panic, told: told.to_owned() })
    }

    /// Reads what has been written to stderr until now.
    fn drain(&mut self, errors: &mut ChildStderr) -> io::Result<()> {
        while ready(None, Some(errors.as_fd()), Some(Duration::ZERO))?.1 && self.read_errors(errors)? {}
        Ok(())
    }

    /// Reads and hands on what is on stdout; whether more may come.
    fn read_output(&mut self, output: &mut ChildStdout, errors: &mut ChildStderr) -> io::Result<bool> {
        let mut bytes = [0; 65_536];
        let count = output.read(&mut bytes)?;
        for found in self.scanner.read(&bytes[..count]) {
            self.hand_on(found, output, errors)?;
        }
        Ok(count > 0)
    }

    /// Reads and holds what is on stderr; whether more may come.
    fn read_errors(&mut self, errors: &mut ChildStderr) -> io::Result<bool> {
        let mut bytes = [0; 65_536];
        let count = errors.read(&mut bytes)?;
        if count > 0 {
            self.held.push(&bytes[..count]);
        }
        Ok(count > 0)
    }

    /// Lets go of what was held on stderr.
    fn release(&mut self) -> io::Result<()> {
        let text = self.held.take();
        if text.is_empty() { Ok(()) } else { self.tell(&Piece::Stderr(text)) }
    }

    /// Tells the kernel; without one, what the cell printed goes to the evaluator.
    fn tell(&mut self, piece: &Piece) -> io::Result<()> {
        match (&mut self.kernel, piece) {
            (Some(kernel), piece) => kernel.write_all((serde_json::to_string(piece)? + "\n").as_bytes()),
            (None, Piece::Stdout(text)) => evaluator(text),
            (None, Piece::Stderr(text)) => io::stderr().write_all(text.as_bytes()),
            (None, _) => Ok(()),
        }
    }

    /// Waits until the kernel has taken in everything.
    fn end(&mut self) -> io::Result<()> {
        self.tell(&Piece::End)?;
        self.kernel.as_mut().map_or(Ok(()), |kernel| kernel.read_exact(&mut [0]))
    }
}

fn evaluator(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// Where the report of the last panics begins: those of other threads come before that of the cell.
fn panic_start(text: &str) -> usize {
    let Some(panicked) = text.find("panicked at ") else { return text.len() };
    text[..panicked].rfind("thread '").map_or(panicked, |thread| text[..thread].trim_end_matches('\n').len())
}

/// Which of the two can be read, or has ended, within a time.
fn ready(
    output: Option<BorrowedFd<'_>>,
    errors: Option<BorrowedFd<'_>>,
    limit: Option<Duration>,
) -> io::Result<(bool, bool)> {
    let limit = limit.map(|limit| Timespec { tv_sec: limit.as_secs() as _, tv_nsec: limit.subsec_nanos() as _ });
    let mut fds: Vec<PollFd> =
        [output, errors].into_iter().flatten().map(|stream| PollFd::from_borrowed_fd(stream, PollFlags::IN)).collect();
    loop {
        match poll(&mut fds, limit.as_ref()) {
            Err(rustix::io::Errno::INTR) => {}
            polled => {
                polled?;
                break;
            }
        }
    }
    let mut events = fds.iter().map(|fd| !fd.revents().is_empty());
    let output = output.is_some() && events.next().unwrap_or_default();
    let errors = errors.is_some() && events.next().unwrap_or_default();
    Ok((output, errors))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_printed_before_a_panic_is_told_apart() {
        let report = "\nthread 'main' (7) panicked at src/lib.rs:9:5:\nboom\n";
        assert_eq!(panic_start(&format!("warning{report}")), "warning".len());
        assert_eq!(panic_start(report), 0);
        assert_eq!(panic_start("no report"), "no report".len());
    }
}
