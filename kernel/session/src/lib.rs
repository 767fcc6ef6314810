//! What a notebook sees as `crosslens`: the whole library as one shared object.

pub use crosslens::*;
