//! Everything comes out as a polars `DataFrame`: the names of its columns, and writing it in one call.

pub mod columns;
mod save;

pub use save::SaveFrame;
