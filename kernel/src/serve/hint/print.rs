//! Printing what has no form for readers.

use super::Hint;
use super::mistake::Mistake;

const LACKS: &str = "doesn't implement `std::fmt::Display`";

/// A result of a call that may fail has to be unwrapped before it is printed.
pub(super) fn result(mistake: &Mistake<'_>) -> Option<Hint> {
    if !mistake.message.starts_with("`Result<") || !mistake.message.contains(LACKS) {
        return None;
    }
    let hint = Hint::new(
        "this holds either a value or an error: `?` behind it takes out the value, or ends the cell with the error",
    );
    Some(match mistake.labelled("cannot be formatted") {
        Some(place) => hint.write(place.line, mistake.with(place.behind(), "?")),
        None => hint,
    })
}

/// `{}` is for what has a form for readers, `{:?}` shows anything.
pub(super) fn form(mistake: &Mistake<'_>) -> Option<Hint> {
    let lacking = mistake.message.strip_suffix(LACKS)?.trim();
    let hint = Hint::new(format!(
        "{lacking} has no form for readers, which `{{}}` asks for: `{{:?}}` prints it, and it shows itself as the last line \
         of a cell"
    ));
    // What stands within braces in the string is both the form and what has none.
    let form = mistake.labelled("required by this formatting parameter").or_else(|| mistake.place())?;
    let text = mistake.at(form);
    let debug = match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(name) if !name.contains(':') => format!("{{{name}:?}}"),
        _ => return Some(hint),
    };
    Some(hint.write(form.line, mistake.with(form, &debug)))
}

#[cfg(test)]
mod tests {
    use super::super::mistake::{Label, Place};
    use super::*;

    fn mistake(what: &str, cell: &'static str, places: [(usize, usize); 2]) -> Mistake<'static> {
        let label = |(start, end), text: &str| Label {
            place: Place { line: 1, start, end },
            text: text.to_owned(),
            primary: true,
        };
        Mistake {
            code: "E0277".to_owned(),
            message: format!("`{what}` {LACKS}"),
            cell,
            labels: vec![
                label(places[0], "required by this formatting parameter"),
                label(places[1], "it cannot be formatted with the default formatter"),
            ],
            ..Mistake::default()
        }
    }

    #[test]
    fn a_result_is_taken_out_and_a_value_printed_for_debugging() {
        let of_result = mistake("Result<DataFrame, Error>", "println!(\"{}\", score());", [(10, 12), (15, 22)]);
        let told = result(&of_result).expect("is known").to_string();
        assert!(told.ends_with("write line 1 as:\n    println!(\"{}\", score()?);"), "{told}");
        let of_value = mistake("Vec<i32>", "println!(\"{names}\");", [(10, 17), (10, 17)]);
        assert_eq!(result(&of_value), None);
        let told = form(&of_value).expect("is known").to_string();
        assert!(told.ends_with("write line 1 as:\n    println!(\"{names:?}\");"), "{told}");
    }
}
