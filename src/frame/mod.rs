//! Everything comes out as a polars `DataFrame`: the names of its columns, how records become rows, and writing a
//! frame in one call.

pub mod columns;
mod records;
mod save;

pub(crate) use records::{
    frame, head_columns, id_columns, interval_columns, other_head_columns, pattern_frame, score_frame,
};
pub(crate) use save::write_in_folder;
pub use save::{SaveFrame, check_name};
