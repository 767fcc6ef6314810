//! Imports go one way along the road, files stay short, and the library prints in one place only.

use std::fs;
use std::path::{Path, PathBuf};

/// The road, in order; modules in one group may not import each other.
const ROAD: [&[&str]; 23] = [
    &["nearest"],
    &["error"],
    &["data"],
    &["whole_file"],
    &["fingerprint"],
    &["escape"],
    &["live"],
    &["origin"],
    &["collection"],
    &["tokens"],
    &["perturbation"],
    &["frame"],
    &["effect"],
    &["hook"],
    &["model"],
    &["sweep"],
    &["ablation", "attribution", "circuit", "patching", "statistic"],
    &["matching"],
    &["replay"],
    &["provenance"],
    &["chart"],
    &["display"],
    &["prelude"],
];
const LIMIT: usize = 300;
const PRINTS: &str = "live/channel.rs";
const DRAWS: &str = "origin/random.rs";

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn place(module: &str) -> usize {
    ROAD.iter().position(|group| group.contains(&module)).unwrap_or_else(|| panic!("{module} is not on the road"))
}

/// The code of a file, its tests included, without comments and documentation.
fn code(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    lines.join("\n")
}

/// The name with which a path goes on.
fn first_name(path: &str) -> String {
    path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The modules that the code names: `chart` of `crate::chart::line`, `chart` and `frame` of
/// `crate::{chart::line, frame::{columns, save}}`. What stands at the root itself (`crate::Error`) is none.
fn imported(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for path in code.split("crate::").skip(1) {
        let Some(group) = path.strip_prefix('{') else {
            names.push(first_name(path));
            continue;
        };
        let (mut depth, mut start) = (0, 0);
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    names.push(first_name(&group[start..at]));
                    start = at + 1;
                    if c == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    names.retain(|name| name.starts_with(|c: char| c.is_lowercase() || c == '_'));
    names
}

/// `(module, name relative to src, text)` of every source file of the library.
fn sources() -> Vec<(String, String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        let module = name.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        (module, name, fs::read_to_string(path).unwrap())
    };
    // The command line is a program of its own, on top of the library.
    files(&src).into_iter().map(read).filter(|(module, ..)| module != "bin").collect()
}

#[test]
fn imports_go_one_way() {
    let mut imports = 0;
    for (module, name, text) in sources().into_iter().filter(|(module, ..)| module != "lib") {
        for imported in imported(&code(&text)).into_iter().filter(|imported| *imported != module) {
            let forward = place(&imported) < place(&module);
            assert!(forward, "{name} imports {imported}, which does not stand before {module} on the road");
            imports += 1;
        }
    }
    assert!(imports > 50, "only {imports} imports were seen");
}

#[test]
fn every_form_of_import_is_seen() {
    let code = "use crate::{Error, chart::{line, heatmap},\n    frame};\npub(crate) fn f() -> crate::Result<crate::hook::Head> {}";
    assert_eq!(imported(code), ["chart", "frame", "hook"]);
}

#[test]
fn the_tour_names_the_road_in_order() {
    let (_, _, text) = sources().into_iter().find(|(module, ..)| module == "lib").unwrap();
    let declared = text.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "));
    let declared: Vec<&str> = declared.map(|name| name.trim_end_matches(';')).collect();
    assert_eq!(declared, ROAD.concat());
}

#[test]
fn files_are_short() {
    for (_, name, text) in sources() {
        let lines = text.lines().count();
        assert!(lines < LIMIT, "{name} has {lines} lines; a file holds one concept in fewer than {LIMIT}");
    }
}

#[test]
fn the_library_prints_in_one_place() {
    for (_, name, text) in sources() {
        let code = code(&text);
        let prints = ["print!(", "println!(", "stdout()", "stderr()"].iter().any(|print| code.contains(print));
        assert_eq!(prints, name == PRINTS, "{name}");
    }
}

#[test]
fn random_numbers_begin_in_one_place() {
    for (_, name, text) in sources() {
        assert_eq!(code(&text).contains("seed_from_u64("), name == DRAWS, "{name}");
    }
}
