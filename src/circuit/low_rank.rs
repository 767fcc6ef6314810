//! `P = Aᵀ B` for `A` and `B` `[head_dim, hidden]`: what can be told of such a matrix without ever making it.
//!
//! With `Aᵀ = Qₐ Rₐ` and `Bᵀ = Q_b R_b`, `P = Qₐ (Rₐ R_bᵀ) Q_bᵀ`: all singular values are those of the core `Rₐ R_bᵀ`
//! `[head_dim, head_dim]`. Everything here is computed in f64.

use crate::error::{Error, Result};
use faer::{Mat, Side};

/// A matrix `[hidden, hidden]` of low rank, as the circuits of a head are, and its singular value decomposition
/// `P = Σ σᵢ leftᵢ rightᵢᵀ`.
///
/// ```
/// use crosslens::prelude::*;
/// let circuit = CrossEncoder::embedded()?.qk(Head::new(2, 9))?.circuit()?;
/// assert_eq!(circuit.singular_values().len(), 32);
/// assert!(circuit.effective_rank() <= 32.0);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Circuit {
    a: Mat<f64>,
    b: Mat<f64>,
    /// `Rₐ` and `R_b`, `[head_dim, head_dim]`.
    of_a: Mat<f64>,
    of_b: Mat<f64>,
    singular_values: Vec<f64>,
    /// `[hidden, head_dim]`
    left: Mat<f64>,
    /// `[hidden, head_dim]`
    right: Mat<f64>,
}

impl Circuit {
    /// `AᵀB`, from `a` and `b` `[head_dim, hidden]`, row by row.
    pub(super) fn new(a: &[f32], b: &[f32], hidden: usize) -> Result<Self> {
        let matrix = |numbers: &[f32]| {
            Mat::from_fn(numbers.len() / hidden, hidden, |row, column| f64::from(numbers[row * hidden + column]))
        };
        let (a, b) = (matrix(a), matrix(b));
        let (qr_a, qr_b) = (a.transpose().qr(), b.transpose().qr());
        let (of_a, of_b) = (qr_a.thin_R().to_owned(), qr_b.thin_R().to_owned());
        let svd = (&of_a * of_b.transpose()).svd().map_err(|_| not_finite())?;
        let singular_values: Vec<f64> = svd.S().column_vector().iter().copied().collect();
        if !singular_values.iter().all(|value| value.is_finite()) {
            return Err(not_finite());
        }
        let (left, right) = (qr_a.compute_thin_Q() * svd.U(), qr_b.compute_thin_Q() * svd.V());
        Ok(Self { a, b, of_a, of_b, singular_values, left, right })
    }

    /// The largest first, as many as the head has dimensions.
    pub fn singular_values(&self) -> &[f64] {
        &self.singular_values
    }

    /// The left singular direction `[hidden]` of the singular value at this place; `None` if there are fewer. In a QK
    /// circuit it is what queries are compared by, in an OV circuit what is written. Its sign goes with the right one's.
    pub fn left(&self, at: usize) -> Option<Vec<f64>> {
        (at < self.left.ncols()).then(|| self.left.col(at).iter().copied().collect())
    }

    /// The right singular direction `[hidden]`, as [`Circuit::left`]: in a QK circuit what keys are compared by, in an OV
    /// circuit what is read.
    pub fn right(&self, at: usize) -> Option<Vec<f64>> {
        (at < self.right.ncols()).then(|| self.right.col(at).iter().copied().collect())
    }

    /// Frobenius norm, `√Σσ²`.
    pub fn norm(&self) -> f64 {
        self.singular_values.iter().map(|value| value * value).sum::<f64>().sqrt()
    }

    /// How many directions count: `exp(-Σ pᵢ ln pᵢ)` with `pᵢ = σᵢ / Σσ` (Roy and Vetterli, *The effective rank*, 2007).
    /// From 1 to `head_dim`; NaN if all weights are zero.
    pub fn effective_rank(&self) -> f64 {
        let sum: f64 = self.singular_values.iter().sum();
        let shares = self.singular_values.iter().map(|value| value / sum).filter(|share| *share != 0.0);
        shares.map(|share| -share * share.ln()).sum::<f64>().exp()
    }

    /// The share of the squared norm that lies in the symmetric part `(P + Pᵀ) / 2`; the rest is the antisymmetric part's.
    /// 1 if both sides are always compared alike, 1/2 if there is no such tendency, 0 if swapping them turns the sign.
    pub fn symmetric_share(&self) -> f64 {
        // ‖(P + Pᵀ)/2‖² = (‖P‖² + tr PP) / 2, and tr PP = tr CC for C = B Aᵀ.
        let core = &self.b * self.a.transpose();
        let trace = (&core * &core).diagonal().column_vector().iter().sum::<f64>();
        0.5 + trace / (2.0 * self.norm().powi(2))
    }

