//! Models in the cache of Hugging Face's tools, read without network.

use crosslens::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ID: &str = "somebody/some-model";

/// Runs `body` as this test in a process of its own, in which the cache is `home`: the environment of a process that
/// runs other tests cannot be changed.
fn with_home(test: &str, home: impl FnOnce() -> tempfile::TempDir, body: fn()) {
    if std::env::var_os("HF_HUB_OFFLINE").is_some_and(|value| value == "yes, in a test") {
        return body();
    }
    let home = home();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("HF_HOME", home.path())
        .env("HF_HUB_OFFLINE", "yes, in a test")
        .env_remove("HF_HUB_CACHE")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

/// A cache that holds the embedded model, or only these of its files.
fn cache(files: &[&str]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let model = home.path().join("hub/models--somebody--some-model");
    let (refs, snapshot) = (model.join("refs"), model.join("snapshots/0123abcd"));
    fs::create_dir_all(&refs).unwrap();
    fs::create_dir_all(&snapshot).unwrap();
    fs::write(refs.join("main"), "0123abcd").unwrap();
    let source: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/models/crosslens-minilm-l6");
    for file in files {
        fs::copy(source.join(file), snapshot.join(file)).unwrap();
    }
    home
}

#[test]
fn a_cached_model_opens_without_network() {
    let files = ["config.json", "tokenizer.json", "model.safetensors"];
    with_home(
        "a_cached_model_opens_without_network",
        || cache(&files),
        || {
            let pair = [Pair::new("blue sky", "the sky is blue")];
            let cached = CrossEncoder::from_hub(ID).unwrap();
            assert_eq!(cached.name(), ID);
            let embedded = CrossEncoder::embedded().unwrap();
            assert_eq!(cached.score(&pair).unwrap(), embedded.score(&pair).unwrap());
        },
    );
}

#[test]
fn a_missing_file_is_named_with_the_ways_to_get_it() {
    with_home(
        "a_missing_file_is_named_with_the_ways_to_get_it",
        || cache(&["config.json"]),
        || {
            let error = CrossEncoder::from_hub(ID).unwrap_err().to_string();
            for part in [ID, "tokenizer.json is not in the cache", "HF_HUB_OFFLINE", "hub", "CrossEncoder::open"] {
                assert!(error.contains(part), "{part:?} is not in {error:?}");
            }
        },
    );
}
