//! The manifests that a packaged session needs, derived from those of the checkout.
//!
//! The profile has one source of truth, `[profile.dev]` of the checkout: what is optimised in its tests is
//! optimised in its notebooks.

use crate::error::{Error, Result};
use std::path::Path;
use toml::{Table, Value};

/// Reads `text`, the manifest at `path`.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Table> {
    text.parse().map_err(|error: toml::de::Error| Error::Parse { path: path.to_owned(), detail: error.to_string() })
}

/// The library's manifest without workspace, tests and profiles; inherited values are written out.
pub(crate) fn reduce(root: &Table) -> Table {
    let mut reduced = root.clone();
    for key in ["workspace", "profile", "lints", "dev-dependencies", "bench", "bin", "example", "test"] {
        reduced.remove(key);
    }
    let workspace = table(root, "workspace");
    if let Some(Value::Table(package)) = reduced.get_mut("package") {
        inherit(package, workspace.and_then(|w| table(w, "package")));
        // Files that are not packaged.
        package.remove("readme");
        package.remove("license-file");
        for discovery in ["autobenches", "autobins", "autoexamples", "autotests"] {
            package.insert(discovery.to_owned(), Value::Boolean(false));
        }
    }
    for kind in ["dependencies", "build-dependencies"] {
        if let Some(Value::Table(dependencies)) = reduced.get_mut(kind) {
            inherit(dependencies, workspace.and_then(|w| table(w, "dependencies")));
        }
    }
    reduced
}

/// The facade's manifest, with the library one folder up.
pub(crate) fn facade(session: &Table) -> Table {
    let mut facade = session.clone();
    facade.remove("workspace");
    if let Some(Value::Table(dependencies)) = facade.get_mut("dependencies") {
        let mut library = Table::new();
        library.insert("path".to_owned(), Value::String("..".to_owned()));
        dependencies.insert("crosslens".to_owned(), Value::Table(library));
    }
    facade
}

/// A cargo configuration with the checkout's optimisation of dependencies, and the library at level 3.
///
/// The evaluator writes the cells' own profile, with overflow checks and debug assertions, for all that they
/// depend on too; here both are switched off for dependencies.
pub(crate) fn profile(root: &Table) -> Table {
    let dev = table(root, "profile").and_then(|profile| table(profile, "dev"));
    let mut packages = dev.and_then(|dev| table(dev, "package")).cloned().unwrap_or_default();
    for checks in ["debug-assertions", "overflow-checks"] {
        set(&mut packages, "*", checks, Value::Boolean(false));
    }
    set(&mut packages, "crosslens", "opt-level", Value::Integer(3));
    set(&mut packages, "crosslens", "incremental", Value::Boolean(false));

    let mut profile = Table::new();
    profile.insert("package".to_owned(), Value::Table(packages));
    if let Some(build) = dev.and_then(|dev| table(dev, "build-override")) {
        profile.insert("build-override".to_owned(), Value::Table(build.clone()));
    }
    nest("profile", nest("dev", profile))
}

/// A table with one entry.
fn nest(key: &str, value: Table) -> Table {
    let mut outer = Table::new();
    outer.insert(key.to_owned(), Value::Table(value));
    outer
}

/// The table at `key`, if there is one.
fn table<'a>(parent: &'a Table, key: &str) -> Option<&'a Table> {
    parent.get(key).and_then(Value::as_table)
}

/// Sets `key` of a package's profile and keeps the rest of it.
fn set(packages: &mut Table, package: &str, key: &str, value: Value) {
    let mut settings = match packages.remove(package) {
        Some(Value::Table(settings)) => settings,
        _ => Table::new(),
    };
    settings.insert(key.to_owned(), value);
    packages.insert(package.to_owned(), Value::Table(settings));
}

/// Replaces `{ workspace = true, … }` by what the workspace says, keeping what stands beside it.
fn inherit(values: &mut Table, workspace: Option<&Table>) {
    for (key, value) in values.iter_mut() {
        let Value::Table(own) = value else { continue };
        if own.get("workspace") != Some(&Value::Boolean(true)) {
            continue;
        }
        let Some(shared) = workspace.and_then(|w| w.get(key)) else {
            continue;
        };
        own.remove("workspace");
        if own.is_empty() {
            *value = shared.clone();
            continue;
        }
        let mut merged = match shared {
            Value::Table(shared) => shared.clone(),
            version => {
                let mut detailed = Table::new();
                detailed.insert("version".to_owned(), version.clone());
                detailed
            }
        };
        for (name, own) in std::mem::take(own) {
            match (merged.get_mut(&name), own) {
                // The only key that adds to the workspace's.
                (Some(Value::Array(shared)), Value::Array(own)) if name == "features" => {
                    shared.extend(own);
                }
                (_, own) => {
                    merged.insert(name, own);
                }
            }
        }
        *value = Value::Table(merged);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Table {
        parse(Path::new("Cargo.toml"), text).expect("the test's own text is valid")
    }

    #[test]
    fn a_reduced_manifest_stands_alone() {
        let root = parsed(
            r#"
            [workspace]
            members = ["kernel"]
            [workspace.package]
            version = "1.2.3"
            [workspace.dependencies]
            one = { version = "1", features = ["a"] }
            two = "2"
            [package]
            name = "crosslens"
            version.workspace = true
            readme = "README.md"
            [dependencies]
            one = { workspace = true, features = ["b"] }
            two.workspace = true
            [dev-dependencies]
            three = "3"
            "#,
        );
        let reduced = reduce(&root);
        assert!(!reduced.contains_key("workspace") && !reduced.contains_key("dev-dependencies"));
        let expected = parsed(
            r#"
            one = { version = "1", features = ["a", "b"] }
            two = "2"
            "#,
        );
        assert_eq!(table(&reduced, "dependencies"), Some(&expected));
        assert_eq!(reduced["package"]["version"].as_str(), Some("1.2.3"));
        assert!(reduced["package"].get("readme").is_none());
    }

    #[test]
    fn the_profile_keeps_the_levels_of_the_checkout() {
        let root = parsed(
            r#"
            [profile.dev.package."*"]
            opt-level = 1
            [profile.dev.package.gemm]
            opt-level = 3
            "#,
        );
        let profile = profile(&root);
        let packages = &profile["profile"]["dev"]["package"];
        assert_eq!(packages["*"]["opt-level"].as_integer(), Some(1));
        assert_eq!(packages["*"]["overflow-checks"].as_bool(), Some(false));
        assert_eq!(packages["gemm"]["opt-level"].as_integer(), Some(3));
        assert_eq!(packages["crosslens"]["opt-level"].as_integer(), Some(3));
    }

    #[test]
    fn the_facade_finds_the_library_one_folder_up() {
        let session = parsed("[workspace]\n[dependencies]\ncrosslens = { path = \"../..\" }");
        let facade = facade(&session);
        assert_eq!(facade["dependencies"]["crosslens"]["path"].as_str(), Some(".."));
        assert!(!facade.contains_key("workspace"));
    }
}
