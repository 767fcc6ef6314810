//! Direct logit attribution: what does each part of the model write at `[CLS]`, and what is it worth to the logit?
//!
//! The logit is read from the last row at `[CLS]`, `logit = w · tanh(W x + b) + b'`. BERT normalises after adding,
//! `x ← LN(LN(x + attention) + mlp)`, and a LayerNorm divides by a deviation that depends on all that was added. With these
//! deviations *held as they were in the run* each LayerNorm is affine, and x is exactly the sum of what each part wrote:
//! the embedding (its own LayerNorm included), each head (its columns of the output projection), each MLP (its bias
//! included), and the biases of each layer (of the output projection and of the two LayerNorms). A part c leaves a LayerNorm as
//! `γ ∘ (c - mean c) / σ`.
//!
//! The pooler's tanh forbids a sum in the logit. So each part has two numbers:
//!
//! - `removed_effect = w · tanh(W (x - c) + b) - w · tanh(W x + b)`: a real intervention on the last row, exact, but two
//!   parts taken away together do not do what they do one by one;
//! - `attribution = Σᵢ wᵢ (Wᵢ c) (tanh(aᵢ + bᵢ) - tanh bᵢ) / aᵢ` with `a = W x`: integrated gradients (Sundararajan, Taly and
//!   Yan, *Axiomatic Attribution for Deep Networks*, 2017) along the straight line from the empty row to x, where the
//!   integral is known in closed form. Attributions of all parts add up to the logit minus that of the empty row
//!   ([`Attribution::empty_logit`]).
//!
//! An attribution has the sign of what a part is for, a removed effect the opposite one.
//!
//! Both tell of the *direct* way alone. What other parts make of what is written before the last layer, at `[CLS]` or
//! elsewhere, is theirs here: a head that matches terms and is read by a later head has little of its own, and
//! [path patching](crate::patching) is what follows it. A held deviation also hides that taking a part away would let the
//! others grow.

mod attributed;
mod held;
mod position;
mod readout;
mod writer;

pub use attributed::Attributed;

use crate::collection::Pair;
use crate::effect::{Settings, interval_options};
use crate::error::{Error, Result};
use crate::hook::{Activations, Hooks, Site};
use crate::live::Task;
use crate::model::{CrossEncoder, LayerWeights};
use crate::tokens::{Segment, Tokens};
use held::Held;
use polars::prelude::DataFrame;
use position::gathered;
use readout::{Readout, Worth};
use writer::Writer;

/// What each part writes at `[CLS]` and what it is worth to the logit; made by [`CrossEncoder::attribution`].
#[must_use = "nothing is attributed before `over`, `run` or `by_position` is called"]
#[derive(Debug, Clone)]
pub struct Attribution {
    model: CrossEncoder,
    options: Options,
}

#[derive(Debug, Clone, Default)]
struct Options {
    by_segment: bool,
    settings: Settings,
}

/// What carries a part to the logit.
struct Weights {
    layers: Vec<LayerWeights>,
    readout: Readout,
}

impl CrossEncoder {
    /// What the logit is made of; see [`Attribution::over`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let parts = model.attribution().over(&pairs)?;
    /// assert_eq!(parts.height(), 1 + 6 * (12 + 1 + 1));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn attribution(&self) -> Attribution {
        Attribution { model: self.clone(), options: Options::default() }
    }
}

