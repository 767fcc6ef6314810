//! What lies on the disk, and whether there is room.

use super::Finding;
use super::State::{Bad, Better, Good};
use crate::cache::Cache;
use crate::error::Result;
use crate::template::Template;
use std::path::{Path, PathBuf};

/// What making a template takes, and what a kernel may write while it runs, in MiB.
const TO_INSTALL: u64 = 4_096;
const TO_RUN: u64 = 512;

/// The folder in which everything is compiled and every kernel works.
pub(super) fn writable(cache: &Cache) -> Finding {
    let next = "give another folder in the environment variable CROSSLENS_CACHE, or make this one yours";
    let unwritable = [cache.root().to_owned(), cache.sessions()].into_iter().find_map(|folder| {
        let existing = existing(&folder);
        let tried = tempfile::Builder::new().prefix(".crosslens-").tempfile_in(&existing);
        tried.err().map(|error| format!("cannot write in {}: {error}", existing.display()))
    });
    let state = match unwritable {
        Some(wrong) => Bad(wrong, next.to_owned()),
        None => Good(cache.root().display().to_string()),
    };
    Finding { piece: "cache folder", state }
}

/// Room for what is still to be compiled, or for what kernels write.
pub(super) fn space(cache: &Cache, installed: bool) -> Finding {
    let folder = existing(cache.root());
    let state = match free(&folder) {
        None => Better(format!("how much is free at {} is not known", folder.display()), String::new()),
        Some(free) => {
            let needed = if installed { TO_RUN } else { TO_INSTALL };
            let told = format!("{free} MiB are free at {}", folder.display());
            if free < needed {
                let next = "make room, or give a folder on another disk in the environment variable CROSSLENS_CACHE";
                Bad(format!("{told}, {needed} are needed"), next.to_owned())
            } else {
                Good(told)
            }
        }
    };
    Finding { piece: "disk space", state }
}

/// How many MiB are free.
#[cfg(unix)]
fn free(folder: &Path) -> Option<u64> {
    let system = rustix::fs::statvfs(folder).ok()?;
    Some(system.f_bavail.saturating_mul(system.f_frsize) >> 20)
}

#[cfg(not(unix))]
fn free(_folder: &Path) -> Option<u64> {
    None
}

/// The embedded model and collection, which lie beside the sources that the template was made from.
pub(super) fn data(installed: &Result<Template>) -> Finding {
    let chosen = std::env::var_os("CROSSLENS_DATA").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let by_variable = chosen.is_some();
    let packed = installed.as_ref().ok().and_then(|template| Some(template.facade.parent()?.join("data")));
    let state = match chosen.or(packed) {
        None => Bad("there is none before the first install".to_owned(), super::INSTALL.to_owned()),
        Some(folder) => match ["models", "collections"].into_iter().find(|part| !folder.join(part).is_dir()) {
            None => Good(folder.display().to_string()),
            Some(part) if by_variable => Bad(
                format!("{} is missing", folder.join(part).display()),
                "CROSSLENS_DATA names the folder `data` of a checkout: correct it, or unset it".to_owned(),
            ),
            Some(part) => Bad(
                format!("{} is missing", folder.join(part).display()),
                "run `crosslens-kernel uninstall`, then `crosslens-kernel install`".to_owned(),
            ),
        },
    };
    Finding { piece: "model and collection", state }
}

/// The folder, or the nearest above it that is there.
fn existing(folder: &Path) -> PathBuf {
    folder.ancestors().find(|folder| folder.exists()).unwrap_or(folder).to_owned()
}
