//! Compares where two results come from: the models, the collections and the seeds. Version, commit, compiler and machine
//! may differ, for a check asks whether they matter.

use super::difference::Change;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What decides the numbers.
const DECIDES: [&str; 3] = ["models", "collections", "seeds"];

/// What differs, each with its place.
pub(super) fn compare(expected: &Value, found: &Value) -> Vec<Change> {
    DECIDES.iter().flat_map(|part| values(part, &expected[part], &found[part])).collect()
}

fn values(place: &str, old: &Value, new: &Value) -> Vec<Change> {
    match (old, new) {
        _ if old == new => Vec::new(),
        (Value::Object(old), Value::Object(new)) => members(place, old, new),
        (Value::Array(old), Value::Array(new)) if old.iter().chain(new).all(|one| one["name"].is_string()) => {
            members(place, &by_name(old), &by_name(new))
        }
        (old, Value::Null) => vec![Change::missing(place, old.to_string())],
        (Value::Null, new) => vec![Change::added(place, new.to_string())],
        (old, new) => vec![Change::new(place, old.to_string(), new.to_string())],
    }
}

fn members(place: &str, old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<Change> {
    let member = |map: &Map<String, Value>, name: &str| map.get(name).cloned().unwrap_or_default();
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let one = |name: &String| values(&format!("{place}, {name}"), &member(old, name), &member(new, name));
    names.into_iter().flat_map(one).collect()
}

fn by_name(list: &[Value]) -> Map<String, Value> {
    list.iter().filter_map(|one| Some((one["name"].as_str()?.to_owned(), one.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn other_data_and_seeds_are_drift_and_another_machine_is_not() {
        let one = json!({ "toolchain": "rustc 1", "instructions": "AVX2", "models": [{ "name": "m", "sha256": "a" }],
            "collections": [{ "name": "c", "counts": { "queries": 3 } }], "seeds": { "bootstrap": [0] } });
        let planted = |pointer: &str, value: Value| -> Vec<String> {
            let mut other = one.clone();
            *other.pointer_mut(pointer).expect("is there") = value;
            compare(&one, &other).into_iter().map(|change| change.place).collect()
        };
        assert_eq!(planted("/toolchain", json!("rustc 2")), [""; 0]);
        assert_eq!(planted("/instructions", json!("baseline")), [""; 0]);
        assert_eq!(planted("/models/0/sha256", json!("b")), ["models, m, sha256"]);
        assert_eq!(planted("/models", json!([])), ["models, m"]);
        assert_eq!(planted("/collections/0/counts/queries", json!(4)), ["collections, c, counts, queries"]);
        assert_eq!(planted("/seeds", json!({ "bootstrap": [1] })), ["seeds, bootstrap"]);
    }
}
