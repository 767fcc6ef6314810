//! Compiles a cell without cargo, which takes as long as the compiler to find out that nothing else has changed.
//!
//! Cargo compiles the first cell of each manifest, by a wrapper that writes down how the compiler is called; after
//! that the compiler is called in the same way.

use super::compilation::{CELL, Compilation, hash_of};
use crate::error::{At, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Names, in the wrapper's environment, the file to write.
const RECORD: &str = "CROSSLENS_RECORD";

/// How the compiler is called.
#[derive(Serialize, Deserialize)]
pub(super) struct Call {
    /// The session in which it was.
    session: String,
    /// The compiler and its arguments.
    arguments: Vec<String>,
    /// What cargo adds to the environment.
    environment: BTreeMap<String, String>,
}

/// Where the call for the manifest in `cells` is written down.
fn place(cells: &Path) -> Option<PathBuf> {
    Some(super::kept(cells).join(hash_of(cells, &["Cargo.toml"])?).with_extension("json"))
}

/// Whether nothing that a cell depends on can change between two cells: the user has no crate on this disk in it.
fn is_fixed(cells: &Path, facade: &str) -> bool {
    super::Manifest::read(cells).dependencies.lines().all(|line| line == facade || !line.contains("path"))
}

/// Has `cargo` call the compiler through `wrapper`, which writes the call down.
pub(super) fn record(cargo: &mut Command, cells: &Path, wrapper: &Path) -> Result<()> {
    if let Some(place) = place(cells) {
        let kept = super::kept(cells);
        fs::create_dir_all(&kept).at("create", &kept)?;
        cargo.env("RUSTC_WORKSPACE_WRAPPER", wrapper).env(RECORD, place);
    }
    Ok(())
}

/// The wrapper: writes the call down if it is a cell's, and does it.
pub(super) fn wrap(session: &Path) -> Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let is_cell = arguments.windows(2).any(|pair| pair == ["--crate-name", "ctx"]);
    if let Some(record) = env::var_os(RECORD).map(PathBuf::from).filter(|_| is_cell) {
        // The makeflags are an open file of the cargo that now runs.
        let of_cargo = |name: &str| {
            (name.starts_with("CARGO") && name != "CARGO_MAKEFLAGS") || name == crate::toolchain::LIBRARY_PATH
        };
        let call = Call {
            session: session.display().to_string(),
            arguments: arguments.clone(),
            environment: env::vars().filter(|(name, _)| of_cargo(name)).collect(),
        };
        crate::template::write_json(&record, &call)?;
    }
    let (compiler, arguments) = arguments.split_first().map_or(("rustc", [].as_slice()), |(first, rest)| (first, rest));
    super::pass_on(Command::new(compiler).args(arguments))
}

impl Call {
    /// The call for the manifest in `cells`, if one is known that fits.
    pub(super) fn find(session: &Path, cells: &Path, facade: &str) -> Option<Self> {
        let text = fs::read_to_string(place(cells)?).ok().filter(|_| is_fixed(cells, facade))?;
        let call: Self = serde_json::from_str(&text).ok()?;
        let here = session.display().to_string();
        let moved = |text: &String| text.replace(&call.session, &here);
        Some(Self {
            arguments: call.arguments.iter().map(moved).collect(),
            environment: call.environment.iter().map(|(name, value)| (name.clone(), moved(value))).collect(),
            session: here,
        })
    }

    /// Compiles the cell; nothing if the compiler fails without saying why, which cargo may know to mend.
    pub(super) fn compile(&self, cells: &Path) -> Result<Option<Compilation>> {
        let Some((compiler, arguments)) = self.arguments.split_first() else { return Ok(None) };
        let output = Command::new(compiler)
            .args(arguments)
            .envs(&self.environment)
            .current_dir(cells)
            .output()
            .map_err(|source| Error::Start { program: compiler.clone(), source })?;
        let said = String::from_utf8_lossy(&output.stderr);
        let records = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let messages: Vec<Value> = records.filter(|record| record["$message_type"] == "diagnostic").collect();
        let folder = arguments.iter().skip_while(|argument| *argument != "--out-dir").nth(1);
        let library = folder.map(|folder| Path::new(folder).join(CELL));
        let library = library.filter(|library| output.status.success() && library.is_file());
        Ok(Some(Compilation { messages, library }).filter(Compilation::is_told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_on_this_disk_may_change_between_two_cells() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let facade = "crosslens = { path = \"a\" }";
        for (more, fixed) in [("rand = \"0.9\"", true), ("mine = { path = \"b\" }", false)] {
            fs::write(folder.path().join("Cargo.toml"), format!("[dependencies]\n{facade}\n{more}\n")).expect("writes");
            assert_eq!(is_fixed(folder.path(), facade), fixed, "{more}");
        }
    }

    #[test]
    fn a_call_moves_with_its_session() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (cells, facade) = (folder.path(), "");
        fs::write(cells.join("Cargo.toml"), "").expect("writes");
        let call = Call {
            session: "/old".to_owned(),
            arguments: vec!["rustc".to_owned(), "--out-dir=/old/deps".to_owned()],
            environment: BTreeMap::from([("CARGO_MANIFEST_DIR".to_owned(), "/old/cells".to_owned())]),
        };
        let place = place(cells).expect("has a manifest");
        fs::create_dir_all(place.parent().expect("has one")).expect("creates");
        crate::template::write_json(&place, &call).expect("writes");
        let found = Call::find(Path::new("/new"), cells, facade).expect("is there");
        assert_eq!(found.arguments, ["rustc", "--out-dir=/new/deps"]);
        assert_eq!(found.environment["CARGO_MANIFEST_DIR"], "/new/cells");
    }
}
