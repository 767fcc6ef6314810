//! A piece of work that can be watched and stopped.

use super::bar::Bar;
use super::interrupted;
use crate::error::{Error, Result};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How far a long computation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How much is finished, in most computations pairs.
    pub done: usize,
    /// How much there is in all.
    pub total: usize,
}

/// A loop of known length: in the crosslens kernel it shows a progress bar once it takes over two seconds, and an
/// interrupt ends it. Elsewhere it only counts. Everything in crosslens that goes over pairs is a task.
///
/// ```
/// use crosslens::live::Task;
/// let task = Task::new("squaring", "numbers", 3);
/// for number in 0..3u32 {
///     task.check()?;
///     number.pow(2);
///     task.step();
/// }
/// assert_eq!(task.progress().done, 3);
/// # Ok::<(), crosslens::Error>(())
/// ```
#[derive(Debug)]
pub struct Task {
    unit: &'static str,
    done: AtomicUsize,
    total: usize,
    bar: Mutex<Bar>,
}

impl Task {
    /// Work called `name` on so many units, such as `"pairs"`. The time runs from now on.
    pub fn new(name: impl Into<String>, unit: &'static str, total: usize) -> Self {
        Self { unit, done: AtomicUsize::new(0), total, bar: Mutex::new(Bar::new(name.into(), unit)) }
    }

    /// Counts one unit as finished; may be called from many threads.
    pub fn step(&self) -> Progress {
        let progress = Progress { done: self.done.fetch_add(1, Ordering::Relaxed) + 1, total: self.total };
        // Another thread draws at this moment: this unit will be in its next drawing.
        if let Ok(mut bar) = self.bar.try_lock() {
            bar.draw(self.progress());
        }
        progress
    }

    /// Counts units that were finished at an earlier time.
    pub fn skip(&self, units: usize) {
        self.done.fetch_add(units, Ordering::Relaxed);
        if let Ok(mut bar) = self.bar.lock() {
            bar.skip(units);
        }
    }

    /// How far the work is.
    pub fn progress(&self) -> Progress {
        Progress { done: self.done.load(Ordering::Relaxed), total: self.total }
    }

    /// To be called before each unit.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if the user has asked to stop.
    pub fn check(&self) -> Result<()> {
        if interrupted() {
            let Progress { done, total } = self.progress();
            return Err(Error::Interrupted { done, total, unit: self.unit, kept: false });
        }
        Ok(())
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        let progress = self.progress();
        if let Ok(bar) = self.bar.get_mut() {
            bar.finish(progress);
        }
    }
}