    /// The share of positive eigenvalues of the symmetric part, by size: `Σ λ⁺ / Σ |λ|`. Where it is 1 every row matches
    /// itself, as far as rows are compared alike; 1/2 says nothing either way.
    ///
    /// By size and not by number: by number it is 1/2 for any weights without a linear dependence, since the symmetric
    /// part of a product of rank d has d positive and d negative eigenvalues (Sylvester's law of inertia).
    ///
    /// # Errors
    /// [`Error::Argument`] if the eigenvalues cannot be computed, as where weights are huge.
    pub fn positive_share(&self) -> Result<f64> {
        let values = self.symmetric_eigenvalues()?;
        Ok(values.iter().map(|value| value.max(0.0)).sum::<f64>() / values.iter().map(|value| value.abs()).sum::<f64>())
    }

    /// Of the symmetric part, those that can differ from 0.
    fn symmetric_eigenvalues(&self) -> Result<Vec<f64>> {
        // W J Wᵀ / 2 for W = [Aᵀ Bᵀ], where J swaps the halves; with W = Q R these are the eigenvalues of R J Rᵀ / 2.
        let (dim, hidden) = (self.a.nrows(), self.a.ncols());
        let both = Mat::from_fn(hidden, 2 * dim, |row, column| match column.checked_sub(dim) {
            None => self.a[(column, row)],
            Some(column) => self.b[(column, row)],
        });
        let qr = both.qr();
        let of_both = qr.thin_R();
        let swapped = Mat::from_fn(of_both.nrows(), 2 * dim, |row, column| of_both[(row, (column + dim) % (2 * dim))]);
        let core = faer::Scale(0.5) * (swapped * of_both.transpose());
        core.self_adjoint_eigenvalues(Side::Lower).map_err(|_| not_finite())
    }

    /// The eigenvalues of `P` that can differ from 0, as real and imaginary part: those of `B Aᵀ` `[head_dim, head_dim]`.
    ///
    /// # Errors
    /// As [`Circuit::positive_share`].
    pub fn eigenvalues(&self) -> Result<Vec<(f64, f64)>> {
        let values = (&self.b * self.a.transpose()).eigenvalues().map_err(|_| not_finite())?;
        Ok(values.into_iter().map(|value| (value.re, value.im)).collect())
    }

    /// `‖self · other‖`, in the Frobenius norm.
    pub(super) fn norm_of_product(&self, other: &Self) -> f64 {
        // Aᵀ B Cᵀ D = Qₐ (Rₐ (B Cᵀ) R_dᵀ) Q_dᵀ
        let core = &self.of_a * (&self.b * other.a.transpose()) * other.of_b.transpose();
        core.norm_l2()
    }

    /// `Pᵀ`
    pub(super) fn transposed(&self) -> Self {
        let Self { a, b, of_a, of_b, singular_values, left, right } = self.clone();
        Self { a: b, b: a, of_a: of_b, of_b: of_a, singular_values, left: right, right: left }
    }

    /// `[hidden, head_dim]`: all left singular directions.
    pub(super) fn all_left(&self) -> &Mat<f64> {
        &self.left
    }

    /// `A` `[head_dim, hidden]` and `Rₐ` `[head_dim, head_dim]`.
    pub(super) fn first(&self) -> &Mat<f64> {
        &self.a
    }
}

pub(super) fn not_finite() -> Error {
    Error::Argument("the weights of this head cannot be decomposed: some are not finite, or too large".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symmetric_form_matches_every_row_with_itself() {
        // P = diag(4, 1, 0)
        let a = [2.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let circuit = Circuit::new(&a, &a, 3).unwrap();
        let values = circuit.singular_values();
        assert!((values[0] - 4.0).abs() < 1e-12 && (values[1] - 1.0).abs() < 1e-12);
        assert!((circuit.symmetric_share() - 1.0).abs() < 1e-12);
        assert!((circuit.positive_share().unwrap() - 1.0).abs() < 1e-12);
        let entropy = -(0.8 * f64::ln(0.8) + 0.2 * f64::ln(0.2));
        assert!((circuit.effective_rank() - entropy.exp()).abs() < 1e-12);
        assert!((circuit.left(0).unwrap()[0].abs() - 1.0).abs() < 1e-12);
        assert_eq!(circuit.left(2), None);
    }

    #[test]
    fn a_turn_is_antisymmetric() {
        // P takes (x, y) to (y, -x).
        let circuit = Circuit::new(&[1.0, 0.0, 0.0, 1.0], &[0.0, 1.0, -1.0, 0.0], 2).unwrap();
        assert!(circuit.symmetric_share().abs() < 1e-12);
        let values = circuit.eigenvalues().unwrap();
        assert!(values.iter().all(|(re, im)| re.abs() < 1e-12 && (im.abs() - 1.0).abs() < 1e-12));
    }

    #[test]
    fn by_number_half_of_the_eigenvalues_are_positive() {
        let number = |at: usize| (at * 7919 % 1009) as f32 / 1009.0 - 0.5;
        let (a, b): (Vec<f32>, Vec<f32>) = (0..3 * 8).map(|at| (number(at), number(at + 500))).unzip();
        let values = Circuit::new(&a, &b, 8).unwrap().symmetric_eigenvalues().unwrap();
        assert_eq!((values.iter().filter(|value| **value > 1e-9).count(), values.len()), (3, 6));
    }

    #[test]
    fn weights_that_are_not_finite_are_refused() {
        assert!(Circuit::new(&[f32::NAN, 0.0], &[1.0, 0.0], 2).is_err());
    }
}
