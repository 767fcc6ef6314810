//! Which variants of a model a sweep goes through.

use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::frame::columns as c;
use crate::hook::{Head, Hooks, Intervention, Shape};
use polars::prelude::{Column, NamedFrom, Series};
use std::fmt;

/// What a sweep goes through. To sweep over something new, implement this and hand it to
/// [`CrossEncoder::sweep`](crate::model::CrossEncoder::sweep).
///
/// ```
/// use crosslens::prelude::*;
/// use crosslens::sweep::{Design, Variant};
///
/// #[derive(Debug, Clone)]
/// struct Louder;
/// impl Design for Louder {
///     fn title(&self) -> String {
///         "scaling head 2.9".into()
///     }
///     fn variants(&self, _: &Shape, _: u64) -> Result<Vec<Variant>> {
///         let scaled = |percent: u32| {
///             let factor = percent as f32 / 100.0;
///             Variant::new(Scale::heads([Head::new(2, 9)], factor)).number("percent", percent)
///         };
///         Ok([50, 100, 200].map(scaled).into())
///     }
/// }
/// let model = CrossEncoder::embedded()?;
/// let effects = model.sweep(Louder).over(&Collection::embedded()?.pairs_for("q01")?)?;
/// assert_eq!(effects.column("percent")?.u32()?.get(2), Some(200));
/// # Ok::<(), Error>(())
/// ```
pub trait Design: fmt::Debug + Send + Sync {
    /// What is done, for the progress bar and for the errors of a store: `ablating 72 heads with zero`.
    fn title(&self) -> String;

    /// The variants, all with labels of the same names; `seed` is for what is drawn at random.
    ///
    /// # Errors
    /// Whatever names something that a model of this shape does not have.
    fn variants(&self, shape: &Shape, seed: u64) -> Result<Vec<Variant>>;
}

/// One variant: what is changed, and the cells that name it in a frame.
#[derive(Debug, Clone)]
pub struct Variant {
    pub(super) hooks: Hooks,
    labels: Vec<(&'static str, Label)>,
}

/// A cell that names a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Label {
    Number(u32),
    Text(String),
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Variant {
    /// A variant without labels.
    pub fn new(intervention: impl Intervention + 'static) -> Self {
        Self { hooks: Hooks::new().intervene(intervention), labels: Vec::new() }
    }

    /// Adds an intervention, to act after those that are there.
    #[must_use]
    pub fn and(self, intervention: impl Intervention + 'static) -> Self {
        Self { hooks: self.hooks.intervene(intervention), ..self }
    }

    /// Adds the column `name` with a number.
    #[must_use]
    pub fn number(mut self, name: &'static str, number: u32) -> Self {
        self.labels.push((name, Label::Number(number)));
        self
    }

    /// Adds the column `name` with a text.
    #[must_use]
    pub fn text(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.labels.push((name, Label::Text(text.into())));
        self
    }

    /// Adds the columns `layer` and `head`.
    #[must_use]
    pub fn head(self, Head { layer, head }: Head) -> Self {
        self.number(c::LAYER, layer as u32).number(c::HEAD, head as u32)
    }

    /// The number that a label has.
    pub(super) fn number_of(&self, name: &str) -> Option<u32> {
        self.labels.iter().find_map(|(own, label)| match label {
            Label::Number(number) if *own == name => Some(*number),
            _ => None,
        })
    }

    /// Its labels in words.
    pub(super) fn name(&self) -> String {
        self.labels.iter().map(|(name, label)| format!("{name} {label}")).collect::<Vec<String>>().join(", ")
    }
}

/// Refuses variants whose labels cannot be the columns of a frame beside what a sweep tells.
pub(super) fn check(variants: &[Variant]) -> Result<()> {
    let names = |variant: &Variant| variant.labels.iter().map(|(name, _)| *name).collect::<Vec<&str>>();
    let Some(first) = variants.first().map(names) else { return Ok(()) };
    if let Some(other) = variants.iter().map(names).find(|other| *other != first) {
        return Err(Error::Argument(format!(
            "the variants of a sweep must have the same labels in the same order, not {first:?} and {other:?}"
        )));
    }
    const TOLD: [&str; 7] = [c::QUERY_ID, c::DOC_ID, c::SCORE, c::LOGIT_EFFECT, c::RELEVANCE, c::KIND, c::QUERIES];
    let taken = |(at, name): &(usize, &&str)| first[..*at].contains(name) || TOLD.contains(name);
    match first.iter().enumerate().find(taken) {
        Some((_, name)) => Err(Error::Argument(format!("a label cannot be called {name:?}: there is such a column"))),
        None => Ok(()),
    }
}

/// The columns that name the variants, each cell `times` in a row; all have the same labels (see [`check`]).
pub(super) fn label_columns(variants: &[Variant], times: usize) -> Vec<Column> {
    let names = variants.first().map(|variant| variant.labels.iter().map(|(name, _)| *name)).into_iter().flatten();
    let column = |(at, name): (usize, &str)| {
        let cells = || variants.iter().flat_map(move |variant| std::iter::repeat_n(&variant.labels[at].1, times));
        let number = |label: &Label| match label {
            Label::Number(number) => Some(*number),
            Label::Text(_) => None,
        };
        match cells().map(number).collect::<Option<Vec<u32>>>() {
            Some(numbers) => Series::new(name.into(), numbers).into(),
            None => Series::new(name.into(), cells().map(Label::to_string).collect::<Vec<_>>()).into(),
        }
    };
    names.enumerate().map(column).collect()
}

/// A name of all variants together; `None` if one of them cannot be told from others.
pub(super) fn fingerprint(variants: &[Variant]) -> Option<String> {
    let mut fingerprint = Fingerprint::default();
    for variant in variants {
        fingerprint = fingerprint.text(&format!("{:?}", variant.labels)).text(&variant.hooks.describe()?);
    }
    Some(fingerprint.finish())
}
