//! The weights of a head and the rows that enter a layer, for those who ask what a head computes.

use super::CrossEncoder;
use super::block::Block;
use super::fused::{Matrix, Norm, Precision, multiply};
use crate::error::{Error, Result};
use crate::hook::{Head, Shape, Site};
use std::ops::Range;

/// `y = x Wᵀ + b`, with `W` `[output, input]`.
#[derive(Debug, Clone)]
pub(crate) struct Affine {
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

/// What belongs to one head of a layer.
pub(crate) struct HeadWeights {
    /// `[head_dim, hidden]`
    pub(crate) q: Affine,
    /// `[head_dim, hidden]`
    pub(crate) k: Affine,
    /// `[head_dim, hidden]`
    pub(crate) v: Affine,
    /// `[head_dim, hidden]`: what each number of the head's `z` writes.
    pub(crate) out: Vec<f32>,
    /// Weight and bias `[hidden]` of the LayerNorm whose rows enter the layer.
    pub(crate) norm: (Vec<f32>, Vec<f32>),
}

/// `LayerNorm(x) = weight ∘ (x - mean) / √(variance + epsilon) + bias`
#[derive(Debug, Clone)]
pub(crate) struct LayerNorm {
    /// `[hidden]`
    pub(crate) weight: Vec<f32>,
    /// `[hidden]`
    pub(crate) bias: Vec<f32>,
    pub(crate) epsilon: f32,
}

/// What stands behind the heads and the MLP of a layer.
#[derive(Debug, Clone)]
pub(crate) struct LayerWeights {
    /// `[hidden, hidden]`: the output projection, in which each head has `head_dim` columns.
    pub(crate) out: Affine,
    pub(crate) attention_norm: LayerNorm,
    pub(crate) mlp_norm: LayerNorm,
}

/// How a word piece comes to a head when no other token stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entry {
    /// As it enters layer 0: `LayerNorm(word + type + position)`. Heads of later layers read it as if the layers before
    /// them changed nothing.
    Embedded {
        /// 0 in the query, 1 in the document.
        type_id: usize,
        /// From 0, which is where `[CLS]` stands.
        position: usize,
    },
    /// Its word embedding alone, through the LayerNorm whose rows enter the head's layer.
    Bare,
}

/// Rows that are multiplied with many others.
pub(crate) struct Packed(Matrix);

impl Packed {
    /// `bias` has as many numbers as `weight` `[output, input]` has rows.
    pub(crate) fn new(weight: &[f32], bias: Vec<f32>) -> Self {
        Self(Matrix::pack(weight, bias, Precision::F32))
    }

    /// `[row, output]` for `x` `[row, input]`, in the place given, which is made to fit.
    pub(crate) fn multiply(&self, x: &[f32], y: &mut Vec<f32>) {
        y.resize(x.len() / self.0.inputs().max(1) * self.0.outputs(), 0.0);
        if !y.is_empty() {
            multiply(&self.0, x, y);
        }
    }
}

impl CrossEncoder {
    pub(crate) fn head_weights(&self, head: Head) -> Result<HeadWeights> {
        self.shape().check_head(head)?;
        let Shape { hidden, head_dim, .. } = self.shape();
        let fused = &self.parts.blocks[head.layer].fused;
        let own = head.head * head_dim;
        let (q, kv, (out, _)) = (fused.q.unpack(), fused.kv.unpack(), fused.out.unpack());
        let affine = |(weight, bias): &(Vec<f32>, Vec<f32>), first: usize| Affine {
            weight: weight[first * hidden..(first + head_dim) * hidden].to_vec(),
            bias: bias[first..first + head_dim].to_vec(),
        };
        let own_columns = (own..own + head_dim).flat_map(|at| out[at..].iter().step_by(hidden).copied());
        let norm = self.entering(head.layer);
        Ok(HeadWeights {
            q: affine(&q, own),
            k: affine(&kv, own),
            v: affine(&kv, hidden + own),
            out: own_columns.collect(),
            norm: (norm.weight.clone(), norm.bias.clone()),
        })
    }

