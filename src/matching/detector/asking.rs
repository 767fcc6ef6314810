//! Query tokens that the document has, and what each is held against.

use crate::collection::{Pair, by_query};
use crate::error::{Error, Result};
use crate::model::CrossEncoder;
use crate::statistic::whole_words;
use crate::tokens::{Segment, Tokens};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeSet, HashSet};

/// A query token; all places are positions in the sequence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asking {
    pub(super) from: usize,
    /// The document tokens of the same word piece.
    pub(super) equal: Vec<usize>,
    /// The query tokens of other pieces.
    pub(super) others: Vec<usize>,
    /// Document tokens of other pieces, as many as there are equal ones if there are so many.
    pub(super) instead: Vec<usize>,
}

/// A pair with its query tokens that ask; never without any.
pub(super) struct Asked {
    pub(super) tokens: Tokens,
    pub(super) asking: Vec<Asking>,
}

/// The pairs of each query, those without a token that asks left out.
pub(super) struct Queries(pub(super) Vec<Vec<Asked>>);

impl Asked {
    pub(super) fn by_query(
        model: &CrossEncoder,
        pairs: &[Pair],
        stop_words: &HashSet<String>,
        seed: u64,
    ) -> Result<Queries> {
        let all = model.all_tokens(pairs)?;
        let of_pair = |at: &usize| {
            let tokens = all[*at].clone();
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(*at as u64);
            let asking = asking(&tokens, &pairs[*at].query, stop_words, &mut random);
            (!asking.is_empty()).then_some(Self { tokens, asking })
        };
        let queries = by_query(pairs).into_values().map(|own| own.iter().filter_map(of_pair).collect::<Vec<_>>());
        let queries: Vec<Vec<Self>> = queries.filter(|own| !own.is_empty()).collect();
        if queries.is_empty() {
            let what = "no pair has a content word of its query in its document, so there is no match to look for; give \
                        pairs whose documents share words with their queries";
            return Err(Error::Argument(what.into()));
        }
        Ok(Queries(queries))
    }
}

impl Queries {
    /// The word pieces that are looked for.
    pub(super) fn pieces(&self) -> Vec<usize> {
        let of = |asked: &Asked| asked.asking.iter().map(|asking| asked.tokens.ids()[asking.from] as usize).collect();
        self.0.iter().flatten().flat_map::<Vec<usize>, _>(of).collect::<BTreeSet<usize>>().into_iter().collect()
    }
}

fn asking(tokens: &Tokens, query: &str, stop_words: &HashSet<String>, random: &mut ChaCha8Rng) -> Vec<Asking> {
    let words = |segment| tokens.positions(segment).filter(|at| !tokens.is_punctuation(*at));
    let (span, whole) = (tokens.span(Segment::Query), whole_words(tokens, Segment::Query, query));
    let is = |at: usize, of: usize| tokens.ids()[at] == tokens.ids()[of];
    let content = words(Segment::Query).filter(|at| !stop_words.contains(&whole[at - span.start]));
    let asking = content.filter_map(|from| {
        let (equal, rest): (Vec<usize>, Vec<usize>) = words(Segment::Document).partition(|at| is(*at, from));
        let others: Vec<usize> = words(Segment::Query).filter(|at| !is(*at, from)).collect();
        if equal.is_empty() || rest.is_empty() || others.is_empty() {
            return None;
        }
        let drawn = sample(random, rest.len(), equal.len().min(rest.len()));
        let mut instead: Vec<usize> = drawn.iter().map(|at| rest[at]).collect();
        instead.sort_unstable();
        Some(Asking { from, equal, others, instead })
    });
    asking.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistic::stop_words;

    #[test]
    fn content_words_ask_for_their_equals() {
        let model = CrossEncoder::embedded().unwrap();
        let pair = Pair::new("what is the blue sky", "The sky is blue; the sky!");
        let of = |seed| Asked::by_query(&model, std::slice::from_ref(&pair), &stop_words(), seed).unwrap();
        let queries = of(7);
        // [CLS] what is the blue sky [SEP] the sky is blue ; the sky ! [SEP]
        let asking = &queries.0[0][0].asking;
        assert_eq!(asking.iter().map(|asking| asking.from).collect::<Vec<_>>(), [4, 5]);
        assert_eq!((&asking[0].equal[..], &asking[1].equal[..]), (&[10][..], &[8, 13][..]));
        assert_eq!(asking[1].others, [1, 2, 3, 4]);
        assert_eq!(asking[1].instead.len(), 2);
        assert!(asking[1].instead.iter().all(|at| [7, 9, 10, 12].contains(at)), "{:?}", asking[1].instead);
        assert_eq!(asking, &of(7).0[0][0].asking);
        assert_eq!(queries.pieces().len(), 2);
    }

    #[test]
    fn nothing_to_look_for_is_an_error() {
        let model = CrossEncoder::embedded().unwrap();
        let pairs = [Pair::new("what is the sky", "It is the sea."), Pair::new("sky", "sky")];
        assert!(Asked::by_query(&model, &pairs, &stop_words(), 0).is_err());
    }
}
