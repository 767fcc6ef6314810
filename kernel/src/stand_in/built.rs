//! The cells that every session begins with: compiled once for the template, and offered to each copy of it.

use super::compilation::{CELL, Compilation, hash_of};
use crate::error::{At, Result};
use crate::template::write_json;
use std::fs;
use std::path::{Path, PathBuf};

/// The file with what the compiler said of a cell.
const SAID: &str = "said.json";

/// Where what is compiled in `cells` is kept: what it is made from is in the name.
fn place(cells: &Path) -> Option<PathBuf> {
    Some(super::kept(cells).join(hash_of(cells, &["Cargo.toml", "src/lib.rs"])?))
}

/// The compilation of what stands in `cells`, if it is kept.
pub(super) fn offer(cells: &Path) -> Option<Compilation> {
    let place = place(cells)?;
    let said = fs::read_to_string(place.join(SAID)).ok()?;
    let library = Some(place.join(CELL)).filter(|library| library.is_file());
    Some(Compilation { messages: serde_json::from_str(&said).ok()?, library })
}

/// Keeps a compilation, a failed one too: the evaluator tries some things that do not compile.
pub(super) fn keep(cells: &Path, compilation: &Compilation) -> Result<()> {
    let Some(place) = place(cells) else { return Ok(()) };
    fs::create_dir_all(&place).at("create", &place)?;
    if let Some(library) = &compilation.library {
        fs::copy(library, place.join(CELL)).at("copy", library)?;
    }
    write_json(&place.join(SAID), &compilation.messages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_compilation_is_offered_for_the_same_code_only() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cells = folder.path();
        fs::create_dir(cells.join("src")).expect("creates");
        fs::write(cells.join("Cargo.toml"), "").expect("writes");
        fs::write(cells.join("src/lib.rs"), "wrong").expect("writes");
        assert!(offer(cells).is_none());
        let failed = Compilation { messages: vec![json!({ "level": "error" })], library: None };
        keep(cells, &failed).expect("keeps");
        assert_eq!(offer(cells), Some(failed));
        fs::write(cells.join("src/lib.rs"), "right").expect("writes");
        assert!(offer(cells).is_none());
    }
}
