//! Charts: a data frame in, a [`Figure`] out.
//!
//! Every chart reads its frame by the names in [`columns`](crate::frame::columns), draws with plotters into SVG, and
//! gives the same bytes at every run. A value that is null or not finite is drawn as missing; a frame that cannot be
//! drawn at all is an error that says why.
//!
//! To add a chart, write one file beside these and name it below.

mod axis;
mod canvas;
mod chance;
mod circuit_edges;
mod circuit_graph;
mod circuit_layout;
mod circuit_order;
mod circuit_places;
mod color_bar;
mod elimination;
mod figure;
mod grid;
mod head_bars;
mod head_gallery;
mod heads;
mod heatmap;
mod interval_rows;
mod intervals;
mod line;
mod matrix;
mod number;
mod palette;
mod plot;
mod png;
mod profile;
mod profile_panels;
mod read;
mod replays;
mod segment_flow;
mod sequence;
mod series;
mod still;
mod table;
mod thumbnail;
mod token_change;
mod token_grid;
mod token_html;
mod token_links;
mod token_pair;
mod token_view;
mod token_wires;
mod vector;
mod word_lists;

pub use circuit_graph::circuit_graph;
pub use elimination::elimination;
pub use figure::Figure;
pub use head_bars::head_bars;
pub use head_gallery::head_gallery;
pub use heatmap::heatmap;
pub use intervals::{intervals, intervals_by};
pub use line::line;
pub use matrix::matrix;
pub use profile::profile;
pub use replays::replays;
pub use segment_flow::segment_flow;
pub use token_change::token_change;
pub use token_links::token_links;
pub use token_view::token_view;
pub use word_lists::word_lists;
