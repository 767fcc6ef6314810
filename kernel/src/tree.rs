//! Copies a warmed session: hard links for what the compiler made, real copies of what may be rewritten.

use crate::error::{At, Result};
use std::ffi::OsStr;
use std::fs::{self, File, FileTimes};
use std::io;
use std::path::Path;

/// Makes `to` a copy of `from` that can be worked in without `from` noticing.
pub(crate) fn copy_session(from: &Path, to: &Path) -> Result<()> {
    copy(from, to, false)
}

/// Whether a file is a finished library: the compiler never writes into one, it makes a new file.
///
/// Everything else may be written into when cargo compiles again, and a link would carry that to the template.
fn is_library(path: &Path) -> bool {
    const LIBRARIES: [&str; 7] = ["rlib", "rmeta", "so", "dylib", "dll", "a", "lib"];
    let extension = path.extension().and_then(OsStr::to_str);
    extension.is_some_and(|extension| LIBRARIES.contains(&extension))
}

/// Whether a file or folder belongs to the cells rather than to what they depend on.
fn belongs_to_cells(name: &str) -> bool {
    ["ctx", "libctx", "code_", "libcode_"].iter().any(|prefix| name.starts_with(prefix))
}

/// `linkable`: whether we are in the folder where the compiler puts dependencies.
fn copy(from: &Path, to: &Path, linkable: bool) -> Result<()> {
    fs::create_dir_all(to).at("create", to)?;
    for entry in fs::read_dir(from).at("list", from)? {
        let entry = entry.at("list", from)?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let name = entry.file_name();
        if entry.file_type().at("read", &source)?.is_dir() {
            // The state of incremental compilation is only of use to the session that made it.
            if name != "incremental" {
                copy(&source, &target, name == "deps")?;
            }
            continue;
        }
        let links = linkable && is_library(&source) && !belongs_to_cells(&name.to_string_lossy());
        // Where links are impossible, between file systems, a copy does as well.
        if !links || fs::hard_link(&source, &target).is_err() {
            copy_file(&source, &target).at("copy", &source)?;
        }
    }
    Ok(())
}

/// Copies content, rights and the time of change, which cargo compares.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    let modified = fs::metadata(from)?.modified()?;
    File::options().write(true).open(to)?.set_times(FileTimes::new().set_modified(modified))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn links_what_stays_and_copies_what_changes() {
        use std::os::unix::fs::MetadataExt;
        let root = tempfile::tempdir().expect("a temporary folder");
        let (from, to) = (root.path().join("a"), root.path().join("b"));
        let files = [
            ("debug/deps/libpolars.rlib", true),
            ("debug/deps/polars.d", false),
            ("debug/build/x/out/libz.a", false),
            ("debug/deps/libctx.so", false),
            ("debug/deps/libcode_1.so", false),
            ("debug/.cargo-lock", false),
            ("src/lib.rs", false),
        ];
        for (file, _) in files {
            let path = from.join(file);
            fs::create_dir_all(path.parent().expect("has a parent")).expect("creates");
            fs::write(path, file).expect("writes");
        }
        copy_session(&from, &to).expect("copies");
        for (file, linked) in files {
            let (a, b) =
                (fs::metadata(from.join(file)).expect("is there"), fs::metadata(to.join(file)).expect("is there"));
            assert_eq!(a.ino() == b.ino(), linked, "{file}");
            assert_eq!(a.modified().expect("has"), b.modified().expect("has"), "{file}");
        }
    }
}
