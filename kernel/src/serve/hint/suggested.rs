//! Mistakes that the compiler knows how to mend.

use super::Hint;
use super::mistake::Mistake;

/// In words for newcomers, what the compiler says in its own: the code, words of the suggestion, and why.
const WHY: [(&str, &str, &str); 8] = [
    (
        "E0599",
        "use the `?` operator",
        "this holds either a value or an error: `?` takes out the value, or ends the cell with the error; it is best \
         written right behind the call that may fail",
    ),
    (
        "E0382",
        "consider cloning",
        "a value that is given to another variable or to a function has moved there: give away a copy, or lend it with `&`",
    ),
    ("E0308", "consider borrowing", "this only looks at the value: lend it with `&`, and you keep it"),
    ("E0308", "use a float literal", "Rust does not turn whole numbers into numbers with decimals by itself"),
    ("E0308", "you can convert", "Rust does not turn one kind of number into another by itself"),
    ("E0425", "introduce a new binding", "a new variable begins with `let`"),
    ("", "add `;` here", "a line that ends here needs a `;`, unless its value is what the cell shows"),
    ("E0423", "use `!` to invoke the macro", "this is a macro: its name is followed by `!`"),
];

/// The line as the compiler would write it.
pub(super) fn line(mistake: &Mistake<'_>) -> Option<Hint> {
    let whole = mistake.suggestions.iter().find(|suggestion| suggestion.whole);
    let Some(suggestion) = whole else {
        let form = mistake.suggestions.first()?;
        return Some(Hint::new(format!("{}: `{}`", form.why, form.replacement.trim())));
    };
    let known = WHY.iter().find(|(code, words, _)| mistake.code.starts_with(code) && suggestion.why.contains(words));
    let why = known.map_or(suggestion.why.as_str(), |(.., why)| why);
    let text = mistake.with(suggestion.place, &suggestion.replacement);
    Some(Hint::new(why).write(suggestion.place.line, text))
}

#[cfg(test)]
mod tests {
    use super::super::mistake::{Place, Suggestion};
    use super::*;

    fn hint(code: &str, why: &str, whole: bool) -> Option<String> {
        let place = Place { line: 1, start: 5, end: 5 };
        let suggestion = Suggestion { place, replacement: "?".to_owned(), why: why.to_owned(), whole };
        let mistake = Mistake {
            code: code.to_owned(),
            cell: "model.score()",
            suggestions: vec![suggestion],
            ..Mistake::default()
        };
        line(&mistake).map(|hint| hint.to_string())
    }

    #[test]
    fn what_the_compiler_suggests_is_written_out() {
        let told = hint("E0599", "use the `?` operator to extract", true).expect("is told");
        assert!(told.starts_with("help: this holds either a value or an error"), "{told}");
        assert!(told.ends_with("write line 1 as:\n    model?.score()"), "{told}");
        assert_eq!(hint("E0001", "do it", true).as_deref(), Some("help: do it\nwrite line 1 as:\n    model?.score()"));
        assert_eq!(hint("E0599", "fill this in", false).as_deref(), Some("help: fill this in: `?`"), "is no code");
    }
}
