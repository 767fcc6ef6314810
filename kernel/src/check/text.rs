//! Compares texts: numbers to a tolerance, everything else to the letter.
//!
//! - A number with a decimal point or an exponent may drift; a whole number counts something and may not.
//! - A time (`6.5 s`, `1 min 49 s`, `12ms`) and a rate (`121.8 pairs/s`) belong to the machine: any two are the same.
//! - How wide a space or a rule is depends on the numbers around it and is not compared.

use super::difference::Change;
use super::tolerance::{Tolerance, same_colour};

/// Units by which a number is a time.
const UNITS: [&str; 8] = ["ns", "µs", "μs", "us", "ms", "s", "min", "h"];

/// Numbers with fewer decimals may be names, such as those of heads; from here on their count says nothing, because some
/// tables leave out zeros at the end.
const DECIMALS: usize = 3;

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    /// A number that may drift, and how many decimals it shows.
    Number(f64, usize),
    Whole(String),
    Colour([u8; 3]),
    Time,
    /// White space, and how many lines end in it.
    Space(usize),
    /// What must be the same.
    Word(String),
}

/// The differences between two texts, line by line.
pub(super) fn compare(expected: &str, found: &str, tolerance: &Tolerance) -> Vec<Change> {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (expected.trim_end().lines().collect(), found.trim_end().lines().collect());
    let differs = |(_, (old, new)): &(usize, (&&str, &&str))| !same(old, new, tolerance);
    let mut pairs = old.iter().zip(&new).enumerate().filter(differs);
    if old.len() == new.len() {
        return pairs.map(|(line, (old, new))| Change::new(format!("line {}", line + 1), *old, *new)).collect();
    }
    // From the first difference on nothing says which lines belong together.
    let first = pairs.next().map_or(old.len().min(new.len()), |(line, _)| line);
    let rest = |lines: &[&str]| match lines.get(first..) {
        Some([]) | None => "the end".to_owned(),
        Some(rest) => rest.join("\n"),
    };
    vec![Change::new(format!("from line {} on", first + 1), rest(&old), rest(&new))]
}

/// Whether two texts say the same.
pub(super) fn same(expected: &str, found: &str, tolerance: &Tolerance) -> bool {
    if expected == found {
        return true;
    }
    let (expected, found) = (pieces(expected.trim()), pieces(found.trim()));
    expected.len() == found.len() && expected.iter().zip(&found).all(|(old, new)| same_piece(old, new, tolerance))
}

fn same_piece(expected: &Piece, found: &Piece, tolerance: &Tolerance) -> bool {
    match (expected, found) {
        // `4.1` and `4.10` are two heads.
        (Piece::Number(old, few), Piece::Number(new, many)) => {
            (few == many || (*few).max(*many) >= DECIMALS) && tolerance.same_number(*old, *new)
        }
        (Piece::Whole(old), Piece::Whole(new)) => {
            let apart = || Some((old.parse::<f64>().ok()? - new.parse::<f64>().ok()?).abs());
            old == new || apart().is_some_and(|apart| apart > 0.0 && apart <= tolerance.whole)
        }
        (Piece::Colour(old), Piece::Colour(new)) => same_colour(*old, *new),
        (old, new) => old == new,
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut rest, mut before) = (text, None);
    while let Some(first) = rest.chars().next() {
        let (piece, length) = piece(rest, first, before);
        let is_rule = matches!(first, '─' | '═') && pieces.last() == Some(&piece);
        if !is_rule {
            pieces.push(piece);
        }
        before = rest[..length].chars().next_back();
        rest = &rest[length..];
    }
    with_times(pieces)
}

/// The piece with which `text` begins, and its length.
fn piece(text: &str, first: char, before: Option<char>) -> (Piece, usize) {
    let length = |belongs: fn(char) -> bool| text.find(|c| !belongs(c)).unwrap_or(text.len());
    if first.is_whitespace() {
        let length = length(char::is_whitespace);
        return (Piece::Space(text[..length].matches('\n').count()), length);
    }
    if let Some(colour) = colour(text) {
        return (Piece::Colour(colour), 7);
    }
    let starts = !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '#'));
    let length = if starts { number_length(text) } else { 0 };
    if length > 0 {
        return (number(&text[..length]), length);
    }
    let length = if is_of_word(first) { length_of_word(text) } else { first.len_utf8() };
    (Piece::Word(text[..length].to_owned()), length)
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn length_of_word(text: &str) -> usize {
    text.find(|c| !is_of_word(c)).unwrap_or(text.len())
}

