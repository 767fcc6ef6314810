//! The data that ships is the data that its READMEs describe.

use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

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

#[test]
fn every_file_has_the_sha256_that_its_readme_tells() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    for (folder, least) in [("models/crosslens-minilm-l6", 3), ("collections/matching", 4)] {
        let folder = data.join(folder);
        let rows = listed(&fs::read_to_string(folder.join("README.md")).unwrap());
        assert!(rows.len() >= least, "{} lists {} files", folder.display(), rows.len());
        for (file, expected) in rows {
            let bytes = fs::read(folder.join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(found, expected, "{file}");
        }
    }
}
