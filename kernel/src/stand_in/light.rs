//! The empty world that rust-analyzer sees until there is time for the real one.
//!
//! Reading the standard library and the library's crates takes seconds, at the evaluator's first cell and again when
//! the facade is added, but only variables, completion and inspection need it. So the first cells of a session have a
//! manifest that is empty or bears [`MARK`], for which cargo names no other crate, and a standard library that is
//! empty. [`widen`] ends that.

use super::Manifest;
use crate::cache::remove_folder;
use crate::error::{At, Result};
use crate::report;
use serde_json::json;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What marks a manifest; it stands behind the level of optimisation, which the evaluator writes as it is told.
const MARK: &str = "# light";

/// The level of optimisation `level`, marked.
pub(crate) fn mark(level: &str) -> String {
    format!("{level} {MARK}")
}

/// Where rust-analyzer looks for the sources of the standard library first.
pub(crate) fn library(session: &Path) -> PathBuf {
    super::folder(session).join("library")
}

/// Makes the empty standard library.
pub(super) fn set_up(session: &Path) -> Result<()> {
    let core = library(session).join("core/src");
    fs::create_dir_all(&core).at("create", &core)?;
    let root = core.join("lib.rs");
    fs::write(&root, "").at("write", &root)
}

/// Lets rust-analyzer find the real standard library.
pub(crate) fn widen(session: &Path) -> Result<()> {
    remove_folder(&library(session))
}

/// Whether rust-analyzer is to see nothing but the cell in `folder`.
pub(super) fn is_light(folder: &Path) -> bool {
    let Manifest { about, dependencies } = Manifest::read(folder);
    about.contains(MARK) || dependencies.trim().is_empty()
}

/// Answers rust-analyzer, without cargo; what is not answered it does without or asks the compiler.
pub(super) fn answer(folder: &Path, arguments: &[OsString]) -> ExitCode {
    let asks = |word: &str| arguments.iter().any(|argument| argument == word);
    let manifest = folder.join("Cargo.toml");
    if asks("locate-project") {
        report::answer(json!({ "root": manifest }));
    } else if asks("metadata") {
        let id = format!("path+file://{}#ctx@1.0.0", folder.display());
        let target = json!({
            "kind": ["cdylib"], "crate_types": ["cdylib"], "name": "ctx", "src_path": folder.join("src/lib.rs"),
            "edition": "2024", "doc": true, "doctest": false, "test": true,
        });
        report::answer(json!({
            "packages": [{
                "name": "ctx", "version": "1.0.0", "id": id, "dependencies": [], "targets": [target], "features": {},
                "manifest_path": manifest, "edition": "2024", "authors": [], "categories": [], "keywords": [],
            }],
            "workspace_members": [id],
            "workspace_default_members": [id],
            "resolve": { "nodes": [{ "id": id, "dependencies": [], "deps": [], "features": [] }], "root": id },
            "target_directory": folder.join("target"),
            "version": 1,
            "workspace_root": folder,
        }));
    } else {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_light_without_dependencies_or_with_the_mark() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cases = [
            ("[profile.dev]\nopt-level = 2\n[dependencies]\n\n", true),
            ("[profile.dev]\nopt-level = 1\n[dependencies]\na = \"1\"\n", false),
            (&format!("[profile.dev]\nopt-level = {}\n[dependencies]\na = \"1\"\n", mark("1")), true),
        ];
        for (manifest, light) in cases {
            fs::write(folder.path().join("Cargo.toml"), manifest).expect("writes");
            assert_eq!(is_light(folder.path()), light, "{manifest}");
        }
    }
}
