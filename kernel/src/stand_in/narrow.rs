//! Shows rust-analyzer a smaller world, so that a kernel starts in seconds.
//!
//! The evaluator has rust-analyzer infer the types of variables, and that reads the sources of every crate that
//! cargo names: hundreds, for the few whose types can appear in a cell. So the answer to `cargo metadata` is cut down
//! to the crates that the facade's manifest lists. What a user adds with `:dep` is left whole.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The package that a cell knows as `crosslens`.
const FACADE: &str = "crosslens-session";

/// Removes from the facade's side of the graph all packages that its manifest does not list.
pub(super) fn narrow(metadata: &mut Value) {
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
