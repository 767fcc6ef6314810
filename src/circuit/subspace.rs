//! A head that compares in a few directions only.
//!
//! With the form `M = W_qᵀ W_k` and k of its left singular directions `U` `[hidden, k]`, the head's scores become those of
//! `U Uᵀ M` (for the first k the best form of that rank): queries `q = W_q x` become `T q` with `T = W_q U Uᵀ W_q⁺`
//! `[head_dim, head_dim]`. As `score = q · k` and `T` is a projection, it is the same whether queries are projected by `T`,
//! keys by `Tᵀ`, or both; queries it is. Biases go the same way, since `b_q = W_q x` for some x.

use super::rotation::normal_matrix;
use super::{Circuit, Qk};
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::hook::intervention::check_shape;
use crate::hook::{Head, Intervention, Shape, Site};
use crate::origin::seeded;
use crate::tokens::Tokens;
use candle_core::{Device, Tensor};
use faer::{Mat, MatRef};
use std::fmt;
use std::ops::Range;

/// Singular values of the query weights below this share of the largest are none.
const FLAT: f64 = 1e-6;

/// Lets one head compare queries and keys in some of the directions of its QK circuit only; its values stay.
///
/// ```
/// use crosslens::prelude::*;
/// let model = CrossEncoder::embedded()?;
/// let narrow = model.with(model.qk(Head::new(2, 9))?.top(4)?)?;
/// assert_eq!(narrow.pattern(&Pair::new("blue sky", "the sky"), Head::new(2, 9))?.height(), 49);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Subspace {
    head: Head,
    shape: Shape,
    directions: usize,
    /// `T` `[head_dim, head_dim]`
    projection: Vec<f32>,
}

impl Qk {
    /// The subspace of the `k` largest singular values.
    ///
    /// Large does not mean matching: the largest ones of a head can compare segments or positions, which all tokens have,
    /// and words in the many small ones. The cosine of [`Circuit::left`] and [`Circuit::right`] tells them apart: where it
    /// is positive, alike matches alike.
    ///
    /// # Errors
    /// [`Error::Argument`] if the head has fewer directions, or query weights that are linearly dependent.
    pub fn top(&self, k: usize) -> Result<Subspace> {
        self.among(0..k)
    }

    /// The subspace of singular directions in a range, from 0 and the largest on.
    ///
    /// # Errors
    /// As [`Qk::top`].
    pub fn among(&self, directions: Range<usize>) -> Result<Subspace> {
        self.check_directions(&directions)?;
        let circuit = self.circuit()?;
        let own = circuit.all_left().get(.., directions);
        self.subspace(&circuit, own)
    }

    /// A subspace of `k` directions drawn at random among those in which the head compares: what [`Qk::top`] is held
    /// against.
    ///
    /// # Errors
    /// As [`Qk::top`].
    pub fn random(&self, k: usize, seed: u64) -> Result<Subspace> {
        let (circuit, dim) = (self.circuit()?, self.shape().head_dim);
        self.check_directions(&(0..k))?;
        let mut random = seeded("random directions", seed);
        let drawn = normal_matrix(dim, k, &mut random);
        let directions = circuit.all_left() * drawn.qr().compute_thin_Q();
        self.subspace(&circuit, directions.as_ref())
    }

    fn check_directions(&self, Range { start, end }: &Range<usize>) -> Result<()> {
        let (head, dim) = (self.head(), self.shape().head_dim);
        if start <= end && *end <= dim {
            return Ok(());
        }
        Err(Error::Argument(format!("head {head} compares in {dim} directions, {start}..{end} is no range of them")))
    }

    /// `directions` `[hidden, k]`
    fn subspace(&self, circuit: &Circuit, directions: MatRef<f64>) -> Result<Subspace> {
        let (head, shape) = (self.head(), self.shape());
        let weight = circuit.first();
        let svd = weight.thin_svd().map_err(|_| super::low_rank::not_finite())?;
        let sizes: Vec<f64> = svd.S().column_vector().iter().copied().collect();
        if sizes.last().is_none_or(|least| *least <= FLAT * sizes[0]) {
            let what =
                format!("the query weights of head {head} are linearly dependent: it has no subspaces of its own");
            return Err(Error::Argument(what));
        }
        // W⁺ = V S⁻¹ Uᵀ
        let scaled = Mat::from_fn(sizes.len(), sizes.len(), |row, column| svd.U()[(column, row)] / sizes[row]);
        let projection = (weight * directions) * (directions.transpose() * (svd.V() * scaled));
        let numbers = (0..shape.head_dim).flat_map(|row| (0..shape.head_dim).map(move |column| (row, column)));
        let projection = numbers.map(|(row, column)| projection[(row, column)] as f32).collect();
        Ok(Subspace { head, shape, directions: directions.ncols(), projection })
    }
}

impl fmt::Debug for Subspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subspace(head {}, {} directions)", self.head, self.directions)
    }
}

impl Intervention for Subspace {
    fn check(&self, shape: &Shape) -> Result<()> {
        shape.check_head(self.head)?;
        check_shape("the subspace is", self.shape, shape)
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        site == Site::Q && layer == self.head.layer
    }

    fn apply(&self, _: usize, value: Tensor, _: &Tokens) -> Result<Tensor> {
        let (heads, dim) = (value.dim(0)?, self.shape.head_dim);
        let projection = Tensor::from_slice(&self.projection, (dim, dim), &Device::Cpu)?;
        let own = |head: usize| -> Result<Tensor> {
            let queries = value.get(head)?;
            Ok(if head == self.head.head { queries.matmul(&projection.t()?)? } else { queries })
        };
        Ok(Tensor::stack(&(0..heads).map(own).collect::<Result<Vec<_>>>()?, 0)?)
    }

    fn describe(&self) -> Option<String> {
        let name = Fingerprint::default().numbers(&self.projection).finish();
        Some(format!("head {} compares in {} directions, {name}", self.head, self.directions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CrossEncoder;

    #[test]
    fn scores_become_those_of_the_directions_that_are_left() {
        let qk = CrossEncoder::embedded().unwrap().qk(Head::new(2, 9)).unwrap();
        let (circuit, subspace, dim) = (qk.circuit().unwrap(), qk.among(2..7).unwrap(), qk.shape().head_dim);
        let rows: Vec<f32> = (0..2 * qk.shape().hidden).map(|at| (at as f32).sin()).collect();
        let (x, y) = rows.split_at(qk.shape().hidden);
        let zero = vec![0.0; x.len()];
        let without_bias = |of: &dyn Fn(&[f32]) -> Result<Vec<f32>>, row: &[f32]| -> Vec<f32> {
            of(row).unwrap().iter().zip(of(&zero).unwrap()).map(|(number, bias)| number - bias).collect()
        };
        let (q, k) = (without_bias(&|row| qk.queries(row), x), without_bias(&|row| qk.keys(row), y));
        let projected = subspace.projection.chunks(dim).map(|row| row.iter().zip(&q).map(|(t, q)| t * q).sum::<f32>());
        let ours: f32 = projected.zip(&k).map(|(q, k)| q * k).sum();
        let along = |row: &[f32], direction: Option<Vec<f64>>| -> f64 {
            row.iter().zip(direction.unwrap()).map(|(number, direction)| f64::from(*number) * direction).sum()
        };
        let term = |at: usize| circuit.singular_values()[at] * along(x, circuit.left(at)) * along(y, circuit.right(at));
        let exact: f64 = (2..7).map(term).sum();
        assert!((f64::from(ours) - exact).abs() < 1e-4, "{ours} and {exact}");
    }
}
