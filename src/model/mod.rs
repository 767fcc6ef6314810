//! The cross-encoder: a BERT with one logit whose every step can be read and changed.

mod attention;
mod block;
mod classifier;
mod config;
mod cross_encoder;
mod donors;
mod embed;
mod fingerprint;
mod fused;
mod gelu;
mod hub;
mod means;
mod mlp;
mod neighbours;
mod parallel;
mod resume;
mod weights;

pub use cross_encoder::CrossEncoder;
pub use donors::Donor;
