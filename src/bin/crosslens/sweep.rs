//! `crosslens sweep`.

use crate::design::{Instead, Range, What, elimination_with, heads, heads_with, layers_with};
use crate::inputs::Inputs;
use crate::progress;
use clap::Args;
use crosslens::collection::Pairs;
use crosslens::frame::{SaveFrame, check_name};
use crosslens::hook::Heads;
use crosslens::model::CrossEncoder;
use crosslens::polars::prelude::{CsvWriter, DataFrame, SerWriter};
use crosslens::sweep::{Design, Shard, Sweep};
use crosslens::tokens::Edge;
use crosslens::{Error, Result};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    inputs: Inputs,
    /// The heads in question, such as "2.9 4.5"; all unless told otherwise
    #[arg(long, global = true)]
    heads: Option<String>,
    /// The layers in question, such as 0,1,2; all unless told otherwise
    #[arg(long, global = true, value_delimiter = ',')]
    layers: Vec<usize>,
    /// What stands in for what is ablated; zero unless told otherwise
    #[arg(long, global = true, value_enum)]
    ablation: Option<Instead>,
    /// Where to keep the scores of each query, and to go on from when killed
    #[arg(long, global = true)]
    store: Option<PathBuf>,
    /// Only part k of n, by query; effects come with the merged store
    #[arg(long, global = true)]
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
    /// Where to write the effects (.csv or .parquet); printed as CSV unless told otherwise
    #[arg(long, global = true)]
    effects: Option<PathBuf>,
    /// Where to write the effects on each pair (.csv or .parquet)
    #[arg(long, global = true)]
    pairs: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    check(arguments)?;
    let heads = arguments.heads.as_deref().map_or(Ok(Heads::all()), heads)?;
    let (model, pairs) = (arguments.inputs.model()?, arguments.inputs.pairs()?);
    let values = || arguments.ablation.unwrap_or(Instead::Zero).values(&model, &pairs, arguments.seed);
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
        What::Eliminate { step, growing, until, control, draws } => {
            let sweep = elimination_with(model.eliminate(&heads), &values()?).step(*step);
            let sweep = if *growing { sweep.growing() } else { sweep };
            let sweep = until.iter().fold(sweep, |sweep, share| sweep.until(*share));
            let sweep = with_options(arguments, sweep);
            let curve = sweep.over(&pairs)?;
            tell(arguments, &curve)?;
            control.iter().try_for_each(|path| sweep.control(&curve, *draws, &pairs)?.save(path))
        }
    }
}

/// Refuses what would be passed over, or fail after hours.
fn check(arguments: &Arguments) -> Result<()> {
    let Arguments { what, store, shard, effects, pairs, heads, layers, ablation, inputs, .. } = arguments;
    let refused = [
        (shard.is_some() && store.is_none(), "--shard needs a --store, from which the shards are merged"),
        (
            shard.is_some() && effects.is_some(),
            "--effects are those of all shards: merge them, and sweep on that store",
        ),
        (
            pairs.is_some() && matches!(what, What::Eliminate { .. }),
            "--pairs is not for eliminate, whose rounds are many",
        ),
        (heads.is_some() && matches!(what, What::Layers), "--heads is not for layers, which are whole"),
        (!layers.is_empty() && !matches!(what, What::Layers | What::Edges { .. }), "--layers is for layers and edges"),
        (ablation.is_some() && matches!(what, What::Edges { .. }), "--ablation is not for edges, which are cut"),
        (inputs.lacks_run(), "--top needs the --run whose best documents to take"),
    ];
    if let Some((_, why)) = refused.into_iter().find(|(is, _)| *is) {
        return Err(Error::Argument(why.into()));
    }
    let control = if let What::Eliminate { control, .. } = what { control.as_ref() } else { None };
    [effects.as_ref(), pairs.as_ref(), control].into_iter().flatten().try_for_each(check_name)
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
    let stored = arguments.store.iter().flat_map(std::fs::read_dir).flatten().flatten();
    let finished = stored.filter(|file| file.path().extension().is_some_and(|ending| ending == "parquet")).count();
    if finished > 0 {
        eprintln!("{finished} queries are finished already");
    }
    let swept = with_options(arguments, sweep).run(pairs)?;
    if let Some(path) = &arguments.pairs {
        swept.pairs()?.save(path)?;
    }
    match (&arguments.store, arguments.shard) {
        (Some(store), Some(_)) => {
            eprintln!("this shard is finished: {}", store.display());
            Ok(())
        }
        _ => tell(arguments, &swept.effects()?),
    }
}

fn tell(arguments: &Arguments, effects: &DataFrame) -> Result<()> {
    match &arguments.effects {
        Some(path) => effects.save(path),
        None => {
            let mut csv = Vec::new();
            CsvWriter::new(&mut csv).finish(&mut effects.clone())?;
            let told = std::io::stdout().write_all(&csv);
            // A reader such as `head` may have seen enough.
            told.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
                .map_err(|source| Error::Io { path: "standard output".into(), source })
        }
    }
}
