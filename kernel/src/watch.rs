//! Ends a process when the one that it serves is gone, however that one ended.

use std::thread;

/// Ends this process, which runs cells, as soon as the kernel's end of its input or the reader of its output is
/// closed: a cell that loops for ever would otherwise outlive its kernel.
#[cfg(unix)]
pub(crate) fn with_kernel() {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::process::{Signal, getpid, kill_process};
    thread::spawn(|| {
        let (input, output) = (std::io::stdin(), std::io::stdout());
        loop {
            // No events are asked for: closing is always reported.
            let mut ends = [PollFd::new(&input, PollFlags::empty()), PollFd::new(&output, PollFlags::empty())];
            match poll(&mut ends, None) {
                Err(rustix::io::Errno::INTR) => {}
                // Destructors must not run while a cell does.
                _ => drop(kill_process(getpid(), Signal::KILL)),
            }
        }
    });
}

/// Ends this process when the client that started it is gone, if the client asked for that in the way Jupyter
/// does: with its process number in `JPY_PARENT_PID`.
#[cfg(unix)]
pub(crate) fn with_client() {
    use std::os::unix::process::parent_id;
    use std::time::Duration;
    let client = parent_id();
    let asked = std::env::var("JPY_PARENT_PID").is_ok_and(|number| number == client.to_string());
    if asked {
        thread::spawn(move || {
            // The system has no portable way to wait for a parent.
            while parent_id() == client {
                thread::sleep(Duration::from_secs(1));
            }
            std::process::exit(1);
        });
    }
}

#[cfg(not(unix))]
pub(crate) fn with_client() {}
