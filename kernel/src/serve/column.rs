//! Columns that a frame does not have: polars says only that one is missing.

use super::hint::Hint;

/// The column that polars does not find.
pub(super) fn missing(told: &str) -> Option<&str> {
    told.strip_prefix("not found: \"")?.strip_suffix("\" not found").filter(|name| !name.contains('"'))
}

/// Those of the variables, each with its type, that are frames and stand in the cell.
pub(super) fn frames<'a>(variables: impl Iterator<Item = (&'a str, &'a str)>, code: &str) -> Vec<String> {
    let is_frame = |kind: &str| kind.rsplit("::").next() == Some("DataFrame");
    let stands = |name: &str| code.split(|c: char| !(c == '_' || c.is_alphanumeric())).any(|word| word == name);
    variables.filter(|(name, kind)| is_frame(kind) && stands(name)).map(|(name, _)| name.to_owned()).collect()
}

/// Code that answers with what the library says of a column that is missing.
pub(super) fn question(frame: &str, column: &str) -> String {
    format!(
        "crosslens::Error::Unknown {{ kind: \"column\", name: {column:?}.into(), \
         known: {frame}.get_column_names().iter().map(|name| name.to_string()).collect() }}.to_string()"
    )
}

/// What the code answered, as it was printed for debugging.
pub(super) fn answer(printed: &str) -> String {
    printed.trim_matches('"').replace("\\\"", "\"")
}

/// A name that does not exist, with the line in which it stands and the name that was meant.
pub(super) fn meant(said: &str, code: &str) -> Option<Hint> {
    let (_, rest) = said.split_once("there is no ")?;
    let (kind, rest) = rest.split_once(" \"")?;
    let (name, rest) = rest.split_once("\"; did you mean \"")?;
    let (meant, _) = rest.split_once("\"? There is ")?;
    let (wrong, right) = (format!("\"{name}\""), format!("\"{meant}\""));
    let (line, text) = (1..).zip(code.lines()).find(|(_, line)| line.contains(&wrong))?;
    Some(Hint::new(format!("the {kind} is called {right}")).write(line, text.replace(&wrong, &right)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_column_is_asked_about() {
        assert_eq!(missing("not found: \"scor\" not found"), Some("scor"));
        assert_eq!(missing("not found: unable to find column \"scor\"; valid columns: [\"score\"]"), None);
        assert_eq!(missing("head 9.9 does not exist"), None);
    }

    #[test]
    fn frames_of_the_cell_are_found() {
        let variables = [("frame", "crosslens::prelude::DataFrame"), ("other", "DataFrame"), ("n", "i32")];
        assert_eq!(frames(variables.into_iter(), "frame.column(\"n\")? // others"), ["frame"]);
    }

    #[test]
    fn the_name_that_was_meant_replaces_the_wrong_one() {
        let said = answer("\"there is no column \\\"scor\\\"; did you mean \\\"score\\\"? There is rank, score\"");
        let hint = meant(&said, "let a = 1;\nframe.column(\"scor\")?").expect("is known").to_string();
        assert_eq!(hint, "help: the column is called \"score\"\nwrite line 2 as:\n    frame.column(\"score\")?");
        assert_eq!(meant("there is no column \"x\"; there is rank", "\"x\""), None);
    }
}
