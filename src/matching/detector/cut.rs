//! What the score loses when one head does not see the matches any more.

use super::asking::{Asked, Asking, Queries};
use crate::error::Result;
use crate::hook::{Activations, Head, Hooks, Site};
use crate::live::Task;
use crate::model::{CHANGED_TOKENS, CrossEncoder};
use crate::tokens::Segment;
use candle_core::{Device, Tensor};
use rayon::prelude::*;
use std::ops::Range;

/// Attention that is left below this is none: there is nothing to scale up.
const NOTHING: f32 = 1e-6;

/// What a token that asks sees less of.
#[derive(Debug, Clone, Copy)]
enum Less {
    /// Its matches, which get nothing.
    Matches,
    /// All other document tokens, which together lose what as many of them as there are matches have on average.
    Others,
}

impl Less {
    /// A row of attention without it, scaled up to its sum again; nothing where nothing is left.
    fn of(self, row: &[f32], document: &Range<usize>, equal: &[usize]) -> Vec<f32> {
        let matched: f32 = equal.iter().map(|to| row[*to]).sum();
        let others = row[document.clone()].iter().sum::<f32>() - matched;
        let share = equal.len() as f32 / (document.len() - equal.len()).max(1) as f32;
        let gone = match self {
            Self::Matches => matched,
            Self::Others => others * share.min(1.0),
        };
        let kept = |to: usize| match self {
            Self::Matches if equal.contains(&to) => 0.0,
            Self::Others if document.contains(&to) && !equal.contains(&to) => 1.0 - gone / others.max(NOTHING),
            _ => 1.0,
        };
        let scale = if gone < 1.0 - NOTHING { 1.0 / (1.0 - gone) } else { 0.0 };
        row.iter().enumerate().map(|(to, weight)| weight * kept(to) * scale).collect()
    }
}

/// What cutting the matches of one head does, by query.
pub(super) struct Cut {
    pub(super) head: Head,
    /// The change of the logit.
    pub(super) logit: Vec<f64>,
    /// Its absolute value, minus that without as many other words.
    pub(super) excess: Vec<f64>,
}

