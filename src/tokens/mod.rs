//! From text to word pieces that know which segment they belong to.

mod segment;
mod tokenizer;
mod tokens;

pub use segment::{Edge, Segment};
pub use tokenizer::Tokenizer;
pub use tokens::Tokens;
