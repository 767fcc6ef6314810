//! The file by which Jupyter finds the kernel.

use crate::cache::{remove_folder, write_atomically};
use crate::error::{Error, Result};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The kernel's name in Jupyter.
pub(crate) const NAME: &str = "crosslens";

/// What a user sees in the list of kernels.
pub(crate) const DISPLAY_NAME: &str = "Rust (crosslens)";

/// Where a kernelspec goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The user's Jupyter folder.
    User,
    /// The active Python environment.
    SysPrefix,
    /// `share/jupyter` under a folder.
    Prefix(PathBuf),
}

impl Place {
    /// The folder of the kernelspec.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        let data = match self {
            Self::User => user_data()?,
            Self::SysPrefix => share(&sys_prefix()?),
            Self::Prefix(prefix) => share(prefix),
        };
        Ok(data.join("kernels").join(NAME))
    }
}

/// Jupyter's data folder under a prefix.
fn share(prefix: &Path) -> PathBuf {
    prefix.join("share").join("jupyter")
}

/// Jupyter's data folder of the user: `$JUPYTER_DATA_DIR`, else what is usual on the platform.
fn user_data() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("JUPYTER_DATA_DIR").filter(|folder| !folder.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    let missing = Error::NoFolder { what: "data", variable: "JUPYTER_DATA_DIR" };
    if cfg!(target_os = "macos") {
        return Ok(dirs::home_dir().ok_or(missing)?.join("Library/Jupyter"));
    }
    Ok(dirs::data_dir().ok_or(missing)?.join("jupyter"))
}

/// The prefix of the active Python environment.
fn sys_prefix() -> Result<PathBuf> {
    for variable in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
        if let Some(prefix) = env::var_os(variable).filter(|prefix| !prefix.is_empty()) {
            return Ok(PathBuf::from(prefix));
        }
    }
    let output =
        Command::new("python3").args(["-c", "import sys; print(sys.prefix)"]).output().map_err(|_| Error::NoPrefix)?;
    let prefix = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() || prefix.is_empty() {
        return Err(Error::NoPrefix);
    }
    Ok(PathBuf::from(prefix))
}

/// The text of `kernel.json` for the program at `program`.
pub(crate) fn json(program: &Path) -> String {
    let specification = serde_json::json!({
        "argv": [program, "serve", "{connection_file}"],
        "display_name": DISPLAY_NAME,
        "language": "rust",
        "interrupt_mode": "message",
        "metadata": { "debugger": false },
    });
    format!("{specification:#}\n")
}

/// Writes the kernelspec into `folder`.
pub(crate) fn write(folder: &Path, program: &Path) -> Result<()> {
    write_atomically(&folder.join("kernel.json"), &json(program))
}

/// Removes the kernelspec; whether it was there.
pub(crate) fn remove(folder: &Path) -> Result<bool> {
    let was_there = folder.exists();
    remove_folder(folder)?;
    Ok(was_there)
}

/// The program that the kernelspec in `folder` starts, if there is one.
pub(crate) fn program(folder: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(folder.join("kernel.json")).ok()?;
    let specification: serde_json::Value = serde_json::from_str(&text).ok()?;
    specification["argv"][0].as_str().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_starts_serve_with_the_connection_file() {
        let text = json(Path::new("/bin/crosslens-kernel"));
        let value: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
        let argv = serde_json::json!(["/bin/crosslens-kernel", "serve", "{connection_file}"]);
        assert_eq!(value["argv"], argv);
        assert_eq!(value["interrupt_mode"], "message");
    }

    #[test]
    fn a_prefix_has_the_kernels_below_share() {
        let folder = Place::Prefix(PathBuf::from("/p")).folder().expect("needs nothing");
        assert_eq!(folder, Path::new("/p/share/jupyter/kernels/crosslens"));
    }
}
