//! Sweeps: many variants of a model over the same pairs, watched, stopped, stored and gone on with.
//!
//! A [`Design`] says which variants there are; a [`Sweep`] scores every pair under each and sums up what they change.
//! With a [store](Sweep::store) each query's scores are written as soon as they are there, so that a killed sweep goes
//! on where it stopped, and a cluster can share it out.

mod contrast;
mod design;
mod manifest;
mod options;
mod scores;
mod store;
mod swept;
mod unfinished;

pub use design::{Design, Variant};
pub use options::{Shard, Sweep};
pub use store::merge;
pub use swept::Swept;
