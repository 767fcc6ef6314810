//! The reference means for mean ablation.

use super::CrossEncoder;
use crate::collection::Pair;
use crate::error::Result;
use crate::hook::intervention::Means;
use crate::hook::{Hooks, Site};
use crate::live::Task;
use crate::tokens::{Segment, Tokens};
use candle_core::Device;

/// Pairs whose sums are held at once; bounds the memory, whatever the size of the reference set.
const AT_ONCE: usize = 64;

impl CrossEncoder {
    /// The mean `z` of every head over all positions of these pairs, by segment and overall.
    ///
    /// # Errors
    /// [`Argument`](crate::Error::Argument) without pairs, and those of [`CrossEncoder::score`].
    pub fn means(&self, pairs: &[Pair]) -> Result<Means> {
        let shape = self.shape();
        let mut sums = vec![0.0; shape.layers * shape.heads * Segment::ALL.len() * shape.head_dim];
        let mut counts = [0.0; 5];
        let task = Task::new("reference means", "pairs", pairs.len());
        for some in pairs.chunks(AT_ONCE) {
            for (of_pair, tokens) in self.each(some, &task, |tokens| Ok((self.sum_of_z(tokens)?, tokens.clone())))? {
                sums.iter_mut().zip(of_pair).for_each(|(sum, value)| *sum += value);
                tokens.segments().iter().for_each(|segment| counts[segment.index()] += 1.0);
            }
        }
        Means::from_sums(shape, &sums, &counts, &Device::Cpu)
    }

    /// `[layer, head, segment, head_dim]`, flat: `z` of one pair, summed over the positions of each segment.
    fn sum_of_z(&self, tokens: &Tokens) -> Result<Vec<f64>> {
        let shape = self.shape();
        let seen = self.run_tokens(tokens, &Hooks::new().capture(Site::Z))?;
        let mut sums = vec![0.0; shape.layers * shape.heads * Segment::ALL.len() * shape.head_dim];
        for layer in 0..shape.layers {
            let (z, _) = seen.values(Site::Z, layer)?;
            for (row, values) in z.chunks(shape.head_dim).enumerate() {
                let (head, position) = (row / tokens.len(), row % tokens.len());
                let segment = tokens.segments()[position].index();
                let start = ((layer * shape.heads + head) * Segment::ALL.len() + segment) * shape.head_dim;
                let sums = &mut sums[start..start + shape.head_dim];
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += f64::from(*value));
            }
        }
        Ok(sums)
    }
}
