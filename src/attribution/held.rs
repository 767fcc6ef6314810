//! What is written at `[CLS]`, carried to the last row through LayerNorms whose deviations are those of the run.
//!
//! `LN(x) = γ ∘ (x - mean x) / σ + β`: with σ held, a part c of x leaves it as `γ ∘ (c - mean c) / σ`, and β is a part of
//! its own. Everything here is computed in f64.

use crate::effect::mean;
use crate::error::Result;
use crate::hook::{Activations, Head, Shape, Site};
use crate::model::{CrossEncoder, LayerNorm, LayerWeights};

/// One run: what its parts wrote at `[CLS]`, and the deviations.
pub(super) struct Held<'a> {
    layers: &'a [LayerWeights],
    shape: Shape,
    embedding: Vec<f64>,
    /// Per layer what its heads gathered, `[hidden]`.
    z: Vec<Vec<f64>>,
    /// Per layer, `[hidden]`.
    mlps: Vec<Vec<f64>>,
    /// Of the two LayerNorms of each layer, in the order of the forward pass.
    deviations: Vec<f64>,
    last: Vec<f64>,
}

impl<'a> Held<'a> {
    /// From a run that has captured what [`Held::sites`] names.
    pub(super) fn new(model: &CrossEncoder, layers: &'a [LayerWeights], seen: &Activations) -> Result<Self> {
        let shape = model.shape();
        let first = |site, layer| -> Result<Vec<f64>> {
            Ok(seen.values(site, layer)?.0.into_iter().take(shape.hidden).map(f64::from).collect())
        };
        let embedding = first(Site::Embed, 0)?;
        let (mut x, mut deviations) = (embedding.clone(), Vec::new());
        let (mut z, mut mlps) = (Vec::new(), Vec::new());
        for (layer, weights) in layers.iter().enumerate() {
            let gathered = z_of_cls(seen, layer, &shape)?;
            add(&mut x, &written(weights, shape.hidden, 0, &gathered));
            x.iter_mut().zip(&weights.out.bias).for_each(|(x, bias)| *x += f64::from(*bias));
            deviations.push(normalise(&mut x, &weights.attention_norm));
            let mlp = if model.always_changes(Site::MlpOut) {
                first(Site::MlpOut, layer)?
            } else {
                let mid: Vec<f32> = x.iter().map(|number| *number as f32).collect();
                model.mlp(layer, &mid).into_iter().map(f64::from).collect()
            };
            add(&mut x, &mlp);
            deviations.push(normalise(&mut x, &weights.mlp_norm));
            z.push(gathered);
            mlps.push(mlp);
        }
        Ok(Self { layers, shape, embedding, z, mlps, deviations, last: x })
    }

    /// What a run must keep. The MLPs are computed anew for `[CLS]` alone, unless an intervention is in their place, so that
    /// nobody looks behind `z` and the run stays fast.
    pub(super) fn sites(model: &CrossEncoder) -> impl Iterator<Item = Site> {
        [Site::Embed, Site::Z].into_iter().chain(model.always_changes(Site::MlpOut).then_some(Site::MlpOut))
    }

    /// The row at `[CLS]` that the logit is read from, `[hidden]`.
    pub(super) fn last(&self) -> &[f64] {
        &self.last
    }

    /// What a head gathered at `[CLS]`, `[head_dim]`.
    pub(super) fn z(&self, Head { layer, head }: Head) -> &[f64] {
        &self.z[layer][head * self.shape.head_dim..][..self.shape.head_dim]
    }

    pub(super) fn embedding(&self) -> Vec<f64> {
        self.carried(self.embedding.clone(), 0)
    }

    /// What a head writes of `z` `[head_dim]`, all of it or a part.
    pub(super) fn head(&self, Head { layer, head }: Head, z: &[f64]) -> Vec<f64> {
        let written = written(&self.layers[layer], self.shape.hidden, head * self.shape.head_dim, z);
        self.carried(written, 2 * layer)
    }

    pub(super) fn mlp(&self, layer: usize) -> Vec<f64> {
        self.carried(self.mlps[layer].clone(), 2 * layer + 1)
    }

