//! What a head computes, read from its weights: which tokens it matches, and what it writes of them.
//!
//! A head has two circuits (Elhage et al., *A Mathematical Framework for Transformer Circuits*, 2021). [`Qk`] says how
//! well two rows match, [`Ov`] what is written of a row that is attended to; each is a matrix `[hidden, hidden]` of rank
//! at most `head_dim`, a [`Circuit`]. Rows are those that enter the head's layer (`resid_pre`, which in BERT has already
//! been through a LayerNorm).

mod composition;
mod identity;
mod key_bias;
mod low_rank;
mod ov;
mod qk;
mod rank;
mod rotation;
mod spearman;
mod spectra;
mod subspace;
mod words;

pub use crate::model::Entry;
pub use identity::Identity;
pub use low_rank::Circuit;
pub use ov::Ov;
pub use qk::Qk;
pub(crate) use rotation::rotations;
pub(crate) use spearman::spearman;
pub use subspace::Subspace;
pub use words::Words;
