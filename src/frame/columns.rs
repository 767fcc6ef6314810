//! The name of every column, once.

/// The query's id (string).
pub const QUERY_ID: &str = "query_id";
/// The document's id (string).
pub const DOC_ID: &str = "doc_id";
/// The judgement (i32, null where unjudged).
pub const RELEVANCE: &str = "relevance";
/// How the document matches, where the collection says it (string).
pub const KIND: &str = "kind";
/// The model's logit (f64).
pub const SCORE: &str = "score";
/// The position in the ranking of the query, from 1 (u32).
pub const RANK: &str = "rank";
/// The layer, from 0 (u32).
pub const LAYER: &str = "layer";
/// The head within its layer, from 0 (u32).
pub const HEAD: &str = "head";
/// The attending segment (string: cls, query, sep1, document, sep2).
pub const FROM: &str = "from";
/// The attended segment (string, as [`FROM`]).
pub const TO: &str = "to";
/// The attention from one segment to another: summed over attended, averaged over attending tokens (f64, 0 to 1).
pub const MASS: &str = "mass";
/// The position of the attending token, from 0 (u32).
pub const FROM_POSITION: &str = "from_position";
/// The position of the attended token, from 0 (u32).
pub const TO_POSITION: &str = "to_position";
/// The attending word piece (string).
pub const FROM_TOKEN: &str = "from_token";
/// The attended word piece (string).
pub const TO_TOKEN: &str = "to_token";
/// The segment of the attending token (string).
pub const FROM_SEGMENT: &str = "from_segment";
/// The segment of the attended token (string).
pub const TO_SEGMENT: &str = "to_segment";
/// The attention from one token to another (f64, 0 to 1).
pub const WEIGHT: &str = "weight";

/// The column that holds the lower end of the interval around `column`.
pub fn low(column: &str) -> String {
    format!("{column}_low")
}

/// The column that holds the upper end of the interval around `column`.
pub fn high(column: &str) -> String {
    format!("{column}_high")
}
