//! Takes in what the relay tells.

use super::output::Output;
use crate::error::{At, Result};
use crate::relay::piece::Piece;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

/// Listens on the socket at `path` for as long as the kernel runs: each process that runs cells connects anew.
pub(super) fn listen(path: &Path, output: Arc<Output>) -> Result<()> {
    let listener = UnixListener::bind(path).at("listen on", path)?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // One after the other: a process connects when the one before it has ended.
            let _ = take_in(stream, &output);
        }
    });
    Ok(())
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
