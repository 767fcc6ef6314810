//! One patch of one pair, and how frames tell of many.

use crate::error::Result;
use crate::frame::{columns as c, frame, id_columns};
use crate::perturbation::Perturbed;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

/// The scores of a pair without a patch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scores {
    /// Of the run that is patched.
    pub(super) base: f32,
    /// Of the run that the patch comes from.
    pub(super) source: f32,
}

/// The least difference of scores that can be restored: below it rounding decides.
const LEAST: f32 = 1e-4;

impl Scores {
    /// How far a patch moves the score from the one run's to the other's: 0 nowhere, 1 all the way.
    pub(super) fn effect(self, patched: f32) -> Option<f64> {
        let whole = self.source - self.base;
        (whole.abs() >= LEAST).then(|| f64::from(patched - self.base) / f64::from(whole))
    }
}

/// What one pair gave: its scores, and for every patch what it was (as the study names it) and the score with it.
pub(super) struct Found<P> {
    pub(super) scores: Scores,
    pub(super) patched: Vec<(P, f32)>,
}

/// A row per patch: ids, the columns that name the patch, the three scores and the effect.
pub(super) fn rows<P>(
    perturbed: &[Perturbed],
    found: &[Found<P>],
    noising: bool,
    names: impl FnOnce(&[&P]) -> Vec<Column>,
) -> Result<DataFrame> {
    let rows = || found.iter().flat_map(|of| of.patched.iter().map(move |(patch, score)| (of.scores, patch, *score)));
    let pairs = perturbed.iter().zip(found);
    let mut columns: Vec<Column> =
        id_columns(pairs.flat_map(|(pair, of)| std::iter::repeat_n(pair.clean(), of.patched.len()))).into();
    columns.extend(names(&rows().map(|(_, patch, _)| patch).collect::<Vec<_>>()));
    let scores = |name: &str, of: &dyn Fn(Scores, f32) -> f32| -> Column {
        let scores: Vec<f64> = rows().map(|(scores, _, patched)| f64::from(of(scores, patched))).collect();
        Series::new(name.into(), scores).into()
    };
    let clean = |scores: Scores, _| if noising { scores.base } else { scores.source };
    let corrupted = |scores: Scores, _| if noising { scores.source } else { scores.base };
    columns.push(scores(c::CLEAN_SCORE, &clean));
    columns.push(scores(c::CORRUPTED_SCORE, &corrupted));
    columns.push(scores(c::PATCHED_SCORE, &|_, patched| patched));
    let effects: Vec<Option<f64>> = rows().map(|(scores, _, patched)| scores.effect(patched)).collect();
    columns.push(Series::new(c::EFFECT.into(), effects).into());
    frame(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_the_share_of_the_way() {
        let scores = Scores { base: -1.0, source: 3.0 };
        assert_eq!([-1.0, 1.0, 3.0].map(|patched| scores.effect(patched)), [Some(0.0), Some(0.5), Some(1.0)]);
        assert_eq!(Scores { base: 1.0, source: 1.0 }.effect(1.0), None);
    }
}
