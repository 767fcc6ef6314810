//! Who attends to whom in one pair, as lines from token to token.

use super::figure::Figure;
use super::heads::averaged;
use super::number::counted;
use super::sequence::{Sequence, Token};
use super::still;
use super::token_wires;
use crate::error::{Error, Result};
use crate::escape::escaped;
use crate::frame::columns::{FROM_SEGMENT, TO_SEGMENT};
use polars::prelude::DataFrame;
use std::collections::BTreeSet;

/// The least weight of a link that is drawn before a token is pointed at, the fewest that are drawn all the same, and
/// the most.
const LEAST: f64 = 0.02;
const DRAWN: (usize, usize) = (12, 80);
/// What a page adds to the drawing so that it answers to the pointer: other links fade, and what is hidden in the token's
/// group appears.
const STYLE: &str = "body{margin:0}svg{display:block}.t{cursor:default}.s:hover .l{opacity:.08}\
                     .t:hover>.l{opacity:1}.t:hover>.h{visibility:visible}.h{pointer-events:none}";

/// Draws the attention of one head in one pair as lines: from `[CLS]`, the query and the first `[SEP]` at the left to
/// all tokens in the order of the input, as `model.pattern()` gives it.
///
/// Width and opacity are the weight. Orange goes to the same word piece in the document, blue to another one, grey to
/// `[CLS]` and `[SEP]`, where attention does nothing. Links of at least 0.02 are drawn, the 80 strongest at most.
///
/// In a notebook that trusts its outputs and in what nbconvert makes of it, pointing at a token shows its links alone
/// and its numbers: position, segment, which tokens it attends to and is attended to by, and where its attention goes. That
/// needs no script. Elsewhere the same picture stands still.
///
/// # Errors
/// [`Error::Unknown`] for a column that the frame lacks, [`Error::Chart`] for a frame of several pairs or one that
/// cannot be drawn.
///
/// ```
/// use crosslens::prelude::*;
/// let frame = df!(
///     "from_position" => [1u32; 6],
///     "to_position" => [0u32, 1, 2, 3, 4, 5],
///     "from_token" => ["cat"; 6],
///     "to_token" => ["[CLS]", "cat", "[SEP]", "cat", "dog", "[SEP]"],
///     "from_segment" => ["query"; 6],
///     "to_segment" => ["cls", "query", "sep1", "document", "document", "sep2"],
///     "weight" => [0.1, 0.05, 0.1, 0.5, 0.05, 0.2],
/// )?;
/// let figure = token_links(&frame, "What does head 2.9 link?")?;
/// assert_eq!(
///     figure.summary(),
///     "What does head 2.9 link?\n6 links from 1 query token and 0 special ones to 6 tokens; strongest from the query to \
///      the document: cat → cat 0.50, cat → dog 0.05"
/// );
/// assert!(!figure.html().unwrap().contains("<script"));
/// # Ok::<(), Error>(())
/// ```
pub fn token_links(frame: &DataFrame, title: &str) -> Result<Figure> {
    let links = Links::read(frame)?;
    let summary = links.summary(title);
    let still = token_wires::draw(&links, title, false)?;
    let html = page(&still, &token_wires::draw(&links, title, true)?, title, &summary);
    Ok(Figure::new(still, summary).with_whole_html(html))
}

/// What links tokens.
pub(super) struct Links {
    pub tokens: Vec<Token>,
    /// `[from][to]`; NaN where missing.
    pub weights: Vec<Vec<f64>>,
    /// The tokens at the left: what comes before the document.
    pub attending: Vec<usize>,
    /// What the chart says when weights are means of several rows.
    pub averaged: Option<String>,
}

/// What a link goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Special,
    Other,
    Same,
}

impl Links {
    fn read(frame: &DataFrame) -> Result<Self> {
        let sequence = Sequence::read(frame)?;
        let (weights, rows) = sequence.pattern(0..sequence.rows.len());
        let before = |segment: &str| !matches!(segment, "document" | "sep2");
        let attends = |place: usize| weights[place].iter().any(|weight| weight.is_finite());
        let tokens = sequence.tokens;
        let attending: Vec<usize> =
            (0..tokens.len()).filter(|place| before(&tokens[*place].segment) && attends(*place)).collect();
        let from: BTreeSet<&str> =
            (0..tokens.len()).filter(|place| attends(*place)).map(|place| tokens[place].segment.as_str()).collect();
        let to: BTreeSet<&str> = tokens.iter().map(|token| token.segment.as_str()).collect();
        for (segment, known, column) in [("query", from, FROM_SEGMENT), ("document", to, TO_SEGMENT)] {
            if !known.contains(segment) {
                let known = known.into_iter().collect::<Vec<_>>().join(", ");
                let what = format!("column {column:?} never holds {segment:?}, only {known}: nothing to draw");
                return Err(Error::Chart(what));
            }
        }
        Ok(Self { weights, attending, averaged: averaged(rows, "link"), tokens })
    }

