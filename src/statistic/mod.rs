//! What attention does, in numbers; each statistic is one file here, reduced inside the forward pass.

mod entropy;
mod no_op;
mod observe;
mod pattern;
mod profile;
mod read;
mod rows;
mod segment_mass;
mod selectivity;

pub use entropy::Entropy;
pub use no_op::NoOp;
pub(crate) use observe::Scored;
pub use observe::Statistic;
pub use pattern::HeadPattern;
pub use profile::{MatchProfile, ProfileBy};
pub(crate) use profile::{stop_words, whole_words};
pub use read::Reading;
pub use rows::Rows;
pub use segment_mass::SegmentMass;
pub use selectivity::Selectivity;
