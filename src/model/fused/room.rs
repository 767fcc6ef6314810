//! Memory that a thread uses again and again, so that no layer allocates.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// The most buffers that a thread keeps.
const KEPT: usize = 8;

thread_local! {
    static SPARE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer that goes back to its thread when it is dropped.
pub(in crate::model) struct Room(Vec<f32>);

/// An empty buffer, with the capacity that it had when it was used last.
pub(in crate::model) fn room() -> Room {
    let mut buffer = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
    buffer.clear();
    Room(buffer)
}

/// A buffer of so many zeros.
pub(in crate::model) fn zeros(count: usize) -> Room {
    let mut buffer = room();
    buffer.resize(count, 0.0);
    buffer
}

impl Deref for Room {
    type Target = Vec<f32>;

    fn deref(&self) -> &Vec<f32> {
        &self.0
    }
}

impl DerefMut for Room {
    fn deref_mut(&mut self) -> &mut Vec<f32> {
        &mut self.0
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        // Not when the thread ends.
        let _ = SPARE.try_with(|spare| {
            if let Ok(mut spare) = spare.try_borrow_mut().map(|spare| spare) {
                if spare.len() < KEPT {
                    spare.push(buffer);
                }
            }
        });
    }
}
