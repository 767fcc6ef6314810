//! Models from the Hugging Face hub, through its standard cache.

use super::fused::Precision;
use super::{CrossEncoder, cross_encoder};
use crate::error::{Error, Result};
use hf_hub::api::sync::ApiBuilder;
use hf_hub::{Cache, Repo};
use std::env;
use std::path::{Path, PathBuf};

/// What a model folder needs.
pub(super) const FILES: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];

impl CrossEncoder {
    /// A model from the Hugging Face hub, such as `cross-encoder/ms-marco-MiniLM-L-12-v2`.
    ///
    /// Files are kept in Hugging Face's cache (`HF_HUB_CACHE`, else `HF_HOME/hub`, else `~/.cache/huggingface/hub`) and
    /// read from there when they are in it, without network. `HF_HUB_OFFLINE=1` forbids the network, `HF_ENDPOINT` and
    /// `HF_TOKEN` are honoured.
    ///
    /// # Errors
    /// [`Error::Hub`] when a file is neither cached nor reachable, with the ways to get it; else as
    /// [`CrossEncoder::open`].
    pub fn from_hub(id: &str) -> Result<Self> {
        let cache = cache();
        let refuse = |what: String| Error::Hub { id: id.into(), what, cache: cache.path().clone() };
        if id.split('/').any(str::is_empty) || id.split('/').count() > 2 || id.contains([' ', '\\']) {
            return Err(refuse("no id of the hub; ids look like cross-encoder/ms-marco-MiniLM-L-12-v2".into()));
        }
        let mut folder = None;
        for file in FILES {
            let path = cached(&cache, id, file).map_or_else(|| download(&cache, id, file).map_err(&refuse), Ok)?;
            folder = path.parent().map(PathBuf::from);
        }
        let folder = folder.ok_or_else(|| refuse("the cache gave no folder".into()))?;
        Ok(cross_encoder::open(&folder, Precision::F32)?.named(id).noted())
    }

    /// A model by its name, the way a parameter of a notebook or of a program gives it: `embedded`, a folder, or an id of
    /// the Hugging Face hub.
    ///
    /// # Errors
    /// As [`CrossEncoder::embedded`], [`CrossEncoder::open`] or [`CrossEncoder::from_hub`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::from_pretrained("embedded")?;
    /// assert_eq!(model.name(), CrossEncoder::embedded()?.name());
    /// let error = CrossEncoder::from_pretrained("models/missing/here").unwrap_err();
    /// assert!(matches!(error, Error::Missing { .. }));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn from_pretrained(name: &str) -> Result<Self> {
        match name {
            "embedded" => Self::embedded(),
            name if Path::new(name).is_dir() || name.matches('/').count() != 1 => Self::open(name),
            id => Self::from_hub(id),
        }
    }
}

/// The cache of Hugging Face's own tools.
fn cache() -> Cache {
    env::var_os("HF_HUB_CACHE").map_or_else(Cache::from_env, |path| Cache::new(path.into()))
}

fn cached(cache: &Cache, id: &str, file: &str) -> Option<PathBuf> {
    cache.repo(Repo::model(id.into())).get(file).filter(|path| path.is_file())
}

fn download(cache: &Cache, id: &str, file: &str) -> Result<PathBuf, String> {
    let offline = env::var("HF_HUB_OFFLINE").is_ok_and(|value| !["", "0", "false", "FALSE"].contains(&value.as_str()));
    if offline {
        return Err(format!("{file} is not in the cache, and HF_HUB_OFFLINE forbids the network"));
    }
    let token = env::var("HF_TOKEN").ok().or_else(|| cache.token());
    let mut builder = ApiBuilder::from_cache(cache.clone()).with_progress(false).with_token(token);
    if let Ok(endpoint) = env::var("HF_ENDPOINT") {
        builder = builder.with_endpoint(endpoint);
    }
    let api = builder.build().map_err(|source| source.to_string())?;
    api.model(id.into()).download(file).map_err(|source| format!("{file} could not be fetched: {source}"))
}
