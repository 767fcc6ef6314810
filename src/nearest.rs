//! The name that was probably meant.

/// The shortest beginning of a name that is taken for the name.
const BEGINNING: usize = 3;

/// The known name that is most like `name`, if one is like it at all; case and signs do not count.
///
/// A name is like another that begins with it, or that takes at most one change for every three of its letters.
pub(crate) fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    let wanted = folded(name);
    let changes = |candidate: &&'a String| {
        let other = folded(candidate);
        let begins = wanted.len() >= BEGINNING && other.starts_with(&wanted);
        let changes = distance(&wanted, &other);
        (begins || 3 * changes <= wanted.len().max(other.len())).then_some(changes)
    };
    let like = known.iter().filter_map(|candidate| Some((changes(&candidate)?, candidate)));
    like.min_by_key(|(changes, _)| *changes).map(|(_, candidate)| candidate.as_str())
}

/// The letters and digits, in lower case.
fn folded(name: &str) -> Vec<char> {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How many letters must be put in, taken out, replaced or swapped with the next to turn one word into the other.
fn distance(a: &[char], b: &[char]) -> usize {
    // [prefix of a, prefix of b]
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            if i == 0 || j == 0 {
                table[i][j] = i + j;
                continue;
            }
            let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(table[i - 2][j - 2] + 1);
            }
            table[i][j] = least;
        }
    }
    table[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_counted() {
        let changes = |a: &str, b: &str| distance(&folded(a), &folded(b));
        assert_eq!(changes("", "abc"), 3);
        assert_eq!(changes("score", "score"), 0);
        assert_eq!(changes("scor", "score"), 1);
        assert_eq!(changes("bm52", "bm25"), 1, "two letters are swapped");
        assert_eq!(changes("kitten", "sitting"), 3);
    }

    #[test]
    fn only_what_is_alike_is_meant() {
        let known = ["layer", "head", "logit_effect", "nDCG@10_effect", "document"].map(str::to_owned);
        for (name, meant) in [
            ("ndcg_effect", Some("nDCG@10_effect")),
            ("nDCG_10_effect", Some("nDCG@10_effect")),
            ("doc", Some("document")),
            ("Layers", Some("layer")),
            ("do", None),
            ("p_value", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, &known), meant, "{name}");
        }
    }
}
