//! What may answer.

/// One document of a collection.
///
/// ```
/// use crosslens::collection::Document;
/// let document = Document { doc_id: "d1".into(), text: "It is blue.".into(), ..Document::default() };
/// assert!(document.title.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Document {
    /// The id, unique within a collection.
    pub doc_id: String,
    /// The title; empty where there is none.
    pub title: String,
    /// The body.
    pub text: String,
}

impl Document {
    /// Title and text with a space between, as BEIR feeds them to a model; only the text where there is no title.
    ///
    /// ```
    /// use crosslens::collection::Document;
    /// let mut document = Document { doc_id: "d1".into(), title: "Sky".into(), text: "It is blue.".into() };
    /// assert_eq!(document.full_text(), "Sky It is blue.");
    /// document.title.clear();
    /// assert_eq!(document.full_text(), "It is blue.");
    /// ```
    pub fn full_text(&self) -> String {
        if self.title.is_empty() { self.text.clone() } else { format!("{} {}", self.title, self.text) }
    }
}