impl Attribution {
    /// Tells apart what a head writes of each attended segment, in one more column, `segment` (null where the part is no head).
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let parts = CrossEncoder::embedded()?.attribution().by_segment().over(&pairs)?;
    /// assert_eq!(parts.height(), 1 + 6 * (12 * 5 + 1 + 1));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn by_segment(mut self) -> Self {
        self.options.by_segment = true;
        self
    }

    interval_options!("The seed of the bootstrap (42 unless told otherwise).");

    /// A row per part, averaged over the pairs of a query and then over queries, as [`Attributed::means`] says.
    ///
    /// # Errors
    /// As [`Attribution::run`].
    pub fn over(&self, pairs: &[Pair]) -> Result<DataFrame> {
        self.run(pairs)?.means()
    }

    /// Takes the last row of every pair apart.
    ///
    /// # Errors
    /// [`Error::Argument`] without pairs, with settings that make no sense, or for a model with an intervention that
    /// replaces what parts have added up (such as on [`Site::ResidPost`]); and those of [`CrossEncoder::score`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let attributed = model.attribution().run(&pairs[..1])?;
    /// let sum = attributed.pairs()?.column("attribution")?.f64()?.sum().unwrap_or(0.0);
    /// let logit = f64::from(model.run(&pairs[0], &Hooks::new())?.logit());
    /// assert!((sum + model.attribution().empty_logit() - logit).abs() < 1e-3);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn run(&self, pairs: &[Pair]) -> Result<Attributed> {
        self.options.settings.check()?;
        if pairs.is_empty() {
            return Err(Error::Argument("there are no pairs whose logits could be attributed".into()));
        }
        self.refuse_changes(if self.options.by_segment { &[Site::Z] } else { &[] })?;
        let weights = self.weights();
        let task = Task::new("attributing logits", "pairs", pairs.len());
        let worth = self.model.each(pairs, &task, |tokens| self.of_pair(&weights, tokens))?;
        Ok(Attributed::new(self.writers(), pairs, worth, &self.options))
    }

    /// The logit of an empty last row, `w · tanh b + b'`, from which attributions are counted.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// assert!(CrossEncoder::embedded()?.attribution().empty_logit().is_finite());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn empty_logit(&self) -> f64 {
        Readout::new(&self.model.readout()).empty_logit()
    }

    fn weights(&self) -> Weights {
        Weights { layers: self.model.layer_weights(), readout: Readout::new(&self.model.readout()) }
    }

    /// Refuses a model in which the last row is not what parts have written, or one of these sites is replaced.
    fn refuse_changes(&self, more: &[Site]) -> Result<()> {
        const ADDED_UP: [Site; 6] =
            [Site::ResidPre, Site::AttnOut, Site::ResidMid, Site::ResidPost, Site::Pooled, Site::Logit];
        let changed = ADDED_UP.iter().chain(more).find(|site| self.model.always_changes(**site));
        changed.map_or(Ok(()), |site| {
            let what =
                format!("an intervention of this model replaces {site}, where what parts wrote is added up already");
            Err(Error::Argument(format!("{what}; take the logit apart without it")))
        })
    }

    /// The parts of every pair, in the order in which they are told.
    fn writers(&self) -> Vec<Writer> {
        let segments: Vec<Option<Segment>> =
            if self.options.by_segment { Segment::ALL.map(Some).into() } else { vec![None] };
        Writer::all(&self.model.shape(), &segments)
    }

    /// What each part of a pair is worth.
    fn of_pair(&self, weights: &Weights, tokens: &Tokens) -> Result<Vec<Worth>> {
        let seen = self.seen(tokens, self.options.by_segment)?;
        let held = Held::new(&self.model, &weights.layers, &seen)?;
        let mut rows = Vec::new();
        for writer in self.writers() {
            let row = match writer {
                Writer::Embedding => held.embedding(),
                Writer::Mlp(layer) => held.mlp(layer),
                Writer::Bias(layer) => held.bias(layer),
                Writer::Head(head, None) => held.head(head, held.z(head)),
                Writer::Head(head, Some(segment)) => {
                    let mut z = vec![0.0; self.model.shape().head_dim];
                    let parts = gathered(&seen, head, tokens.span(segment))?.into_iter();
                    parts.for_each(|(_, part)| z.iter_mut().zip(part).for_each(|(sum, number)| *sum += number));
                    held.head(head, &z)
                }
            };
            rows.extend(row);
        }
        Ok(weights.readout.worth(held.last(), &rows))
    }

    /// The run, with what parts write or, where heads are split, with what they gather.
    fn seen(&self, tokens: &Tokens, split: bool) -> Result<Activations> {
        let hooks = Held::sites(&self.model).fold(Hooks::new(), Hooks::capture);
        let hooks = if split { hooks.capture(Site::Pattern).capture(Site::V) } else { hooks };
        self.model.run_tokens(tokens, &hooks)
    }
}
