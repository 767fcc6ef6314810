//! Controlled changes of a document, after the axioms of information retrieval (Fang, Tao and Zhai, *A Formal Study of
//! Information Retrieval Heuristics*, 2004; for neural models Câmara and Hauff, *Diagnosing BERT with Retrieval
//! Heuristics*, 2020): what a score should do when a query term is added, repeated, replaced or drowned in noise.
//!
//! Every perturbation is a function from a [`Pair`](crate::collection::Pair) to a [`Perturbed`]: the same query, the
//! changed document, and which bytes of it are the old ones. [`Perturbed::positions`] aligns the tokens of both, as
//! [`Patch::positions`](crate::hook::intervention::Patch::positions) wants them.

mod document;
mod perturbed;
mod term;
mod words;

pub use document::{delete_match, filler, lnc1, shuffle, stmc1};
pub use perturbed::{Perturbed, Place};
pub use term::{tdc, tfc1, tfc2, tfc3};
pub use words::query_terms;
pub(crate) use words::{vocabulary, words};
