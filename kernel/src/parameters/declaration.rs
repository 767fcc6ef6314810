//! What a cell of parameters declares.

use super::kind::Kind;
use syn::spanned::Spanned;
use syn::{Local, Pat, Stmt};

/// A `let` of the cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declaration {
    /// The variable.
    pub(super) name: String,
    /// Its type, or why no value can be given to it and what to write instead.
    pub(super) kind: Result<Kind, String>,
    /// The line of the cell, from 1.
    pub(super) line: usize,
}

/// All declarations of a cell, or why there are none and on which line.
pub(super) fn declarations(code: &str) -> Result<Vec<Declaration>, (usize, String)> {
    let block: syn::Block = syn::parse_str(&format!("{{{code}\n}}"))
        .map_err(|error| (error.span().start().line, format!("the cell of parameters cannot be read: {error}")))?;
    Ok(block.stmts.iter().filter_map(declaration).collect())
}

fn declaration(statement: &Stmt) -> Option<Declaration> {
    let Stmt::Local(local) = statement else { return None };
    let (pattern, declared) = match &local.pat {
        Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
        pattern => (pattern, None),
    };
    let Pat::Ident(variable) = pattern else { return None };
    let name = variable.ident.to_string();
    let kind = match declared {
        Some(declared) => Kind::of_type(declared).ok_or_else(|| {
            format!("`{name}` has a type that no parameter has; {TYPES}, such as `let {name}: i64 = …;`")
        }),
        None => literal(local).ok_or_else(|| format!("`{name}` has no type; {TYPES}, such as `let {name}: i64 = …;`")),
    };
    Some(Declaration { name, kind, line: local.span().start().line })
}

/// What to write.
const TYPES: &str = "declare it as i64, f64, bool, &str, or a Vec of one of these";

fn literal(local: &Local) -> Option<Kind> {
    local.init.as_ref().and_then(|init| Kind::of_literal(&init.expr))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_let_has_its_type_and_line() {
        let code = "// How deep.\nlet k: i64 = 10;\nlet name: &str =\n    \"a\"; let mut half = 0.5;\nlet heads: Vec<i64> = vec![];";
        let found = declarations(code).expect("can be read");
        let found: Vec<_> = found
            .iter()
            .map(|found| (found.name.as_str(), found.kind.as_ref().expect("has a kind").to_string(), found.line))
            .collect();
        let expected = [("k", "i64", 2), ("name", "&str", 3), ("half", "f64", 4), ("heads", "Vec<i64>", 5)];
        assert_eq!(found, expected.map(|(name, kind, line)| (name, kind.to_owned(), line)));
    }

    #[test]
    fn other_types_say_what_to_write() {
        let found = declarations("let k = 10;\nlet depth: usize = 3;").expect("can be read");
        let said: Vec<&str> = found.iter().map(|found| found.kind.as_ref().expect_err("has none").as_str()).collect();
        assert!(said[0].contains("`k` has no type") && said[0].contains("let k: i64"), "{said:?}");
        assert!(said[1].contains("`depth` has a type that no parameter has"), "{said:?}");
    }

    #[test]
    fn a_cell_that_is_no_rust_names_the_line() {
        assert_eq!(declarations("let a: i64 = 1;\nlet = 2;").expect_err("is wrong").0, 2);
    }
}
