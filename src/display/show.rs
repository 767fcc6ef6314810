//! Showing values in the middle of a cell.

use super::emit;
use super::showable::Showable;
use crate::live::channel;

/// An output that stands below a cell and can be replaced, also from a later cell.
#[derive(Debug, Clone)]
pub struct Shown {
    id: String,
}

/// Shows a value in the middle of a cell, at once.
///
/// The stock Rust kernel knows only one output per cell and type, and shows the last one when the cell has ended.
///
/// ```
/// use crosslens::prelude::*;
/// let shown = show(&df!("layer" => [0u32])?);
/// shown.update(&df!("layer" => [0u32, 1])?);
/// # Ok::<(), Error>(())
/// ```
pub fn show(value: &(impl Showable + ?Sized)) -> Shown {
    let id = channel::new_id();
    emit::display(&value.bundle(), &id);
    Shown { id }
}

impl Shown {
    /// Replaces what is shown, in its place.
    pub fn update(&self, value: &(impl Showable + ?Sized)) {
        emit::update(&value.bundle(), &self.id);
    }
}

/// Removes what the cell has shown so far: at once, or with `wait` when it shows something new, which does not flicker.
///
/// ```
/// crosslens::display::clear_output(true);
/// ```
pub fn clear_output(wait: bool) {
    emit::clear(wait);
}
