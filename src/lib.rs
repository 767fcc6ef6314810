//! crosslens: understand how cross-encoders match a query to a document.
//!
//! The modules stand in the order of the road that the data takes; each imports only from those before it.

#![forbid(unsafe_code)]

pub mod error;

mod data;

pub mod collection;

pub use error::{Error, Result};
