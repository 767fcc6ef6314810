//! The whole words that pieces belong to, and which of them carry no content.

use crate::tokens::{Segment, Tokens};
use std::collections::HashSet;

/// English function words, and what a tokenizer leaves of their contractions (`don't` is `don`, `'`, `t`).
///
/// A short list of closed classes: articles, pronouns, prepositions, conjunctions, auxiliaries, question words and a few
/// adverbs of degree. No verb or noun with a meaning of its own is on it, so that no content match is lost.
const STOP_WORDS: &str = "a about above after again against all also am an and any are as at be because been before \
    being below between both but by can could d did do does doing don down during each either few for from further \
    had has have having he her here hers herself him himself his how i if in into is it its itself just ll m many may \
    me might more most much must my myself neither no nor not of off on once only onto or other our ours ourselves out \
    over own per quite rather re s same shall she should so some such t than that the their theirs them themselves \
    then there these they this those through to too toward towards under until up upon us ve very was we were what \
    when where whether which while who whom whose why will with within without would you your yours yourself \
    yourselves";

/// The words of [`STOP_WORDS`].
pub(crate) fn stop_words() -> HashSet<String> {
    STOP_WORDS.split_whitespace().map(str::to_owned).collect()
}

/// For each token of the query or the document, the whole word in lower case that its piece is part of; `text` is that
/// of the segment.
///
/// It is taken from the text, not put together from pieces: those of an uncased tokenizer have lost their accents.
pub(crate) fn whole_words(tokens: &Tokens, segment: Segment, text: &str) -> Vec<String> {
    let span = tokens.span(segment);
    let (pieces, offsets) = (&tokens.pieces()[span.clone()], &tokens.offsets()[span]);
    let mut words = Vec::with_capacity(pieces.len());
    let mut first = 0;
    while first < pieces.len() {
        let more = pieces[first + 1..].iter().take_while(|piece| piece.starts_with("##")).count();
        let word = text.get(offsets[first].0..offsets[first + more].1).unwrap_or(&pieces[first]).to_lowercase();
        words.extend(std::iter::repeat_n(word, more + 1));
        first += more + 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::Pair;
    use crate::model::CrossEncoder;

    #[test]
    fn pieces_know_the_word_that_they_are_part_of() {
        let pair = Pair::new("blue", "Thermohaline Café, don't!");
        let tokens = CrossEncoder::embedded().unwrap().tokens(&pair).unwrap();
        let words = whole_words(&tokens, Segment::Document, &pair.document);
        let pieces = &tokens.pieces()[tokens.span(Segment::Document)];
        assert!(pieces.iter().filter(|piece| piece.starts_with("##")).count() > 0, "{pieces:?}");
        let mut different = words.clone();
        different.dedup();
        assert_eq!(different, ["thermohaline", "café", ",", "don", "'", "t", "!"]);
        assert_eq!(words.len(), pieces.len());
    }

    #[test]
    fn every_stop_word_is_one_word_in_lower_case_and_stands_once() {
        let words: Vec<&str> = STOP_WORDS.split_whitespace().collect();
        assert_eq!(stop_words().len(), words.len());
        assert!(words.iter().all(|word| word.chars().all(|c| c.is_ascii_lowercase())));
    }
}
