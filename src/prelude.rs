//! What every notebook sees without typing it, polars' prelude included.

pub use crate::ablation::{Ablation, EdgeKnockOut, Elimination, LayerAblation};
pub use crate::attribution::{Attributed, Attribution};
pub use crate::chart::{
    Figure, circuit_graph, elimination, head_bars, head_gallery, heatmap, intervals, intervals_by, line, matrix,
    profile, replays, segment_flow, token_change, token_links, token_view, word_lists,
};
pub use crate::circuit::{Circuit, Entry, Identity, Ov, Qk, Subspace, Words};
pub use crate::collection::{Collection, Measure, Pair, Pairs, Qrels, Run, evaluate, mean};
pub use crate::display::{Bundle, Mime, Showable, Shown, clear_output, show};
pub use crate::effect::{kendall_tau, preference_flips};
pub use crate::error::{Error, Result};
pub use crate::frame::SaveFrame;
pub use crate::hook::intervention::{Donors, Intervention, KnockOut, Mean, Means, Patch, Resample, Scale, Zero};
pub use crate::hook::{Activations, Head, Heads, Hooks, Part, Shape, Site};
pub use crate::live::{Progress, Task};
pub use crate::matching::{Detector, Idf, SoftTf};
pub use crate::model::{CrossEncoder, Donor, Precision};
pub use crate::patching::{Patching, Receiver};
pub use crate::perturbation::{
    Perturbed, Place, delete_match, filler, lnc1, query_terms, shuffle, stmc1, tdc, tfc1, tfc2, tfc3,
};
pub use crate::provenance::{Provenance, provenance};
pub use crate::replay::Replay;
pub use crate::statistic::{
    Entropy, HeadPattern, MatchProfile, NoOp, ProfileBy, Reading, Rows, SegmentMass, Selectivity, Statistic,
};
pub use crate::sweep::{Design, Shard, Sweep, Swept, Variant};
pub use crate::tokens::{Edge, Segment, Tokens};
pub use polars;
pub use polars::prelude::*;
