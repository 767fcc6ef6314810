//! What a head writes at `[CLS]` of each token that it attends to: its `z` there is `Σⱼ A[cls, j] v[j]`.

use super::Attribution;
use super::held::Held;
use super::readout::Worth;
use crate::collection::Pair;
use crate::error::Result;
use crate::frame::{columns as c, frame, head_columns};
use crate::hook::{Activations, Head, Heads, Site};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use rayon::prelude::*;
use std::ops::Range;

impl Attribution {
    /// What each head writes at `[CLS]` of each token of a pair: a row per head and position, with `layer`, `head`,
    /// `position`, `token` and `segment` (attended to), `weight` (the attention from `[CLS]`), `attribution` and `removed_effect`.
    ///
    /// A token stands for what has gathered at its position before the head's layer, which is more than its word. What
    /// reaches `[CLS]` by way of other positions is told at the one from which `[CLS]` takes it.
    ///
    /// # Errors
    /// [`Argument`](crate::Error::Argument) for a model with an intervention that replaces what parts have added up, `z`
    /// included; and those of [`CrossEncoder::run`](crate::model::CrossEncoder::run).
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let tokens = model.attribution().by_position(&Pair::new("blue sky", "the sky"))?;
    /// assert_eq!(tokens.height(), 72 * 7);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn by_position(&self, pair: &Pair) -> Result<DataFrame> {
        self.refuse_changes(&[Site::Z])?;
        let (shape, weights) = (self.model.shape(), self.weights());
        let seen = self.seen(&self.model.tokens(pair)?, true)?;
        let held = Held::new(&self.model, &weights.layers, &seen)?;
        let heads = Heads::all().within(&shape)?;
        let of_head = |head: &Head| -> Result<Vec<(f64, Worth)>> {
            let (attention, parts): (Vec<f64>, Vec<Vec<f64>>) =
                gathered(&seen, *head, 0..seen.tokens().len())?.into_iter().unzip();
            let rows: Vec<f64> = parts.iter().flat_map(|z| held.head(*head, z)).collect();
            Ok(attention.into_iter().zip(weights.readout.worth(held.last(), &rows)).collect())
        };
        let found: Vec<(f64, Worth)> = heads.par_iter().map(of_head).collect::<Result<Vec<_>>>()?.concat();
        let (pieces, segments) = (seen.tokens().pieces(), seen.tokens().segments());
        let all = || heads.iter().flat_map(|head| (0..pieces.len()).map(move |at| (head, at)));
        let numbers = |name: &str, of: fn(&(f64, Worth)) -> f64| -> Column {
            Series::new(name.into(), found.iter().map(of).collect::<Vec<_>>()).into()
        };
        let [layer, head] = head_columns(all().map(|(head, _)| (head.layer, head.head)));
        frame(vec![
            layer,
            head,
            Series::new(c::POSITION.into(), all().map(|(_, at)| at as u32).collect::<Vec<_>>()).into(),
            Series::new(c::TOKEN.into(), all().map(|(_, at)| pieces[at].as_str()).collect::<Vec<_>>()).into(),
            Series::new(c::SEGMENT.into(), all().map(|(_, at)| segments[at].name()).collect::<Vec<_>>()).into(),
            numbers(c::WEIGHT, |(attention, _)| *attention),
            numbers(c::ATTRIBUTION, |(_, worth)| worth.attribution),
            numbers(c::REMOVED_EFFECT, |(_, worth)| worth.removed_effect),
        ])
    }
}

/// For each of these positions its attention from `[CLS]`, and what the head gathers there `[head_dim]`; from a run that has
/// captured [`Site::Pattern`] and [`Site::V`].
pub(super) fn gathered(
    seen: &Activations,
    Head { layer, head }: Head,
    positions: Range<usize>,
) -> Result<Vec<(f64, Vec<f64>)>> {
    let (first, count) = (positions.start, positions.len());
    let attention: Vec<f32> = seen.get(Site::Pattern, layer)?.get(head)?.get(0)?.narrow(0, first, count)?.to_vec1()?;
    let values: Vec<Vec<f32>> = seen.get(Site::V, layer)?.get(head)?.narrow(0, first, count)?.to_vec2()?;
    let at = |(attention, value): (f32, Vec<f32>)| {
        let attention = f64::from(attention);
        (attention, value.into_iter().map(|number| attention * f64::from(number)).collect())
    };
    Ok(attention.into_iter().zip(values).map(at).collect())
}
