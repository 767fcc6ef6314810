//! Query tokens that the document has, and what each is held against.

use crate::collection::{Pair, by_query};
use crate::error::{Error, Result};
use crate::model::CrossEncoder;
use crate::statistic::whole_words;
use crate::tokens::{Segment, Tokens};
use std::collections::{BTreeSet, HashSet};

/// A query token; all places are positions in the sequence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asking {
    pub(super) from: usize,
    /// The document tokens of the same word piece in the same word.
    pub(super) equal: Vec<usize>,
    /// The query's content tokens of other words.
    pub(super) others: Vec<usize>,
}

/// A pair with its query tokens that ask; never without any.
pub(super) struct Asked {
    /// Which of the pairs it is.
    pub(super) pair: usize,
    pub(super) tokens: Tokens,
    pub(super) asking: Vec<Asking>,
}

/// The pairs of each query, those without a token that asks left out; at least two queries.
pub(super) struct Queries(pub(super) Vec<Vec<Asked>>);

impl Queries {
    pub(super) fn new(model: &CrossEncoder, pairs: &[Pair], stop_words: &HashSet<String>) -> Result<Self> {
        let all = model.all_tokens(pairs)?;
        let of_pair = |at: &usize| {
            let tokens = all[*at].clone();
            let asking = asking(&tokens, &pairs[*at], stop_words);
            (!asking.is_empty()).then_some(Asked { pair: *at, tokens, asking })
        };
        let queries = by_query(pairs).into_values().map(|own| own.iter().filter_map(of_pair).collect::<Vec<_>>());
        let queries: Vec<Vec<Asked>> = queries.filter(|own| !own.is_empty()).collect();
        if queries.len() > 1 {
            return Ok(Self(queries));
        }
        let what = format!(
            "{} of the queries have a content word, beside others, that stands in one of their documents, and fewer than two \
             tell nothing about chance; give pairs of more queries that share words with their documents",
            queries.len()
        );
        Err(Error::Argument(what))
    }

    /// The pairs that are left.
    pub(super) fn of<'a>(&'a self, pairs: &'a [Pair]) -> impl Iterator<Item = &'a Pair> {
        self.0.iter().flatten().map(|asked| &pairs[asked.pair])
    }

    /// The word pieces that are looked for.
    pub(super) fn pieces(&self) -> Vec<usize> {
        let of = |asked: &Asked| asked.asking.iter().map(|asking| asked.tokens.ids()[asking.from] as usize).collect();
        self.0.iter().flatten().flat_map::<Vec<usize>, _>(of).collect::<BTreeSet<usize>>().into_iter().collect()
    }
}

fn asking(tokens: &Tokens, pair: &Pair, stop_words: &HashSet<String>) -> Vec<Asking> {
    let words = |segment, text: &str| -> Vec<(usize, String)> {
        let whole = tokens.positions(segment).zip(whole_words(tokens, segment, text));
        whole.filter(|(at, _)| !tokens.is_punctuation(*at)).collect()
    };
    let mut query = words(Segment::Query, &pair.query);
    query.retain(|(_, word)| !stop_words.contains(word));
    let document = words(Segment::Document, &pair.document);
    let asking = query.iter().filter_map(|(from, word)| {
        let is_equal = |(at, other): &&(usize, String)| tokens.ids()[*at] == tokens.ids()[*from] && other == word;
        let equal: Vec<usize> = document.iter().filter(is_equal).map(|(at, _)| *at).collect();
        let others: Vec<usize> = query.iter().filter(|(_, other)| other != word).map(|(at, _)| *at).collect();
        let some = !equal.is_empty() && !others.is_empty() && equal.len() < document.len();
        some.then_some(Asking { from: *from, equal, others })
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
        let pairs = [
            Pair { query_id: "1".into(), ..Pair::new("what is the blue sky", "The sky is blue; the sky!") },
            Pair { query_id: "2".into(), ..Pair::new("red sky", "the sky") },
        ];
        let queries = Queries::new(&model, &pairs, &stop_words()).unwrap();
        // [CLS] what is the blue sky [SEP] the sky is blue ; the sky ! [SEP]
        let asking = &queries.0.iter().flatten().find(|asked| asked.pair == 0).unwrap().asking;
        assert_eq!(asking.iter().map(|asking| asking.from).collect::<Vec<_>>(), [4, 5]);
        assert_eq!((&asking[0].equal[..], &asking[1].equal[..]), (&[10][..], &[8, 13][..]));
        assert_eq!((&asking[0].others[..], &asking[1].others[..]), (&[5][..], &[4][..]));
        assert_eq!(queries.pieces().len(), 2);
    }

    #[test]
    fn an_ending_that_words_share_is_no_match() {
        let model = CrossEncoder::embedded().unwrap();
        let of = |document| {
            let pair = Pair::new("melting blorps", document);
            asking(&model.tokens(&pair).unwrap(), &pair, &stop_words()).len()
        };
        let pieces = |text| model.tokens(&Pair::new(text, "sky")).unwrap().pieces().to_vec();
        assert!(pieces("zorps").iter().any(|piece| piece.starts_with("##") && pieces("blorps").contains(piece)));
        assert_eq!(of("old zorps"), 0);
        assert!(of("old blorps") > 0);
    }

    #[test]
    fn nothing_to_look_for_is_an_error() {
        let model = CrossEncoder::embedded().unwrap();
        let pairs = [Pair::new("what is the sky", "It is the sea."), Pair::new("blue sky", "sky and sea")];
        let message = Queries::new(&model, &pairs, &stop_words()).map(drop).unwrap_err().to_string();
        assert!(message.starts_with("1 of the queries"), "{message}");
    }
}
