//! What the command line can sweep over.

use clap::{Subcommand, ValueEnum};
use crosslens::ablation::{Ablation, Elimination, LayerAblation};
use crosslens::hook::intervention::{Donors, Means};
use crosslens::hook::{Head, Heads};
use crosslens::model::{CrossEncoder, Donor};
use crosslens::tokens::Edge;
use crosslens::{Error, Result};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum What {
    /// Each head alone
    Heads,
    /// Every two heads at once
    Pairs,
    /// All the heads at once
    Together,
    /// Sets of heads drawn at random: the control
    Random {
        /// How many heads a set has; may be repeated
        #[arg(long, required = true)]
        size: Vec<usize>,
        /// How many sets of each size
        #[arg(long, default_value_t = 10)]
        draws: usize,
    },
    /// The attention and the MLP of each layer
    Layers,
    /// Attention between segments
    Edges {
        /// Such as "query->document" (in quotes); may be repeated, all 25 unless told otherwise
        #[arg(long)]
        edge: Vec<Edge>,
        /// In which layers at once
        #[arg(long, value_enum, default_value_t = Range::All)]
        range: Range,
        /// Cut all edges but this one
        #[arg(long)]
        isolated: bool,
    },
    /// Heads one after the other, the least harmful first
    Eliminate {
        /// How many heads a round takes away
        #[arg(long, default_value_t = 1)]
        step: usize,
        /// Begin without any and give back the most helpful ones
        #[arg(long)]
        growing: bool,
        /// The share of nDCG@10 at which to stop
        #[arg(long)]
        until: Option<f64>,
        /// Where to write what as many heads do that are drawn at random (.csv or .parquet)
        #[arg(long)]
        control: Option<PathBuf>,
        /// How many sets are drawn for each size
        #[arg(long, default_value_t = 10)]
        draws: usize,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Range {
    /// All layers
    All,
    /// One layer at a time
    Each,
    /// The first layers, one more each time
    UpTo,
    /// The last layers, one fewer each time
    From,
}

/// What stands in for what is ablated.
#[derive(Clone, Copy, ValueEnum)]
pub enum Instead {
    Zero,
    /// The mean of the segment over all pairs
    Mean,
    /// The mean over all positions of all pairs
    OverallMean,
    /// The value for another document of the query
    SameQuery,
    /// The value for a pair of another query
    OtherQuery,
}

/// What stands in, made from the pairs of the sweep.
pub enum Values {
    Zero,
    Mean(Means),
    OverallMean(Means),
    Resample(Donors),
}

impl Instead {
    pub fn values(self, model: &CrossEncoder, pairs: &[crosslens::collection::Pair], seed: u64) -> Result<Values> {
        Ok(match self {
            Self::Zero => Values::Zero,
            Self::Mean => Values::Mean(model.means(pairs)?),
            Self::OverallMean => Values::OverallMean(model.means(pairs)?),
            Self::SameQuery => Values::Resample(model.donors(pairs, Donor::SameQuery, seed)?),
            Self::OtherQuery => Values::Resample(model.donors(pairs, Donor::OtherQuery, seed)?),
        })
    }
}

macro_rules! with_values {
    ($name:ident, $sweep:ty) => {
        pub fn $name(sweep: $sweep, values: &Values) -> $sweep {
            match values {
                Values::Zero => sweep.zero(),
                Values::Mean(means) => sweep.mean(means),
                Values::OverallMean(means) => sweep.overall_mean(means),
                Values::Resample(donors) => sweep.resample(donors),
            }
        }
    };
}
with_values!(heads_with, Ablation);
with_values!(layers_with, LayerAblation);
with_values!(elimination_with, Elimination);

/// `all`, or heads such as `2.9 4.5`.
pub fn heads(text: &str) -> Result<Heads> {
    if text == "all" {
        return Ok(Heads::all());
    }
    if text.trim().is_empty() {
        return Err(Error::Argument("--heads names none: write them like \"2.9 4.5\"".into()));
    }
    text.split([' ', ',']).filter(|name| !name.is_empty()).map(str::parse::<Head>).collect()
}
