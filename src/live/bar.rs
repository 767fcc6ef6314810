//! A progress bar that changes in place: bar, count, rate and time left, as text and HTML.

use super::channel;
use super::task::Progress;
use crate::escape::escaped;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Work that takes less than this shows no bar.
const SHORT: Duration = Duration::from_secs(2);
/// From now on the time that the work takes is known well enough.
const KNOWN: Duration = Duration::from_millis(500);
/// The time between two drawings.
const PAUSE: Duration = Duration::from_millis(200);
/// Characters of the bar in text.
const WIDTH: usize = 20;

/// The drawn state of one task.
#[derive(Debug)]
pub(super) struct Bar {
    name: String,
    unit: &'static str,
    start: Instant,
    /// Units that took no time.
    skipped: usize,
    shown: Option<Shown>,
}

#[derive(Debug)]
struct Shown {
    id: String,
    last: Instant,
}

impl Bar {
    pub(super) fn new(name: String, unit: &'static str) -> Self {
        Self { name, unit, start: Instant::now(), skipped: 0, shown: None }
    }

    pub(super) fn skip(&mut self, units: usize) {
        self.skipped += units;
    }

    /// Shows how far the work is, if it is long and the last drawing a while ago.
    pub(super) fn draw(&mut self, progress: Progress) {
        let elapsed = self.start.elapsed();
        let long = elapsed >= KNOWN && elapsed + self.left(progress, elapsed) >= SHORT;
        match &mut self.shown {
            None if long && channel::is_open() => {
                let id = channel::new_id();
                self.send("display", &id, progress, elapsed, false);
                self.shown = Some(Shown { id, last: Instant::now() });
            }
            Some(shown) if shown.last.elapsed() >= PAUSE => {
                shown.last = Instant::now();
                let id = shown.id.clone();
                self.send("update", &id, progress, elapsed, false);
            }
            _ => {}
        }
    }

    /// Leaves the final state in the notebook.
    pub(super) fn finish(&mut self, progress: Progress) {
        if let Some(shown) = self.shown.take() {
            self.send("update", &shown.id, progress, self.start.elapsed(), true);
        }
    }

    fn send(&self, kind: &str, id: &str, progress: Progress, elapsed: Duration, last: bool) {
        let data = self.data(progress, elapsed, last);
        channel::send(&json!({ kind: { "data": data, "id": id } }));
    }

    /// The time that the rest will take, at the rate so far.
    fn left(&self, progress: Progress, elapsed: Duration) -> Duration {
        let computed = progress.done.saturating_sub(self.skipped).max(1);
        elapsed.mul_f64(progress.total.saturating_sub(progress.done) as f64 / computed as f64)
    }

    fn data(&self, progress: Progress, elapsed: Duration, last: bool) -> Value {
        let Progress { done, total } = progress;
        let (name, unit) = (&self.name, self.unit);
        let rate = done.saturating_sub(self.skipped) as f64 / elapsed.as_secs_f64().max(1e-9);
        let time = match (last, done < total) {
            (false, _) => format!("{} left", seconds(self.left(progress, elapsed))),
            (true, false) => format!("in {}", seconds(elapsed)),
            (true, true) => format!("stopped after {}", seconds(elapsed)),
        };
        let state = format!("{done}/{total} {unit}, {rate:.1} {unit}/s, {time}");
        let filled = WIDTH * done.min(total) / total.max(1);
        let bar = "█".repeat(filled) + &"░".repeat(WIDTH - filled);
        json!({
            "text/plain": format!("{name} {bar} {state}"),
            "text/html": format!(
                "<div>{} <progress value=\"{done}\" max=\"{total}\" style=\"width:16em\"></progress> {state}</div>",
                escaped(name)
            ),
        })
    }
}

fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {:02.0} s", seconds as u64 / 60, seconds % 60.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_bar_count_rate_and_time() {
        let bar = Bar::new("a < b".into(), "pairs");
        let data = bar.data(Progress { done: 30, total: 120 }, Duration::from_secs(10), false);
        assert_eq!(data["text/plain"], "a < b █████░░░░░░░░░░░░░░░ 30/120 pairs, 3.0 pairs/s, 30.0 s left");
        assert!(data["text/html"].as_str().unwrap().contains("a &lt; b <progress value=\"30\" max=\"120\""));
        let last = bar.data(Progress { done: 120, total: 120 }, Duration::from_secs(75), true);
        assert!(last["text/plain"].as_str().unwrap().ends_with("120/120 pairs, 1.6 pairs/s, in 1 min 15 s"));
        let stopped = bar.data(Progress { done: 1, total: 2 }, Duration::from_secs(1), true);
        assert!(stopped["text/plain"].as_str().unwrap().ends_with("stopped after 1.0 s"));
    }

    #[test]
    fn what_was_skipped_does_not_count_for_the_rate() {
        let mut bar = Bar::new("sweep".into(), "pairs");
        bar.skip(100);
        let left = bar.left(Progress { done: 110, total: 120 }, Duration::from_secs(5));
        assert_eq!(left, Duration::from_secs(5));
    }
}
