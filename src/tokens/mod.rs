//! From text to word pieces that know which segment they belong to.

mod positions;
mod segment;
mod tokenizer;

pub use positions::Tokens;
pub use segment::{Edge, Segment};
pub use tokenizer::Tokenizer;
