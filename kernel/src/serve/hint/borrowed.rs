//! Variables that borrow from others, or may not be changed.

use super::Hint;
use super::mistake::Mistake;
use crate::serve::moves::declaration;

/// Methods that give a reference within an `Option`.
const OPTIONS: [&str; 6] = ["first", "last", "get", "max", "min", "find"];

/// A variable that is kept for the next cell cannot borrow from one that the next cell may change.
pub(super) fn variable(mistake: &Mistake<'_>) -> Option<Hint> {
    let rest = mistake.message.strip_prefix("The variable `")?;
    let (name, rest) = rest.split_once('`')?;
    if !rest.contains("a reference with a non-static lifetime") {
        return None;
    }
    let why = format!(
        "in a notebook variables live on from cell to cell, so `{name}` cannot borrow from another one: keep a value of \
         its own, or use it within one cell in braces, `{{ … }}`"
    );
    let hint = Hint::new(why);
    let Some((line, text)) = declaration(mistake.cell, name) else { return Some(hint) };
    Some(match owned(text) {
        Some(text) => hint.write(line, text),
        None => hint,
    })
}

/// The declaration with a value of its own.
fn owned(line: &str) -> Option<String> {
    let equals = line.find('=')?;
    let (before, value) = line.split_at(equals + 1);
    // A written type says `&`, too.
    let before = match before.split_once(':') {
        Some((name, _)) => format!("{} =", name.trim_end()),
        None => before.to_owned(),
    };
    let end = value.find(';')?;
    let (value, after) = value.split_at(end);
    let value = value.trim();
    let value = value.strip_prefix("&mut ").or_else(|| value.strip_prefix('&')).unwrap_or(value);
    let method = value.rsplit_once('.').map_or("", |(_, call)| call.split('(').next().unwrap_or_default());
    let copy = match method {
        "iter" | "keys" | "values" | "chars" | "lines" | "split_whitespace" => {
            let cloned = if matches!(method, "chars") { "" } else { ".map(|item| item.to_owned())" };
            format!("{value}{cloned}.collect::<Vec<_>>()")
        }
        method if OPTIONS.contains(&method) => format!("{value}.cloned()"),
        _ => format!("{value}.to_owned()"),
    };
    Some(format!("{before} {copy}{after}"))
}

/// What was declared without `mut` in an earlier cell.
pub(super) fn unchangeable(mistake: &Mistake<'_>) -> Option<Hint> {
    if !matches!(mistake.code.as_str(), "E0384" | "E0596" | "E0594") || !mistake.suggestions.is_empty() {
        return None;
    }
    let (name, _) = mistake.message.split_once('`')?.1.split_once('`')?;
    let name = name.trim_start_matches('*');
    let line = mistake.place()?.line;
    let text = format!("let mut {name} = {name};\n{}", mistake.line(line));
    Some(
        Hint::new(format!("only variables that were declared with `mut` change: declare `{name}` anew"))
            .write(line, text),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_gets_a_value_of_its_own() {
        for (line, expected) in [
            ("let first = &names[0];", "let first = names[0].to_owned();"),
            ("let some: &[String] = &names[..1]; // two", "let some = names[..1].to_owned(); // two"),
            ("let all = names.iter();", "let all = names.iter().map(|item| item.to_owned()).collect::<Vec<_>>();"),
            ("let one = names.first();", "let one = names.first().cloned();"),
            ("let scores = frame.column(\"score\")?;", "let scores = frame.column(\"score\")?.to_owned();"),
        ] {
            assert_eq!(owned(line).as_deref(), Some(expected));
        }
        assert_eq!(owned("let open ="), None);
    }

    #[test]
    fn the_line_is_that_of_the_variable() {
        let mistake = Mistake {
            message: "The variable `first` contains a reference with a non-static lifetime so\ncan't be persisted."
                .to_owned(),
            cell: "let names = vec![1];\nlet first = &names[0];",
            ..Mistake::default()
        };
        let hint = variable(&mistake).expect("is known").to_string();
        assert!(hint.contains("`first` cannot borrow"), "{hint}");
        assert!(hint.ends_with("write line 2 as:\n    let first = names[0].to_owned();"), "{hint}");
    }
}
