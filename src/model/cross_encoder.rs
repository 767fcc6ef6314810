//! The model that a notebook holds: opened from a folder, it scores pairs and can be run with hooks.

use super::block::Block;
use super::classifier::Classifier;
use super::embed::Embed;
use super::fused::{Cls, Precision};
use super::tokenised::Tokenised;
use super::{config, fingerprint, weights};
use crate::collection::{Pair, Run};
use crate::data::data_dir;
use crate::error::{Error, Result};
use crate::frame::score_frame;
use crate::hook::{Activations, Hooks, Intervention, Shape};
use crate::live::Task;
use crate::origin::Files;
use crate::tokens::{Tokenizer, Tokens};
use polars::prelude::DataFrame;
use rayon::prelude::*;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A BERT re-ranker: reads `[CLS] query [SEP] document [SEP]` and prints one logit.
///
/// Cheap to clone: clones share the weights, and so does what [`CrossEncoder::with`] makes.
#[derive(Clone)]
pub struct CrossEncoder {
    pub(super) parts: Arc<Parts>,
    /// What every run changes.
    pub(super) always: Hooks,
}

pub(super) struct Parts {
    name: String,
    pub(super) files: Arc<Files>,
    pub(super) precision: Precision,
    shape: Shape,
    pub(super) tokenizer: Tokenizer,
    pub(super) tokenised: Tokenised,
    pub(super) embed: Embed,
    pub(super) blocks: Vec<Block>,
    /// The last layer, for `[CLS]` alone.
    pub(super) cls: Cls,
    pub(super) classifier: Classifier,
}

impl CrossEncoder {
    /// The small trained model that ships with crosslens (see `data/models/`).
    ///
    /// # Errors
    /// As [`CrossEncoder::open`], when the data folder is gone; `CROSSLENS_DATA` names another.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// assert_eq!((model.shape().layers, model.shape().heads), (6, 12));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn embedded() -> Result<Self> {
        Self::open(data_dir().join("models").join("crosslens-minilm-l6"))
    }

    /// A folder as Hugging Face saves it: `config.json`, `tokenizer.json`, `model.safetensors` of a
    /// `BertForSequenceClassification` with one label, of any size. Weights are computed in f32.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Config`], [`Error::Weights`] or [`Error::Shape`], naming the file and the tensor.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        Ok(open(folder.as_ref(), Precision::F32)?.noted())
    }

    /// The same model, opened anew with its weights held in half as many bytes. They are computed in f32 in any case:
    /// what changes is that each is rounded once (to 1/2048 of itself in f16, to 1/256 in bf16), unless the file holds it
    /// so already. What sweeps and looks inside make of the weights is in f32, and stays: this is for scoring and attention.
    ///
    /// # Errors
    /// As [`CrossEncoder::open`], if the files are not there any more.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let half = model.held_as(Precision::BF16)?;
    /// let pair = Pair::new("blue sky", "the sky");
    /// let (exact, rounded) = (model.run(&pair, &Hooks::new())?.logit(), half.run(&pair, &Hooks::new())?.logit());
    /// assert!((exact - rounded).abs() < 0.1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn held_as(&self, precision: Precision) -> Result<Self> {
        let opened = open(self.parts.files.folder(), precision)?.named(self.name());
        self.parts.files.check_same(&opened.parts.files)?;
        Ok(Self { always: self.always.clone(), ..opened.noted() })
    }

    /// The name of the folder or hub id that the model came from.
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// Whether both are the same model in memory, with the same interventions.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.parts, &other.parts) && self.always.changes_as(&other.always)
    }

    /// The same model under another name.
    pub(super) fn named(self, name: &str) -> Self {
        let parts = match Arc::try_unwrap(self.parts) {
            Ok(parts) => Arc::new(Parts { name: name.into(), ..parts }),
            Err(shared) => shared,
        };
        Self { parts, ..self }
    }

    /// How many layers and heads there are, and their sizes.
    pub fn shape(&self) -> Shape {
        self.parts.shape
    }

    /// The pair as the model reads it, cut on the document if it is too long.
    ///
    /// # Errors
    /// [`Error::EmptyText`] or [`Error::QueryTooLong`].
    pub fn tokens(&self, pair: &Pair) -> Result<Tokens> {
        self.parts.tokenizer.encode(pair)
    }

    /// Scores pairs: one row per pair, in their order.
    ///
    /// Columns: `query_id`, `doc_id`, `score` (the logit), `rank` (within the query, from 1; ties by descending
    /// `doc_id` as in trec_eval), `relevance` (null where unjudged), `truncated` (document tokens that did not fit).
    ///
    /// # Errors
    /// [`Error::EmptyText`] or [`Error::QueryTooLong`], before anything is computed.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let tests = Collection::embedded()?;
    /// let scores = model.score(&tests.pairs_for("q01")?)?;
    /// assert_eq!(scores.height(), 7);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn score(&self, pairs: &[Pair]) -> Result<DataFrame> {
        let task = Task::new("scoring", "pairs", pairs.len());
        let scored = self.each_batch(pairs, &task, |some| {
            let truncated = some.iter().map(|tokens| tokens.truncated());
            Ok(self.logits(some)?.into_iter().zip(truncated).collect())
        })?;
        let (logits, truncated): (Vec<f32>, Vec<usize>) = scored.into_iter().unzip();
        score_frame(pairs, &logits, &truncated)
    }

    /// Ranks pairs by score: a run, named as the model, to be evaluated or saved in TREC's format.
    ///
    /// # Errors
    /// Those of [`CrossEncoder::score`], and [`Error::Argument`] if a pair stands twice.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let tests = Collection::embedded()?;
    /// let run = model.rank(&tests.pairs_for("q01")?)?;
    /// assert_eq!(run.ranking("q01").len(), 7);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn rank(&self, pairs: &[Pair]) -> Result<Run> {
        let task = Task::new("ranking", "pairs", pairs.len());
        let logits = self.each_batch(pairs, &task, |some| self.logits(some))?;
        let scores = pairs.iter().zip(logits).map(|(pair, logit)| (&pair.query_id, &pair.doc_id, f64::from(logit)));
        Run::from_scores(self.name(), scores)
    }

    /// Runs one pair with hooks: the general form, on which everything else is built.
    ///
    /// # Errors
    /// [`Error::UnknownHead`] or [`Error::UnknownLayer`] for what the model lacks, [`Error::EmptyText`],
    /// [`Error::QueryTooLong`], or [`Error::Argument`] if a replacement has another shape than its site.
    pub fn run(&self, pair: &Pair, hooks: &Hooks) -> Result<Activations> {
        self.run_tokens(&self.tokens(pair)?, hooks)
    }

    /// This model with an intervention in every run: it scores, attends and sweeps as the plain one does, and what is
    /// added later acts on what is there.
    ///
    /// # Errors
    /// [`Error::UnknownHead`] or [`Error::UnknownLayer`] for what the model lacks, [`Error::Argument`] or
    /// [`Error::Unknown`] if the intervention cannot work on this model.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let blind = model.with(KnockOut::edge(Edge::QUERY_TO_DOCUMENT))?.with(Zero::heads([Head::new(2, 9)]))?;
    /// assert_ne!(blind.score(&pairs)?, model.score(&pairs)?);
    /// let effects = blind.ablate([Head::new(3, 4)]).over(&pairs)?;
    /// assert_eq!(effects.height(), 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn with(&self, intervention: impl Intervention + 'static) -> Result<Self> {
        intervention.check(&self.shape())?;
        Ok(Self { parts: Arc::clone(&self.parts), always: self.always.clone().intervene(intervention) })
    }
}

