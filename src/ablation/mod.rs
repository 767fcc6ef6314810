//! Ablation: change the model, watch the score and the ranking.

mod edges;
mod effect;
mod heads;
mod unfinished;

pub use edges::EdgeKnockOut;
pub use effect::{MEASURES, Settings};
pub use heads::{Ablation, Sweep};
