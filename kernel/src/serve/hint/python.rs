//! Python, written out of habit.

use super::Hint;
use super::mistake::Mistake;

/// The first line of the cell that begins with the word.
fn begins<'a>(mistake: &Mistake<'a>, word: &str) -> Option<(usize, &'a str)> {
    (1..).zip(mistake.cell.lines()).find(|(_, line)| line.split_whitespace().next() == Some(word))
}

/// Statements that Rust does not have.
pub(super) fn statement(mistake: &Mistake<'_>) -> Option<Hint> {
    // Only these begin to be read as something else.
    if !mistake.message.starts_with("expected ") {
        return None;
    }
    let known = [
        ("import", "this is Python: Rust has `use name::of::what;`, and all of crosslens and polars is there already"),
        ("from", "this is Python: Rust has `use name::of::what;`, and all of crosslens and polars is there already"),
        (
            "def",
            "this is Python: in Rust a function is `fn name(x: f64) -> f64 { x + 1.0 }`, with the types of what goes in and comes out",
        ),
        ("elif", "this is Python: Rust has `else if`"),
    ];
    known.into_iter().find_map(|(word, why)| {
        let (line, _) = begins(mistake, word)?;
        Some(Hint::new(format!("line {line}: {why}")))
    })
}

/// `True`, `False` and `None` of what may be there or not.
pub(super) fn literal(mistake: &Mistake<'_>) -> Option<Hint> {
    let name = mistake.message.strip_prefix("cannot find value `")?.split('`').next()?;
    let rust = match name {
        "True" => "true",
        "False" => "false",
        _ => return None,
    };
    let place = mistake.place()?;
    Some(Hint::new(format!("in Rust this is `{rust}`")).write(place.line, mistake.with(place, rust)))
}

/// Single quotes hold one character.
pub(super) fn quotes(mistake: &Mistake<'_>) -> Option<Hint> {
    let words = ["character literal may only contain one codepoint", "unterminated character literal"];
    if !words.iter().any(|words| mistake.message.contains(words)) {
        return None;
    }
    let hint = Hint::new("a string stands in double quotes; single ones hold one character");
    let Some(place) = mistake.place() else { return Some(hint) };
    let text = mistake.at(place);
    Some(match text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        Some(inner) => hint.write(place.line, mistake.with(place, &format!("\"{}\"", inner.replace('"', "\\\"")))),
        None => hint,
    })
}

/// Functions of Python that are methods in Rust.
pub(super) fn function(mistake: &Mistake<'_>) -> Option<Hint> {
    if !matches!(mistake.code.as_str(), "E0425" | "E0061" | "E0423") {
        return None;
    }
    let place = mistake.place()?;
    let line = mistake.line(place.line);
    let start = line.char_indices().nth(place.start)?.0;
    let (name, method) =
        [("len(", "len()"), ("str(", "to_string()")].into_iter().find(|(name, _)| line[start..].starts_with(name))?;
    let hint = Hint::new(format!("in Rust this is a method: `value.{method}`"));
    let inside = line[start..].strip_prefix(name)?;
    Some(match inside.split_once(')') {
        Some((value, rest)) if !value.contains(['(', ',']) => {
            hint.write(place.line, format!("{}{}.{method}{rest}", &line[..start], value.trim().trim_start_matches('&')))
        }
        _ => hint,
    })
}

#[cfg(test)]
mod tests {
    use super::super::mistake::{Label, Place};
    use super::*;

    fn mistake(code: &str, message: &str, cell: &'static str, start: usize, end: usize) -> Mistake<'static> {
        let labels = vec![Label { place: Place { line: 1, start, end }, text: String::new(), primary: true }];
        Mistake { code: code.to_owned(), message: message.to_owned(), cell, labels, ..Mistake::default() }
    }

    #[test]
    fn python_is_told_in_rust() {
        let told = |hint: Option<Hint>| hint.expect("is known").to_string();
        let hint = told(statement(&mistake("", "expected `;`, found `f`", "def f(x): return x", 0, 3)));
        assert!(hint.starts_with("help: line 1: this is Python: in Rust a function is `fn name("), "{hint}");
        let hint = told(literal(&mistake("E0425", "cannot find value `True` in this scope", "let a = True;", 8, 12)));
        assert!(hint.ends_with("\n    let a = true;"), "{hint}");
        let wrong = "character literal may only contain one codepoint";
        let hint = told(quotes(&mistake("", wrong, "let a = 'b\"c';", 8, 13)));
        assert!(hint.ends_with("\n    let a = \"b\\\"c\";"), "{hint}");
        let hint = told(function(&mistake("E0061", "this function takes 0 arguments", "let n = len(&names);", 8, 11)));
        assert!(hint.ends_with("\n    let n = names.len();"), "{hint}");
    }
}