    /// What stands behind the heads and the MLP of every layer.
    pub(crate) fn layer_weights(&self) -> Vec<LayerWeights> {
        let norm = |Norm { weight, bias, epsilon }: &Norm| LayerNorm {
            weight: weight.clone(),
            bias: bias.clone(),
            epsilon: *epsilon,
        };
        let layer = |block: &Block| LayerWeights {
            out: affine(&block.fused.out),
            attention_norm: norm(&block.fused.attention_norm),
            mlp_norm: norm(&block.fused.mlp_norm),
        };
        self.parts.blocks.iter().map(layer).collect()
    }

    /// What the MLP of a layer makes of rows `[row, hidden]`, if no intervention is in its place.
    pub(crate) fn mlp(&self, layer: usize, rows: &[f32]) -> Vec<f32> {
        self.parts.blocks[layer].fused.mlp(rows)
    }

    /// The pooler `[hidden, hidden]` and the classifier `[1, hidden]`.
    pub(crate) fn readout(&self) -> [Affine; 2] {
        self.parts.classifier.matrices().map(affine)
    }

    /// Whether every run changes the site, in any layer.
    pub(crate) fn always_changes(&self, site: Site) -> bool {
        (0..self.shape().layers).any(|layer| self.always.touch(site, layer))
    }

    /// The LayerNorm whose rows enter a layer.
    fn entering(&self, layer: usize) -> &Norm {
        match layer.checked_sub(1) {
            None => self.parts.embed.norm(),
            Some(before) => &self.parts.blocks[before].fused.mlp_norm,
        }
    }

    /// How many rows the table of word embeddings has.
    pub(crate) fn vocabulary(&self) -> usize {
        self.parts.embed.pieces()
    }

    /// `[piece, hidden]`: the word embeddings of these word pieces, as the table holds them.
    pub(crate) fn word_embeddings(&self, pieces: Range<usize>) -> Vec<f32> {
        self.parts.embed.words(pieces)
    }

    /// `[piece, hidden]`: these word pieces as they come to the heads of a layer.
    pub(crate) fn piece_rows(&self, pieces: impl Iterator<Item = usize>, entry: Entry, layer: usize) -> Vec<f32> {
        match entry {
            Entry::Embedded { type_id, position } => self.parts.embed.rows(pieces, Some((type_id, position)), None),
            Entry::Bare => self.parts.embed.rows(pieces, None, Some(self.entering(layer))),
        }
    }

    /// Refuses types and positions that the model does not have.
    pub(crate) fn check_entry(&self, entry: Entry) -> Result<()> {
        let Entry::Embedded { type_id, position } = entry else { return Ok(()) };
        let (types, positions) = self.parts.embed.types_and_positions();
        if type_id < types && position < positions {
            return Ok(());
        }
        let what = format!("a word piece of type {type_id} at position {position} does not exist: the model has types");
        Err(Error::Argument(format!("{what} 0-{} and positions 0-{}", types - 1, positions - 1)))
    }

    /// The text of a word piece; a row of the table that the tokenizer does not know is told by its number.
    pub(crate) fn piece(&self, id: usize) -> String {
        self.parts.tokenizer.piece(id as u32).unwrap_or_else(|| format!("[{id}]"))
    }

    /// Whether texts can have the piece: it is neither a spare row of the table nor one that BERT leaves free.
    pub(crate) fn is_word(&self, id: usize) -> bool {
        self.parts.tokenizer.piece(id as u32).is_some_and(|piece| !piece.starts_with("[unused"))
    }

    /// The one word piece that a text is.
    pub(crate) fn one_piece(&self, text: &str) -> Result<usize> {
        let tokenizer = &self.parts.tokenizer;
        tokenizer.id(text).or_else(|| tokenizer.word(text)).map(|id| id as usize).ok_or_else(|| {
            Error::Argument(format!("{text:?} is not one word piece of this model's vocabulary; give one that is"))
        })
    }

    /// The word pieces of a text, without special tokens.
    pub(crate) fn pieces(&self, text: &str) -> Result<Vec<u32>> {
        self.parts.tokenizer.pieces(text)
    }
}

fn affine(matrix: &Matrix) -> Affine {
    let (weight, bias) = matrix.unpack();
    Affine { weight, bias }
}
