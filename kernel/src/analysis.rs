//! Shows rust-analyzer a smaller world, so that a kernel starts in seconds.
//!
//! The evaluator has rust-analyzer infer the types of variables, and that reads the sources of every crate that
//! cargo names: hundreds, for the few whose types can appear in a cell. In a kernel's environment `CARGO_HOME` is
//! therefore a folder of the session, where rust-analyzer looks for cargo first and finds this program. It passes
//! everything on to the real cargo, and cuts its answer to `cargo metadata` down to the crates that the facade's
//! manifest lists. What a user adds with `:dep` is left whole.

use crate::error::{At, Error, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Names the real `CARGO_HOME` in the environment of a kernel.
pub(crate) const CARGO_HOME: &str = "CROSSLENS_CARGO_HOME";

/// The package that a cell knows as `crosslens`.
const FACADE: &str = "crosslens-session";

/// The real home of cargo.
pub(crate) fn cargo_home() -> Result<PathBuf> {
    let own = env::var_os(CARGO_HOME).or_else(|| env::var_os("CARGO_HOME"));
    match own.filter(|home| !home.is_empty()) {
        Some(home) => Ok(PathBuf::from(home)),
        None => Ok(dirs::home_dir().ok_or(Error::NoFolder { what: "home", variable: "CARGO_HOME" })?.join(".cargo")),
    }
}

/// The home of cargo that rust-analyzer sees in a session.
pub(crate) fn folder(session: &Path) -> PathBuf {
    session.join("cargo")
}

/// Makes the folder that rust-analyzer looks for cargo in.
#[cfg(unix)]
pub(crate) fn set_up(session: &Path) -> Result<()> {
    let folder = folder(session);
    let programs = folder.join("bin");
    fs::create_dir_all(&programs).at("create", &programs)?;
    let cargo = programs.join("cargo");
    if fs::symlink_metadata(&cargo).is_ok() {
        fs::remove_file(&cargo).at("remove", &cargo)?;
    }
    std::os::unix::fs::symlink(crate::process::own_path()?, &cargo).at("link", &cargo)?;
    // The evaluator's very first cell is compiled before it can be told of the real home.
    for name in ["config.toml", "config"] {
        let settings = cargo_home()?.join(name);
        if settings.is_file() {
            let copy = folder.join(name);
            fs::copy(&settings, &copy).at("copy", &settings)?;
        }
    }
    Ok(())
}

/// Whether this program was started as cargo.
pub(crate) fn is_cargo() -> bool {
    let name = env::args_os().next().map(PathBuf::from);
    name.is_some_and(|name| name.file_stem().is_some_and(|name| name == "cargo"))
}

/// Does what cargo does, but answers `metadata` with the smaller world.
pub(crate) fn run() -> Result<ExitCode> {
    let home = cargo_home()?;
    let proxy = home.join("bin").join("cargo");
    let cargo = if proxy.is_file() { proxy } else { PathBuf::from("cargo") };
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let mut command = Command::new(&cargo);
    command.args(&arguments).env("CARGO_HOME", home);
    let asks = |word: &str| arguments.iter().any(|argument| argument == word);
    let narrows = asks("metadata") && !asks("--no-deps");
    if narrows {
        command.stdout(Stdio::piped());
    }
    let started = command.spawn().and_then(|child| child.wait_with_output());
    let output = started.map_err(|source| Error::Start { program: cargo.display().to_string(), source })?;
    if narrows {
        let text = String::from_utf8_lossy(&output.stdout);
        match serde_json::from_str(&text) {
            Ok(mut metadata) => {
                narrow(&mut metadata);
                crate::report::answer(metadata);
            }
            Err(_) => crate::report::answer(text),
        }
    }
    let code = output.status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

/// Removes from the facade's side of the graph all packages that its manifest does not list.
fn narrow(metadata: &mut Value) {
    let packages: Vec<&Value> = metadata["packages"].as_array().into_iter().flatten().collect();
    let Some(facade) = packages.iter().find(|package| package["name"] == FACADE) else {
        return;
    };
    let listed = strings(&facade["metadata"]["crosslens"]["analysed"]);
    let names = packages.iter().filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?)));
    let names: BTreeMap<&str, &str> = names.collect();
    let nodes = metadata["resolve"]["nodes"].as_array().into_iter().flatten();
    let edges = nodes.filter_map(|node| Some((node["id"].as_str()?, strings(&node["dependencies"]))));
    let edges: BTreeMap<&str, Vec<&str>> = edges.collect();

    let is_listed = |id: &str| names.get(id).is_some_and(|name| listed.contains(name));
    let own = reachable(facade["id"].as_str(), |id| {
        let all = edges.get(id).into_iter().flatten().copied();
        all.filter(|to| is_listed(to)).collect()
    });
    let kept_edges = |id: &str| -> Vec<&str> {
        let all = edges.get(id).into_iter().flatten().copied();
        all.filter(|to| !own.contains(id) || own.contains(to)).collect()
    };
    let members = strings(&metadata["workspace_members"]);
    let kept: BTreeSet<String> = reachable(members, kept_edges).into_iter().map(str::to_owned).collect();
    let own: BTreeSet<String> = own.into_iter().map(str::to_owned).collect();

    let is_kept = |package: &Value| package["id"].as_str().is_some_and(|id| kept.contains(id));
    if let Some(packages) = metadata["packages"].as_array_mut() {
        packages.retain(is_kept);
    }
    let Some(nodes) = metadata["resolve"]["nodes"].as_array_mut() else {
        return;
    };
    nodes.retain(is_kept);
    for node in nodes {
        if !node["id"].as_str().is_some_and(|id| own.contains(id)) {
            continue;
        }
        let stays = |id: &Value| id.as_str().is_some_and(|id| own.contains(id));
        if let Some(ids) = node["dependencies"].as_array_mut() {
            ids.retain(stays);
        }
        if let Some(dependencies) = node["deps"].as_array_mut() {
            dependencies.retain(|dependency| stays(&dependency["pkg"]));
        }
    }
}

