//! The name that was probably meant.

use strsim::osa_distance;

/// The shortest beginning of a name that is taken for the name.
const BEGINNING: usize = 3;

/// The known name that is most like `name`, if one is like it at all; case and signs do not count.
///
/// A word is like another that begins with it, or that takes at most one change for every three of its letters. Of names of
/// as many words each word must be like the other's: `q of layer 1` is no misspelling of `z of layer 1`.
pub(crate) fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    let wanted = words(name);
    let like = known.iter().filter_map(|candidate| {
        let other = words(candidate);
        let changes = if wanted.len() == other.len() {
            wanted.iter().zip(&other).map(|(wanted, other)| changes(wanted, other)).sum()
        } else {
            changes(&wanted.concat(), &other.concat())
        };
        Some((changes?, candidate))
    });
    like.min_by_key(|(changes, _)| *changes).map(|(_, candidate)| candidate.as_str())
}

/// How many letters are put in, taken out, replaced, or swapped with the next, if the words are alike.
fn changes(wanted: &str, other: &str) -> Option<usize> {
    let letters = |word: &str| word.chars().count();
    let begins = letters(wanted) >= BEGINNING && other.starts_with(wanted);
    let changes = osa_distance(wanted, other);
    (begins || 3 * changes <= letters(wanted).max(letters(other))).then_some(changes)
}

/// The letters and digits of each word, in lower case.
fn words(name: &str) -> Vec<String> {
    let folded = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    name.split_whitespace().map(folded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_alike_is_meant() {
        let known = ["layer", "head", "logit_effect", "nDCG@10_effect", "document", "mean score", "z of layer 1"]
            .map(str::to_owned);
        for (name, meant) in [
            ("ndcg_effect", Some("nDCG@10_effect")),
            ("nDCG_10_effect", Some("nDCG@10_effect")),
            ("doc", Some("document")),
            ("Layers", Some("layer")),
            ("haed", Some("head")),
            ("mean_score", Some("mean score")),
            ("mena score", Some("mean score")),
            ("q of layer 1", None),
            ("do", None),
            ("p_value", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, &known), meant, "{name}");
        }
    }
}