    pub(super) fn bias(&self, layer: usize) -> Vec<f64> {
        let LayerWeights { out, attention_norm, mlp_norm } = &self.layers[layer];
        let carried = |bias: &[f32], at| self.carried(bias.iter().copied().map(f64::from).collect(), at);
        let mut sum = carried(&out.bias, 2 * layer);
        add(&mut sum, &carried(&attention_norm.bias, 2 * layer + 1));
        add(&mut sum, &carried(&mlp_norm.bias, 2 * layer + 2));
        sum
    }

    /// A part of what enters the LayerNorm `at`, counted over all layers, as it stands in the last row.
    fn carried(&self, mut part: Vec<f64>, at: usize) -> Vec<f64> {
        let norms = self.layers.iter().flat_map(|layer| [&layer.attention_norm, &layer.mlp_norm]);
        for (norm, deviation) in norms.zip(&self.deviations).skip(at) {
            let mean = mean(&part);
            let each = part.iter_mut().zip(&norm.weight);
            each.for_each(|(number, weight)| *number = (*number - mean) / deviation * f64::from(*weight));
        }
        part
    }
}

/// `[hidden]`: what all heads gathered at `[CLS]`.
fn z_of_cls(seen: &Activations, layer: usize, shape: &Shape) -> Result<Vec<f64>> {
    let (z, dims) = seen.values(Site::Z, layer)?;
    let heads = z.chunks_exact(dims[1] * shape.head_dim);
    Ok(heads.flat_map(|own| own[..shape.head_dim].iter().copied().map(f64::from)).collect())
}

/// What the output projection makes of `z`, of its columns from `first` on.
fn written(weights: &LayerWeights, hidden: usize, first: usize, z: &[f64]) -> Vec<f64> {
    let row = |row: &[f32]| row[first..].iter().zip(z).map(|(weight, z)| f64::from(*weight) * z).sum();
    weights.out.weight.chunks_exact(hidden).map(row).collect()
}

fn add(sum: &mut [f64], more: &[f64]) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

/// `x` becomes its LayerNorm; gives the deviation by which it was divided.
fn normalise(x: &mut [f64], norm: &LayerNorm) -> f64 {
    let mean = mean(x);
    let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
    let deviation = (variance + f64::from(norm.epsilon)).sqrt();
    for ((x, weight), bias) in x.iter_mut().zip(&norm.weight).zip(&norm.bias) {
        *x = (*x - mean) / deviation * f64::from(*weight) + f64::from(*bias);
    }
    deviation
}

#[cfg(test)]
mod tests {
    use super::super::writer::Writer;
    use super::*;
    use crate::collection::Pair;
    use crate::hook::intervention::Scale;
    use crate::hook::{Hooks, Part};

    /// The sum of what all parts wrote is the row of the pass, with MLPs replaced as well, and in a model of other sizes.
    #[test]
    fn nothing_of_the_last_row_is_missing() {
        let tiny = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/interventions/tiny");
        let embedded = CrossEncoder::embedded().unwrap();
        let quiet = embedded.with(Scale::of(Part::mlp([1, 5]), 0.5)).unwrap();
        for model in [embedded, quiet, CrossEncoder::open(tiny).unwrap()] {
            let (shape, layers) = (model.shape(), model.layer_weights());
            let hooks = Held::sites(&model).fold(Hooks::new().capture(Site::ResidPost), Hooks::capture);
            for (query, document) in [("blue sky", "The sky is blue at noon."), ("who", "In China, tea was drunk.")] {
                let seen = model.run(&Pair::new(query, document), &hooks).unwrap();
                let held = Held::new(&model, &layers, &seen).unwrap();
                let mut sum = vec![0.0; shape.hidden];
                for writer in Writer::all(&shape, &[None]) {
                    add(
                        &mut sum,
                        &match writer {
                            Writer::Embedding => held.embedding(),
                            Writer::Head(head, _) => held.head(head, held.z(head)),
                            Writer::Mlp(layer) => held.mlp(layer),
                            Writer::Bias(layer) => held.bias(layer),
                        },
                    );
                }
                let (post, _) = seen.values(Site::ResidPost, shape.layers - 1).unwrap();
                for ((sum, last), post) in sum.iter().zip(held.last()).zip(&post) {
                    assert!((sum - last).abs() < 1e-9, "parts {sum}, row {last}");
                    assert!((sum - f64::from(*post)).abs() < 1e-4, "parts {sum}, pass {post}");
                }
            }
        }
    }
}
