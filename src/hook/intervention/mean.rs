//! Mean ablation: a head writes what it writes on average, so that only what is particular to the pair is lost.

use super::{Intervention, with_heads_of};
use crate::error::{Error, Result};
use crate::hook::{Heads, Shape, Site};
use crate::tokens::{Segment, Tokens};
use candle_core::{Device, Tensor};

/// The mean `z` of every head over a reference set of pairs, for each segment and over all positions.
///
/// Every position of every pair weighs the same. Made by [`CrossEncoder::means`](crate::model::CrossEncoder::means).
#[derive(Debug, Clone)]
pub struct Means {
    shape: Shape,
    /// Per layer `[head, segment, head_dim]`.
    by_segment: Vec<Tensor>,
    /// Per layer `[head, segment, head_dim]`, the same for every segment.
    overall: Vec<Tensor>,
}

/// The same numbers for a model of the same shape.
impl PartialEq for Means {
    fn eq(&self, other: &Self) -> bool {
        let numbers = |tensor: &Tensor| tensor.flatten_all().and_then(|flat| flat.to_vec1::<f32>()).ok();
        let same = |ours: &[Tensor], theirs: &[Tensor]| ours.iter().map(numbers).eq(theirs.iter().map(numbers));
        self.shape == other.shape && same(&self.by_segment, &other.by_segment) && same(&self.overall, &other.overall)
    }
}

impl Means {
    /// From sums over positions: `sums[((layer * heads + head) * 5 + segment) * head_dim + i]`, `counts[segment]`.
    pub(crate) fn from_sums(shape: Shape, sums: &[f64], counts: &[f64; 5], device: &Device) -> Result<Self> {
        let per_layer = shape.heads * Segment::ALL.len() * shape.head_dim;
        let total: f64 = counts.iter().sum();
        if total == 0.0 {
            return Err(Error::Argument("the reference set of a mean ablation has no pairs; give it some".into()));
        }
        let layers = |mean: &dyn Fn(&[f64], usize, usize) -> f64| -> Result<Vec<Tensor>> {
            sums.chunks(per_layer)
                .map(|layer| {
                    let values = layer.chunks(Segment::ALL.len() * shape.head_dim).flat_map(|head| {
                        (0..head.len()).map(move |at| mean(head, at / shape.head_dim, at % shape.head_dim) as f32)
                    });
                    let dims = (shape.heads, Segment::ALL.len(), shape.head_dim);
                    Ok(Tensor::from_vec(values.collect(), dims, device)?)
                })
                .collect()
        };
        let by_segment = layers(&|head, segment, i| head[segment * shape.head_dim + i] / counts[segment])?;
        let overall = layers(&|head, _, i| head.iter().skip(i).step_by(shape.head_dim).sum::<f64>() / total)?;
        Ok(Self { shape, by_segment, overall })
    }
}

/// Replaces `z` of the chosen heads, at every position, by a mean over a reference set.
#[derive(Debug, Clone)]
pub struct Mean {
    heads: Heads,
    shape: Shape,
    /// Per layer `[head, segment, head_dim]`.
    means: Vec<Tensor>,
}

impl Mean {
    /// Each position gets the mean of its own segment: a query token that of query tokens, and so on.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pair = Pair::new("blue sky", "the sky");
    /// let means = model.means(&[pair.clone()])?;
    /// let hooks = Hooks::new().intervene(Mean::by_segment([Head::new(0, 0)], &means)).capture_at(Site::Z, 0);
    /// let plain = model.run(&pair, &Hooks::new().capture_at(Site::Z, 0))?.values(Site::Z, 0)?.0;
    /// let mean = model.run(&pair, &hooks)?.values(Site::Z, 0)?.0;
    /// // [CLS] is alone in its segment and its reference set: its mean is itself.
    /// assert!(plain[..32].iter().zip(&mean[..32]).all(|(a, b)| (a - b).abs() < 1e-6));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn by_segment(heads: impl Into<Heads>, means: &Means) -> Self {
        Self { heads: heads.into(), shape: means.shape, means: means.by_segment.clone() }
    }

    /// Every position gets the same mean, over all positions of the reference set.
    pub fn overall(heads: impl Into<Heads>, means: &Means) -> Self {
        Self { heads: heads.into(), shape: means.shape, means: means.overall.clone() }
    }
}

impl Intervention for Mean {
    fn check(&self, shape: &Shape) -> Result<()> {
        if *shape != self.shape {
            let what = format!("the means are of a model of shape {:?}, this model's is {shape:?}", self.shape);
            return Err(Error::Argument(what));
        }
        self.heads.within(shape).map(drop)
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        site == Site::Z && self.heads.reach(layer)
    }

    fn apply(&self, layer: usize, value: Tensor, tokens: &Tokens) -> Result<Tensor> {
        let segments: Vec<u32> = tokens.segments().iter().map(|segment| segment.index() as u32).collect();
        let segments = Tensor::new(segments.as_slice(), value.device())?;
        let mean = self.means[layer].index_select(&segments, 1)?;
        with_heads_of(&mean, &value, &self.heads, layer)
    }
}
