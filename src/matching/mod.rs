//! What the parts say together: which heads match, and how far what they find explains the score.
//!
//! This stands on everything that looks at a model in one way: its attention, its weights, and what interventions do.

mod detector;
mod soft_tf;

pub use detector::Detector;
pub use soft_tf::{Idf, SoftTf};
