//! The data that ships is the data that its READMEs describe.

use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// `| file | sha256 |` rows of a README, in this order or with other cells between.
fn listed(readme: &str) -> Vec<(String, String)> {
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect::<Vec<_>>();
    let is_hash = |cell: &String| cell.len() == 64 && cell.bytes().all(|byte| byte.is_ascii_hexdigit());
    let row = |line: &str| {
        let cells = cells(line);
        Some((cells.get(1)?.clone(), cells.iter().find(|cell| is_hash(cell))?.clone()))
    };
    readme.lines().filter_map(row).collect()
}

/// The folders below `folder`, itself included, that hold a README.
fn described(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = entries.filter(|path| path.is_dir()).flat_map(|path| described(&path));
    let own = Some(folder.to_owned()).filter(|folder| folder.join("README.md").is_file());
    own.into_iter().chain(below).collect()
}

#[test]
fn every_file_has_the_sha256_that_its_readme_tells() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut told = Vec::new();
    for folder in described(&data) {
        for (file, expected) in listed(&fs::read_to_string(folder.join("README.md")).unwrap()) {
            let path = folder.join(&file);
            let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(found, expected, "{}", path.display());
            told.push(path);
        }
    }
    for file in ["models/crosslens-minilm-l6/model.safetensors", "collections/matching/corpus.jsonl"] {
        assert!(told.contains(&data.join(file)), "no README tells the sha256 of {file}");
    }
}