/// The strings of an array.
fn strings(array: &Value) -> Vec<&str> {
    array.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Everything that can be reached from `start`, which is included.
fn reachable<'a>(start: impl IntoIterator<Item = &'a str>, next: impl Fn(&str) -> Vec<&'a str>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&str> = start.into_iter().collect();
    while let Some(id) = waiting.pop() {
        if reached.insert(id) {
            waiting.extend(next(id));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_listed_packages_remain_on_the_facades_side() {
        let graph = [
            ("ctx", vec!["crosslens-session", "mine"]),
            ("crosslens-session", vec!["crosslens"]),
            ("crosslens", vec!["polars", "tokenizers"]),
            ("polars", vec!["regex"]),
            ("tokenizers", vec!["regex"]),
            ("mine", vec!["regex"]),
            ("regex", vec![]),
        ];
        let packages = graph.iter().map(|(name, _)| match *name {
            FACADE => json!({ "id": name, "name": name,
                "metadata": { "crosslens": { "analysed": ["crosslens", "polars"] } } }),
            _ => json!({ "id": name, "name": name, "metadata": null }),
        });
        let nodes = graph.iter().map(|(name, to)| {
            let deps: Vec<Value> = to.iter().map(|to| json!({ "pkg": to })).collect();
            json!({ "id": name, "dependencies": to, "deps": deps })
        });
        let mut metadata = json!({
            "packages": packages.collect::<Vec<_>>(),
            "workspace_members": ["ctx"],
            "resolve": { "nodes": nodes.collect::<Vec<_>>() },
        });
        narrow(&mut metadata);
        let left: Vec<&str> = metadata["packages"]
            .as_array()
            .expect("is an array")
            .iter()
            .filter_map(|package| package["name"].as_str())
            .collect();
        assert_eq!(left, ["ctx", "crosslens-session", "crosslens", "polars", "mine", "regex"]);
        let library = &metadata["resolve"]["nodes"][2];
        assert_eq!(library["deps"], json!([{ "pkg": "polars" }]));
        assert_eq!(metadata["resolve"]["nodes"][4]["dependencies"], json!(["regex"]), "a user's own");
    }

    #[test]
    fn other_graphs_are_left_alone() {
        let graph = json!({ "packages": [{ "id": "a", "name": "a" }] });
        let mut narrowed = graph.clone();
        narrow(&mut narrowed);
        assert_eq!(narrowed, graph);
    }
}
