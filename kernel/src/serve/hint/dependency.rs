//! Crates that the session does not have.

use super::Hint;
use super::mistake::Mistake;

/// A crate is fetched by `:dep`, as in Python a package by `pip install`.
pub(super) fn unknown(mistake: &Mistake<'_>) -> Option<Hint> {
    if !matches!(mistake.code.as_str(), "E0432" | "E0433") {
        return None;
    }
    let name = mistake.message.split('`').nth(1)?;
    let is_crate = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !is_crate {
        return None;
    }
    let names = |line: &str| line.contains(&format!("{name}::")) || line.contains(&format!("use {name}"));
    let (line, text) = (1..).zip(mistake.cell.lines()).find(|(_, line)| names(line))?;
    let hint = Hint::new(format!(
        "the session has no crate `{name}`: `:dep` fetches and compiles one, whose name may have `-` in place of `_`"
    ));
    Some(hint.write(line, format!(":dep {name} = \"*\"\n{text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_fetched_and_a_path_is_not() {
        let told = |message: &str, cell: &'static str| {
            let mistake = Mistake { code: "E0432".to_owned(), message: message.to_owned(), cell, ..Mistake::default() };
            unknown(&mistake).map(|hint| hint.to_string())
        };
        let hint = told("unresolved import `ndarray`", "let a = 1;\nuse ndarray::Array2;").expect("is known");
        assert!(hint.ends_with("write line 2 as:\n    :dep ndarray = \"*\"\n    use ndarray::Array2;"), "{hint}");
        assert_eq!(told("unresolved import `crosslens::heat_map`", "use crosslens::heat_map;"), None);
        assert_eq!(told("cannot find type `HashMap` in this scope", "HashMap::new()"), None);
    }
}
