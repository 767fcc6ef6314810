//! The model that a notebook holds: opened from a folder, it scores pairs and can be run with hooks.

use super::block::Block;
use super::classifier::Classifier;
use super::embed::Embed;
use super::fingerprint::Files;
use super::{config, weights};
use crate::collection::{Pair, Run};
use crate::data::data_dir;
use crate::error::{Error, Result};
use crate::frame::{pattern_frame, score_frame};
use crate::hook::{Activations, Head, Hooks, Intervention, Observer, Shape, Site, Tap};
use crate::live::Task;
use crate::tokens::{Tokenizer, Tokens};
use candle_core::{Device, Tensor};
use polars::prelude::DataFrame;
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
    pub(super) files: Files,
    shape: Shape,
    pub(super) tokenizer: Tokenizer,
    pub(super) embed: Embed,
    pub(super) blocks: Vec<Block>,
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
        open(folder.as_ref())
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
        let scored = self.each(pairs, &task, |tokens| Ok((self.logit(tokens, &Hooks::new())?, tokens.truncated())))?;
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
        let logits = self.each(pairs, &task, |tokens| self.logit(tokens, &Hooks::new()))?;
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

    /// The attention of one head for one pair, token by token.
    ///
    /// Columns: `from_position`, `to_position`, `from_token`, `to_token`, `from_segment`, `to_segment`, `weight`.
    ///
    /// # Errors
    /// [`Error::UnknownHead`], and those of [`CrossEncoder::run`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pattern = model.pattern(&Pair::new("blue sky", "the sky"), Head::new(2, 9))?;
    /// assert_eq!(pattern.height(), 7 * 7);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn pattern(&self, pair: &Pair, head: Head) -> Result<DataFrame> {
        self.parts.shape.check_head(head)?;
        let seen = self.run(pair, &Hooks::new().capture_at(Site::Pattern, head.layer))?;
        let pattern = seen.get(Site::Pattern, head.layer)?.get(head.head)?.to_vec2()?;
        pattern_frame(seen.tokens(), &pattern)
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

    pub(crate) fn run_tokens(&self, tokens: &Tokens, hooks: &Hooks) -> Result<Activations> {
        hooks.check(&self.parts.shape)?;
        let mut tap = Tap::new(&self.always, hooks, tokens);
        let logit = self.forward(tokens, &mut tap)?;
        Ok(tap.into_activations(logit))
    }

    /// The score alone.
    pub(crate) fn logit(&self, tokens: &Tokens, hooks: &Hooks) -> Result<f32> {
        self.forward(tokens, &mut Tap::new(&self.always, hooks, tokens))
    }

    /// Runs a pair and shows every layer's pattern to `observer` as it passes.
    pub(crate) fn observe_tokens(&self, tokens: &Tokens, observer: Observer) -> Result<()> {
        let hooks = Hooks::new();
        self.forward(tokens, &mut Tap::new(&self.always, &hooks, tokens).observed_by(observer)).map(drop)
    }

    fn forward(&self, tokens: &Tokens, tap: &mut Tap) -> Result<f32> {
        let x = self.parts.embed.forward(tokens, tap)?;
        let last = self.parts.shape.layers - 1;
        let needed = |tap: &Tap, layer| if layer == last && !tap.looks_into(layer) { 1 } else { tokens.len() };
        self.from_layer(x, 0, tokens, tap, needed)
    }

    /// The rest of the forward pass, when `x` `[token, hidden]` enters the layer `first` and in each layer so many tokens
    /// gather from all.
    pub(super) fn from_layer(
        &self,
        mut x: Tensor,
        first: usize,
        tokens: &Tokens,
        tap: &mut Tap,
        gathering: impl Fn(&Tap, usize) -> usize,
    ) -> Result<f32> {
        for (layer, block) in self.parts.blocks.iter().enumerate().skip(first) {
            let (input, z) = block.gather(x, gathering(tap, layer), layer, tap)?;
            let rows = self.rows_behind_z(tokens, layer, tap);
            x = block.finish(&input.narrow(0, 0, rows)?, &z.narrow(1, 0, rows)?, layer, tap)?;
        }
        self.parts.classifier.forward(&x, tap)
    }

    /// How many tokens go on behind `z`: all, but only `[CLS]` in the last layer when nobody looks there.
    pub(super) fn rows_behind_z(&self, tokens: &Tokens, layer: usize, tap: &Tap) -> usize {
        if layer + 1 == self.parts.shape.layers && !tap.looks_from_z_on(layer) { 1 } else { tokens.len() }
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

fn open(folder: &Path) -> Result<CrossEncoder> {
    if !folder.is_dir() {
        let next = "give the folder that holds config.json, tokenizer.json and model.safetensors".into();
        return Err(Error::Missing { path: folder.to_owned(), next });
    }
    let (device, files) = (Device::Cpu, Files::of(folder));
    let path = folder.join("config.json");
    let config = config::read(&path)?;
    let tokenizer = Tokenizer::open(folder.join("tokenizer.json"), config.max_position_embeddings)?;
    if tokenizer.vocabulary() > config.vocab_size {
        let (pieces, vocab_size) = (tokenizer.vocabulary(), config.vocab_size);
        let what =
            format!("vocab_size is {vocab_size}, but tokenizer.json has {pieces} word pieces; the two do not fit");
        return Err(Error::Config { path, what });
    }
    let path = folder.join("model.safetensors");
    let file = weights::File::open(&path, &device)?;
    let root = file.root();
    let block = |layer| Block::load(&root.at("encoder.layer").at(layer), &config);
    let parts = Parts {
        files,
        name: folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned(),
        shape: config::shape(&config),
        tokenizer,
        embed: Embed::load(&root, &config, &device)?,
        blocks: (0..config.num_hidden_layers).map(block).collect::<Result<_>>()?,
        classifier: Classifier::load(&root, &config, &path)?,
    };
    Ok(CrossEncoder { parts: Arc::new(parts), always: Hooks::new() })
}
