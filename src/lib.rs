//! crosslens: understand how cross-encoders match a query to a document.
//!
//! A cross-encoder reads `[CLS] query [SEP] document [SEP]` and prints a relevance score. crosslens opens one, looks
//! into its attention, intervenes on it and measures what that does to a ranking.
//!
//! The modules stand in the order of the road that the data takes; each imports only from those before it:
//! [`error`] → [`live`] → [`collection`] → [`tokens`] → [`perturbation`] → [`frame`] → [`effect`] → [`hook`] →
//! [`model`] → [`sweep`] → [`ablation`], [`attribution`], [`circuit`], [`patching`], [`statistic`] → [`matching`] →
//! [`replay`] → [`provenance`] → [`chart`] → [`display`] → [`prelude`].
//!
//! ```
//! use crosslens::prelude::*;
//! let model = CrossEncoder::embedded()?;
//! let tests = Collection::embedded()?;
//! let pairs = tests.pairs_for("q01")?;
//! let effects = model.ablate([Head::new(2, 9), Head::new(4, 5)]).over(&pairs)?;
//! let figure = head_bars(&effects, "logit_effect", 2, "Which head moves the score more?")?;
//! assert!(figure.svg().contains("2.9"));
//! # Ok::<(), Error>(())
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used))]

mod nearest;

pub mod error;

mod data;
mod whole_file;

mod fingerprint;

mod escape;

pub mod live;

mod origin;

pub mod collection;
pub mod tokens;

pub mod perturbation;

pub mod frame;

pub mod effect;

pub mod hook;

pub mod model;

pub mod sweep;

pub mod ablation;
pub mod attribution;
pub mod circuit;
pub mod patching;
pub mod statistic;

pub mod matching;

pub mod replay;

pub mod provenance;

pub mod chart;

pub mod display;

pub mod prelude;

pub use error::{Error, Result};
pub use polars;
