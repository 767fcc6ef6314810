//! Ablating heads: one at a time over a whole model, in pairs, a set together, or sets drawn at random.

use super::instead::{Instead, instead_options};
use crate::error::{Error, Result};
use crate::frame::columns as c;
use crate::hook::intervention::{Donors, Means};
use crate::hook::{Head, Heads, Shape, drawn};
use crate::model::CrossEncoder;
use crate::origin::seeded;
use crate::sweep::{Design, Sweep, Variant};

/// An ablation of heads to be measured; made by [`CrossEncoder::ablate`], run by [`Sweep::over`].
pub type Ablation = Sweep<AblatedHeads>;

/// Which heads are taken away, and how many at once.
#[derive(Debug, Clone)]
pub struct AblatedHeads {
    heads: Heads,
    instead: Instead,
    sets: Sets,
}

#[derive(Debug, Clone)]
enum Sets {
    Each,
    Pairs,
    All,
    Random { sizes: Vec<usize>, draws: usize },
}

impl CrossEncoder {
    /// Ablates each of these heads alone, with zero unless told otherwise.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let effects = model.ablate([Head::new(2, 9), Head::new(3, 4)]).over(&pairs)?;
    /// assert_eq!(effects.height(), 2);
    /// assert!(effects.column("logit_effect").is_ok() && effects.column("nDCG@10_effect_low").is_ok());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn ablate(&self, heads: impl Into<Heads>) -> Ablation {
        self.sweep(AblatedHeads { heads: heads.into(), instead: Instead::Zero, sets: Sets::Each })
    }
}

impl Ablation {
    instead_options!("a head's `z`");

    /// Ablates all the heads at once: one row, whose column `heads` names them, instead of a row per head.
    pub fn together(mut self) -> Self {
        self.design.sets = Sets::All;
        self
    }

    /// Ablates every two of the heads at once: a row per pair of heads, with `heads` and the columns `layer`, `head`,
    /// `other_layer`, `other_head`.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let three = [Head::new(2, 9), Head::new(3, 4), Head::new(4, 5)];
    /// assert_eq!(model.ablate(three).in_pairs().over(&pairs)?.height(), 3);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn in_pairs(mut self) -> Self {
        self.design.sets = Sets::Pairs;
        self
    }

    /// Ablates sets of heads drawn at random among these (by [`Sweep::seed`]): `draws` sets of each of these sizes, with
    /// the columns `heads`, `size` and `draw`. The control of any claim about a set of heads.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let control = model.ablate(Heads::all()).at_random([3], 4).over(&pairs)?;
    /// assert_eq!(control.column("size")?.u32()?.sum(), Some(3 * 4));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn at_random(mut self, sizes: impl IntoIterator<Item = usize>, draws: usize) -> Self {
        self.design.sets = Sets::Random { sizes: sizes.into_iter().collect(), draws };
        self
    }
}

impl AblatedHeads {
    fn variant(&self, heads: impl IntoIterator<Item = Head>) -> Variant {
        Variant::new(self.instead.of(Heads::of(heads)))
    }

    /// A variant whose column `heads` names them.
    fn named(&self, heads: &[Head]) -> Variant {
        self.variant(heads.iter().copied()).text(c::HEADS, Heads::of(heads.iter().copied()).to_string())
    }
}

impl Design for AblatedHeads {
    fn title(&self) -> String {
        let Self { heads, instead, sets } = self;
        let heads = heads.in_short();
        match sets {
            Sets::Each => format!("ablating heads ({heads}, {instead})"),
            Sets::Pairs => format!("ablating pairs of heads ({heads}, {instead})"),
            Sets::All => format!("ablating heads together ({heads}, {instead})"),
            Sets::Random { .. } => format!("ablating random heads ({heads}, {instead})"),
        }
    }

    fn variants(&self, shape: &Shape, seed: u64) -> Result<Vec<Variant>> {
        let heads = self.heads.within(shape)?;
        let variants: Vec<Variant> = match &self.sets {
            Sets::Each => heads.iter().map(|head| self.variant([*head]).head(*head)).collect(),
            Sets::All => vec![self.named(&heads)],
            Sets::Pairs => {
                let others = |at: usize| heads[at + 1..].iter().map(move |other| (at, *other));
                let pair = |(at, other): (usize, Head)| {
                    let named = self.named(&[heads[at], other]).head(heads[at]);
                    named.number(c::OTHER_LAYER, other.layer as u32).number(c::OTHER_HEAD, other.head as u32)
                };
                (0..heads.len()).flat_map(others).map(pair).collect()
            }
            Sets::Random { sizes, draws } => {
                if let Some(size) = sizes.iter().find(|size| **size > heads.len()) {
                    let what = format!("{size} heads cannot be drawn from {}; ask for smaller sets", heads.len());
                    return Err(Error::Argument(what));
                }
                let mut random = seeded("random heads", seed);
                let mut draw = |size: usize, draw: usize| {
                    let mut set = drawn(&heads, size, &mut random);
                    set.sort_unstable();
                    self.named(&set).number(c::SIZE, size as u32).number(c::DRAW, draw as u32)
                };
                let every = sizes.iter().flat_map(|size| (0..*draws).map(move |number| (*size, number)));
                every.map(|(size, number)| draw(size, number)).collect()
            }
        };
        let ablation = self.instead.to_string();
        Ok(variants.into_iter().map(|variant| variant.text(c::ABLATION, ablation.as_str())).collect())
    }
}
