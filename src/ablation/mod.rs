//! Ablation: take something away from the model, watch the score and the ranking. One design is one file here.

mod edges;
mod elimination;
mod heads;
mod instead;
mod layers;

pub use crate::effect::MEASURES;
pub use edges::{CutEdges, EdgeKnockOut};
pub use elimination::{Eliminated, Elimination};
pub use heads::{AblatedHeads, Ablation};
pub use layers::{AblatedLayers, LayerAblation};
