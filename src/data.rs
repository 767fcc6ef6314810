//! Where the embedded model and collection lie.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The folder that holds `models/` and `collections/`.
///
/// That is the environment variable `CROSSLENS_DATA`, read at every call, or else (unset or empty) the folder
/// `data/` beside the `Cargo.toml` that this library was built from.
pub(crate) fn data_dir() -> PathBuf {
    chosen(std::env::var_os("CROSSLENS_DATA"))
}

fn chosen(variable: Option<OsString>) -> PathBuf {
    match variable {
        Some(folder) if !folder.is_empty() => folder.into(),
        _ => Path::new(env!("CARGO_MANIFEST_DIR")).join("data"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_wins_unless_it_is_empty() {
        assert_eq!(chosen(Some("elsewhere".into())), Path::new("elsewhere"));
        let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        assert_eq!(chosen(Some("".into())), built_in);
        assert_eq!(chosen(None), built_in);
    }
}
