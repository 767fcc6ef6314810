//! `model.safetensors`: every tensor by name, with the shape that the configuration asks for.

use super::fused::{Cls, Fused, Matrix, Norm, Precision};
use crate::error::{Error, Result};
use candle_transformers::models::bert::Config;
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorInfo};
use std::fs;
use std::path::{Path, PathBuf};

/// The tensors of a file, at a prefix. In f32, whatever the file holds (f32, f16, bf16).
pub(super) struct Weights<'a> {
    file: &'a File,
    prefix: String,
}

/// A safetensors file in memory.
pub(super) struct File {
    path: PathBuf,
    bytes: Vec<u8>,
    metadata: Metadata,
    /// Where the numbers begin.
    start: usize,
}

impl File {
    pub(super) fn open(path: &Path) -> Result<Self> {
        if !path.is_file() {
            let next = "crosslens reads safetensors; a pytorch_model.bin is converted by loading it with \
                        transformers and calling save_pretrained";
            return Err(Error::Missing { path: path.to_owned(), next: next.into() });
        }
        let bytes = fs::read(path).map_err(Error::io(path))?;
        let (header, metadata) = SafeTensors::read_metadata(&bytes).map_err(|source| Error::Weights {
            path: path.to_owned(),
            what: format!("not a whole safetensors file ({} bytes): {source}; copy or download it again", bytes.len()),
        })?;
        // The length of the header stands before it.
        Ok(Self { path: path.to_owned(), bytes, metadata, start: size_of::<u64>() + header })
    }

    pub(super) fn root(&self) -> Weights<'_> {
        Weights { file: self, prefix: String::new() }
    }
}

impl Weights<'_> {
    pub(super) fn at(&self, name: impl std::fmt::Display) -> Self {
        Self { file: self.file, prefix: format!("{}{name}.", self.prefix) }
    }

    /// The tensor `name` in f32, row by row. Names are tried with and without the `bert.` prefix, LayerNorm's also in the
    /// spelling of old checkpoints.
    pub(super) fn numbers(&self, name: &str, expected: &[usize]) -> Result<Vec<f32>> {
        let name = format!("{}{name}", self.prefix);
        let old = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
        let spellings = [format!("bert.{name}"), name, format!("bert.{old}"), old];
        let found = spellings.iter().find_map(|spelling| Some((spelling, self.file.metadata.info(spelling)?)));
        let path = || self.file.path.clone();
        let Some((spelling, TensorInfo { dtype, shape, data_offsets: (first, last) })) = found else {
            let what = format!(
                "tensor {:?} is missing ({} tensors are there); is it a BertForSequenceClassification?",
                spellings[0],
                self.file.metadata.tensors().len()
            );
            return Err(Error::Weights { path: path(), what });
        };
        if shape != expected {
            let (found, expected) = (shape.clone(), expected.to_vec());
            return Err(Error::Shape { path: path(), tensor: spelling.clone(), found, expected });
        }
        let bytes = &self.file.bytes[self.file.start + first..self.file.start + last];
        let halves = || bytes.as_chunks::<2>().0.iter().copied();
        let mut numbers = vec![0.0; expected.iter().product()];
        match dtype {
            Dtype::F32 => numbers = bytes.as_chunks::<4>().0.iter().copied().map(f32::from_le_bytes).collect(),
            Dtype::F16 => halves().map(f16::from_le_bytes).collect::<Vec<_>>().convert_to_f32_slice(&mut numbers),
            Dtype::BF16 => halves().map(bf16::from_le_bytes).collect::<Vec<_>>().convert_to_f32_slice(&mut numbers),
            other => {
                let what = format!("tensor {spelling:?} holds {other:?}; crosslens reads f32, f16 and bf16");
                return Err(Error::Weights { path: path(), what });
            }
        }
        Ok(numbers)
    }

    /// The weight `[to, from]` and the bias `[to]` of a linear layer.
    fn linear(&self, name: &str, from: usize, to: usize) -> Result<(Vec<f32>, Vec<f32>)> {
        let at = self.at(name);
        Ok((at.numbers("weight", &[to, from])?, at.numbers("bias", &[to])?))
    }

    /// `y = x Wᵀ + b`
    pub(super) fn matrix(&self, name: &str, from: usize, to: usize, precision: Precision) -> Result<Matrix> {
        let (weight, bias) = self.linear(name, from, to)?;
        Ok(Matrix::pack(&weight, bias, precision))
    }

    pub(super) fn norm(&self, config: &Config) -> Result<Norm> {
        let (at, size) = (self.at("LayerNorm"), config.hidden_size);
        let (weight, bias) = (at.numbers("weight", &[size])?, at.numbers("bias", &[size])?);
        Ok(Norm { weight, bias, epsilon: config.layer_norm_eps as f32 })
    }

    /// The layer that stands here.
    pub(super) fn layer(&self, config: &Config, precision: Precision) -> Result<Fused> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let own = self.at("attention.self");
        let q = own.matrix("query", hidden, hidden, precision)?;
        let (k, v) = (own.linear("key", hidden, hidden)?, own.linear("value", hidden, hidden)?);
        Ok(Fused {
            heads: config.num_attention_heads,
            q,
            kv: Matrix::pack(&[k.0, v.0].concat(), [k.1, v.1].concat(), precision),
            out: self.matrix("attention.output.dense", hidden, hidden, precision)?,
            attention_norm: self.at("attention.output").norm(config)?,
            up: self.matrix("intermediate.dense", hidden, inner, precision)?,
            activation: config.hidden_act,
            down: self.matrix("output.dense", inner, hidden, precision)?,
            mlp_norm: self.at("output").norm(config)?,
        })
    }

    /// The layer that stands here, for `[CLS]` alone.
    pub(super) fn cls(&self, config: &Config, precision: Precision) -> Result<Cls> {
        let (own, hidden) = (self.at("attention.self"), config.hidden_size);
        let linear = |name: &str| own.linear(name, hidden, hidden);
        let (q, (key, _), value) = (linear("query")?, linear("key")?, linear("value")?);
        Ok(Cls::new(q, &key, &value, config.num_attention_heads, precision))
    }
}