/// `#1f77b4`.
fn colour(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#')?.get(..6)?;
    let longer = text[7..].starts_with(|c: char| c.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| !longer && !digits.starts_with('+'))?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

/// How long the number is with which the text begins: `12`, `-0.25`, `−3.1`, `1.5e-7`.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| text[from..].find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len() - from);
    let sign = text.chars().next().filter(|c| matches!(c, '-' | '−' | '+')).map_or(0, char::len_utf8);
    let whole = digits(sign);
    if whole == 0 {
        return 0;
    }
    let mut end = sign + whole;
    if text[end..].starts_with('.') {
        let decimals = digits(end + 1);
        end += if decimals > 0 { 1 + decimals } else { 0 };
    }
    if let Some(exponent) = text[end..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['-', '+']));
        let power = digits(end + 1 + sign);
        end += if power > 0 { 1 + sign + power } else { 0 };
    }
    end
}

fn number(text: &str) -> Piece {
    let plain = text.replace('−', "-");
    let (mantissa, exponent) = plain.split_once(['e', 'E']).unwrap_or((&plain, ""));
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    match plain.parse() {
        Ok(value) if decimals > 0 || !exponent.is_empty() => Piece::Number(value, decimals),
        _ => Piece::Whole(plain),
    }
}

/// The pieces with each time and each rate as one.
fn with_times(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut timed = Vec::with_capacity(pieces.len());
    let mut rest = &pieces[..];
    while let [first, more @ ..] = rest {
        match time_length(rest) {
            0 => {
                timed.push(first.clone());
                rest = more;
            }
            length => {
                // `1 min 49 s` is one time.
                if timed.ends_with(&[Piece::Time, Piece::Space(0)]) {
                    timed.pop();
                } else {
                    timed.push(Piece::Time);
                }
                rest = &rest[length..];
            }
        }
    }
    timed
}

/// How many of the first pieces are a time or a rate; 0 for none.
fn time_length(pieces: &[Piece]) -> usize {
    let [Piece::Number(..) | Piece::Whole(_), rest @ ..] = pieces else { return 0 };
    let (space, rest) = match rest {
        [Piece::Space(0), rest @ ..] => (1, rest),
        rest => (0, rest),
    };
    match rest {
        [Piece::Word(_), Piece::Word(slash), Piece::Word(unit), ..] if slash == "/" && unit == "s" => space + 4,
        [Piece::Word(unit), ..] if UNITS.contains(&unit.as_str()) => space + 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(expected: &str, found: &str) -> bool {
        same(expected, found, &Tolerance::default())
    }

    #[test]
    fn numbers_may_drift_a_little_and_counts_not_at_all() {
        assert!(alike("nDCG@10 of 0.9500, p = 1.2345e-5", "nDCG@10 of 0.9501, p = 1.2346e-5"));
        assert!(alike("strongest: 3.4 −0.0105 [−0.0200, 2.1]", "strongest: 3.4 −0.0106 [−0.0200, 2.1]"));
        assert!(alike("[0.30000000000000004]", "[0.3]") && alike("│ 0.10039  ┆", "│ 0.100391 ┆"));
        for (expected, found) in [
            ("0.9500", "0.9510"),
            ("0.25", "−0.25"),
            ("1120 documents", "1121 documents"),
            ("head 4.1", "head 4.10"),
            ("head 3.4", "head 3.5"),
            ("nDCG@10", "nDCG@11"),
            ("crosslens-minilm-l6", "crosslens-minilm-l7"),
            ("NaN", "0.0"),
        ] {
            assert!(!alike(expected, found), "{expected} and {found}");
        }
    }

    #[test]
    fn times_and_rates_are_of_the_machine() {
        assert!(alike("done in 6.5 s", "done in 1 min 49 s"));
        assert!(alike("560/560 pairs, 63.9 pairs/s", "560/560 pairs, 7.1 pairs/s"));
        assert!(alike("took 1.234567ms", "took 12µs"));
        assert!(!alike("6.5 sheep", "6.6 sheep") && !alike("560 pairs", "561 pairs"));
    }

    #[test]
    fn colours_are_compared_by_channel() {
        assert!(alike("fill:#F7F6F5", "fill:#F6F6F5"));
        assert!(!alike("fill:#F7F6F5", "fill:#F2F6F5"));
    }

    #[test]
    fn spaces_and_rules_may_be_wider() {
        assert!(alike("mass  f64\n────  ───\n", "mass   f64\n─────  ───\n"));
        assert!(alike("-0.0000  a", " 0.0000  a"));
        assert!(!alike("a\nb", "a b"));
    }

    #[test]
    fn the_line_that_differs_is_told() {
        let changes = compare("a\n0.5\nc\n", "a\n0.6\nc", &Tolerance::default());
        assert_eq!(changes, [Change::new("line 2", "0.5", "0.6")]);
        let changes = compare("a\nb", "a\nb\nc", &Tolerance::default());
        assert_eq!(changes, [Change::new("from line 3 on", "the end", "c")]);
    }
}
