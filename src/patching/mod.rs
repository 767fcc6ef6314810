//! Activation patching: which activations carry the difference between two runs?
//!
//! A pair is perturbed, and activations of one run are put into the other, a head or a position at a time (Vig et al.
//! 2020; for rankers Chen, Merullo and Eickhoff, *Axiomatic Causal Interventions for Reverse Engineering Relevance
//! Computation in Neural Retrieval Models*, 2024). *Denoising* patches the clean run's activations into the corrupted
//! one and asks what is enough to restore the score; *noising* does the reverse and asks what is needed.

mod change;
mod edge;
mod path;
mod position;
mod reader;
mod study;

pub use path::Receiver;
pub use study::Patching;
