//! Memory that a thread uses again and again, instead of asking for it in every layer.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// The most buffers that a thread keeps, and the most numbers of each.
const KEPT: usize = 8;
const MOST: usize = 1 << 22;

thread_local! {
    static SPARE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer that goes back to its thread when it is dropped.
pub(in crate::model) struct Room(Vec<f32>);

/// A buffer of so many numbers, which are whatever they were when it was used last.
pub(in crate::model) fn room(count: usize) -> Room {
    let mut buffer = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
    buffer.resize(count, 0.0);
    Room(buffer)
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
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT && buffer.capacity() <= MOST {
                spare.push(buffer);
            }
        });
    }
}