pub(super) fn effects(model: &CrossEncoder, queries: &Queries, heads: &[Head]) -> Result<Vec<Cut>> {
    if heads.is_empty() {
        return Ok(Vec::new());
    }
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
fn of_pair(model: &CrossEncoder, Asked { tokens, asking, .. }: &Asked, heads: &[Head]) -> Result<Vec<[f64; 2]>> {
    // `z` and `resid_pre` of all layers, from which changed runs begin; the rest where it is asked for.
    let begun = Hooks::new().capture(Site::ResidPre).capture(Site::Z);
    let hooks = heads
        .iter()
        .fold(begun, |hooks, head| hooks.capture_at(Site::Pattern, head.layer).capture_at(Site::V, head.layer));
    let seen = model.run_tokens(tokens, &hooks)?;
    let mut logits = Vec::with_capacity(2 * heads.len());
    for own in heads.chunk_by(|a, b| a.layer == b.layer) {
        let mut z = Vec::with_capacity(2 * own.len());
        for head in own {
            let [pattern, v] = [Site::Pattern, Site::V].map(|site| of_head(seen.get(site, head.layer)?, *head));
            let read = (&pattern?[..], &v?[..]);
            for less in [Less::Matches, Less::Others] {
                z.push(seeing_less(model, &seen, *head, read, asking, less)?);
            }
        }
        logits.extend(model.logits_from_z(&seen, own[0].layer, &z, CHANGED_TOKENS)?);
    }
    let change = |logit: f32| f64::from(logit) - f64::from(seen.logit());
    Ok(logits.chunks_exact(2).map(|both| [change(both[0]), change(both[1])]).collect())
}

/// The numbers of one head.
fn of_head(tensor: &Tensor, head: Head) -> Result<Vec<f32>> {
    Ok(tensor.get(head.head)?.flatten_all()?.to_vec1()?)
}

/// `z` of a layer where the tokens that ask see less in one head, of which the pattern and the values were read.
fn seeing_less(
    model: &CrossEncoder,
    seen: &Activations,
    head: Head,
    (pattern, v): (&[f32], &[f32]),
    asking: &[Asking],
    less: Less,
) -> Result<Tensor> {
    let (length, document) = (seen.tokens().len(), seen.tokens().span(Segment::Document));
    let (mut z, shape) = seen.values(Site::Z, head.layer)?;
    let dim = shape[2];
    let place = |from: usize| (head.head * length + from) * dim;
    for asking in asking {
        let row = &mut z[place(asking.from)..][..dim];
        row.fill(0.0);
        let weights = less.of(&pattern[asking.from * length..][..length], &document, &asking.equal);
        for (values, weight) in v.chunks_exact(dim).zip(weights) {
            row.iter_mut().zip(values).for_each(|(z, value)| *z += weight * value);
        }
    }
    // These rows are as attention makes them; all others have what the model does to `z` in every run already.
    let tensor = |z: &[f32]| Tensor::from_slice(z, &shape[..], &Device::Cpu);
    let changed = of_head(&model.changed_z(head.layer, tensor(&z)?, seen.tokens())?, head)?;
    for Asking { from, .. } in asking {
        z[place(*from)..][..dim].copy_from_slice(&changed[from * dim..][..dim]);
    }
    Ok(tensor(&z)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::Pair;
    use crate::hook::intervention::Scale;
    use crate::statistic::stop_words;

    #[test]
    fn others_lose_what_as_many_of_them_have() {
        // Documents tokens 1 to 3, of which 2 matches.
        let row = [0.4, 0.1, 0.2, 0.3];
        let close = |ours: Vec<f32>, theirs: [f32; 4]| ours.iter().zip(theirs).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(close(Less::Matches.of(&row, &(1..4), &[2]), [0.5, 0.125, 0.0, 0.375]));
        assert!(close(Less::Others.of(&row, &(1..4), &[2]), [0.5, 0.0625, 0.25, 0.1875]));
        // There is no more to lose than there is.
        assert!(close(Less::Others.of(&[0.0, 0.25, 0.25, 0.5], &(1..4), &[2, 3]), [0.0, 0.0, 1.0 / 3.0, 2.0 / 3.0]));
        assert!(close(Less::Matches.of(&[0.0, 0.0, 1.0, 0.0], &(1..4), &[2]), [0.0; 4]));
    }

    /// Held against scores of -inf in a whole run, also of a model that changes what heads gather.
    #[test]
    fn a_cut_is_a_match_that_cannot_be_seen() {
        let plain = CrossEncoder::embedded().unwrap();
        let scaled = plain.with(Scale::heads([Head::new(2, 9)], 0.5)).unwrap();
        let honey = Pair::new("can honey spoil", "Sealed honey keeps for years. Honey was found in tombs.");
        let pairs = [
            Pair { query_id: "1".into(), ..honey },
            Pair { query_id: "2".into(), ..Pair::new("blue sky", "The sky is blue.") },
        ];
        for model in [plain, scaled] {
            let queries = Queries::new(&model, &pairs, &stop_words()).unwrap();
            for (asked, head) in queries.0.iter().flatten().zip([Head::new(2, 9), Head::new(5, 3)]) {
                let ours = of_pair(&model, asked, &[head]).unwrap()[0][0];
                let asking = asked.asking.clone();
                let hooks = Hooks::new().change(Site::AttnScores, head.layer, move |scores, _| {
                    let (shape, mut numbers) = (scores.dims().to_vec(), scores.flatten_all()?.to_vec1::<f32>()?);
                    for Asking { from, equal, .. } in &asking {
                        for to in equal {
                            numbers[(head.head * shape[1] + from) * shape[2] + to] = f32::NEG_INFINITY;
                        }
                    }
                    Ok(Tensor::from_vec(numbers, shape, &Device::Cpu)?)
                });
                let logit = |hooks: &Hooks| f64::from(model.run_tokens(&asked.tokens, hooks).unwrap().logit());
                let whole = logit(&hooks) - logit(&Hooks::new());
                assert!((whole - ours).abs() < 1e-4, "{head}: {ours} and {whole}");
            }
        }
    }
}
