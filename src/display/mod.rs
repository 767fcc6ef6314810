//! What a cell shows: every showable value gives a [`Bundle`] of MIME types, and the kernel picks what it can render.
//!
//! The last expression of a cell shows itself; [`show`] shows one in mid-cell. To make a type showable, write one file
//! beside these that implements [`Showable`] for it.

mod bundle;
mod emit;
mod excerpt;
mod figure;
mod frame;
mod latex;
mod provenance;
mod show;
mod showable;
mod value;

pub use bundle::{Bundle, Mime};
pub use show::{Shown, clear_output, show};
pub use showable::Showable;
