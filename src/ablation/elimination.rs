//! Greedy elimination: which heads can go, one after the other, before the ranking falls, and which few are enough?

use super::instead::{Instead, instead_options};
use crate::collection::{Measure, Pairs};
use crate::error::{Error, Result};
use crate::frame::{columns as c, frame, interval_columns};
use crate::hook::intervention::{Donors, Means};
use crate::hook::{Head, Heads, Shape, drawn};
use crate::model::CrossEncoder;
use crate::origin::seeded;
use crate::sweep::{Design, Sweep, Variant};
use polars::prelude::{DataFrame, NamedFrom, Series};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// An elimination to be run; made by [`CrossEncoder::eliminate`], run by [`Elimination::over`].
pub type Elimination = Sweep<Eliminated>;

/// How heads are eliminated.
#[derive(Debug, Clone)]
pub struct Eliminated {
    heads: Heads,
    instead: Instead,
    measure: Measure,
    step: usize,
    growing: bool,
    until: Option<f64>,
}

impl CrossEncoder {
    /// Takes the least harmful of these heads away, again and again, until none is left; by nDCG@10 and with zero unless
    /// told otherwise.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let three = [Head::new(2, 9), Head::new(3, 4), Head::new(4, 5)];
    /// let curve = model.eliminate(three).over(&pairs)?;
    /// let left: Vec<u32> = curve.column("heads_left")?.u32()?.into_no_null_iter().collect();
    /// assert_eq!(left, [3, 2, 1, 0]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn eliminate(&self, heads: impl Into<Heads>) -> Elimination {
        let (instead, measure) = (Instead::Zero, Measure::NdcgAt(10));
        let heads = heads.into();
        Sweep::new(self, Eliminated { heads, instead, measure, step: 1, growing: false, until: None })
    }
}

impl Elimination {
    instead_options!("a head's `z`");

    /// The measure that the ranking is to keep.
    pub fn by(mut self, measure: Measure) -> Self {
        self.design.measure = measure;
        self
    }

    /// Takes away (or gives back) so many heads in a round, those that are best alone, which is as many times faster.
    pub fn step(mut self, heads: usize) -> Self {
        self.design.step = heads;
        self
    }

    /// The reverse: begins without any of the heads and gives back the most helpful one again and again, until the
    /// ranking has 95 % of what the plain model has, or what [`Elimination::until`] says.
    pub fn growing(mut self) -> Self {
        self.design.growing = true;
        self
    }

    /// Where to stop: at the first set that holds less than this share of the plain model's measure, or when
    /// [growing](Elimination::growing) as much.
    pub fn until(mut self, share: f64) -> Self {
        self.design.until = Some(share);
        self
    }

    /// Runs the elimination over these pairs: a row per round.
    ///
    /// Columns: `heads_left`, `heads` (those that the round took away, or gave back), the measure, such as `nDCG@10`,
    /// of the ranking with the heads that are left, the ends of its interval, and `kept`, its share of the plain
    /// model's. Equal measures are decided by the smaller change of the logit in that round, then by the order of heads.
    ///
    /// With a [store](Sweep::store) each round has a folder in it.
    ///
    /// # Errors
    /// As [`Sweep::run`]; [`Error::Argument`] for a step of 0, a share outside 0 to 1, or a shard: each round needs what
    /// the one before found on all queries.
    pub fn over(&self, pairs: &Pairs) -> Result<DataFrame> {
        let Eliminated { heads, measure, step, growing, until, .. } = &self.design;
        let heads = heads.within(&self.model.shape())?;
        self.check()?;
        let until = until.unwrap_or(if *growing { 0.95 } else { 0.0 });
        let mut gone: BTreeSet<Head> = heads.iter().copied().filter(|_| *growing).collect();
        let (mut rows, mut changed, mut whole) = (Vec::new(), Vec::new(), None);
        loop {
            let candidates: Vec<Head> = heads.iter().filter(|head| gone.contains(head) == *growing).copied().collect();
            // From a model that lacks what is gone already, each run parts where its own candidate is.
            let (model, begun) = match &gone {
                gone if *growing || gone.is_empty() => (self.model.clone(), gone.clone()),
                gone => (self.model.with(self.design.instead.of(Heads::of(gone.iter().copied())))?, BTreeSet::new()),
            };
            let sets = std::iter::once(begun.clone()).chain(candidates.iter().map(|head| toggled(&begun, *head)));
            let round = self.round(model, format!("round-{:02}", rows.len()), sets.collect());
            let swept = round.run(pairs).map_err(|error| self.interrupted(error))?;
            let (plain, measured) = swept.measured(*measure)?;
            let whole = *whole.get_or_insert(plain[0]);
            if whole <= 0.0 {
                let what = format!("the plain ranking has a {measure} of {whole}: there is nothing to keep");
                return Err(Error::Argument(what));
            }
            let kept = measured[0][0] / whole;
            rows.push(Row {
                left: heads.len() - gone.len(),
                heads: std::mem::take(&mut changed),
                measured: measured[0],
                kept,
            });
            if candidates.is_empty() || if *growing { kept >= until } else { kept < until } {
                return curve(*measure, rows);
            }
            changed = best(&candidates, &measured[1..], &swept.distances()[1..], *step);
            gone = changed.iter().fold(gone, |gone, head| toggled(&gone, *head));
        }
    }

