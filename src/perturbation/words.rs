//! The words of a text, as perturbations count them: runs of letters and digits, compared in lower case.

use crate::collection::Pair;
use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::ops::Range;

/// Where the words of a text stand, in bytes.
pub(crate) fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for (at, character) in text.char_indices().filter(|(_, character)| character.is_alphanumeric()) {
        let end = at + character.len_utf8();
        match words.last_mut() {
            Some(word) if word.end == at => word.end = end,
            _ => words.push(at..end),
        }
    }
    words
}

/// The distinct words of a text, in lower case.
pub(crate) fn vocabulary(text: &str) -> BTreeSet<String> {
    words(text).into_iter().map(|word| text[word].to_lowercase()).collect()
}

/// The distinct words of a pair's query in their order, in lower case: what perturbations call a query term.
///
/// ```
/// use crosslens::prelude::*;
/// let pair = Pair::new("Why is the sky so blue, sky?", "Air scatters light.");
/// assert_eq!(query_terms(&pair), ["why", "is", "the", "sky", "so", "blue"]);
/// ```
pub fn query_terms(pair: &Pair) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    for word in words(&pair.query) {
        let term = pair.query[word].to_lowercase();
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    terms
}

/// The term in lower case, if the query has it.
pub(super) fn query_term(pair: &Pair, term: &str) -> Result<String> {
    let (known, term) = (query_terms(pair), term.to_lowercase());
    if known.contains(&term) { Ok(term) } else { Err(Error::Unknown { kind: "query term", name: term, known }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        let text = "É 3-fold: a_b.";
        let words: Vec<&str> = words(text).into_iter().map(|word| &text[word]).collect();
        assert_eq!(words, ["É", "3", "fold", "a", "b"]);
    }
}
