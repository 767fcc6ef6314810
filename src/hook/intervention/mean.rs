//! Mean ablation: a part writes what it writes on average, so that only what is particular to the pair is lost.

use super::{Intervention, check_shape};
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::hook::{Part, Shape, Site};
use crate::tokens::{Segment, Tokens};
use candle_core::{Device, Tensor};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Sums over positions, at each site of each layer: `[group, segment, width]`, flat (heads are the groups of `z`,
/// other sites have one).
pub(crate) type Sums = BTreeMap<(Site, usize), Vec<f64>>;

/// The mean `z`, `attn_out`, `mlp_out` and `resid_post` of every layer over a reference set of pairs, for each segment
/// and over all positions.
///
/// Every position of every pair weighs the same. Made by [`CrossEncoder::means`](crate::model::CrossEncoder::means).
#[derive(Debug, Clone)]
pub struct Means(Arc<Values>);

#[derive(Debug)]
struct Values {
    shape: Shape,
    /// `[head, segment, head_dim]` for `z`, `[segment, hidden]` for the others.
    by_segment: BTreeMap<(Site, usize), Tensor>,
    /// The same, equal for every segment.
    overall: BTreeMap<(Site, usize), Tensor>,
    fingerprint: String,
}

/// The same numbers for a model of the same shape.
impl PartialEq for Means {
    fn eq(&self, other: &Self) -> bool {
        self.0.fingerprint == other.0.fingerprint
    }
}

impl Means {
    /// The sites whose means are kept.
    pub(crate) const SITES: [Site; 4] = [Site::Z, Site::AttnOut, Site::MlpOut, Site::ResidPost];

    /// How a site's value splits: groups, and the width of each.
    pub(crate) const fn split(site: Site, shape: &Shape) -> (usize, usize) {
        match site {
            Site::Z => (shape.heads, shape.head_dim),
            _ => (1, shape.hidden),
        }
    }

    /// `counts[segment]` positions went into the sums.
    pub(crate) fn from_sums(shape: Shape, sums: &Sums, counts: &[f64; 5]) -> Result<Self> {
        let total: f64 = counts.iter().sum();
        if total == 0.0 {
            return Err(Error::Argument("the reference set of a mean ablation has no pairs; give it some".into()));
        }
        let mut fingerprint = Fingerprint::default().text(&format!("{shape:?} {counts:?}"));
        let (mut by_segment, mut overall) = (BTreeMap::new(), BTreeMap::new());
        for (&(site, layer), sums) in sums {
            let (groups, width) = Self::split(site, &shape);
            let segments = Segment::ALL.len();
            let dims = if site == Site::Z { vec![groups, segments, width] } else { vec![segments, width] };
            let of_group = |group: usize| &sums[group * segments * width..(group + 1) * segments * width];
            let place = |at: usize| (at / (segments * width), at / width % segments, at % width);
            let of_segment = |at: usize| {
                let (group, segment, i) = place(at);
                (of_group(group)[segment * width + i] / counts[segment]) as f32
            };
            let of_all = |at: usize| {
                let (group, _, i) = place(at);
                (of_group(group).iter().skip(i).step_by(width).sum::<f64>() / total) as f32
            };
            let tensor = |values: Vec<f32>| Tensor::from_vec(values, dims.clone(), &Device::Cpu);
            let values: Vec<f32> = (0..sums.len()).map(of_segment).collect();
            fingerprint = fingerprint.text(&format!("{site} {layer}")).numbers(&values);
            by_segment.insert((site, layer), tensor(values)?);
            overall.insert((site, layer), tensor((0..sums.len()).map(of_all).collect())?);
        }
        Ok(Self(Arc::new(Values { shape, by_segment, overall, fingerprint: fingerprint.finish() })))
    }
}

/// Replaces a part, at every position, by its mean over a reference set.
#[derive(Debug, Clone)]
pub struct Mean {
    part: Part,
    means: Means,
    overall: bool,
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
    pub fn by_segment(part: impl Into<Part>, means: &Means) -> Self {
        Self { part: part.into(), means: means.clone(), overall: false }
    }

    /// Every position gets the same mean, over all positions of the reference set.
    pub fn overall(part: impl Into<Part>, means: &Means) -> Self {
        Self { part: part.into(), means: means.clone(), overall: true }
    }
}

impl Intervention for Mean {
    fn check(&self, shape: &Shape) -> Result<()> {
        check_shape("the means are", self.means.0.shape, shape)?;
        self.part.check(shape)
    }

    fn touches(&self, site: Site, layer: usize) -> bool {
        self.part.touches(site, layer)
    }

    fn apply(&self, layer: usize, value: Tensor, tokens: &Tokens) -> Result<Tensor> {
        let means = if self.overall { &self.means.0.overall } else { &self.means.0.by_segment };
        let Some(mean) = means.get(&(self.part.site(), layer)) else { return Ok(value) };
        let segments: Vec<u32> = tokens.segments().iter().map(|segment| segment.index() as u32).collect();
        let segments = Tensor::new(segments.as_slice(), value.device())?;
        let mean = mean.index_select(&segments, mean.rank() - 2)?;
        self.part.put(layer, &value, &mean, tokens)
    }

    fn describe(&self) -> Option<String> {
        let kind = if self.overall { "overall mean" } else { "mean" };
        Some(format!("{kind} {} for {}", self.means.0.fingerprint, self.part))
    }
}
