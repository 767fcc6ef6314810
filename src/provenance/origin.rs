//! What a model or a collection is known by.

use crate::error::Result;
use crate::fingerprint::sha256_of;
use crate::origin::{Kind, Opened};
use serde::Serialize;
use std::collections::BTreeMap;

/// A model or a collection, known by its name and by the content of its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Origin {
    /// The id on the Hugging Face hub, or the name of the folder.
    pub name: String,
    /// Of a model, the SHA-256 of `model.safetensors`, which the hub shows too; of a collection, the SHA-256 of what
    /// `sha256sum` prints for [`files`](Self::files). `None` if a file is not any more what was opened.
    pub sha256: Option<String>,
    /// The SHA-256 of each file, by its name in the folder.
    pub files: BTreeMap<String, String>,
    /// How many there are of what is in it: layers, heads; queries, documents, judgements.
    pub counts: BTreeMap<String, usize>,
}

impl Origin {
    pub(super) fn of(opened: &Opened) -> Self {
        let files = files(opened).unwrap_or_default();
        let sha256 = match opened.kind {
            Kind::Model => files.get("model.safetensors").cloned(),
            Kind::Collection if files.is_empty() => None,
            Kind::Collection => {
                let listing: String = files.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
                sha256_of(listing.as_bytes()).ok()
            }
        };
        Self { name: opened.name.clone(), sha256, files, counts: opened.counts.iter().cloned().collect() }
    }
}

fn files(opened: &Opened) -> Result<BTreeMap<String, String>> {
    Ok(opened.files.sha256()?.map(|(name, sum)| (name.to_owned(), sum.to_owned())).collect())
}
