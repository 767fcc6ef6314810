//! How much a change does, and whether it is more than chance: intervals, tests and the agreement of two rankings.
//!
//! Everything here works on scores of pairs, or on numbers per query or document, and knows nothing of models.

mod agreement;
mod bootstrap;
mod group;
mod holm;
mod ranking;
mod settings;
mod summary;
mod t_test;

pub use agreement::{kendall_tau, preference_flips};
pub(crate) use bootstrap::{Bootstrap, mean};
pub(crate) use group::{Group, by_group, grouped};
pub(crate) use ranking::{Baseline, check};
pub use settings::MEASURES;
pub(crate) use settings::{Settings, interval_options};
pub(crate) use summary::Effect;

pub(crate) use holm::holm;
pub(crate) use t_test::paired_t_test;

/// What scipy and statsmodels give, for the tests of this folder.
#[cfg(test)]
mod golden {
    use serde_json::Value;

    /// The cases of one function.
    pub(super) fn cases(function: &str) -> Vec<Value> {
        let golden = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/effects/effects.json"));
        let golden: Value = serde_json::from_str(golden).unwrap();
        serde_json::from_value(golden[function].clone()).unwrap()
    }

    /// A list of numbers, or of numbers and nulls.
    pub(super) fn list<T: serde::de::DeserializeOwned>(case: &Value, name: &str) -> Vec<T> {
        serde_json::from_value(case[name].clone()).unwrap()
    }

    /// How far ours is from theirs, relative to theirs; infinitely far where only one of them is null.
    pub(super) fn distance(ours: Option<f64>, theirs: &Value) -> f64 {
        match (ours, theirs.as_f64()) {
            (None, None) if theirs.is_null() => 0.0,
            (Some(ours), Some(theirs)) if ours == theirs => 0.0,
            (Some(ours), Some(theirs)) => (ours - theirs).abs() / theirs.abs(),
            _ => f64::INFINITY,
        }
    }
}
