//! The cross-encoder: a BERT with one logit whose every step can be read and changed.

mod batch;
mod block;
mod classifier;
mod config;
mod cross_encoder;
mod donors;
mod embed;
mod fingerprint;
mod fused;
mod general;
mod hub;
mod means;
mod neighbours;
mod parallel;
mod parameters;
mod pass;
mod patterns;
mod resume;
mod tokenised;
mod weights;

pub use cross_encoder::CrossEncoder;
pub use donors::Donor;
pub use fused::Precision;
pub(crate) use fused::{instructions, softmax};
pub(crate) use parallel::Order;
pub use parameters::Entry;
pub(crate) use parameters::{Affine, LayerNorm, LayerWeights, Packed};
pub(crate) use resume::CHANGED_TOKENS;
