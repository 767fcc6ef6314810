//! Takes in what the relay tells.

use super::output::Output;
use crate::error::{At, Result};
use crate::relay::piece::Piece;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

/// Listens in `session` for as long as the kernel runs, and tells where: each process that runs cells connects anew.
pub(super) fn listen(session: &Path, output: Arc<Output>) -> Result<PathBuf> {
    let folder = File::open(session).at("open", session)?;
    let path = reachable(session, &folder).join("output");
    let listener = UnixListener::bind(&path).at("listen on", &path)?;
    thread::spawn(move || {
        // As long as it is open the path holds.
        let _folder = folder;
        for stream in listener.incoming().flatten() {
            // One after the other: a process connects when the one before it has ended.
            let _ = take_in(stream, &output);
        }
    });
    Ok(path)
}

/// Longer paths of folders leave no room for a socket's name in an address, which holds a hundred bytes.
const LONGEST: usize = 80;

/// A path to the session's open folder that is short enough for sockets in it, where the system has one.
fn reachable(session: &Path, folder: &File) -> PathBuf {
    let short = PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), folder.as_raw_fd()));
    if session.as_os_str().len() > LONGEST && short.exists() { short } else { session.to_owned() }
}

fn take_in(stream: UnixStream, output: &Output) -> std::io::Result<()> {
    let mut answer = stream.try_clone()?;
    for line in BufReader::new(stream).lines() {
        match serde_json::from_str(&line?)? {
            Piece::End => answer.write_all(b"!")?,
            piece => output.piece(piece),
        }
    }
    Ok(())
}
