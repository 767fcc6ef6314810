//! Imports go one way along the road, files stay short, and the library prints in one place only.

use std::fs;
use std::path::{Path, PathBuf};

/// The road, in order; modules in one group may not import each other.
const ROAD: [&[&str]; 11] = [
    &["error"],
    &["data"],
    &["collection"],
    &["tokens"],
    &["frame"],
    &["hook"],
    &["model"],
    &["ablation", "statistic"],
    &["chart"],
    &["display"],
    &["prelude"],
];
const LONGEST: usize = 300;
const PRINTS: &str = "display/emit.rs";

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn place(module: &str) -> usize {
    ROAD.iter().position(|group| group.contains(&module)).unwrap_or_else(|| panic!("{module} is not on the road"))
}

/// The lines of code, without comments, documentation and what follows `#[cfg(test)]`.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .filter(|line| !line.trim_start().starts_with("//"))
}

/// `(module, name relative to src, text)` of every source file below a module.
fn sources() -> Vec<(String, String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        let module = name.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        (module, name, fs::read_to_string(path).unwrap())
    };
    files(&src).into_iter().map(read).filter(|(module, ..)| module != "lib").collect()
}

#[test]
fn imports_go_one_way() {
    let mut imports = 0;
    for (module, name, text) in sources() {
        for line in code(&text) {
            for path in line.split("crate::").skip(1) {
                let imported: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if imported.is_empty() || imported.starts_with(char::is_uppercase) || imported == module {
                    continue;
                }
                let forward = place(&imported) < place(&module);
                assert!(forward, "{name} imports {imported}, which does not stand before {module} on the road");
                imports += 1;
            }
        }
    }
    assert!(imports > 50, "only {imports} imports were seen");
}

#[test]
fn files_are_short() {
    for (_, name, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LONGEST, "{name} has {lines} lines; a file holds one concept in at most {LONGEST}");
    }
}

#[test]
fn the_library_prints_in_one_place() {
    for (_, name, text) in sources() {
        let prints =
            code(&text).any(|line| ["print!(", "println!(", "stdout()", "stderr()"].iter().any(|p| line.contains(p)));
        assert_eq!(prints, name == PRINTS, "{name}");
    }
}
