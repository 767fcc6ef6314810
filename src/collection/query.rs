//! What was asked.

/// One query of a collection.
///
/// ```
/// use crosslens::collection::Query;
/// let query = Query { query_id: "q1".into(), text: "why is the sky blue".into() };
/// assert_eq!(query.clone(), query);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Query {
    /// The id, unique within a collection.
    pub query_id: String,
    /// The words of the query.
    pub text: String,
}
