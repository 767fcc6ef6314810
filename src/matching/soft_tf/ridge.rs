//! Ridge regression with an intercept (Hoerl and Kennard 1970): `min Σ (y - b - x·w)² + λ ‖w‖²`.
//!
//! Predictors are standardised by the mean and standard deviation that they have where the regression is fitted, so
//! that λ means the same for all; the intercept is not penalised. λ is chosen among powers of ten, in half steps, by
//! the mean over folds of the mean squared error, the larger one of two that are as good. Folds are of whole groups,
//! since the pairs of one query are no strangers to each other.

use crate::error::{Error, Result};
use crate::origin::seeded;
use faer::prelude::Solve;
use faer::{Mat, Side};
use rand::seq::SliceRandom;

/// The penalties to choose among: from 10⁻³ to 10⁵.
pub(super) fn penalties() -> Vec<f64> {
    (-6..=10).map(|half| 10f64.powf(f64::from(half) / 2.0)).collect()
}

/// A fitted regression.
#[derive(Debug, Clone)]
pub(super) struct Ridge {
    /// Of the standardised predictors.
    pub(super) coefficients: Vec<f64>,
    pub(super) intercept: f64,
    pub(super) penalty: f64,
    scales: Scales,
}

impl Ridge {
    /// With the penalty that does best in `folds`, one number per row.
    pub(super) fn chosen(x: &[Vec<f64>], y: &[f64], folds: &[usize]) -> Result<Self> {
        let penalties = penalties();
        let count = folds.iter().max().map_or(0, |last| last + 1);
        let mut errors = vec![0.0; penalties.len()];
        for fold in 0..count {
            let part = |within: bool| -> (Vec<&[f64]>, Vec<f64>) {
                let rows = (0..y.len()).filter(|row| (folds[*row] == fold) == within);
                rows.map(|row| (x[row].as_slice(), y[row])).unzip()
            };
            let ((fitted_x, fitted_y), (held_x, held_y)) = (part(false), part(true));
            let moments = Moments::of(&fitted_x, &fitted_y);
            for (error, penalty) in errors.iter_mut().zip(&penalties) {
                let ridge = moments.solved(*penalty)?;
                let squares = held_x.iter().zip(&held_y).map(|(x, y)| (y - ridge.predict(x)).powi(2));
                *error += squares.sum::<f64>() / held_y.len() as f64;
            }
        }
        let better = |best: usize, next: usize| if errors[next] <= errors[best] { next } else { best };
        let best = (0..penalties.len()).fold(0, better);
        Self::fitted(x, y, penalties[best])
    }

    /// With this penalty.
    pub(super) fn fitted(x: &[Vec<f64>], y: &[f64], penalty: f64) -> Result<Self> {
        let rows: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
        Moments::of(&rows, y).solved(penalty)
    }

    pub(super) fn predict(&self, row: &[f64]) -> f64 {
        let standard = self.scales.standardised(row);
        self.intercept + standard.zip(&self.coefficients).map(|(number, weight)| number * weight).sum::<f64>()
    }
}

/// Puts groups, numbered from 0, into so many folds of about as many each, at random.
pub(super) fn folds(groups: usize, folds: usize, seed: u64) -> Result<Vec<usize>> {
    if folds < 2 || groups < folds {
        let what = format!("{folds} folds cannot be made of {groups} queries: ask for at least 2, and at most as many");
        return Err(Error::Argument(what));
    }
    let mut of_groups: Vec<usize> = (0..groups).map(|group| group % folds).collect();
    of_groups.shuffle(&mut seeded("folds", seed));
    Ok(of_groups)
}

#[derive(Debug, Clone)]
struct Scales {
    means: Vec<f64>,
    /// 1 for a predictor that does not vary, which then has the coefficient 0.
    deviations: Vec<f64>,
}

impl Scales {
    fn of(x: &[&[f64]]) -> Self {
        let width = x.first().map_or(0, |row| row.len());
        let mean = |of: &dyn Fn(&[f64]) -> f64| x.iter().map(|row| of(row)).sum::<f64>() / x.len() as f64;
        let means: Vec<f64> = (0..width).map(|at| mean(&|row| row[at])).collect();
        let deviation = |at: usize| {
            let deviation = mean(&|row| (row[at] - means[at]).powi(2)).sqrt();
            // What rounding leaves of a constant is no variation.
            if deviation > 1e-12 * means[at].abs() { deviation } else { 1.0 }
        };
        Self { deviations: (0..width).map(deviation).collect(), means }
    }

    fn standardised<'a>(&'a self, row: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        row.iter().zip(self.means.iter().zip(&self.deviations)).map(|(number, (mean, by))| (number - mean) / by)
    }
}

/// What all penalties have in common: `XᵀX` and `Xᵀy` of the standardised predictors.
struct Moments {
    scales: Scales,
    mean: f64,
    square: Mat<f64>,
    product: Mat<f64>,
}

impl Moments {
    fn of(x: &[&[f64]], y: &[f64]) -> Self {
        let scales = Scales::of(x);
        let width = scales.means.len();
        let mean = y.iter().sum::<f64>() / y.len() as f64;
        let rows: Vec<Vec<f64>> = x.iter().map(|row| scales.standardised(row).collect()).collect();
        let standard = Mat::from_fn(rows.len(), width, |row, column| rows[row][column]);
        let centred = Mat::from_fn(rows.len(), 1, |row, _| y[row] - mean);
        let (square, product) = (standard.transpose() * &standard, standard.transpose() * &centred);
        Self { scales, mean, square, product }
    }

    fn solved(&self, penalty: f64) -> Result<Ridge> {
        let width = self.square.nrows();
        let penalised = Mat::from_fn(width, width, |row, column| {
            self.square[(row, column)] + if row == column { penalty } else { 0.0 }
        });
        let factors = penalised.llt(Side::Lower).map_err(|_| {
            Error::Argument("a ridge regression cannot be solved: a score or a predictor is not finite".into())
        })?;
        let solution = factors.solve(&self.product);
        let coefficients = solution.col(0).iter().copied().collect();
        Ok(Ridge { coefficients, intercept: self.mean, penalty, scales: self.scales.clone() })
    }
}
