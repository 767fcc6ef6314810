//! What a build starts from: compiled dependencies that an earlier build left, finished or not.

use crate::cache::{Cache, remove_folder};
use crate::error::{At, Result};
use crate::template::{PARTIAL, Template, age, names};
use crate::toolchain::Toolchain;
use crate::{session, tree};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file that says for which toolchain an unfinished folder was compiled.
pub(crate) fn folder_toolchain(folder: &Path) -> PathBuf {
    folder.join("toolchain.json")
}

/// Keeps what was compiled before a build failed, as a start for the next one.
///
/// It is no template and is never used as one: cargo compiles what is not finished in it.
pub(crate) fn salvage(cache: &Cache, folder: &Path) -> Result<()> {
    if !folder_toolchain(folder).is_file() {
        return remove_folder(folder);
    }
    let kept = cache.salvage();
    remove_folder(&kept)?;
    fs::rename(folder, &kept).at("keep what was compiled in", folder)
}

/// Starts from what an earlier build for the same toolchain compiled, if there is any: a failed one, else the
/// youngest template. Only what changed is then compiled.
pub(crate) fn seed(cache: &Cache, toolchain: &Toolchain, folder: &Path) -> Result<bool> {
    let kept = cache.salvage();
    let kept_toolchain = fs::read_to_string(folder_toolchain(&kept)).ok();
    let fits = kept_toolchain
        .is_some_and(|text| serde_json::from_str::<Toolchain>(&text).is_ok_and(|kept| kept.is_like(toolchain)));
    let cells = session::cells(folder);
    if fits {
        let kept_cells = session::cells(&kept);
        fs::rename(&kept_cells, &cells).at("move", &kept_cells)?;
        remove_folder(&kept)?;
    } else if let Some(template) = youngest(cache, toolchain)? {
        tree::copy_session(&session::cells(&template.root), &cells)?;
    } else {
        return Ok(false);
    }
    remove_matching(&cells, &|name| name.contains("crosslens") || name == "built")?;
    Ok(true)
}

/// The youngest template of a toolchain.
fn youngest(cache: &Cache, toolchain: &Toolchain) -> Result<Option<Template>> {
    let mut youngest: Option<(Duration, Template)> = None;
    for key in names(&cache.templates())? {
        let Ok(Some(template)) = Template::open(cache, &key) else {
            continue;
        };
        if !template.description.toolchain.is_like(toolchain) {
            continue;
        }
        let age = age(&template.root).unwrap_or_default();
        if youngest.as_ref().is_none_or(|(least, _)| age < *least) {
            youngest = Some((age, template));
        }
    }
    Ok(youngest.map(|(_, template)| template))
}

/// Removes every file and folder below `folder` whose name matches.
pub(crate) fn remove_matching(folder: &Path, matches: &dyn Fn(&str) -> bool) -> Result<()> {
    for entry in fs::read_dir(folder).at("list", folder)? {
        let entry = entry.at("list", folder)?;
        let path = entry.path();
        let is_folder = entry.file_type().at("read", &path)?.is_dir();
        if matches(&entry.file_name().to_string_lossy()) {
            if is_folder {
                remove_folder(&path)?;
            } else {
                fs::remove_file(&path).at("remove", &path)?;
            }
        } else if is_folder {
            remove_matching(&path, matches)?;
        }
    }
    Ok(())
}

/// Puts away what killed installs left; the caller holds the lock, so nobody builds now.
pub(crate) fn clean_up(cache: &Cache) -> Result<()> {
    for name in names(&cache.templates())? {
        if name.starts_with(PARTIAL) {
            salvage(cache, &cache.templates().join(name))?;
        }
    }
    for name in names(&cache.packages())? {
        if name.starts_with('.') {
            remove_folder(&cache.packages().join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    fn toolchain(rustc: &str) -> Toolchain {
        Toolchain { rustc: rustc.to_owned(), rustup: None, environment: Environment::default() }
    }

    /// A cache whose last build, for the toolchain "one", failed.
    fn failed_build() -> (tempfile::TempDir, Cache) {
        let root = tempfile::tempdir().expect("a temporary folder");
        let cache = Cache::at(root.path());
        let folder = cache.templates().join(format!("{PARTIAL}x"));
        let cells = session::cells(&folder);
        fs::create_dir_all(&cells).expect("creates");
        for file in ["libpolars.rlib", "libcrosslens_session.so"] {
            fs::write(cells.join(file), "").expect("writes");
        }
        let text = serde_json::to_string(&toolchain("one")).expect("serialises");
        fs::write(folder_toolchain(&folder), text).expect("writes");
        clean_up(&cache).expect("puts away");
        assert_eq!(names(&cache.templates()).expect("lists"), [""; 0]);
        (root, cache)
    }

    #[test]
    fn the_next_build_goes_on_with_what_a_failed_one_compiled() {
        let (root, cache) = failed_build();
        let folder = root.path().join("new");
        fs::create_dir(&folder).expect("creates");
        assert!(seed(&cache, &toolchain("one"), &folder).expect("moves"));
        let left = names(&session::cells(&folder)).expect("lists");
        assert_eq!(left, ["libpolars.rlib"], "the library itself is compiled anew");
        assert!(!cache.salvage().exists());
    }

    #[test]
    fn another_compiler_starts_from_nothing() {
        let (root, cache) = failed_build();
        assert!(!seed(&cache, &toolchain("two"), root.path()).expect("looks"));
    }
}
