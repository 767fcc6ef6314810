//! What a store holds, so that it is never taken for something else.

use super::design::{self, Design, Variant};
use crate::collection::{Pairs, by_query};
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::model::CrossEncoder;
use serde::{Deserialize, Serialize};

/// The content of `sweep.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    format: u32,
    /// Of crosslens: another one may round otherwise.
    version: String,
    model: Named,
    pairs: PairsName,
    sweep: SweepName,
    seed: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Named {
    name: String,
    sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PairsName {
    queries: usize,
    pairs: usize,
    sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SweepName {
    title: String,
    variants: usize,
    sha256: String,
}

/// Changes when the files of a store do.
const FORMAT: u32 = 1;

impl Manifest {
    pub(super) fn new(
        model: &CrossEncoder,
        design: &dyn Design,
        variants: &[Variant],
        pairs: &Pairs,
        seed: u64,
    ) -> Result<Self> {
        let title = design.title();
        let sha256 = design::fingerprint(variants).ok_or_else(|| {
            let next = "use one that can describe itself, or no store";
            Error::Argument(format!(
                "{title}: an intervention is a function, by which a store cannot be known again; {next}"
            ))
        })?;
        let mut texts = Fingerprint::default();
        for pair in pairs {
            let each = [&pair.query_id, &pair.doc_id, &pair.query, &pair.document];
            texts = each.into_iter().fold(texts, |texts, text| texts.text(text));
        }
        Ok(Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: Named { name: model.name().to_owned(), sha256: model.fingerprint()? },
            pairs: PairsName { queries: by_query(pairs).len(), pairs: pairs.len(), sha256: texts.finish() },
            sweep: SweepName { title, variants: variants.len(), sha256 },
            seed,
        })
    }

    pub(super) fn queries(&self) -> usize {
        self.pairs.queries
    }

    /// How another store's content differs from this, by name; `None` if it does not.
    pub(super) fn difference(&self, theirs: &Self) -> Option<String> {
        let of = |what: &str, theirs: String, ours: String| Some(format!("another {what}: {theirs}, not {ours}"));
        let named = |of: &Named| format!("{} ({})", of.name, short(&of.sha256));
        let counted = |of: &PairsName| format!("{} pairs of {} queries ({})", of.pairs, of.queries, short(&of.sha256));
        let titled = |of: &SweepName| format!("{} ({} variants, {})", of.title, of.variants, short(&of.sha256));
        if self.format != theirs.format {
            return of("format", theirs.format.to_string(), self.format.to_string());
        }
        if self.version != theirs.version {
            return of("version of crosslens", theirs.version.clone(), self.version.clone());
        }
        if self.model.sha256 != theirs.model.sha256 {
            return of("model", named(&theirs.model), named(&self.model));
        }
        if self.pairs != theirs.pairs {
            return of("collection or run", counted(&theirs.pairs), counted(&self.pairs));
        }
        // Before the sweep: what is drawn at random differs by the seed as well.
        if self.seed != theirs.seed {
            return of("seed", theirs.seed.to_string(), self.seed.to_string());
        }
        if self.sweep.sha256 != theirs.sweep.sha256 {
            return of("sweep (other interventions)", titled(&theirs.sweep), titled(&self.sweep));
        }
        None
    }
}

/// Enough of a hash to tell two apart by eye.
fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
