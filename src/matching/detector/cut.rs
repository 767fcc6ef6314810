//! What the score loses when one head does not see the matches any more.

use super::asking::{Asked, Asking, Queries};
use crate::error::Result;
use crate::hook::{Activations, Head, Hooks, Site};
use crate::live::Task;
use crate::model::{CHANGED_TOKENS, CrossEncoder};
use candle_core::{Device, Tensor};
use rayon::prelude::*;

/// Attention that is left below this is none: there is nothing to scale up.
const NOTHING: f32 = 1e-6;

/// What a token that asks does not see any more: its matches, or other words.
const CUTS: [fn(&Asking) -> &[usize]; 2] = [|asking| &asking.equal, |asking| &asking.instead];

/// What cutting the matches of one head does, by query.
pub(super) struct Cut {
    pub(super) head: Head,
    /// The change of the logit.
    pub(super) logit: Vec<f64>,
    /// Its absolute value, minus that of cutting other words.
    pub(super) excess: Vec<f64>,
}

pub(super) fn effects(model: &CrossEncoder, queries: &Queries, heads: &[Head]) -> Result<Vec<Cut>> {
    let task = Task::new("cutting matches out of heads", "queries", queries.0.len());
    let of_query = |asked: &Vec<Asked>| {
        task.check()?;
        let of_pairs = asked.iter().map(|asked| of_pair(model, asked, heads)).collect::<Result<Vec<_>>>()?;
        task.step();
        let mean = |head: usize, of: fn(&[f64; 2]) -> f64| {
            of_pairs.iter().map(|pair| of(&pair[head])).sum::<f64>() / of_pairs.len() as f64
        };
        let of_head = |head| [mean(head, |[cut, _]| *cut), mean(head, |[cut, other]| cut.abs() - other.abs())];
        Ok((0..heads.len()).map(of_head).collect::<Vec<[f64; 2]>>())
    };
    let of_queries = queries.0.par_iter().map(of_query).collect::<Result<Vec<_>>>()?;
    let cut = |(at, head): (usize, &Head)| {
        let each = |which: usize| of_queries.iter().map(|query| query[at][which]).collect();
        Cut { head: *head, logit: each(0), excess: each(1) }
    };
    Ok(heads.iter().enumerate().map(cut).collect())
}

/// Per head the change of the logit without the matches, and without as many other words.
fn of_pair(model: &CrossEncoder, Asked { tokens, asking }: &Asked, heads: &[Head]) -> Result<Vec<[f64; 2]>> {
    let sites = [Site::ResidPre, Site::Z, Site::Pattern, Site::V];
    let seen = model.run_tokens(tokens, &sites.into_iter().fold(Hooks::new(), |hooks, site| hooks.capture(site)))?;
    let mut logits = Vec::with_capacity(2 * heads.len());
    for own in heads.chunk_by(|a, b| a.layer == b.layer) {
        let mut z = Vec::with_capacity(2 * own.len());
        for head in own {
            for cut in CUTS {
                z.push(without(model, &seen, *head, asking, cut)?);
            }
        }
        logits.extend(model.logits_from_z(&seen, own[0].layer, &z, CHANGED_TOKENS)?);
    }
    let change = |logit: f32| f64::from(logit) - f64::from(seen.logit());
    Ok(logits.chunks_exact(2).map(|both| [change(both[0]), change(both[1])]).collect())
}

/// `z` of a layer where one head gathers nothing from what is cut: with the mass `m` of that, `(z − Σ a v) / (1 − m)`.
fn without(
    model: &CrossEncoder,
    seen: &Activations,
    head: Head,
    asking: &[Asking],
    cut: fn(&Asking) -> &[usize],
) -> Result<Tensor> {
    let length = seen.tokens().len();
    let (mut z, shape) = seen.values(Site::Z, head.layer)?;
    let dim = shape[2];
    let of_head =
        |site: Site| -> Result<Vec<f32>> { Ok(seen.get(site, head.layer)?.get(head.head)?.flatten_all()?.to_vec1()?) };
    let (pattern, v) = (of_head(Site::Pattern)?, of_head(Site::V)?);
    let own = &mut z[head.head * length * dim..][..length * dim];
    for asking in asking {
        let row = &pattern[asking.from * length..][..length];
        let gone = cut(asking);
        let left = 1.0 - gone.iter().map(|to| row[*to]).sum::<f32>();
        let row_of_z = &mut own[asking.from * dim..][..dim];
        row_of_z.fill(0.0);
        if left > NOTHING {
            for (to, weight) in row.iter().enumerate().filter(|(to, _)| !gone.contains(to)) {
                let values = &v[to * dim..][..dim];
                row_of_z.iter_mut().zip(values).for_each(|(z, value)| *z += weight / left * value);
            }
        }
    }
    // What the model does to this head's `z` in every run it does to this one.
    let changed = model.changed_z(head.layer, Tensor::from_vec(z.clone(), &shape[..], &Device::Cpu)?, seen.tokens())?;
    let changed: Vec<f32> = changed.get(head.head)?.flatten_all()?.to_vec1()?;
    z[head.head * length * dim..][..length * dim].copy_from_slice(&changed);
    Ok(Tensor::from_vec(z, &shape[..], &Device::Cpu)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::Pair;
    use crate::statistic::stop_words;

    /// Held against scores of -inf in a whole run.
    #[test]
    fn a_cut_is_a_match_that_cannot_be_seen() {
        let model = CrossEncoder::embedded().unwrap();
        let pair = Pair::new("can honey spoil", "Sealed honey keeps for years. Honey was found in tombs.");
        let queries = Asked::by_query(&model, &[pair], &stop_words(), 1).unwrap();
        let asked = &queries.0[0][0];
        for head in [Head::new(2, 9), Head::new(5, 3)] {
            let ours = of_pair(&model, asked, &[head]).unwrap()[0];
            for (which, gone) in CUTS.into_iter().enumerate() {
                let asking = asked.asking.clone();
                let hooks = Hooks::new().change(Site::AttnScores, head.layer, move |scores, _| {
                    let (shape, mut numbers) = (scores.dims().to_vec(), scores.flatten_all()?.to_vec1::<f32>()?);
                    for asking in &asking {
                        for to in gone(asking).iter().copied() {
                            numbers[(head.head * shape[1] + asking.from) * shape[2] + to] = f32::NEG_INFINITY;
                        }
                    }
                    Ok(Tensor::from_vec(numbers, shape, &Device::Cpu)?)
                });
                let plain = model.run_tokens(&asked.tokens, &Hooks::new()).unwrap().logit();
                let whole = model.run_tokens(&asked.tokens, &hooks).unwrap().logit();
                let distance = (f64::from(whole) - f64::from(plain) - ours[which]).abs();
                assert!(distance < 1e-4, "{head}, {which}: {} and {}", ours[which], whole - plain);
            }
        }
    }
}
