//! The model and the pairs that the command line names.

use clap::Args;
use crosslens::Result;
use crosslens::collection::{Collection, Pairs};
use crosslens::model::CrossEncoder;
use std::path::PathBuf;

#[derive(Args)]
pub struct Inputs {
    /// `embedded`, a folder with config.json, tokenizer.json and model.safetensors, or the id of a model on the Hugging
    /// Face hub
    #[arg(long, global = true, default_value = "embedded")]
    model: String,
    /// A folder in BEIR's format; the embedded collection unless told otherwise
    #[arg(long, global = true)]
    collection: Option<PathBuf>,
    /// The judgements to use, where there are several
    #[arg(long, global = true)]
    qrels: Option<String>,
    /// The run whose best documents are paired; all judged pairs unless told otherwise
    #[arg(long, global = true)]
    run: Option<String>,
    /// How many documents of the run per query; 100 unless told otherwise
    #[arg(long, global = true)]
    top: Option<usize>,
}

/// As many documents as are usually re-ranked.
const TOP: usize = 100;

impl Inputs {
    /// Whether it says how much to take of a run, but not of which.
    pub fn lacks_run(&self) -> bool {
        self.top.is_some() && self.run.is_none()
    }

    pub fn model(&self) -> Result<CrossEncoder> {
        CrossEncoder::from_pretrained(&self.model)
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
            Some(run) => tests.pairs(run, self.top.unwrap_or(TOP)),
        }
    }
}
