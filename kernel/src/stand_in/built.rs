//! The cells that every session begins with: compiled once for the template, and offered to each copy of it.

use crate::error::{At, Result};
use crate::package::short_hash;
use crate::report;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// The name of a compiled cell, by which the evaluator knows it.
const CELL: &str = if cfg!(target_os = "macos") { "libctx.dylib" } else { "libctx.so" };

/// Where the cell that is to be compiled in `folder` would be kept: what it is made from is in the name.
fn place(folder: &Path) -> Option<PathBuf> {
    let mut hasher = Sha256::new();
    for file in ["Cargo.toml", "src/lib.rs"] {
        let text = fs::read(folder.join(file)).ok()?;
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    Some(folder.join("built").join(short_hash(hasher)).join(CELL))
}

/// Tells the evaluator of the compiled cell, if it is kept.
pub(super) fn offer(folder: &Path) -> bool {
    let Some(cell) = place(folder).filter(|cell| cell.is_file()) else {
        return false;
    };
    report::answer(json!({ "reason": "compiler-artifact", "target": { "name": "ctx" }, "filenames": [cell] }));
    true
}

/// Keeps the cell that was just compiled.
pub(super) fn keep(folder: &Path) -> Result<()> {
    let target = folder.join("target");
    for name in crate::template::names(&target)? {
        let compiled = target.join(name).join("debug").join(CELL);
        if let Some(place) = place(folder).filter(|_| compiled.is_file()) {
            let kept = place.parent().unwrap_or(folder);
            fs::create_dir_all(kept).at("create", kept)?;
            fs::copy(&compiled, &place).at("copy", &compiled)?;
        }
    }
    Ok(())
}
