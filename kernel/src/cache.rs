//! Where everything lives: one folder in the user's cache, and the lock that installs take in turn.

use crate::error::{At, Error, Result};
use crate::report;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The cache folder of crosslens.
///
/// ```text
/// packages/HASH/    the sources that sessions are built from, never changed once there
/// templates/KEY/    a warmed session, never changed once there
/// sessions/ID/      the copy that a running kernel owns
/// salvage/          what a failed build had compiled, for the next one to go on with
/// installed         the key of the template that an installed kernel uses
/// ```
///
/// Templates and sessions lie equally deep, so that the relative library paths in compiled files hold in both.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// `$CROSSLENS_CACHE`, else `crosslens` in the cache folder of the platform (`$XDG_CACHE_HOME`, `~/.cache`).
    pub(crate) fn locate() -> Result<Self> {
        let root = match env::var_os("CROSSLENS_CACHE") {
            Some(folder) if !folder.is_empty() => PathBuf::from(folder),
            _ => dirs::cache_dir()
                .ok_or(Error::NoFolder { what: "cache", variable: "CROSSLENS_CACHE" })?
                .join("crosslens"),
        };
        let root = std::path::absolute(&root).at("find", &root)?;
        let cache = Self { root };
        for (folder, variable) in [(cache.root.clone(), "CROSSLENS_CACHE"), (cache.sessions(), "CROSSLENS_SESSIONS")] {
            // The evaluator tells the process that runs cells what to load in a line of words.
            if folder.to_string_lossy().contains(char::is_whitespace) {
                return Err(Error::Blank { folder, variable });
            }
        }
        Ok(cache)
    }

    /// A cache in a folder of a test.
    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The packaged sources.
    pub(crate) fn packages(&self) -> PathBuf {
        self.root.join("packages")
    }

    /// The warmed sessions.
    pub(crate) fn templates(&self) -> PathBuf {
        self.root.join("templates")
    }

    /// The copies that running kernels own; `$CROSSLENS_SESSIONS` moves them.
    pub(crate) fn sessions(&self) -> PathBuf {
        match env::var_os("CROSSLENS_SESSIONS") {
            Some(folder) if !folder.is_empty() => PathBuf::from(folder),
            _ => self.root.join("sessions"),
        }
    }

    /// What a failed build had compiled.
    pub(crate) fn salvage(&self) -> PathBuf {
        self.root.join("salvage")
    }

    /// The file that names the template of installed kernels.
    pub(crate) fn pointer(&self) -> PathBuf {
        self.root.join("installed")
    }

    /// Waits until no other process installs; the lock ends with the returned file.
    pub(crate) fn lock(&self) -> Result<File> {
        fs::create_dir_all(&self.root).at("create", &self.root)?;
        let path = self.root.join("lock");
        let file = File::create(&path).at("create", &path)?;
        if file.try_lock().is_err() {
            report::note("another process is installing; waiting for it");
            file.lock().at("lock", &path)?;
        }
        Ok(file)
    }
}

/// Writes `text` to `path` so that a reader sees the old or the new content, never half of it.
pub(crate) fn write_atomically(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).at("create", folder)?;
    let mut file = tempfile::Builder::new().prefix(".crosslens-").tempfile_in(folder).at("write in", folder)?;
    file.write_all(text.as_bytes()).at("write", path)?;
    // A temporary file is private; what replaces a file keeps that file's rights, or has the usual ones.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).map_or(0o644, |old| old.permissions().mode());
        let rights = fs::Permissions::from_mode(mode);
        fs::set_permissions(file.path(), rights).at("write", path)?;
    }
    file.persist(path).map_err(|error| error.error).at("write", path)?;
    Ok(())
}

/// Removes a folder that may be gone already.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).at("remove", path),
        _ => Ok(()),
    }
}
