//! The model and the pairs that the command line names.

use clap::Args;
use crosslens::Result;
use crosslens::collection::{Collection, Pairs};
use crosslens::model::CrossEncoder;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct Inputs {
    /// A folder with config.json, tokenizer.json and model.safetensors, or the id of a model on the Hugging Face hub;
    /// the embedded model unless told otherwise
    #[arg(long, global = true)]
    model: Option<String>,
    /// A folder in BEIR's format; the embedded collection unless told otherwise
    #[arg(long, global = true)]
    collection: Option<PathBuf>,
    /// The judgements to use, where there are several
    #[arg(long, global = true)]
    qrels: Option<String>,
    /// The run whose best documents are paired; all judged pairs unless told otherwise
    #[arg(long, global = true)]
    run: Option<String>,
    /// How many documents of the run per query
    #[arg(long, global = true, default_value_t = 100)]
    top: usize,
}

impl Inputs {
    pub fn model(&self) -> Result<CrossEncoder> {
        match &self.model {
            None => CrossEncoder::embedded(),
            Some(name) if Path::new(name).is_dir() || name.matches('/').count() != 1 => CrossEncoder::open(name),
            Some(name) => CrossEncoder::from_hub(name),
        }
    }

    pub fn pairs(&self) -> Result<Pairs> {
        let mut tests = match &self.collection {
            None => Collection::embedded()?,
            Some(folder) => Collection::open(folder)?,
        };
        if let Some(qrels) = &self.qrels {
            tests = tests.with_qrels(qrels)?;
        }
        match &self.run {
            None => tests.judged_pairs(),
            Some(run) => tests.pairs(run, self.top),
        }
    }
}
