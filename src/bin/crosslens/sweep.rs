//! `crosslens sweep`.

use crate::design::{Instead, Range, What, elimination_with, heads, heads_with, layers_with};
use crate::inputs::Inputs;
use crate::progress;
use clap::Args;
use crosslens::collection::Pairs;
use crosslens::frame::SaveFrame;
use crosslens::hook::Heads;
use crosslens::model::CrossEncoder;
use crosslens::polars::prelude::DataFrame;
use crosslens::sweep::{Design, Shard, Sweep};
use crosslens::tokens::Edge;
use crosslens::{Error, Result};
use std::path::PathBuf;

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    inputs: Inputs,
    /// The heads in question: `all`, or names like "2.9 4.5"
    #[arg(long, global = true, default_value = "all")]
    heads: String,
    /// The layers in question, such as 0,1,2; all unless told otherwise
    #[arg(long, global = true, value_delimiter = ',')]
    layers: Vec<usize>,
    /// What stands in for what is ablated
    #[arg(long, global = true, value_enum, default_value_t = Instead::Zero)]
    ablation: Instead,
    /// Where to keep the scores of each query, and to go on from when killed
    #[arg(long, global = true)]
    store: Option<PathBuf>,
    /// Only part k of n, by query
    #[arg(long, global = true, requires = "store")]
    shard: Option<Shard>,
    /// Of the bootstrap and of what is drawn at random
    #[arg(long, global = true, default_value_t = 42)]
    seed: u64,
    /// Resamples of the queries for each interval
    #[arg(long, global = true, default_value_t = 2_000)]
    resamples: usize,
    /// How much an interval covers
    #[arg(long, global = true, default_value_t = 0.95)]
    confidence: f64,
    /// Where to write the effects (.csv or .parquet); printed unless told otherwise
    #[arg(long, global = true)]
    effects: Option<PathBuf>,
    /// Where to write the effects on each pair (.csv or .parquet)
    #[arg(long, global = true)]
    pairs: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let (model, pairs) = (arguments.inputs.model()?, arguments.inputs.pairs()?);
    let heads = heads(&arguments.heads)?;
    let values = || arguments.ablation.values(&model, &pairs, arguments.seed);
    let ablation = || -> Result<_> { Ok(heads_with(model.ablate(&heads), &values()?)) };
    match &arguments.what {
        What::Heads => measure(arguments, ablation()?, &pairs),
        What::Pairs => measure(arguments, ablation()?.in_pairs(), &pairs),
        What::Together => measure(arguments, ablation()?.together(), &pairs),
        What::Random { size, draws } => measure(arguments, ablation()?.at_random(size.iter().copied(), *draws), &pairs),
        What::Layers => {
            let sweep = model.ablate_layers(layers(arguments, &model));
            measure(arguments, layers_with(sweep, &values()?), &pairs)
        }
        What::Edges { edge, range, isolated } => {
            let sweep = edges(arguments, &model, &heads, edge, *range);
            measure(arguments, if *isolated { sweep.isolated() } else { sweep }, &pairs)
        }
        What::Eliminate { step, growing, until } => {
            let sweep = elimination_with(model.eliminate(&heads), &values()?).step(*step);
            let sweep = if *growing { sweep.growing() } else { sweep };
            let sweep = until.iter().fold(sweep, |sweep, share| sweep.until(*share));
            tell(arguments, &with_options(arguments, sweep).over(&pairs)?)
        }
    }
}

fn layers(arguments: &Arguments, model: &CrossEncoder) -> Vec<usize> {
    if arguments.layers.is_empty() { (0..model.shape().layers).collect() } else { arguments.layers.clone() }
}

fn edges(
    arguments: &Arguments,
    model: &CrossEncoder,
    heads: &Heads,
    edges: &[Edge],
    range: Range,
) -> crosslens::ablation::EdgeKnockOut {
    let all: Vec<Edge> = if edges.is_empty() { Edge::all().collect() } else { edges.to_vec() };
    let sweep = model.knock_out_each(all).heads(heads).layers(layers(arguments, model));
    match range {
        Range::All => sweep,
        Range::Each => sweep.by_layer(),
        Range::UpTo => sweep.up_to_layer(),
        Range::From => sweep.from_layer(),
    }
}

fn with_options<D>(arguments: &Arguments, sweep: Sweep<D>) -> Sweep<D> {
    let sweep = sweep.seed(arguments.seed).resamples(arguments.resamples).confidence(arguments.confidence);
    let sweep = sweep.progress(progress::line());
    let sweep = arguments.store.iter().fold(sweep, |sweep, store| sweep.store(store));
    arguments.shard.iter().fold(sweep, |sweep, shard| sweep.shard(*shard))
}

fn measure<D: Design>(arguments: &Arguments, sweep: Sweep<D>, pairs: &Pairs) -> Result<()> {
    let swept = with_options(arguments, sweep).run(pairs)?;
    if let Some(path) = &arguments.pairs {
        swept.pairs()?.save(path)?;
    }
    tell(arguments, &swept.effects()?)
}

fn tell(arguments: &Arguments, effects: &DataFrame) -> Result<()> {
    match &arguments.effects {
        Some(path) => effects.save(path),
        None => {
            use std::io::Write;
            let told = writeln!(std::io::stdout(), "{effects}");
            // A reader such as `head` may have seen enough.
            told.or_else(|error| if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
                .map_err(|source| Error::Io { path: "standard output".into(), source })
        }
    }
}
