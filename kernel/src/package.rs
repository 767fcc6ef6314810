//! The sources that a session is built from, packed so that an installed kernel does not need the checkout.

use crate::cache::{Cache, remove_folder};
use crate::error::{At, Error, Result};
use crate::fingerprint::Fingerprint;
use crate::manifest;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A checkout to pack, its files listed and hashed.
#[derive(Debug)]
pub(crate) struct Source {
    root: PathBuf,
    /// Paths relative to the root, sorted.
    files: Vec<PathBuf>,
    library: String,
    facade: String,
    /// The cargo configuration with the profile.
    pub(crate) config: String,
    /// The lock file's text.
    pub(crate) lock: String,
    /// Hash of everything above.
    pub(crate) hash: String,
}

/// The checkout that this program was compiled in.
fn own_checkout() -> PathBuf {
    let kernel = Path::new(env!("CARGO_MANIFEST_DIR"));
    kernel.parent().unwrap_or(kernel).to_owned()
}

impl Source {
    /// Reads the checkout at `folder`, or the one that this program was compiled in.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self> {
        let root = folder.map_or_else(own_checkout, Path::to_owned);
        let root = std::path::absolute(&root).at("find", &root)?;
        for needed in ["Cargo.toml", "Cargo.lock", "build.rs", "src/lib.rs", "kernel/session/Cargo.toml"] {
            if !root.join(needed).is_file() {
                return Err(Error::NoSource { path: root, missing: needed });
            }
        }
        let manifest_path = root.join("Cargo.toml");
        let manifest = manifest::parse(&manifest_path, &read(&manifest_path)?)?;
        let session_path = root.join("kernel/session/Cargo.toml");
        let session = manifest::parse(&session_path, &read(&session_path)?)?;
        let mut files = vec![PathBuf::from("build.rs")];
        for folder in ["src", "data"] {
            list(&root, Path::new(folder), &mut files)?;
        }
        files.sort();
        let mut source = Self {
            library: manifest::reduce(&manifest).to_string(),
            facade: manifest::facade(&session).to_string(),
            config: manifest::profile(&manifest).to_string(),
            lock: read(&root.join("Cargo.lock"))?,
            hash: String::new(),
            files,
            root,
        };
        source.hash = source.digest()?;
        Ok(source)
    }

    /// Packs the sources into the cache, unless they are there; returns the facade's folder.
    pub(crate) fn pack(&self, cache: &Cache) -> Result<PathBuf> {
        let packages = cache.packages();
        let package = packages.join(&self.hash);
        if package.is_dir() {
            return Ok(facade_of(&package));
        }
        fs::create_dir_all(&packages).at("create", &packages)?;
        let partial =
            tempfile::Builder::new().prefix(".packing-").tempdir_in(&packages).at("create a folder in", &packages)?;
        let root = partial.path();
        for file in &self.files {
            copy(&self.root.join(file), &root.join(file))?;
        }
        copy(&self.root.join("kernel/session/src/lib.rs"), &root.join("session/src/lib.rs"))?;
        for (path, text) in
            [("Cargo.toml", &self.library), ("session/Cargo.toml", &self.facade), ("session/Cargo.lock", &self.lock)]
        {
            let path = root.join(path);
            fs::write(&path, text).at("write", &path)?;
        }
        let partial = partial.keep();
        if let Err(error) = fs::rename(&partial, &package).at("create", &package) {
            remove_folder(&partial)?;
            return Err(error);
        }
        Ok(facade_of(&package))
    }

    /// The hash of everything that is packed.
    fn digest(&self) -> Result<String> {
        let mut fingerprint = Fingerprint::default();
        for text in [&self.library, &self.facade, &self.config, &self.lock] {
            fingerprint.add(text);
        }
        let facade = PathBuf::from("kernel/session/src/lib.rs");
        for file in self.files.iter().chain([&facade]) {
            let path = self.root.join(file);
            let content = fs::read(&path).at("read", &path)?;
            let name = file.to_string_lossy();
            fingerprint.add(name.as_bytes());
            fingerprint.add(content);
        }
        Ok(fingerprint.finish())
    }
}

/// The folder of the facade crate in a package.
pub(crate) fn facade_of(package: &Path) -> PathBuf {
    package.join("session")
}

/// The text of a file.
fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).at("read", path)
}

/// Copies a file and makes the folders that it needs.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).at("create", folder)?;
    }
    // By content, not with `fs::copy`: a file that is read-only in the checkout must be removable in the cache.
    let mut source = File::open(from).at("read", from)?;
    let mut target = File::create(to).at("create", to)?;
    io::copy(&mut source, &mut target).at("write", to)?;
    Ok(())
}

/// Adds every file under `root/folder`, which may be missing, to `files`.
fn list(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let path = root.join(folder);
    let entries = match fs::read_dir(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.at("list", &path)?,
    };
    for entry in entries {
        let entry = entry.at("list", &path)?;
        let relative = folder.join(entry.file_name());
        if entry.path().is_dir() {
            list(root, &relative, files)?;
        } else {
            files.push(relative);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkout(library: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        for (path, text) in [
            ("Cargo.toml", "[package]\nname = \"crosslens\"\n"),
            ("Cargo.lock", ""),
            ("build.rs", ""),
            ("src/lib.rs", library),
            ("data/models/m", "weights"),
            ("kernel/session/Cargo.toml", "[dependencies]\n"),
            ("kernel/session/src/lib.rs", ""),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("has a parent")).expect("creates");
            fs::write(path, text).expect("writes");
        }
        root
    }

    #[test]
    fn the_hash_follows_the_content_and_not_the_place() {
        let hash = |text| {
            let root = checkout(text);
            Source::open(Some(root.path())).expect("opens").hash
        };
        assert_eq!(hash("//! a"), hash("//! a"));
        assert_ne!(hash("//! a"), hash("//! b"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let root = checkout("");
        fs::remove_file(root.path().join("Cargo.lock")).expect("removes");
        let error = Source::open(Some(root.path())).expect_err("the lock file is gone");
        assert!(error.to_string().contains("Cargo.lock"), "{error}");
    }
}
