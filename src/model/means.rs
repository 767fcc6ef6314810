//! The reference means for mean ablation.

use super::CrossEncoder;
use crate::collection::Pair;
use crate::error::Result;
use crate::hook::Hooks;
use crate::hook::intervention::{Means, Sums};
use crate::live::Task;
use crate::tokens::{Segment, Tokens};

/// Pairs whose sums are held at once; bounds the memory, whatever the size of the reference set.
const AT_ONCE: usize = 64;

impl CrossEncoder {
    /// The means over all positions of these pairs, by segment and overall, of every site of which a
    /// [`Part`](crate::hook::Part) is made.
    ///
    /// # Errors
    /// [`Argument`](crate::Error::Argument) without pairs, and those of [`CrossEncoder::score`].
    pub fn means(&self, pairs: &[Pair]) -> Result<Means> {
        let mut sums = self.no_sums();
        let mut counts = [0.0; 5];
        let task = Task::new("reference means", "pairs", pairs.len());
        for some in pairs.chunks(AT_ONCE) {
            for (of_pair, tokens) in self.each(some, &task, |tokens| Ok((self.sums(tokens)?, tokens.clone())))? {
                for (sum, values) in sums.values_mut().zip(of_pair.values()) {
                    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
                }
                tokens.segments().iter().for_each(|segment| counts[segment.index()] += 1.0);
            }
        }
        Means::from_sums(self.shape(), &sums, &counts)
    }

    fn no_sums(&self) -> Sums {
        let shape = self.shape();
        let places = Means::SITES.into_iter().flat_map(|site| (0..shape.layers).map(move |layer| (site, layer)));
        places.map(|place| (place, vec![0.0; Segment::ALL.len() * shape.hidden])).collect()
    }

    /// One pair's values, summed over the positions of each segment.
    fn sums(&self, tokens: &Tokens) -> Result<Sums> {
        let hooks = Means::SITES.into_iter().fold(Hooks::new(), Hooks::capture);
        let seen = self.run_tokens(tokens, &hooks)?;
        let mut all = self.no_sums();
        for (&(site, layer), sums) in &mut all {
            let (_, width) = Means::split(site, &self.shape());
            let (values, _) = seen.values(site, layer)?;
            for (row, values) in values.chunks(width).enumerate() {
                let (group, position) = (row / tokens.len(), row % tokens.len());
                let segment = tokens.segments()[position].index();
                let start = (group * Segment::ALL.len() + segment) * width;
                let sums = &mut sums[start..start + width];
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += f64::from(*value));
            }
        }
        Ok(all)
    }
}
