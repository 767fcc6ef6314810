//! Makes a failed `?` tell its place, as a panic does.
//!
//! A `?` in a cell turns an error into one that the evaluator declares at the head of what it has compiled, and prints
//! it there. Without another line, so that all places stay, the declaration is made to print where the `?` stands, too.

use crate::error::{At, Result};
use std::fs;
use std::path::Path;

/// In front of the place, behind the error.
pub(crate) const PLACE: &str = "\u{1e}at ";

/// The conversion that the evaluator declares.
const CONVERSION: &str = "From<T> for EvcxrUserCodeError";
const SIGNATURE: &str = "fn from(error: T) -> Self {";
const NOTICE: &str = "println!(\"{}\", evcxr_internal_runtime::USER_ERROR_OCCURRED);";

/// Changes the source of the cell in `cells`.
pub(super) fn trace(cells: &Path) -> Result<()> {
    let path = cells.join("src/lib.rs");
    let source = fs::read_to_string(&path).at("read", &path)?;
    match traced(&source) {
        Some(traced) => fs::write(&path, traced).at("write", &path),
        None => Ok(()),
    }
}

/// The source with places, if a `?` is allowed in it.
fn traced(source: &str) -> Option<String> {
    let start = source.find(CONVERSION)?;
    let (before, rest) = source.split_at(start);
    if !rest.contains(SIGNATURE) || !rest.contains(NOTICE) {
        return None;
    }
    let place = format!("eprintln!(\"{{}}{{}}\", {PLACE:?}, std::panic::Location::caller());");
    let rest = rest.replacen(SIGNATURE, &format!("#[track_caller] {SIGNATURE}"), 1);
    Some(before.to_owned() + &rest.replacen(NOTICE, &format!("{place} {NOTICE}"), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_told_and_no_line_is_added() {
        let source =
            format!("impl<T: Debug> {CONVERSION} {{\n{SIGNATURE}\neprintln!(\"{{:?}}\", error);\n{NOTICE}\n}}\n");
        let traced = traced(&source).expect("has a conversion");
        assert_eq!(traced.lines().count(), source.lines().count());
        assert!(traced.contains("#[track_caller] fn from") && traced.contains("Location::caller()"), "{traced}");
        assert_eq!(super::traced("fn f() {}"), None);
    }
}
