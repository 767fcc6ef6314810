//! Values that are not there yet.

use super::Hint;
use super::mistake::Mistake;

/// The last line with code, from 1.
fn last(cell: &str) -> Option<(usize, &str)> {
    (1..).zip(cell.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.trim().starts_with("//")).last()
}

/// A lazy frame is a plan.
pub(super) fn lazy(mistake: &Mistake<'_>) -> Option<Hint> {
    if mistake.code != "E0277" || !mistake.message.starts_with("`LazyFrame` doesn't implement") {
        return None;
    }
    let (line, text) = last(mistake.cell)?;
    let hint = Hint::new("a lazy frame is only the plan of a frame: `.collect()?` makes the frame");
    Some(hint.write(line, format!("{}.collect()?", text.trim_end())))
}

/// A variable of which the type does not follow from the cell.
pub(super) fn untyped(mistake: &Mistake<'_>) -> Option<Hint> {
    let type_of = mistake.message.strip_prefix("Couldn't automatically determine type of variable `");
    let by_compiler = mistake.code == "E0282" || mistake.code == "E0283";
    let (line, name) = match type_of {
        Some(rest) => {
            let (name, _) = rest.split_once('`')?;
            (crate::serve::moves::declaration(mistake.cell, name)?.0, name)
        }
        None if by_compiler => (mistake.place()?.line, "it"),
        None => return None,
    };
    let hint = Hint::new(format!(
        "the cell does not say of which type {name} is: write the type behind the name, such as `Vec<f64>` or `Vec<String>`"
    ));
    let text = mistake.line(line);
    Some(match text.split_once(" = Vec::new()") {
        Some((before, after)) if !before.contains(':') => {
            hint.write(line, format!("{before}: Vec<f64> = Vec::new(){after}"))
        }
        _ => hint,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_collected_at_the_end() {
        let message = "`LazyFrame` doesn't implement `Debug`".to_owned();
        let cell = "let a = 1;\nframe.lazy()\n    .limit(3)\n\n// done";
        let told = lazy(&Mistake { code: "E0277".to_owned(), message, cell, ..Mistake::default() });
        let told = told.expect("is known").to_string();
        assert!(told.ends_with("write line 3 as:\n        .limit(3).collect()?"), "{told}");
    }

    #[test]
    fn an_empty_vector_needs_a_type() {
        let message =
            "Couldn't automatically determine type of variable `v`.\nPlease give it an explicit type.".to_owned();
        let told = untyped(&Mistake { message, cell: "let v = Vec::new();", ..Mistake::default() });
        let told = told.expect("is known").to_string();
        assert!(told.ends_with("write line 1 as:\n    let v: Vec<f64> = Vec::new();"), "{told}");
    }
}
