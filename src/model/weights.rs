//! `model.safetensors`: every tensor by name, with the shape that the configuration asks for.

use crate::error::{Error, Result};
use candle_core::{DType, Device, Tensor};
use candle_nn::{Embedding, LayerNorm, Linear};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The tensors of a file, at a prefix. Held in f32, whatever the file holds (f32, f16, bf16).
pub(super) struct Weights<'a> {
    file: &'a File,
    prefix: String,
}

/// A safetensors file in memory.
pub(super) struct File {
    path: PathBuf,
    tensors: HashMap<String, Tensor>,
}

impl File {
    pub(super) fn open(path: &Path, device: &Device) -> Result<Self> {
        if !path.is_file() {
            let next = "crosslens reads safetensors; a pytorch_model.bin is converted by loading it with \
                        transformers and calling save_pretrained";
            return Err(Error::Missing { path: path.to_owned(), next: next.into() });
        }
        let bytes = fs::read(path).map_err(Error::io(path))?;
        let tensors = candle_core::safetensors::load_buffer(&bytes, device).map_err(|source| Error::Weights {
            path: path.to_owned(),
            what: format!("not a whole safetensors file ({} bytes): {source}; copy or download it again", bytes.len()),
        })?;
        Ok(Self { path: path.to_owned(), tensors })
    }

    pub(super) fn root(&self) -> Weights<'_> {
        Weights { file: self, prefix: String::new() }
    }
}

impl<'a> Weights<'a> {
    pub(super) fn at(&self, name: impl std::fmt::Display) -> Self {
        Self { file: self.file, prefix: format!("{}{name}.", self.prefix) }
    }

    /// The tensor `name` in f32. Names are tried with and without the `bert.` prefix, LayerNorm's also in the
    /// spelling of old checkpoints.
    pub(super) fn tensor(&self, name: &str, expected: &[usize]) -> Result<Tensor> {
        let name = format!("{}{name}", self.prefix);
        let old = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
        let spellings = [format!("bert.{name}"), name, format!("bert.{old}"), old];
        let found = spellings.iter().find_map(|spelling| Some((spelling, self.file.tensors.get(spelling)?)));
        let path = || self.file.path.clone();
        let Some((spelling, tensor)) = found else {
            let what = format!(
                "tensor {:?} is missing ({} tensors are there); is it a BertForSequenceClassification?",
                spellings[0],
                self.file.tensors.len()
            );
            return Err(Error::Weights { path: path(), what });
        };
        if tensor.dims() != expected {
            let found = tensor.dims().to_vec();
            return Err(Error::Shape { path: path(), tensor: spelling.clone(), found, expected: expected.to_vec() });
        }
        if !matches!(tensor.dtype(), DType::F32 | DType::F16 | DType::BF16) {
            let what = format!("tensor {spelling:?} holds {:?}; crosslens reads f32, f16 and bf16", tensor.dtype());
            return Err(Error::Weights { path: path(), what });
        }
        Ok(tensor.to_dtype(DType::F32)?)
    }

    /// `y = x Wᵀ + b`
    pub(super) fn linear(&self, name: &str, from: usize, to: usize) -> Result<Linear> {
        let at = self.at(name);
        // In memory column by column: the product takes Wᵀ, which it then packs by copying whole rows.
        let weight = at.tensor("weight", &[to, from])?.t()?.contiguous()?.t()?;
        Ok(Linear::new(weight, Some(at.tensor("bias", &[to])?)))
    }

    pub(super) fn layer_norm(&self, size: usize, epsilon: f64) -> Result<LayerNorm> {
        let at = self.at("LayerNorm");
        Ok(LayerNorm::new(at.tensor("weight", &[size])?, at.tensor("bias", &[size])?, epsilon))
    }

    pub(super) fn embedding(&self, name: &str, count: usize, size: usize) -> Result<Embedding> {
        Ok(Embedding::new(self.at(name).tensor("weight", &[count, size])?, size))
    }
}
