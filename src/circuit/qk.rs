//! `score(x, y) = (W_q x + b_q) · (W_k y + b_k) / √d`: how well a row that attends matches one that is attended to.

use super::Circuit;
use crate::error::{Error, Result};
use crate::hook::{Head, Shape};
use crate::model::{Affine, CrossEncoder, Packed};

/// The QK circuit of one head.
///
/// Every function takes rows `[row, hidden]` as they enter the head's layer (`resid_pre`), one after the other;
/// [`Qk::folded`] makes the circuit that takes normalised rows.
///
/// ```
/// use crosslens::prelude::*;
/// let (model, head) = (CrossEncoder::embedded()?, Head::new(2, 9));
/// let hooks = Hooks::new().capture_at(Site::ResidPre, 2).capture_at(Site::AttnScores, 2);
/// let seen = model.run(&Pair::new("blue sky", "the sky"), &hooks)?;
/// let rows = seen.values(Site::ResidPre, 2)?.0;
/// let scores = model.qk(head)?.scores(&rows, &rows)?;
/// let of_pass = seen.values(Site::AttnScores, 2)?.0;
/// assert!(scores.iter().zip(&of_pass[9 * 49..]).all(|(ours, pass)| (ours - pass).abs() < 1e-4));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Qk {
    head: Head,
    shape: Shape,
    /// Divided by `√d`.
    q: Affine,
    k: Affine,
    norm: Option<(Vec<f32>, Vec<f32>)>,
}

impl CrossEncoder {
    /// What a head compares when it attends, from its weights.
    ///
    /// # Errors
    /// [`Error::UnknownHead`] if the model lacks it.
    pub fn qk(&self, head: Head) -> Result<Qk> {
        let weights = self.head_weights(head)?;
        let scale = 1.0 / (self.shape().head_dim as f32).sqrt();
        let scaled = |numbers: Vec<f32>| numbers.into_iter().map(|number| number * scale).collect();
        let q = Affine { weight: scaled(weights.q.weight), bias: scaled(weights.q.bias) };
        Ok(Qk { head, shape: self.shape(), q, k: weights.k, norm: Some(weights.norm) })
    }
}

impl Qk {
    /// The head whose circuit it is.
    pub fn head(&self) -> Head {
        self.head
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// The scores `[from, to]` before the softmax, of rows `from` and `to` `[row, hidden]`.
    ///
    /// # Errors
    /// [`Error::Argument`] for numbers that are not whole rows.
    pub fn scores(&self, from: &[f32], to: &[f32]) -> Result<Vec<f32>> {
        let (q, k) = (self.queries(from)?, self.keys(to)?);
        let mut scores = Vec::new();
        if !k.is_empty() {
            Packed::new(&k, vec![0.0; k.len() / self.shape.head_dim]).multiply(&q, &mut scores);
        }
        Ok(scores)
    }

    /// `b_q · W_k y / √d` for each row: the part of the score that does not depend on the query. A head with a large one
    /// looks at some keys whoever asks. Of a folded circuit it holds what the bias of the LayerNorm adds to every query too.
    ///
    /// # Errors
    /// As [`Qk::scores`].
    pub fn key_bias(&self, to: &[f32]) -> Result<Vec<f32>> {
        self.check(to)?;
        let (hidden, mut weight) = (self.shape.hidden, vec![0.0; self.shape.hidden]);
        for (of_dim, bias) in self.k.weight.chunks_exact(hidden).zip(&self.q.bias) {
            weight.iter_mut().zip(of_dim).for_each(|(sum, number)| *sum += number * bias);
        }
        Ok(to.chunks_exact(hidden).map(|row| row.iter().zip(&weight).map(|(x, weight)| x * weight).sum()).collect())
    }

    /// The bilinear form `W_qᵀ W_k / √d` `[hidden, hidden]`, without biases.
    ///
    /// # Errors
    /// [`Error::Argument`] if weights are not finite.
    pub fn circuit(&self) -> Result<Circuit> {
        Circuit::new(&self.q.weight, &self.k.weight, self.shape.hidden)
    }

    /// The same circuit for rows that are normalised but not yet multiplied with the weight of the LayerNorm before the
    /// layer, nor moved by its bias: mean 0 and variance 1. Its form then compares all heads on the same kind of row:
    /// `W (γ ∘ x + β) + b = (W diag(γ)) x + (W β + b)`.
    ///
    /// What is folded already stays as it is.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let qk = CrossEncoder::embedded()?.qk(Head::new(2, 9))?;
    /// assert_ne!(qk.folded().circuit()?.norm(), qk.circuit()?.norm());
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn folded(&self) -> Self {
        let Some((gain, offset)) = &self.norm else { return self.clone() };
        let fold = |Affine { weight, bias }: &Affine| {
            let rows = || weight.chunks_exact(self.shape.hidden);
            let moved = |row: &[f32]| row.iter().zip(offset).map(|(weight, offset)| weight * offset).sum::<f32>();
            Affine {
                bias: rows().zip(bias).map(|(row, bias)| moved(row) + bias).collect(),
                weight: rows().flat_map(|row| row.iter().zip(gain).map(|(weight, gain)| weight * gain)).collect(),
            }
        };
        Self { q: fold(&self.q), k: fold(&self.k), norm: None, ..self.clone() }
    }

    /// `[row, head_dim]`, divided by `√d`.
    pub(crate) fn queries(&self, rows: &[f32]) -> Result<Vec<f32>> {
        self.project(&self.q, rows)
    }

    /// `[row, head_dim]`
    pub(crate) fn keys(&self, rows: &[f32]) -> Result<Vec<f32>> {
        self.project(&self.k, rows)
    }

    fn project(&self, Affine { weight, bias }: &Affine, rows: &[f32]) -> Result<Vec<f32>> {
        self.check(rows)?;
        let mut projected = Vec::new();
        Packed::new(weight, bias.clone()).multiply(rows, &mut projected);
        Ok(projected)
    }

    fn check(&self, rows: &[f32]) -> Result<()> {
        check_rows(rows, self.shape.hidden)
    }
}

pub(super) fn check_rows(rows: &[f32], hidden: usize) -> Result<()> {
    if rows.len().is_multiple_of(hidden) {
        return Ok(());
    }
    let what = format!("{} numbers are not whole rows of {hidden}; give rows as they enter a layer", rows.len());
    Err(Error::Argument(what))
}