    /// The control of a curve that [`Elimination::over`] returned: for each of its sizes `draws` sets of as many heads,
    /// drawn at random by the [seed](Sweep::seed).
    ///
    /// Columns: `heads_left`, `draw`, and the measure with the ends of its interval.
    ///
    /// # Errors
    /// As [`Elimination::over`]; [`Error::Frame`] if `curve` has no column `heads_left`.
    pub fn control(&self, curve: &DataFrame, draws: usize, pairs: &Pairs) -> Result<DataFrame> {
        self.check()?;
        let heads = self.design.heads.within(&self.model.shape())?;
        let sizes: Vec<usize> =
            curve.column(c::HEADS_LEFT)?.u32()?.into_no_null_iter().map(|left| left as usize).collect();
        if let Some(size) = sizes.iter().find(|size| **size > heads.len()) {
            let what = format!("the curve has {size} heads left, this elimination has {} in all", heads.len());
            return Err(Error::Argument(what));
        }
        let mut random = seeded("random heads", self.options.settings.seed);
        let mut gone = |left: usize| drawn(&heads, heads.len() - left, &mut random).into_iter().collect();
        let sets: Vec<BTreeSet<Head>> = sizes.iter().flat_map(|left| vec![*left; draws]).map(&mut gone).collect();
        let (_, measured) =
            self.round(self.model.clone(), "control".into(), sets).run(pairs)?.measured(self.design.measure)?;
        let left: Vec<u32> = sizes.iter().flat_map(|left| vec![*left as u32; draws]).collect();
        let draw: Vec<u32> = sizes.iter().flat_map(|_| 0..draws as u32).collect();
        let mut columns =
            vec![Series::new(c::HEADS_LEFT.into(), left).into(), Series::new(c::DRAW.into(), draw).into()];
        columns.extend(interval_columns(&self.design.measure.to_string(), &measured));
        frame(columns)
    }

    /// Only a store keeps the rounds before the one that was interrupted.
    fn interrupted(&self, error: Error) -> Error {
        match error {
            Error::Interrupted { done, total, unit, .. } => {
                Error::Interrupted { done, total, unit, kept: self.options.store.is_some() }
            }
            error => error,
        }
    }

    fn check(&self) -> Result<()> {
        let Eliminated { step, until, .. } = self.design;
        if step == 0 {
            return Err(Error::Argument("an elimination with a step of 0 heads never ends; take at least 1".into()));
        }
        if let Some(share) = until.filter(|share| !(0.0..=1.0).contains(share)) {
            return Err(Error::Argument(format!("a ranking cannot keep a share of {share}; give one from 0 to 1")));
        }
        if self.options.shard.is_some() {
            let why = "each round needs what the one before found on all queries";
            return Err(Error::Argument(format!("an elimination has no shards: {why}; run it whole")));
        }
        Ok(())
    }

    /// The sweep over some sets, with a folder of its own in the store.
    fn round(&self, model: CrossEncoder, name: String, sets: Vec<BTreeSet<Head>>) -> Sweep<HeadSets> {
        let mut options = self.options.clone();
        options.store = options.store.map(|store| store.join(&name));
        options.settings.measures = vec![self.design.measure];
        let design =
            HeadSets { title: format!("eliminating heads, {name}"), sets, instead: self.design.instead.clone() };
        Sweep { model, design, options }
    }
}

/// One round's sets of ablated heads.
#[derive(Debug)]
struct HeadSets {
    title: String,
    sets: Vec<BTreeSet<Head>>,
    instead: Instead,
}

impl Design for HeadSets {
    fn title(&self) -> String {
        format!("{} ({})", self.title, self.instead)
    }

    fn variants(&self, _: &Shape, _: u64) -> Result<Vec<Variant>> {
        let variant = |set: &BTreeSet<Head>| {
            let heads = Heads::of(set.iter().copied());
            let name = heads.to_string();
            Variant::new(self.instead.of(heads)).text(c::HEADS, name)
        };
        Ok(self.sets.iter().map(variant).collect())
    }
}

/// What a round began with.
struct Row {
    left: usize,
    heads: Vec<Head>,
    measured: [f64; 3],
    kept: f64,
}

/// The set without the head if it has it, with it if not.
fn toggled(set: &BTreeSet<Head>, head: Head) -> BTreeSet<Head> {
    let mut set = set.clone();
    if !set.remove(&head) {
        set.insert(head);
    }
    set
}

/// The candidates with the highest measure; equal ones by the smaller change of the logit, then in their order.
fn best(candidates: &[Head], measured: &[[f64; 3]], distances: &[f64], step: usize) -> Vec<Head> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let better = |a: &usize, b: &usize| -> Ordering {
        measured[*b][0].total_cmp(&measured[*a][0]).then(distances[*a].total_cmp(&distances[*b]))
    };
    order.sort_by(better);
    order.into_iter().take(step).map(|at| candidates[at]).collect()
}

fn curve(measure: Measure, rows: Vec<Row>) -> Result<DataFrame> {
    let left: Vec<u32> = rows.iter().map(|row| row.left as u32).collect();
    let heads: Vec<String> = rows.iter().map(|row| Heads::of(row.heads.iter().copied()).to_string()).collect();
    let measured: Vec<[f64; 3]> = rows.iter().map(|row| row.measured).collect();
    let kept: Vec<f64> = rows.iter().map(|row| row.kept).collect();
    let mut columns = vec![Series::new(c::HEADS_LEFT.into(), left).into(), Series::new(c::HEADS.into(), heads).into()];
    columns.extend(interval_columns(&measure.to_string(), &measured));
    columns.push(Series::new(c::KEPT.into(), kept).into());
    frame(columns)
}
