//! Parameters of a notebook, in the cells that papermill knows: one tagged `parameters` declares them, each in a `let`
//! with its type and default, and one tagged `injected-parameters` right after it gives them other values.
//!
//! ```text
//! let depth: i64 = 10;          in the cell `parameters`
//! run -p depth 20               on the command line
//! let depth: i64 = 20;          in the cell `injected-parameters`
//! ```

mod declaration;
mod kind;

use crate::error::{Error, Result};
use crate::notebook::{Notebook, Tagged};
use crate::report;
use declaration::{Declaration, declarations};
use kind::{GUESSES, Kind};

/// The tag of the cell that declares parameters.
pub(crate) const DECLARED: &str = "parameters";

/// The tag of the cell that gives them values.
pub(crate) const INJECTED: &str = "injected-parameters";

/// Gives values, each after its name, to the notebook's parameters.
pub(crate) fn inject(notebook: &mut Notebook, given: &[String]) -> Result<()> {
    let given = last_of_each(given);
    if given.is_empty() {
        return Ok(());
    }
    let cell = notebook.tagged(DECLARED);
    let source = match &cell {
        Some(cell) => declared_source(cell, &given),
        None => {
            let path = notebook.path().display();
            report::note(format_args!("{path} has no cell with the tag `{DECLARED}`: the values are set at its top"));
            Ok(guessed_source(&given))
        }
    };
    let source = source.map_err(|detail| Error::Parameters { path: notebook.path().to_owned(), detail })?;
    notebook.inject(INJECTED, &source, cell.map_or(0, |cell| cell.index + 1));
    Ok(())
}

/// Names and values; where a name comes twice, its last value.
fn last_of_each(given: &[String]) -> Vec<(&str, &str)> {
    let mut values: Vec<(&str, &str)> = Vec::new();
    for pair in given.chunks_exact(2) {
        match values.iter_mut().find(|(name, _)| *name == pair[0]) {
            Some((_, value)) => *value = &pair[1],
            None => values.push((&pair[0], &pair[1])),
        }
    }
    values
}

/// The injected cell for values of declared types, or everything that is wrong with them, a line each.
fn declared_source(cell: &Tagged, given: &[(&str, &str)]) -> std::result::Result<String, String> {
    let at = |line: usize, what: String| format!("cell {}, line {line}: {what}", cell.number);
    let declared = declarations(&cell.code).map_err(|(line, what)| at(line, what))?;
    let written = given.iter().map(|(name, words)| {
        // A later `let` of the same name is the one that counts.
        let Some(declaration) = declared.iter().rfind(|declaration| declaration.name == *name) else {
            return Err(at(1, unknown(name, &declared)));
        };
        let kind = declaration.kind.clone().map_err(|what| at(declaration.line, what))?;
        let literal = kind.literal(words).ok_or_else(|| {
            let example = kind.example();
            at(declaration.line, format!("`{name}` is {kind}, which `{words}` is not; try `-p {name} {example}`"))
        })?;
        Ok(assignment(name, kind, &literal))
    });
    let (written, wrong): (Vec<_>, Vec<_>) = written.partition(std::result::Result::is_ok);
    if wrong.is_empty() {
        Ok(source(written.into_iter().flatten()))
    } else {
        Err(wrong.into_iter().filter_map(std::result::Result::err).collect::<Vec<_>>().join("\n"))
    }
}

/// The injected cell for values of which nothing is known.
fn guessed_source(given: &[(&str, &str)]) -> String {
    source(given.iter().filter_map(|(name, words)| {
        GUESSES.into_iter().find_map(|kind| Some(assignment(name, kind, &kind.literal(words)?)))
    }))
}

fn unknown(name: &str, declared: &[Declaration]) -> String {
    let names: Vec<&str> = declared.iter().map(|declaration| declaration.name.as_str()).collect();
    let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    format!("there is no parameter `{name}`; the cell declares {known}")
}

fn assignment(name: &str, kind: Kind, literal: &str) -> String {
    format!("let {name}: {kind} = {literal};\n")
}

/// The whole cell, as papermill writes it.
fn source(assignments: impl Iterator<Item = String>) -> String {
    std::iter::once("// Parameters\n".to_owned()).chain(assignments).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell() -> Tagged {
        let code = "let depth: i64 = 10;\nlet run: &str = \"bm25\";\nlet old = 3;";
        Tagged { index: 2, number: 1, code: code.to_owned() }
    }

    #[test]
    fn values_get_the_declared_types() {
        let written = declared_source(&cell(), &[("run", "7"), ("depth", "20")]);
        assert_eq!(written.as_deref(), Ok("// Parameters\nlet run: &str = \"7\";\nlet depth: i64 = 20;\n"));
    }

    #[test]
    fn everything_wrong_is_told_with_its_line() {
        let wrong = declared_source(&cell(), &[("depth", "ten"), ("run", "x"), ("old", "1"), ("dept", "1")]);
        let wrong = wrong.expect_err("three are wrong");
        let lines: Vec<&str> = wrong.lines().collect();
        assert_eq!(lines.len(), 3, "{wrong}");
        assert_eq!(lines[0], "cell 1, line 1: `depth` is i64, which `ten` is not; try `-p depth 10`");
        assert!(lines[1].starts_with("cell 1, line 3: `old` has no type"), "{wrong}");
        assert_eq!(lines[2], "cell 1, line 1: there is no parameter `dept`; the cell declares depth, run, old");
    }

    #[test]
    fn without_declarations_the_value_says_its_type() {
        let written = guessed_source(&[("a", "1"), ("b", "[\"x\"]")]);
        assert_eq!(written, "// Parameters\nlet a: i64 = 1;\nlet b: Vec<&str> = vec![\"x\"];\n");
    }

    #[test]
    fn the_last_value_of_a_name_counts() {
        let given = ["a", "1", "b", "2", "a", "3"].map(str::to_owned);
        assert_eq!(last_of_each(&given), [("a", "3"), ("b", "2")]);
    }
}
