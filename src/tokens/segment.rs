//! The parts of `[CLS] query [SEP] document [SEP]`, and the ordered pairs of them.

use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// The part of the input that a token belongs to. There is no padding: a pair is read at its own length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// The `[CLS]` token, from which the score is read.
    Cls,
    /// The query's word pieces.
    Query,
    /// The `[SEP]` between query and document.
    Sep1,
    /// The document's word pieces.
    Document,
    /// The `[SEP]` at the end.
    Sep2,
}

impl Segment {
    /// Every segment, in the order of the input.
    pub const ALL: [Self; 5] = [Self::Cls, Self::Query, Self::Sep1, Self::Document, Self::Sep2];

    /// The name in frames and charts: `cls`, `query`, `sep1`, `document`, `sep2`.
    ///
    /// ```
    /// use crosslens::tokens::Segment;
    /// assert_eq!(Segment::Sep1.name(), "sep1");
    /// assert_eq!("sep1".parse::<Segment>()?, Segment::Sep1);
    /// # Ok::<(), crosslens::Error>(())
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cls => "cls",
            Self::Query => "query",
            Self::Sep1 => "sep1",
            Self::Document => "document",
            Self::Sep2 => "sep2",
        }
    }

    /// The position in [`Segment::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Segment {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|segment| segment.name() == name).ok_or_else(|| Error::Unknown {
            kind: "segment",
            name: name.into(),
            known: Self::ALL.map(|segment| segment.name().into()).into(),
        })
    }
}

/// An ordered pair of segments: attention goes from the attending tokens to the attended ones.
///
/// ```
/// use crosslens::tokens::Edge;
/// assert_eq!("query->document".parse::<Edge>()?, Edge::QUERY_TO_DOCUMENT);
/// assert_eq!(Edge::QUERY_TO_DOCUMENT.to_string(), "query->document");
/// # Ok::<(), crosslens::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// The attending segment.
    pub from: Segment,
    /// The attended segment.
    pub to: Segment,
}

impl Edge {
    /// Query tokens attend to document tokens.
    pub const QUERY_TO_DOCUMENT: Self = Self::new(Segment::Query, Segment::Document);
    /// Document tokens attend to query tokens.
    pub const DOCUMENT_TO_QUERY: Self = Self::new(Segment::Document, Segment::Query);
    /// Query tokens attend to each other.
    pub const QUERY_TO_QUERY: Self = Self::new(Segment::Query, Segment::Query);
    /// Document tokens attend to each other.
    pub const DOCUMENT_TO_DOCUMENT: Self = Self::new(Segment::Document, Segment::Document);
    /// `[CLS]` attends to query tokens.
    pub const CLS_TO_QUERY: Self = Self::new(Segment::Cls, Segment::Query);
    /// `[CLS]` attends to document tokens.
    pub const CLS_TO_DOCUMENT: Self = Self::new(Segment::Cls, Segment::Document);

    /// The edge between two segments.
    pub const fn new(from: Segment, to: Segment) -> Self {
        Self { from, to }
    }

    /// All 25 edges, attending segment first.
    pub fn all() -> impl Iterator<Item = Self> {
        Segment::ALL.into_iter().flat_map(|from| Segment::ALL.into_iter().map(move |to| Self { from, to }))
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}->{}", self.from, self.to)
    }
}

impl FromStr for Edge {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (from, to) = text.split_once("->").ok_or_else(|| {
            Error::Argument(format!("{text:?} is no edge: write it as from->to, like query->document"))
        })?;
        Ok(Self::new(from.trim().parse()?, to.trim().parse()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edge_once_and_readable() {
        let edges: Vec<Edge> = Edge::all().collect();
        assert_eq!(edges.len(), 25);
        for edge in edges {
            assert_eq!(edge.to_string().parse::<Edge>().unwrap(), edge);
        }
    }

    #[test]
    fn unknown_names_tell_the_known_ones() {
        let error = "query->doc".parse::<Edge>().unwrap_err().to_string();
        assert_eq!(
            error,
            r#"there is no segment "doc"; did you mean "document"? There is cls, query, sep1, document, sep2"#
        );
    }
}
