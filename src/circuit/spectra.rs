//! What the spectra of many heads' circuits say, a row per head.

use super::identity::rows_of_heads;
use super::ov::{copying, positive_share};
use crate::error::Result;
use crate::frame::{columns as c, frame};
use crate::hook::{Head, Heads};
use crate::model::CrossEncoder;
use polars::prelude::{DataFrame, NamedFrom, Series};
use rayon::prelude::*;

impl CrossEncoder {
    /// What heads compare, in a few numbers: `layer`, `head`, `norm`, `effective_rank`, `symmetric_share`,
    /// `positive_share`, as [`Circuit`](crate::circuit::Circuit) explains them, of the QK circuits that take normalised
    /// rows ([`Qk::folded`](crate::circuit::Qk::folded)).
    ///
    /// # Errors
    /// [`UnknownHead`](crate::Error::UnknownHead), [`Argument`](crate::Error::Argument) if weights are not finite.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let spectra = CrossEncoder::embedded()?.qk_spectra([Head::new(2, 9), Head::new(3, 4)])?;
    /// assert_eq!(spectra.shape(), (2, 6));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn qk_spectra(&self, heads: impl Into<Heads>) -> Result<DataFrame> {
        let names = [c::NORM, c::EFFECTIVE_RANK, c::SYMMETRIC_SHARE, c::POSITIVE_SHARE];
        self.spectra(heads.into(), names, |head| {
            let circuit = self.qk(head)?.folded().circuit()?;
            Ok([circuit.norm(), circuit.effective_rank(), circuit.symmetric_share(), circuit.positive_share()?])
        })
    }

    /// What heads write, in a few numbers: `layer`, `head`, `norm`, `effective_rank`, `copying`, `positive_eigenvalues`, of
    /// their OV circuits, as [`Circuit`](crate::circuit::Circuit) and [`Ov`](crate::circuit::Ov) explain them.
    ///
    /// # Errors
    /// As [`CrossEncoder::qk_spectra`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let spectra = CrossEncoder::embedded()?.ov_spectra(Head::new(2, 9))?;
    /// assert_eq!(spectra.shape(), (1, 6));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn ov_spectra(&self, heads: impl Into<Heads>) -> Result<DataFrame> {
        let names = [c::NORM, c::EFFECTIVE_RANK, c::COPYING, c::POSITIVE_EIGENVALUES];
        self.spectra(heads.into(), names, |head| {
            let circuit = self.ov(head)?.circuit()?;
            let values = circuit.eigenvalues()?;
            Ok([circuit.norm(), circuit.effective_rank(), copying(&values), positive_share(&values)])
        })
    }

    fn spectra<const N: usize>(
        &self,
        heads: Heads,
        names: [&str; N],
        of: impl Fn(Head) -> Result<[f64; N]> + Sync,
    ) -> Result<DataFrame> {
        let heads = heads.within(&self.shape())?;
        let rows: Vec<[f64; N]> = heads.par_iter().map(|head| of(*head)).collect::<Result<_>>()?;
        // A head without weights has no spectrum.
        let value = |row: &[f64; N], at: usize| Some(row[at]).filter(|value| value.is_finite());
        let column = |(at, name): (usize, &str)| {
            Series::new(name.into(), rows.iter().map(|row| value(row, at)).collect::<Vec<_>>()).into()
        };
        frame(rows_of_heads(&heads, 1).into_iter().chain(names.into_iter().enumerate().map(column)).collect())
    }
}
