//! The warmed session: everything compiled that a kernel needs, ready to be copied in a fraction of a second.

use crate::cache::{Cache, remove_folder, write_atomically};
use crate::error::{At, Error, Result};
use crate::fingerprint::Fingerprint;
use crate::package::{Source, facade_of};
use crate::seed::{clean_up, folder_toolchain, remove_matching, salvage, seed};
use crate::toolchain::Toolchain;
use crate::{session, stand_in};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Raised when the layout of a template changes.
const LAYOUT: u32 = 6;

/// The file that describes a template; it is written last.
const DESCRIPTION: &str = "template.json";

/// What a template was made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Description {
    /// The version of this program.
    pub(crate) version: String,
    /// The hash of the packed sources.
    pub(crate) package: String,
    /// The compiler and what it depends on.
    pub(crate) toolchain: Toolchain,
    /// The layout, see [`LAYOUT`].
    pub(crate) layout: u32,
}

impl Description {
    /// What a template of these sources, made now, would be made from.
    fn new(source: &Source, toolchain: Toolchain) -> Self {
        Self { version: env!("CARGO_PKG_VERSION").to_owned(), package: source.hash.clone(), toolchain, layout: LAYOUT }
    }

    /// The name of the template.
    fn key(&self) -> String {
        let mut fingerprint = Fingerprint::default();
        let rustup = self.toolchain.rustup.as_deref().unwrap_or_default();
        for text in [&self.version, &self.package, &self.toolchain.rustc, rustup] {
            fingerprint.add(text);
        }
        fingerprint.add(self.layout.to_le_bytes());
        fingerprint.finish()
    }
}

/// A warmed session in the cache.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// Its folder.
    pub(crate) root: PathBuf,
    /// The folder's name.
    pub(crate) key: String,
    /// What it was made from.
    pub(crate) description: Description,
    /// The folder of the facade crate.
    pub(crate) facade: PathBuf,
}

/// Whether a template had to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// It was there.
    Found,
    /// It was built now.
    Built,
}

impl Template {
    /// The template called `key`, if it is there and whole.
    pub(crate) fn open(cache: &Cache, key: &str) -> Result<Option<Self>> {
        let root = cache.templates().join(key);
        let path = root.join(DESCRIPTION);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.at("read", &path)?,
        };
        let description: Description =
            serde_json::from_str(&text).map_err(|error| Error::Parse { path, detail: error.to_string() })?;
        let facade = facade_of(&cache.packages().join(&description.package));
        Ok(facade.is_dir().then(|| Self { root, key: key.to_owned(), description, facade }))
    }

    /// The template that installed kernels use.
    pub(crate) fn installed(cache: &Cache) -> Result<Self> {
        let missing = || Error::NotInstalled { cache: cache.root().to_owned() };
        let key = fs::read_to_string(cache.pointer()).map_err(|_| missing())?;
        Self::open(cache, key.trim())?.ok_or_else(missing)
    }

    /// Makes this the template of installed kernels.
    pub(crate) fn set_installed(&self, cache: &Cache) -> Result<()> {
        write_atomically(&cache.pointer(), &format!("{}\n", self.key))
    }

    /// The template of these sources with the active compiler. If it must be made, `begin` is called before anything
    /// is, and what it returns compiles in the folder that the plan names.
    ///
    /// Two callers at once build one after the other, and the second finds what the first made.
    pub(crate) fn ensure<Build: FnOnce(&Plan) -> Result<()>>(
        cache: &Cache,
        source: &Source,
        begin: impl FnOnce() -> Result<Build>,
    ) -> Result<(Self, Made)> {
        let description = Description::new(source, Toolchain::detect()?);
        let key = description.key();
        if let Some(found) = Self::open(cache, &key)? {
            return Ok((found, Made::Found));
        }
        let _lock = cache.lock()?;
        if let Some(found) = Self::open(cache, &key)? {
            return Ok((found, Made::Found));
        }
        let build = begin()?;
        clean_up(cache)?;
        let facade = source.pack(cache)?;
        let templates = cache.templates();
        fs::create_dir_all(&templates).at("create", &templates)?;
        // The guard removes the folder on every way out but the last.
        let partial =
            tempfile::Builder::new().prefix(PARTIAL).tempdir_in(&templates).at("create a folder in", &templates)?;
        let plan = Plan {
            folder: partial.path().to_owned(),
            facade,
            toolchain: description.toolchain.clone(),
            reuses: seed(cache, &description.toolchain, partial.path())?,
        };
        session::write_config(&plan.folder, &plan.facade, &plan.toolchain)?;
        for (path, text) in [(".cargo/config.toml", &source.config), ("Cargo.lock", &source.lock)] {
            let path = plan.folder.join(path);
            fs::write(&path, text).at("write", &path)?;
        }
        let toolchain = folder_toolchain(&plan.folder);
        write_json(&toolchain, &plan.toolchain)?;
        if let Err(error) = build(&plan) {
            salvage(cache, &plan.folder)?;
            return Err(error);
        }
        fs::remove_file(&toolchain).at("remove", &toolchain)?;
        finish(&plan.folder, &description)?;
        let root = templates.join(&key);
        // Only there if its description or its package were damaged.
        remove_folder(&root)?;
        fs::rename(&plan.folder, &root).at("create", &root)?;
        let _ = partial.keep();
        prune(cache, &key)?;
        Self::open(cache, &key)?
            .map(|template| (template, Made::Built))
            .ok_or(Error::NotInstalled { cache: cache.root().to_owned() })
    }
}

