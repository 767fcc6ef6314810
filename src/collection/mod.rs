//! Queries, documents, judgements and runs: a test collection.

mod pair;

pub use pair::{Pair, Pairs};
