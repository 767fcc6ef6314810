//! One value in several forms.

use std::fmt;

/// The forms that a notebook knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Mime {
    /// `text/html`
    Html,
    /// `text/latex`
    Latex,
    /// `image/svg+xml`
    Svg,
    /// `image/png`, its bytes in base64
    Png,
    /// `text/plain`
    Plain,
    /// `application/vnd.crosslens.provenance+json`
    Provenance,
}

impl Mime {
    /// The name that goes over the wire.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// assert_eq!(Mime::Svg.as_str(), "image/svg+xml");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Html => "text/html",
            Self::Latex => "text/latex",
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
            Self::Plain => "text/plain",
            Self::Provenance => "application/vnd.crosslens.provenance+json",
        }
    }
}

impl fmt::Display for Mime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The forms of one value, the richest first; at most one of each type.
///
/// ```
/// use crosslens::prelude::*;
/// let bundle = Bundle::default().with(Mime::Html, "<b>1</b>").with(Mime::Plain, "1");
/// assert_eq!(bundle.get(Mime::Plain), Some("1"));
/// assert_eq!(bundle.get(Mime::Png), None);
/// assert_eq!(bundle.iter().map(|(mime, _)| mime.as_str()).collect::<Vec<_>>(), ["text/html", "text/plain"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle(Vec<(Mime, String)>);

impl Bundle {
    /// The bundle with one form more, or with this one in place of another of its type.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let bundle = Bundle::default().with(Mime::Plain, "1").with(Mime::Plain, "2");
    /// assert_eq!(bundle.iter().collect::<Vec<_>>(), [(Mime::Plain, "2")]);
    /// ```
    #[must_use]
    pub fn with(mut self, mime: Mime, content: impl Into<String>) -> Self {
        let content = content.into();
        match self.0.iter_mut().find(|(known, _)| *known == mime) {
            Some((_, old)) => *old = content,
            None => self.0.push((mime, content)),
        }
        self
    }

    /// The content of one type.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// assert_eq!(Bundle::default().get(Mime::Html), None);
    /// ```
    pub fn get(&self, mime: Mime) -> Option<&str> {
        self.iter().find(|(known, _)| *known == mime).map(|(_, content)| content)
    }

    /// All forms, in order.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// assert_eq!(Bundle::default().iter().count(), 0);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (Mime, &str)> {
        self.0.iter().map(|(mime, content)| (*mime, content.as_str()))
    }
}
