//! The tokens of the pairs that were asked for last, so that a notebook tokenises its collection once.

use crate::collection::Pair;
use crate::error::Result;
use crate::tokens::Tokens;
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most tokens that are kept beside those used last, at about a hundred bytes each.
const KEPT: usize = 500_000;

/// Lists of pairs by the hash of their texts, the one used last in front.
#[derive(Default)]
pub(super) struct Tokenised {
    by: RandomState,
    lists: Mutex<Lists>,
}

type Lists = VecDeque<(u64, Arc<Vec<Tokens>>)>;

impl Tokenised {
    /// The tokens of these pairs, made unless they are there.
    pub(super) fn of(&self, pairs: &[Pair], make: impl FnOnce() -> Result<Vec<Tokens>>) -> Result<Arc<Vec<Tokens>>> {
        let texts: Vec<(&str, &str)> = pairs.iter().map(|pair| (&*pair.query, &*pair.document)).collect();
        let name = self.by.hash_one(&texts);
        let lists = || self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let take = |mut lists: MutexGuard<'_, Lists>| {
            let at = lists.iter().position(|(of, _)| *of == name)?;
            lists.remove(at)
        };
        let tokens = match take(lists()) {
            Some((_, tokens)) => tokens,
            None => Arc::new(make()?),
        };
        let mut lists = lists();
        lists.push_front((name, Arc::clone(&tokens)));
        let mut sum = 0;
        lists.retain(|(_, tokens)| {
            let newest = sum == 0;
            sum += tokens.iter().map(Tokens::len).sum::<usize>();
            newest || sum <= KEPT
        });
        Ok(tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CrossEncoder;

    #[test]
    fn the_same_texts_are_tokenised_once() {
        let model = CrossEncoder::embedded().unwrap();
        let tokenised = Tokenised::default();
        let (one, other) = ([Pair::new("a", "b")], [Pair::new("a", "c")]);
        let make = |pairs: &[Pair]| pairs.iter().map(|pair| model.tokens(pair)).collect::<Result<Vec<Tokens>>>();
        let first = tokenised.of(&one, || make(&one)).unwrap();
        assert_eq!(tokenised.of(&other, || make(&other)).unwrap()[0], model.tokens(&other[0]).unwrap());
        let again = tokenised.of(&one, || unreachable!("they are known")).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
    }
}