    /// What the link from one token to another goes to.
    pub fn kind(&self, from: usize, to: usize) -> Kind {
        let (from, to) = (&self.tokens[from], &self.tokens[to]);
        if to.special() {
            Kind::Special
        } else if from.text == to.text && from.segment != to.segment {
            Kind::Same
        } else {
            Kind::Other
        }
    }

    /// The links between some tokens with a weight above zero, the strongest first.
    fn strongest(&self, from: impl Fn(usize) -> bool, to: impl Fn(usize) -> bool) -> Vec<(usize, usize, f64)> {
        let n = self.tokens.len();
        let all = (0..n).filter(|place| from(*place)).flat_map(|from| (0..n).map(move |to| (from, to)));
        let linked = all.filter(|(_, place)| to(*place)).map(|(from, to)| (from, to, self.weights[from][to]));
        let mut links: Vec<(usize, usize, f64)> = linked.filter(|(.., weight)| *weight > 0.0).collect();
        links.sort_by(|a, b| b.2.total_cmp(&a.2));
        links
    }

    /// The links that are drawn, and how many there are.
    pub fn drawn(&self) -> (Vec<(usize, usize, f64)>, usize) {
        let mut links = self.strongest(|from| self.attending.contains(&from), |_| true);
        let all = links.len();
        let weak = links.iter().position(|(.., weight)| *weight < LEAST).unwrap_or(all);
        links.truncate(weak.clamp(DRAWN.0, DRAWN.1));
        (links, all)
    }

    /// What a token attends to most.
    pub fn attended(&self, from: usize) -> Vec<(usize, usize, f64)> {
        self.strongest(|place| place == from, |_| true)
    }

    /// What attends most to a token.
    pub fn attending_to(&self, to: usize) -> Vec<(usize, usize, f64)> {
        self.strongest(|_| true, |place| place == to)
    }

    /// The strongest links from the query to the document, in words.
    pub fn matches(&self) -> Vec<String> {
        let of = |segment: &'static str| move |place: usize| self.tokens[place].segment == segment;
        let named = |(from, to, weight): (usize, usize, f64)| {
            format!("{} → {} {weight:.2}", self.tokens[from].text, self.tokens[to].text)
        };
        self.strongest(of("query"), of("document")).into_iter().take(5).map(named).collect()
    }

    fn summary(&self, title: &str) -> String {
        let matches = self.matches();
        let special = self.attending.iter().filter(|place| self.tokens[**place].special()).count();
        format!(
            "{title}\n{} from {} and {special} special ones to {}; strongest from the query to the document: {}",
            counted(self.drawn().1, "link"),
            counted(self.attending.len() - special, "query token"),
            counted(self.tokens.len(), "token"),
            if matches.is_empty() { "none".into() } else { matches.join(", ") }
        )
    }
}

/// The drawing that answers to the pointer, in a frame of its own over the one that does not. What allows no frames
/// (untrusted notebooks, GitHub) takes the frame out with all that is in it, and the image under it is seen.
fn page(still: &str, live: &str, title: &str, summary: &str) -> String {
    let document = format!("<!DOCTYPE html><meta charset=\"utf-8\"><style>{STYLE}</style>{live}");
    format!(
        "<div class=\"crosslens-links\" style=\"max-width:720px;overflow-x:auto\">\n\
         <div style=\"position:relative;width:720px\">\n{}\n\
         <iframe title=\"{}\" sandbox=\"\" style=\"position:absolute;left:0;top:0;width:100%;height:100%;border:none\" \
         srcdoc=\"{}\"></iframe>\n</div>\n</div>",
        still::image(still, summary, "width:720px"),
        escaped(title),
        document.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::token_pair::tests::frame;

    #[test]
    fn a_link_is_known_by_what_it_goes_to() {
        let links = Links::read(&frame()).unwrap();
        assert_eq!(links.attending, [1]);
        let kinds: Vec<Kind> = (0..6).map(|to| links.kind(1, to)).collect();
        assert_eq!(kinds, [Kind::Special, Kind::Other, Kind::Special, Kind::Same, Kind::Other, Kind::Special]);
        assert_eq!(links.drawn().0[0], (1, 3, 0.5));
    }

    #[test]
    fn a_frame_without_query_or_document_is_refused() {
        let error = token_links(&frame().head(Some(3)), "").unwrap_err().to_string();
        assert_eq!(
            error,
            "chart: column \"to_segment\" never holds \"document\", only cls, query, sep1: nothing to draw"
        );
    }
}
