//! How much a head reads of what an earlier head writes, from the weights of both.
//!
//! With `M = W_qᵀ W_k` of the later and `P = W_o W_v` of the earlier head (Elhage et al. 2021):
//! `Q: ‖Mᵀ P‖ / ‖M‖ ‖P‖`, `K: ‖M P‖ / ‖M‖ ‖P‖`, `V: ‖P' P‖ / ‖P'‖ ‖P‖` with `P' = W_o W_v` of the later head.

use super::Circuit;
use crate::error::Result;
use crate::frame::{columns as c, frame, head_columns, other_head_columns};
use crate::hook::{Head, Heads};
use crate::model::CrossEncoder;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use rayon::prelude::*;

impl CrossEncoder {
    /// For each two of these heads in different layers, the earlier one first: `layer`, `head`, `other_layer`,
    /// `other_head`, and how much of what the first writes is read by the second's queries, keys and values:
    /// `q_composition`, `k_composition`, `v_composition` (Frobenius norm of the product over the product of norms, from 0 to
    /// 1). Unrelated heads have about `1 / √hidden`.
    ///
    /// Weights alone: the LayerNorms between the two heads are left out, as are biases and all that other heads and MLPs do.
    ///
    /// # Errors
    /// [`UnknownHead`](crate::Error::UnknownHead), [`Argument`](crate::Error::Argument) if weights are not finite.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let composition = model.composition([Head::new(2, 9), Head::new(3, 4), Head::new(3, 5)])?;
    /// assert_eq!(composition.shape(), (2, 7));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn composition(&self, heads: impl Into<Heads>) -> Result<DataFrame> {
        let heads = heads.into().within(&self.shape())?;
        let circuits = |head: &Head| Ok((self.qk(*head)?.circuit()?, self.ov(*head)?.circuit()?));
        let circuits: Vec<(Circuit, Circuit)> = heads.par_iter().map(circuits).collect::<Result<_>>()?;
        let every = (0..heads.len()).flat_map(|first| (0..heads.len()).map(move |second| (first, second)));
        let both: Vec<(usize, usize)> =
            every.filter(|(first, second)| heads[*first].layer < heads[*second].layer).collect();
        let scores = |(first, second): &(usize, usize)| {
            let (written, (compared, passed)) = (&circuits[*first].1, &circuits[*second]);
            let share = |reading: &Circuit| reading.norm_of_product(written) / (reading.norm() * written.norm());
            [share(&compared.transposed()), share(compared), share(passed)]
        };
        let scores: Vec<[f64; 3]> = both.par_iter().map(scores).collect();
        let place = |at: usize| (heads[at].layer, heads[at].head);
        let [layer, head] = head_columns(both.iter().map(|both| place(both.0)));
        let [other_layer, other_head] = other_head_columns(both.iter().map(|both| place(both.1)));
        let score = |name: &str, at: usize| -> Column {
            let known = scores.iter().map(|scores| Some(scores[at]).filter(|score| score.is_finite()));
            Series::new(name.into(), known.collect::<Vec<_>>()).into()
        };
        frame(vec![
            layer,
            head,
            other_layer,
            other_head,
            score(c::Q_COMPOSITION, 0),
            score(c::K_COMPOSITION, 1),
            score(c::V_COMPOSITION, 2),
        ])
    }
}
