//! Where results come from: the models and collections that this process has opened, and the seeds that it has drawn
//! with. Whoever opens or draws notes it here, at once, so that a notebook can tell it in the end without having kept it.

mod files;
mod random;
mod registry;

pub(crate) use files::Files;
pub(crate) use random::{seeded, seeds};
pub(crate) use registry::{Kind, Opened, note, opened};
