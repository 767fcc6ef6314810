//! `embed = LayerNorm(word[id] + type[segment] + position[i])`

use super::fused::{Norm, Numbers, Precision, add_and_norm};
use super::weights::Weights;
use crate::error::Result;
use crate::hook::{Site, Tap};
use candle_core::{Device, Tensor};
use candle_transformers::models::bert::Config;
use std::ops::Range;

#[derive(Debug)]
pub(super) struct Embed {
    /// `[word piece, hidden]`
    words: Numbers,
    /// `[position, hidden]`
    positions: Vec<f32>,
    /// `[type, hidden]`
    types: Vec<f32>,
    norm: Norm,
    pieces: usize,
}

impl Embed {
    pub(super) fn load(weights: &Weights, config: &Config, precision: Precision) -> Result<Self> {
        let hidden = config.hidden_size;
        let weights = weights.at("embeddings");
        let table = |name: &str, count: usize| weights.at(name).numbers("weight", &[count, hidden]);
        Ok(Self {
            words: Numbers::new(table("word_embeddings", config.vocab_size)?, precision),
            positions: table("position_embeddings", config.max_position_embeddings)?,
            types: table("token_type_embeddings", config.type_vocab_size)?,
            norm: weights.norm(config)?,
            pieces: config.vocab_size,
        })
    }

    /// `[token, hidden]`
    pub(super) fn forward(&self, tap: &mut Tap) -> Result<Vec<f32>> {
        let (hidden, tokens) = (self.norm.weight.len(), tap.tokens());
        let mut sum = vec![0.0; tokens.len() * hidden];
        let mut room = Vec::new();
        for ((sum, id), of_type) in sum.chunks_exact_mut(hidden).zip(tokens.ids()).zip(tokens.type_ids()) {
            let word = self.words.get(*id as usize * hidden..(*id as usize + 1) * hidden, &mut room);
            let of_type = &self.types[*of_type as usize * hidden..][..hidden];
            sum.iter_mut().zip(word).zip(of_type).for_each(|((sum, word), of_type)| *sum = word + of_type);
        }
        let mut x = vec![0.0; sum.len()];
        add_and_norm(&sum, &self.positions[..sum.len()], &self.norm, &mut x);
        if tap.watches(Site::Embed, 0) {
            let value = Tensor::from_vec(x, (tokens.len(), hidden), &Device::Cpu)?;
            return Ok(tap.at(Site::Embed, 0, value)?.flatten_all()?.to_vec1()?);
        }
        Ok(x)
    }

    /// `[piece, hidden]`: `LayerNorm(word[id] + type + position)`, through another LayerNorm than the embedding's where
    /// one is given.
    pub(super) fn rows(
        &self,
        pieces: impl Iterator<Item = usize>,
        type_and_position: Option<(usize, usize)>,
        norm: Option<&Norm>,
    ) -> Vec<f32> {
        let hidden = self.norm.weight.len();
        let (mut words, mut room) = (Vec::new(), Vec::new());
        for id in pieces {
            words.extend_from_slice(self.words.get(id * hidden..(id + 1) * hidden, &mut room));
        }
        // Added in the order in which a pass adds them, so that rows are the same to the last bit.
        let mut added = vec![0.0; words.len()];
        if let Some((of_type, position)) = type_and_position {
            let (of_type, position) = (&self.types[of_type * hidden..], &self.positions[position * hidden..][..hidden]);
            for (word, added) in words.chunks_exact_mut(hidden).zip(added.chunks_exact_mut(hidden)) {
                word.iter_mut().zip(of_type).for_each(|(word, of_type)| *word += of_type);
                added.copy_from_slice(position);
            }
        }
        let mut rows = vec![0.0; words.len()];
        add_and_norm(&words, &added, norm.unwrap_or(&self.norm), &mut rows);
        rows
    }

    pub(super) fn norm(&self) -> &Norm {
        &self.norm
    }

    /// `[piece, hidden]`: rows of the table of words as they are.
    pub(super) fn words(&self, pieces: Range<usize>) -> Vec<f32> {
        let (hidden, mut room) = (self.norm.weight.len(), Vec::new());
        self.words.get(pieces.start * hidden..pieces.end * hidden, &mut room).to_vec()
    }

    /// How many rows the table of words has.
    pub(super) fn pieces(&self) -> usize {
        self.pieces
    }

    pub(super) fn types_and_positions(&self) -> (usize, usize) {
        let hidden = self.norm.weight.len();
        (self.types.len() / hidden, self.positions.len() / hidden)
    }

    /// The cosine of a word piece's embedding and that of each.
    pub(super) fn cosines(&self, piece: usize) -> Vec<f32> {
        let own = self.direction(piece);
        (0..self.pieces).map(|piece| product(&self.direction(piece), &own)).collect()
    }

    /// The cosines of the embeddings of some word pieces, `[from, to]`.
    pub(super) fn cosines_between(&self, from: &[u32], to: &[u32]) -> Vec<Vec<f32>> {
        let to: Vec<Vec<f32>> = to.iter().map(|piece| self.direction(*piece as usize)).collect();
        let row = |own: Vec<f32>| to.iter().map(|other| product(&own, other)).collect();
        from.iter().map(|piece| row(self.direction(*piece as usize))).collect()
    }

    /// A word piece's embedding, at length 1.
    fn direction(&self, piece: usize) -> Vec<f32> {
        let hidden = self.norm.weight.len();
        let mut room = Vec::new();
        let word = self.words.get(piece * hidden..(piece + 1) * hidden, &mut room);
        let length = word.iter().map(|number| number * number).sum::<f32>().sqrt();
        word.iter().map(|number| number / length).collect()
    }
}

fn product(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
