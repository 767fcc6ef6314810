//! How far a sweep is, on one line of standard error.

use crosslens::live::Progress;
use std::io::{IsTerminal, Write, stderr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(1);

/// Draws at most once a second; where nobody watches, a log gets a line a minute.
pub fn line() -> impl Fn(Progress) + Send + Sync + 'static {
    let watched = stderr().is_terminal();
    let (begin, last) = (Instant::now(), Mutex::new(Instant::now()));
    move |Progress { done, total }| {
        let Ok(mut last) = last.lock() else { return };
        let every = if watched { EVERY } else { 60 * EVERY };
        if last.elapsed() < every && done < total {
            return;
        }
        *last = Instant::now();
        let (start, end) = if watched { ("\r", if done == total { "\n" } else { "" }) } else { ("", "\n") };
        // Nothing is lost where standard error is closed.
        let _ = write!(stderr(), "{start}{done} of {total} pairs, {:.0} s{end}", begin.elapsed().as_secs_f64());
    }
}
