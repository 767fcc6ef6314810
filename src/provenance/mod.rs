//! What someone else needs to get the same numbers: the program, the machine, the data and the seeds.
//!
//! [`provenance`] tells what this process has used, whichever cell used it; a notebook ends with it. What decides the
//! numbers (models, collections, seeds) is apart from what may only move their last digits (version, compiler, machine).

mod commit;
mod origin;
mod rows;

pub use commit::Commit;
pub use origin::Origin;

use crate::model::instructions;
use crate::origin::{Kind, opened, seeds};
use serde::Serialize;
use std::collections::BTreeMap;

/// Where the results of this process come from; see [`provenance`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Provenance {
    /// The version of crosslens.
    pub crosslens: String,
    /// The commit of the repository in which the process works; `None` outside of one, or without git.
    pub commit: Option<Commit>,
    /// The compiler, as `rustc --version` tells it.
    pub toolchain: String,
    /// For what it compiled, such as `x86_64-unknown-linux-gnu`.
    pub target: String,
    /// What every instruction may use on that target, by cargo's names.
    pub target_features: Vec<String>,
    /// What the forward pass uses on this machine: `AVX-512`, `AVX2` or `baseline`.
    pub instructions: String,
    /// The models that were opened, in order.
    pub models: Vec<Origin>,
    /// The collections that were opened, in order.
    pub collections: Vec<Origin>,
    /// The seeds of all random numbers that were drawn, by what they were drawn for.
    pub seeds: BTreeMap<String, Vec<u64>>,
}

/// Tells what the results of this process come from: every model and collection opened and every seed drawn with until
/// now, the commit, the compiler and the machine. Shown in a notebook it is a table, and the notebook's JSON has it under
/// `application/vnd.crosslens.provenance+json`.
///
/// Hashes are made of the files when they are asked for first; a file that is not any more what was opened has none.
///
/// ```
/// use crosslens::prelude::*;
/// let model = CrossEncoder::embedded()?;
/// let provenance = provenance();
/// let known = provenance.models.iter().find(|origin| origin.name == model.name()).unwrap();
/// assert_eq!(known.sha256.as_ref().map(String::len), Some(64));
/// # Ok::<(), Error>(())
/// ```
pub fn provenance() -> Provenance {
    let opened = opened();
    let all = |kind: Kind| opened.iter().filter(|one| one.kind == kind).map(Origin::of).collect();
    let features = env!("CROSSLENS_TARGET_FEATURES").split(',').filter(|feature| !feature.is_empty());
    Provenance {
        crosslens: env!("CARGO_PKG_VERSION").to_owned(),
        commit: Commit::here(),
        toolchain: env!("CROSSLENS_RUSTC").to_owned(),
        target: env!("CROSSLENS_TARGET").to_owned(),
        target_features: features.map(str::to_owned).collect(),
        instructions: instructions().to_owned(),
        models: all(Kind::Model),
        collections: all(Kind::Collection),
        seeds: seeds().into_iter().map(|(purpose, seeds)| (purpose.to_owned(), seeds.into_iter().collect())).collect(),
    }
}
