//! `written(y) = W_o (W_v y + b_v)`: what a head writes of a row that it attends to with weight 1.

use super::Circuit;
use super::qk::check_rows;
use crate::error::Result;
use crate::hook::{Head, Shape};
use crate::model::{Affine, CrossEncoder, Packed};

/// The OV circuit of one head.
///
/// ```
/// use crosslens::prelude::*;
/// let ov = CrossEncoder::embedded()?.ov(Head::new(2, 9))?;
/// assert!((-1.0..=1.0).contains(&ov.copying()?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ov {
    head: Head,
    shape: Shape,
    v: Affine,
    /// `[head_dim, hidden]`
    out: Vec<f32>,
}

impl CrossEncoder {
    /// What a head writes of what it attends to, from its weights.
    ///
    /// # Errors
    /// [`UnknownHead`](crate::Error::UnknownHead) if the model lacks it.
    pub fn ov(&self, head: Head) -> Result<Ov> {
        let weights = self.head_weights(head)?;
        Ok(Ov { head, shape: self.shape(), v: weights.v, out: weights.out })
    }
}

impl Ov {
    /// The head whose circuit it is.
    pub fn head(&self) -> Head {
        self.head
    }

    /// What is written `[row, hidden]` of rows `[row, hidden]` that enter the layer, each attended to alone. The bias of
    /// the output projection belongs to the layer and is left out.
    ///
    /// # Errors
    /// [`Argument`](crate::Error::Argument) for numbers that are not whole rows.
    pub fn written(&self, rows: &[f32]) -> Result<Vec<f32>> {
        let hidden = self.shape.hidden;
        check_rows(rows, hidden)?;
        let (mut values, mut written) = (Vec::new(), Vec::new());
        Packed::new(&self.v.weight, self.v.bias.clone()).multiply(rows, &mut values);
        let weight: Vec<f32> = (0..hidden).flat_map(|to| self.out[to..].iter().step_by(hidden).copied()).collect();
        Packed::new(&weight, vec![0.0; hidden]).multiply(&values, &mut written);
        Ok(written)
    }

    /// The map `W_o W_v` `[hidden, hidden]`, without biases: right directions are read, left ones written.
    ///
    /// # Errors
    /// [`Argument`](crate::Error::Argument) if weights are not finite.
    pub fn circuit(&self) -> Result<Circuit> {
        Circuit::new(&self.out, &self.v.weight, self.shape.hidden)
    }

    /// Whether the head writes what it reads: `Σ Re λ / Σ |λ|` over the eigenvalues of `W_o W_v`, from -1 (it writes the
    /// opposite) to 1 (it copies). Elhage et al. (2021) ask this of the eigenvalues between embedding and unembedding; a
    /// cross-encoder has no unembedding, so this is asked within the residual stream.
    ///
    /// # Errors
    /// As [`Ov::circuit`].
    pub fn copying(&self) -> Result<f64> {
        Ok(copying(&self.circuit()?.eigenvalues()?))
    }

    /// The share of eigenvalues of `W_o W_v` with a positive real part, of those that can differ from 0.
    ///
    /// # Errors
    /// As [`Ov::circuit`].
    pub fn positive_eigenvalues(&self) -> Result<f64> {
        Ok(positive_share(&self.circuit()?.eigenvalues()?))
    }
}

/// What [`Ov::copying`] tells of eigenvalues, with their imaginary parts.
pub(super) fn copying(values: &[(f64, f64)]) -> f64 {
    let size = values.iter().map(|(re, im)| re.hypot(*im)).sum::<f64>();
    values.iter().map(|(re, _)| re).sum::<f64>() / size
}

/// What [`Ov::positive_eigenvalues`] tells of them.
pub(super) fn positive_share(values: &[(f64, f64)]) -> f64 {
    values.iter().filter(|(re, _)| *re > 0.0).count() as f64 / values.len() as f64
}
