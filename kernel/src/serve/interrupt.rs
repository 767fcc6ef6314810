//! Stopping the running cell: first kindly, then not.

use crate::stand_in;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The interrupts of the running cell.
pub(super) struct Interrupt {
    file: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: bool,
    asked: bool,
    /// The process that runs cells, once there is one.
    process: Option<Arc<Mutex<Child>>>,
}

impl Interrupt {
    pub(super) fn new(session: &Path) -> Self {
        Self { file: stand_in::interrupt(session), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on this process runs the cells.
    pub(super) fn watch(&self, process: Arc<Mutex<Child>>) {
        self.state().process = Some(process);
    }

    /// A cell begins.
    pub(super) fn begin(&self) {
        let mut state = self.state();
        (state.running, state.asked) = (true, false);
        // It is there only after an interrupt.
        let _ = fs::remove_file(&self.file);
    }

    /// The cell has ended; whether it was asked to stop.
    pub(super) fn end(&self) -> bool {
        let mut state = self.state();
        state.running = false;
        let _ = fs::remove_file(&self.file);
        std::mem::take(&mut state.asked)
    }

    /// Whether the running cell was asked to stop.
    pub(super) fn is_asked(&self) -> bool {
        self.state().asked
    }

    /// The user asks: the first time the library stops between two pairs and a compilation ends at once, the second
    /// time the process that runs the cell is ended.
    pub(super) fn ask(&self) {
        let mut state = self.state();
        if !state.running {
            return;
        }
        let Some(process) = state.process.clone() else { return };
        let Ok(mut process) = process.try_lock() else { return };
        if state.asked {
            let _ = process.kill();
        } else {
            state.asked = true;
            let _ = fs::write(&self.file, "");
            end_compilers(process.id());
        }
    }
}

/// Ends every process below this one but the one that runs cells.
#[cfg(target_os = "linux")]
fn end_compilers(cells: u32) {
    use rustix::process::{Pid, Signal, kill_process};
    let mut waiting = vec![std::process::id()];
    while let Some(parent) = waiting.pop() {
        for child in children(parent).into_iter().filter(|child| *child != cells) {
            waiting.push(child);
            if let Some(child) = i32::try_from(child).ok().and_then(Pid::from_raw) {
                // It may just have ended.
                let _ = kill_process(child, Signal::KILL);
            }
        }
    }
}

/// The processes that one has started and that still run.
#[cfg(target_os = "linux")]
fn children(parent: u32) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let numbers = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|number| parent_of(*number) == Some(parent)).collect()
}

#[cfg(target_os = "linux")]
fn parent_of(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // After the name, which may hold anything, come the state and the parent.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Elsewhere a compilation runs to its end, which takes seconds.
#[cfg(not(target_os = "linux"))]
fn end_compilers(_cells: u32) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn children_are_found() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("starts");
        assert!(children(std::process::id()).contains(&child.id()));
        child.kill().expect("ends");
        child.wait().expect("has ended");
    }

    #[test]
    fn nothing_runs_nothing_is_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let interrupt = Interrupt::new(folder.path());
        interrupt.ask();
        assert!(!interrupt.is_asked() && !interrupt.file.exists());
    }
}
