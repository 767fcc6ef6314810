//! Models in the cache of Hugging Face's tools, read without network.

mod own_process;

use crosslens::prelude::*;
use own_process::in_own_process;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const ID: &str = "somebody/some-model";

/// A cache that holds these files of the embedded model.
fn cache(files: &[&str]) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let model = home.path().join("hub/models--somebody--some-model");
    let (refs, snapshot) = (model.join("refs"), model.join("snapshots/0123abcd"));
    fs::create_dir_all(&refs).unwrap();
    fs::create_dir_all(&snapshot).unwrap();
    fs::write(refs.join("main"), "0123abcd").unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/models/crosslens-minilm-l6");
    for file in files {
        fs::copy(source.join(file), snapshot.join(file)).unwrap();
    }
    home
}

#[test]
fn a_cached_model_opens_without_network() {
    let home = cache(&["config.json", "tokenizer.json", "model.safetensors"]);
    let offline = || [("HF_HOME", home.path().into()), ("HF_HUB_OFFLINE", "1".into())];
    in_own_process("a_cached_model_opens_without_network", offline, || {
        let pair = [Pair::new("blue sky", "the sky is blue")];
        let cached = CrossEncoder::from_hub(ID).unwrap();
        assert_eq!(cached.name(), ID);
        let embedded = CrossEncoder::embedded().unwrap();
        assert_eq!(cached.score(&pair).unwrap(), embedded.score(&pair).unwrap());
    });
}

#[test]
fn a_missing_file_is_named_with_the_ways_to_get_it() {
    let home = cache(&["config.json"]);
    let offline = || [("HF_HOME", home.path().into()), ("HF_HUB_OFFLINE", "1".into())];
    in_own_process("a_missing_file_is_named_with_the_ways_to_get_it", offline, || {
        let error = CrossEncoder::from_hub(ID).unwrap_err().to_string();
        for part in [ID, "tokenizer.json is not in the cache", "HF_HUB_OFFLINE", "hub", "CrossEncoder::open"] {
            assert!(error.contains(part), "{part:?} is not in {error:?}");
        }
    });
}