impl fmt::Debug for CrossEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shape { layers, heads, hidden, .. } = self.parts.shape;
        write!(f, "CrossEncoder({}: {layers} layers, {heads} heads, hidden {hidden}", self.parts.name)?;
        match self.always.interventions() {
            0 => f.write_str(")"),
            count => write!(f, "; interventions: {count})"),
        }
    }
}

pub(super) fn open(folder: &Path, precision: Precision) -> Result<CrossEncoder> {
    if !folder.is_dir() {
        let next = "give the folder that holds config.json, tokenizer.json and model.safetensors".into();
        return Err(Error::Missing { path: folder.to_owned(), next });
    }
    let files = Arc::new(fingerprint::files(folder));
    let path = folder.join("config.json");
    let config = config::read(&path)?;
    let weights = folder.join("model.safetensors");
    let (tokenizer, file) = rayon::join(
        || Tokenizer::open(folder.join("tokenizer.json"), config.max_position_embeddings),
        || weights::File::open(&weights),
    );
    let (tokenizer, file) = (tokenizer?, file?);
    if config.type_vocab_size < 2 {
        let what = format!("type_vocab_size is {}; a query and a document take two", config.type_vocab_size);
        return Err(Error::Config { path, what });
    }
    if tokenizer.vocabulary() > config.vocab_size {
        let (pieces, vocab_size) = (tokenizer.vocabulary(), config.vocab_size);
        let what =
            format!("vocab_size is {vocab_size}, but tokenizer.json has {pieces} word pieces; the two do not fit");
        return Err(Error::Config { path, what });
    }
    let root = file.root();
    let layer = |layer: usize| root.at("encoder.layer").at(layer);
    let (embed, blocks) = rayon::join(
        || Embed::load(&root, &config, precision),
        || {
            let block = |at| Ok(Block::new(layer(at).layer(&config, precision)?));
            (0..config.num_hidden_layers).into_par_iter().map(block).collect::<Vec<Result<Block>>>()
        },
    );
    let parts = Parts {
        files,
        precision,
        name: folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned(),
        shape: config::shape(&config),
        tokenizer,
        tokenised: Tokenised::default(),
        embed: embed?,
        // In their order, so that of several errors always the same is told.
        blocks: blocks.into_iter().collect::<Result<_>>()?,
        cls: layer(config.num_hidden_layers - 1).cls(&config, precision)?,
        classifier: Classifier::load(&root, &config, precision, &weights)?,
    };
    Ok(CrossEncoder { parts: Arc::new(parts), always: Hooks::new() })
}
