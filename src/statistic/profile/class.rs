//! The classes of document tokens, as a query token sees them.

use std::fmt;

/// How a document token matches a query token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Match {
    Piece,
    Word,
    Stem,
    /// Embeddings with a cosine of at least the first, and below the second.
    Near(f64, f64),
    Content,
    Stop,
    Punctuation,
    LastSep,
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Piece => f.write_str("same piece"),
            Self::Word => f.write_str("same word"),
            Self::Stem => f.write_str("same stem"),
            Self::Near(low, high) if high.is_infinite() => write!(f, "cosine >= {low}"),
            Self::Near(low, high) => write!(f, "cosine {low}-{high}"),
            Self::Content => f.write_str("other content word"),
            Self::Stop => f.write_str("stop word"),
            Self::Punctuation => f.write_str("punctuation"),
            Self::LastSep => f.write_str("last separator"),
        }
    }
}

/// All classes, from the closest match on; cosines are told apart at `cuts`, the highest first.
pub(super) fn classes(cuts: &[f64], last_sep: bool) -> Vec<Match> {
    let above = [f64::INFINITY].into_iter().chain(cuts.iter().copied());
    let near = cuts.iter().zip(above).map(|(low, high)| Match::Near(*low, high));
    let mut classes = vec![Match::Piece, Match::Word, Match::Stem];
    classes.extend(near);
    classes.extend([Match::Content, Match::Stop, Match::Punctuation]);
    classes.extend(last_sep.then_some(Match::LastSep));
    classes
}

/// What is known about a token when it is matched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) id: u32,
    pub(super) word: &'a str,
    pub(super) stem: &'a str,
    pub(super) punctuation: bool,
    pub(super) stop: bool,
}

/// The first of the classes that holds: so they are disjoint, and one always does.
pub(super) fn class(query: Token, document: Token, cosine: f64, cuts: &[f64]) -> usize {
    const CLOSE: usize = 3;
    if query.id == document.id {
        0
    } else if document.punctuation {
        CLOSE + cuts.len() + 2
    } else if query.word == document.word {
        1
    } else if query.stem == document.stem {
        2
    } else if let Some(at) = cuts.iter().position(|cut| cosine >= *cut) {
        CLOSE + at
    } else {
        CLOSE + cuts.len() + usize::from(document.stop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_match_holds() {
        let cuts = [0.5, 0.3];
        let token = |id, word, stem| Token { id, word, stem, punctuation: false, stop: false };
        let query = token(1, "boiling", "boil");
        let of = |document: Token, cosine| classes(&cuts, true)[class(query, document, cosine, &cuts)].to_string();
        assert_eq!(of(token(1, "boiling", "boil"), 1.0), "same piece");
        assert_eq!(of(token(2, "boiling", "boil"), 0.9), "same word");
        assert_eq!(of(token(2, "boils", "boil"), 0.9), "same stem");
        assert_eq!(of(token(2, "hot", "hot"), 0.5), "cosine >= 0.5");
        assert_eq!(of(token(2, "warm", "warm"), 0.3), "cosine 0.3-0.5");
        assert_eq!(of(token(2, "sky", "sky"), 0.29), "other content word");
        assert_eq!(of(Token { stop: true, ..token(2, "the", "the") }, 0.1), "stop word");
        assert_eq!(of(Token { stop: true, ..token(2, "in", "in") }, 0.6), "cosine >= 0.5");
        assert_eq!(of(Token { punctuation: true, ..token(2, ".", ".") }, 0.6), "punctuation");
    }
}
