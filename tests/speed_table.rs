//! The README tells of speed what the bench wrote, word for word.

use std::fs;
use std::path::Path;

#[test]
fn the_readme_shows_what_the_bench_wrote() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (readme, results) = ("README.md", "benches/peers/results.md");
    let [readme, results] = [readme, results].map(|name| fs::read_to_string(root.join(name)).unwrap());
    let lines: Vec<&str> = results.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines.len() > 10, "benches/peers/results.md has {} lines", lines.len());
    for line in lines {
        assert!(readme.lines().any(|of| of == line), "README.md should say: {line}");
    }
}