/// Prefix of a folder that is being built.
pub(crate) const PARTIAL: &str = ".building-";

/// Where a template is being built, and with what.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The folder to build in.
    pub(crate) folder: PathBuf,
    /// The facade crate.
    pub(crate) facade: PathBuf,
    /// The compiler and what it depends on.
    pub(crate) toolchain: Toolchain,
    /// Whether compiled dependencies of an older template are there already.
    pub(crate) reuses: bool,
}

/// Writes a value as JSON.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::Parse { path: path.to_owned(), detail: error.to_string() })?;
    fs::write(path, text).at("write", path)
}

/// How long ago the template in `folder` was finished.
pub(crate) fn age(folder: &Path) -> Option<Duration> {
    let finished = fs::metadata(folder.join(DESCRIPTION)).and_then(|metadata| metadata.modified()).ok()?;
    finished.elapsed().ok()
}

/// Leaves in a built folder what every copy of it needs, and describes it.
fn finish(folder: &Path, description: &Description) -> Result<()> {
    let cells = session::cells(folder);
    let (resolved, kept) = (cells.join("Cargo.lock"), folder.join("Cargo.lock"));
    fs::copy(&resolved, &kept).at("copy", &resolved)?;
    // Made anew in each copy.
    remove_folder(&stand_in::folder(folder))?;
    remove_folder(&session::config(folder))?;
    remove_matching(&cells, &|name| {
        name == "incremental" || name.starts_with("code_") || name.starts_with("libcode_")
    })?;
    write_json(&folder.join(DESCRIPTION), description)
}

/// A template this young may be about to be copied by a kernel that another process starts.
const YOUNG: Duration = Duration::from_secs(600);

/// Removes templates and packages that nothing needs: not the one just built, not the installed one, not a young
/// one, not one that a running kernel was copied from.
fn prune(cache: &Cache, built: &str) -> Result<()> {
    let mut keys = session::templates_in_use(cache)?;
    keys.push(built.to_owned());
    keys.extend(Template::installed(cache).map(|template| template.key));
    for key in names(&cache.templates())? {
        if age(&cache.templates().join(&key)).is_some_and(|age| age < YOUNG) {
            keys.push(key);
        }
    }
    let mut packages = Vec::new();
    for key in &keys {
        if let Ok(Some(template)) = Template::open(cache, key) {
            packages.push(template.description.package);
        }
    }
    remove_folder(&cache.salvage())?;
    for (folder, kept) in [(cache.templates(), &keys), (cache.packages(), &packages)] {
        for name in names(&folder)? {
            if !name.starts_with('.') && !kept.contains(&name) {
                remove_folder(&folder.join(name))?;
            }
        }
    }
    Ok(())
}

/// The names in a folder that may be missing.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.at("list", folder)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.at("list", folder)?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}
