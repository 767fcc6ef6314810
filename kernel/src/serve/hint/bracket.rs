//! Brackets and quotes that are not closed.

use super::Hint;
use super::mistake::Mistake;
use crate::serve::completeness::closing;

/// What was opened and is open at the end of the cell.
pub(super) fn open(mistake: &Mistake<'_>) -> Option<Hint> {
    let words = ["closing delimiter", "unclosed delimiter", "unterminated", "no terminator"];
    if !words.iter().any(|word| mistake.message.contains(word)) {
        return None;
    }
    let cell = mistake.cell.trim_end();
    let missing = closing(cell).filter(|missing| !missing.is_empty())?;
    let (number, last) = (cell.lines().count(), cell.lines().last()?);
    // On a line of its own, what closes a bracket cannot end up in a comment.
    let text = if missing.starts_with('"') { format!("{last}{missing}") } else { format!("{last}\n{missing}") };
    let hint = Hint::new(format!("something is open at the end of the cell: `{missing}` closes it"));
    let mended = cell.lines().take(number - 1).chain([text.as_str()]).collect::<Vec<_>>().join("\n");
    let reads = syn::parse_str::<syn::Block>(&format!("{{{mended}\n}}")).is_ok();
    Some(if reads { hint.write(number, text) } else { hint })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_closed_at_the_end() {
        let told = |cell: &'static str| {
            let message = "this file contains an unclosed delimiter".to_owned();
            open(&Mistake { message, cell, ..Mistake::default() }).map(|hint| hint.to_string())
        };
        let hint = told("for i in 0..3 {\n    f(i);\n").expect("is known");
        assert!(hint.ends_with("`}` closes it\nwrite line 2 as:\n        f(i);\n    }"), "{hint}");
        assert_eq!(told("f(1))"), None, "nothing is open");
        assert!(!told("let x = [1, 2;").expect("is known").contains("write line"), "closing it does not mend it");
    }
}
