//! `embed = LayerNorm(word[id] + position[i] + type[segment])`

use super::weights::Weights;
use crate::error::Result;
use crate::hook::{Site, Tap};
use crate::tokens::Tokens;
use candle_core::{Device, Tensor};
use candle_nn::{Embedding, LayerNorm, Module};
use candle_transformers::models::bert::Config;

#[derive(Debug)]
pub(super) struct Embed {
    words: Embedding,
    positions: Embedding,
    types: Embedding,
    norm: LayerNorm,
    device: Device,
}

impl Embed {
    pub(super) fn load(weights: &Weights, config: &Config, device: &Device) -> Result<Self> {
        let hidden = config.hidden_size;
        let weights = weights.at("embeddings");
        Ok(Self {
            words: weights.embedding("word_embeddings", config.vocab_size, hidden)?,
            positions: weights.embedding("position_embeddings", config.max_position_embeddings, hidden)?,
            types: weights.embedding("token_type_embeddings", config.type_vocab_size, hidden)?,
            norm: weights.layer_norm(hidden, config.layer_norm_eps)?,
            device: device.clone(),
        })
    }

    /// `[word piece, hidden]`
    pub(super) fn words(&self) -> &Tensor {
        self.words.embeddings()
    }

    /// `[token, hidden]`
    pub(super) fn forward(&self, tokens: &Tokens, tap: &mut Tap) -> Result<Tensor> {
        let words = self.words.forward(&Tensor::new(tokens.ids(), &self.device)?)?;
        let types = self.types.forward(&Tensor::new(tokens.type_ids(), &self.device)?)?;
        let positions = self.positions.embeddings().narrow(0, 0, tokens.len())?;
        let sum = ((words + types)? + positions)?;
        tap.at(Site::Embed, 0, self.norm.forward(&sum)?)
    }
}
