//! The name that was probably meant.

use strsim::osa_distance;

/// The shortest beginning of a name that is taken for the name.
const BEGINNING: usize = 3;

/// The known name that is most like `name`, if one is like it at all; case and signs do not count.
///
/// A name is like another that begins with it, or that takes at most one change for every three of its letters.
pub(crate) fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    let letters = |name: &str| name.chars().count();
    let wanted = folded(name);
    let changes = |candidate: &&'a String| {
        let other = folded(candidate);
        let begins = letters(&wanted) >= BEGINNING && other.starts_with(&wanted);
        // A letter put in, taken out, replaced, or swapped with the next.
        let changes = osa_distance(&wanted, &other);
        (begins || 3 * changes <= letters(&wanted).max(letters(&other))).then_some(changes)
    };
    let like = known.iter().filter_map(|candidate| Some((changes(&candidate)?, candidate)));
    like.min_by_key(|(changes, _)| *changes).map(|(_, candidate)| candidate.as_str())
}

/// The letters and digits, in lower case.
fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_alike_is_meant() {
        let known = ["layer", "head", "logit_effect", "nDCG@10_effect", "document"].map(str::to_owned);
        for (name, meant) in [
            ("ndcg_effect", Some("nDCG@10_effect")),
            ("nDCG_10_effect", Some("nDCG@10_effect")),
            ("doc", Some("document")),
            ("Layers", Some("layer")),
            ("haed", Some("head")),
            ("do", None),
            ("p_value", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, &known), meant, "{name}");
        }
    }
}
