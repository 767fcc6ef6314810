//! Where Jupyter finds the kernel.

use super::State::{Bad, Better, Good};
use super::{Finding, INSTALL};
use crate::kernelspec::{self, NAME, Place};
use crate::process;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The kernelspec: there, and for a program that exists.
pub(super) fn specification(place: Option<&Place>) -> Finding {
    let usual = [Place::User, Place::SysPrefix];
    let places = place.map_or(&usual[..], std::slice::from_ref);
    let folders: Vec<PathBuf> = places.iter().filter_map(|place| place.folder().ok()).collect();
    let found = folders.iter().find_map(|folder| Some((folder, kernelspec::program(folder)?)));
    let state = match (found, place.map(Place::folder)) {
        (Some((folder, program)), _) => judge(folder, &program),
        (None, Some(Err(error))) => Bad(error.to_string(), INSTALL.to_owned()),
        (None, _) => {
            let names: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
            let next = format!("{INSTALL}, with `--sys-prefix` for the active environment alone");
            Bad(format!("none in {}", names.join(" or ")), next)
        }
    };
    Finding { piece: "kernelspec", state }
}

fn judge(folder: &Path, program: &Path) -> super::State {
    if !program.is_file() {
        return Bad(format!("it starts {}, which is gone", program.display()), INSTALL.to_owned());
    }
    match process::own_path() {
        Ok(own) if own != program => {
            Good(format!("{} (starts another program: {})", folder.display(), program.display()))
        }
        _ => Good(folder.display().to_string()),
    }
}

/// Whether the Jupyter that is on the `PATH` looks there.
pub(super) fn listed() -> Finding {
    let piece = "kernel in Jupyter";
    let output = Command::new("jupyter").args(["kernelspec", "list", "--json"]).output();
    let state = match output.ok().filter(|output| output.status.success()) {
        None => Better("Jupyter does not say which kernels it knows".to_owned(), "see `jupyter` above".to_owned()),
        Some(output) => {
            let known: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            match known["kernelspecs"][NAME]["resource_dir"].as_str() {
                Some(folder) => Good(folder.to_owned()),
                None => Better(
                    "it does not look where the kernelspec is".to_owned(),
                    "`jupyter --paths` tells where it looks; install with `--user`, with `--sys-prefix` in its environment, \
                     or name the prefix's share/jupyter in the environment variable JUPYTER_PATH"
                        .to_owned(),
                ),
            }
        }
    };
    Finding { piece, state }
}
