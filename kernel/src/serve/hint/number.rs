//! Whole numbers where others are wanted.

use super::Hint;
use super::mistake::{Mistake, Place};

const WHY: &str =
    "whole numbers and numbers with decimals do not mix by themselves: write a decimal, or `as` and the type";

/// What the compiler says before the types of an operation, whether it names the right side first, and what it says
/// between the two.
const OPERATIONS: [(&str, bool); 6] = [
    ("cannot add `", true),
    ("cannot subtract `", true),
    ("cannot multiply `", false),
    ("cannot divide `", false),
    ("cannot calculate the remainder of `", false),
    ("can't compare `", false),
];

/// Calculating with both kinds.
pub(super) fn arithmetic(mistake: &Mistake<'_>) -> Option<Hint> {
    let swapped = OPERATIONS.iter().find(|(words, _)| mistake.message.starts_with(words))?.1;
    let mut types = mistake.message.split('`').skip(1).step_by(2);
    let (first, second) = (types.next()?, types.next()?);
    let (left, right) = if swapped { (second, first) } else { (first, second) };
    let hint = Hint::new(WHY);
    let operator = mistake.place()?;
    let line: Vec<char> = mistake.line(operator.line).chars().collect();
    let operand = match (is_whole(left), is_float(left), is_whole(right), is_float(right)) {
        (true, _, _, true) => before(&line, operator.start),
        (_, true, true, _) => behind(&line, operator.end),
        _ => return None,
    };
    let Some((start, end)) = operand else { return Some(hint) };
    let place = Place { line: operator.line, start, end };
    let float = if [left, right].contains(&"f32") { "f32" } else { "f64" };
    let text = mistake.at(place);
    let compares = matches!(line.get(operator.start), Some('<'));
    let converted = match text.chars().all(|c| c.is_ascii_digit() || c == '_') {
        true => format!("{text}.0"),
        // `x as f64 < y` would begin a list of types.
        false if compares => format!("({text} as {float})"),
        false => format!("{text} as {float}"),
    };
    Some(hint.write(operator.line, mistake.with(place, &converted)))
}

/// Counting with another type than `usize`.
pub(super) fn index(mistake: &Mistake<'_>) -> Option<Hint> {
    let (_, by) = mistake.message.strip_prefix("the type `")?.split_once("` cannot be indexed by `")?;
    let hint = Hint::new("places in a list are counted by `usize`");
    if !is_whole(by.trim_end_matches('`')) {
        return None;
    }
    let place = mistake.place()?;
    let text = mistake.at(place);
    let text = if text.contains(' ') { format!("({text}) as usize") } else { format!("{text} as usize") };
    Some(hint.write(place.line, mistake.with(place, &text)))
}

fn is_whole(name: &str) -> bool {
    let size = name.strip_prefix(['i', 'u']);
    name == "{integer}" || size.is_some_and(|size| matches!(size, "8" | "16" | "32" | "64" | "128" | "size"))
}

fn is_float(name: &str) -> bool {
    matches!(name, "{float}" | "f32" | "f64")
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '?')
}

/// The value that ends before `at`: a name or a number with its calls and brackets.
fn before(line: &[char], at: usize) -> Option<(usize, usize)> {
    let end = line[..at.min(line.len())].iter().rposition(|c| !c.is_whitespace())? + 1;
    let length = length(line[..end].iter().rev(), [')', ']'], ['(', '['])?;
    Some((end - length, end))
}

/// The value that begins after `at`.
fn behind(line: &[char], at: usize) -> Option<(usize, usize)> {
    let start = at + line.get(at..)?.iter().position(|c| !c.is_whitespace())?;
    let length = length(line[start..].iter(), ['(', '['], [')', ']'])?;
    Some((start, start + length))
}

/// How far the value goes, whichever way it is read, if its brackets, which lead `inside` and `out`, are balanced.
fn length<'a>(letters: impl Iterator<Item = &'a char>, inside: [char; 2], out: [char; 2]) -> Option<usize> {
    let (mut length, mut depth) = (0, 0);
    for c in letters {
        match c {
            c if inside.contains(c) => depth += 1,
            c if out.contains(c) && depth > 0 => depth -= 1,
            c if depth > 0 || is_part(*c) => {}
            _ => break,
        }
        length += 1;
    }
    (depth == 0 && length > 0).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::super::mistake::Label;
    use super::*;

    fn mistake(message: &str, cell: &'static str, operator: &str) -> Mistake<'static> {
        let start = cell.find(operator).expect("is there");
        let place = Place { line: 1, start, end: start + operator.len() };
        let labels = vec![Label { place, text: String::new(), primary: true }];
        Mistake { message: message.to_owned(), cell, labels, ..Mistake::default() }
    }

    #[test]
    fn the_whole_number_is_converted() {
        for (message, cell, operator, expected) in [
            ("cannot divide `{integer}` by `{float}`", "let half = 1 / 2.0;", "/", "let half = 1.0 / 2.0;"),
            ("cannot multiply `i64` by `f64`", "f(depth * 0.5)", "*", "f(depth as f64 * 0.5)"),
            ("cannot add `usize` to `f64`", "mean + pairs.len()", "+", "mean + pairs.len() as f64"),
            ("cannot subtract `{float}` from `i32`", "(n + 1) - 0.5", "-", "(n + 1) as f64 - 0.5"),
            ("can't compare `i32` with `f32`", "n < x", "<", "(n as f32) < x"),
        ] {
            let told = arithmetic(&mistake(message, cell, operator)).expect(message).to_string();
            assert!(told.ends_with(&format!("write line 1 as:\n    {expected}")), "{told}");
        }
        assert_eq!(arithmetic(&mistake("cannot add `&str` to `i32`", "1 + \"a\"", "+")), None);
    }

    #[test]
    fn an_index_is_converted() {
        let told = index(&mistake("the type `[String]` cannot be indexed by `i64`", "names[i - 1]", "i - 1"));
        assert!(told.expect("is known").to_string().ends_with("    names[(i - 1) as usize]"));
        assert_eq!(index(&mistake("the type `[i32]` cannot be indexed by `&str`", "a[b]", "b")), None);
    }
}
