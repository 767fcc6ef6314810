//! Path patching: what reaches a receiver from a sender directly, not through other heads (Wang et al.,
//! *Interpretability in the Wild*, 2022).
//!
//! First the base is run with the senders' `z` from the source and that of all other heads held as it was, so that
//! nothing but the senders' own writing, through MLPs and LayerNorms, reaches the receivers. What the receivers got
//! there, as queries, keys or values, is then put into an otherwise plain run of the base. The logit as the receiver
//! needs no second run.

use super::change::{Found, rows};
use super::study::{Patching, Runs, columns_of};
use crate::error::{Error, Result};
use crate::frame::columns as c;
use crate::hook::intervention::Patch;
use crate::hook::{Activations, Heads, Hooks, Site};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where a path ends.
///
/// ```
/// use crosslens::prelude::*;
/// let receiver = Receiver::queries([Head::new(4, 5)]);
/// assert_eq!(receiver.to_string(), "q of heads 4.5");
/// assert_eq!(Receiver::Logit.to_string(), "logit");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receiver {
    /// The score.
    Logit,
    /// The queries, keys or values of heads.
    Heads {
        /// [`Site::Q`], [`Site::K`] or [`Site::V`].
        input: Site,
        /// Those that receive, all at once.
        heads: Heads,
    },
}

impl Receiver {
    /// What these heads look for.
    pub fn queries(heads: impl Into<Heads>) -> Self {
        Self::Heads { input: Site::Q, heads: heads.into() }
    }

    /// By what these heads find.
    pub fn keys(heads: impl Into<Heads>) -> Self {
        Self::Heads { input: Site::K, heads: heads.into() }
    }

    /// What these heads move.
    pub fn values(heads: impl Into<Heads>) -> Self {
        Self::Heads { input: Site::V, heads: heads.into() }
    }
}

impl std::fmt::Display for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Logit => f.write_str("logit"),
            Self::Heads { input, heads } => write!(f, "{input} of heads {heads}"),
        }
    }
}

impl Patching {
    /// Patches the path from each of the [heads](Patching::heads) alone to the receiver.
    ///
    /// Columns: those of [`Patching::by_head`], where `layer` and `head` are the sender, with `receiver`.
    ///
    /// # Errors
    /// [`UnknownHead`](crate::Error::UnknownHead) and whatever is wrong with a pair, before anything is computed;
    /// [`Argument`](crate::Error::Argument) for an input that is not `q`, `k` or `v`.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let perturbed = stmc1(&Pair::new("blue sky", "The sky is blue at noon."), "sky", "sea")?;
    /// let study = model.patch([perturbed]).heads([Head::new(2, 9), Head::new(5, 0)]);
    /// let effects = study.by_path(&Receiver::queries([Head::new(4, 5)]))?;
    /// // Head 5.0 comes after the receiver: nothing goes from there to it.
    /// assert!(effects.column("effect")?.f64()?.get(1).is_some_and(|effect| effect.abs() < 1e-5));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn by_path(&self, receiver: &Receiver) -> Result<DataFrame> {
        let senders = self.heads.within(&self.model.shape())?;
        let found = self.paths(receiver, &senders.iter().map(|head| (*head, (*head).into())).collect::<Vec<_>>())?;
        rows(&self.perturbed, &found, self.noising, |patches| {
            let mut columns = columns_of(patches.iter().map(|head| **head));
            columns.push(receivers(receiver, patches.len()));
            columns
        })
    }

    /// As [`Patching::by_path`], from all the heads at once: a row per pair, with `heads` in the place of `layer` and
    /// `head`.
    ///
    /// # Errors
    /// As [`Patching::by_path`].
    pub fn by_path_together(&self, receiver: &Receiver) -> Result<DataFrame> {
        self.heads.within(&self.model.shape())?;
        let found = self.paths(receiver, &[((), self.heads.clone())])?;
        rows(&self.perturbed, &found, self.noising, |patches| {
            let heads = Series::new(c::HEADS.into(), vec![self.heads.to_string(); patches.len()]);
            vec![heads.into(), receivers(receiver, patches.len())]
        })
    }

    fn paths<P: Copy + Send + Sync>(&self, receiver: &Receiver, senders: &[(P, Heads)]) -> Result<Vec<Found<P>>> {
        if let Receiver::Heads { input, heads } = receiver {
            heads.within(&self.model.shape())?;
            if !matches!(input, Site::Q | Site::K | Site::V) {
                let what = format!("heads receive through q, k and v, not through {input}; name one of these");
                return Err(Error::Argument(what));
            }
        }
        self.each(&[Site::ResidPre, Site::Z], |runs| {
            let path = |(name, heads): &(P, Heads)| Ok((*name, self.path(runs, heads, receiver)?));
            let many = (self.batch / runs.base.tokens().len()).max(1);
            let mut patched = Vec::with_capacity(senders.len());
            // What the receivers got is kept for a batch, not for all senders.
            for some in senders.chunks(many) {
                patched.extend(self.patched(runs, some.iter().map(path).collect::<Result<_>>()?)?.patched);
            }
            Ok(Found { scores: runs.scores(), patched })
        })
    }

    /// What makes the path from the senders to the receiver, in the base, that of the source.
    fn path(&self, runs: &Runs, senders: &Heads, receiver: &Receiver) -> Result<Hooks> {
        let Receiver::Heads { input, heads } = receiver else { return Ok(self.direct(runs, senders)) };
        let layers = heads.within(&self.model.shape())?.into_iter().map(|head| head.layer);
        let received = self.received(runs, senders, &[*input], layers)?;
        Ok(Hooks::new().intervene(Patch::of_heads(*input, heads, &received)))
    }

    /// What reaches these inputs of the heads of some layers directly from the senders.
    pub(super) fn received(
        &self,
        runs: &Runs,
        senders: &Heads,
        inputs: &[Site],
        layers: impl Iterator<Item = usize>,
    ) -> Result<Arc<Activations>> {
        let places = layers
            .collect::<BTreeSet<usize>>()
            .into_iter()
            .flat_map(|layer| inputs.iter().map(move |input| (*input, layer)));
        let captured = places.fold(self.direct(runs, senders), |hooks, (input, layer)| hooks.capture_at(input, layer));
        Ok(Arc::new(self.model.run_tokens(runs.base.tokens(), &captured)?))
    }

    /// The base with what the senders give in the source, and what all other heads give held.
    fn direct(&self, runs: &Runs, senders: &Heads) -> Hooks {
        let held = Patch::of_heads(Site::Z, Heads::all(), &runs.base);
        let sent = Patch::of_heads(Site::Z, senders, &runs.source).positions(runs.positions.iter().copied());
        Hooks::new().intervene(held).intervene(sent)
    }
}

fn receivers(receiver: &Receiver, rows: usize) -> Column {
    Series::new(c::RECEIVER.into(), vec![receiver.to_string(); rows]).into()
}
