//! One layer: in two steps where nobody looks inside, on candle's tensors where somebody does.

use super::batch::{Batch, copy};
use super::fused::{Fused, Gathered, Paths, Unchanged};
use super::general::General;
use crate::error::Result;
use crate::hook::{Site, Tap};
use candle_core::{Device, Tensor};
use std::ops::Range;
use std::sync::OnceLock;

#[derive(Debug)]
pub(super) struct Block {
    pub(super) fused: Fused,
    /// Made when somebody looks inside for the first time.
    general: OnceLock<General>,
    /// Made when heads are changed for the first time.
    paths: OnceLock<Paths>,
}

impl Block {
    pub(super) fn new(fused: Fused) -> Self {
        Self { fused, general: OnceLock::new(), paths: OnceLock::new() }
    }

    fn general(&self) -> Result<&General> {
        if let Some(general) = self.general.get() {
            return Ok(general);
        }
        let made = General::new(&self.fused)?;
        Ok(self.general.get_or_init(|| made))
    }

    /// `resid_post` when these heads give `z`, not what they gave before.
    pub(super) fn finish_changed(&self, unchanged: &Unchanged, before: &[f32], z: &[f32], heads: &[usize]) -> Vec<f32> {
        // Not made within the lock: a core that waits there for others may come back to it.
        let paths = match self.paths.get() {
            Some(paths) => paths,
            None => {
                let made = self.fused.paths();
                self.paths.get_or_init(|| made)
            }
        };
        self.fused.finish_changed((paths, unchanged), before, z, heads)
    }

    /// From `resid_pre` to `z`, for all tokens.
    pub(super) fn gather(&self, batch: &mut Batch, layer: usize) -> Result<()> {
        batch.at_rows(Site::ResidPre, layer)?;
        batch.z.resize(batch.x.len(), 0.0);
        for some in batch.alike(|tap| tap.looks_before_z(layer)) {
            if batch.taps[some.start].looks_before_z(layer) {
                for at in some {
                    let z = self.general()?.gather(&batch.rows(at)?, layer, &mut batch.taps[at])?;
                    batch.set_z(at, &z)?;
                }
            } else {
                self.gather_unseen(batch, some, layer, true)?;
            }
        }
        batch.at_z(layer, self.fused.heads)
    }

    /// `z` of one sequence, from queries, keys and values `[head, token, head_dim]`.
    pub(super) fn mix(&self, qkv: [&Tensor; 3], layer: usize, tap: &mut Tap) -> Result<Tensor> {
        let z = self.general()?.mix(qkv, layer, tap)?;
        tap.at(Site::Z, layer, z)
    }

    /// Shows the pattern to those who look at nothing else.
    pub(super) fn show_pattern(&self, batch: &mut Batch, layer: usize) -> Result<()> {
        for some in batch.alike(|tap| tap.reads_pattern(layer)) {
            if batch.taps[some.start].reads_pattern(layer) {
                self.gather_unseen(batch, some, layer, false)?;
            }
        }
        Ok(())
    }

    /// Of sequences in which nobody looks before `z`, except at the pattern.
    fn gather_unseen(&self, batch: &mut Batch, some: Range<usize>, layer: usize, with_z: bool) -> Result<()> {
        let (heads, span) = (self.fused.heads, batch.span(some.clone()));
        let Batch { taps, tokens, x, z, .. } = batch;
        let (taps, tokens, x) = (&mut taps[some.clone()], &tokens[some], &x[span.clone()]);
        let mut rest = if with_z { &mut z[span] } else { &mut [] };
        let keep = |(tap, tokens): (&Tap, &usize)| {
            tap.captures(Site::Pattern, layer).then(|| vec![0.0; heads * tokens * tokens])
        };
        let mut kept: Vec<Option<Vec<f32>>> = taps.iter().zip(tokens).map(keep).collect();
        let hidden = self.fused.hidden();
        let each = taps.iter().zip(tokens).zip(&mut kept);
        let sequences = each.map(|((tap, tokens), kept)| Gathered {
            tokens: *tokens,
            z: rest.split_off_mut(..tokens * hidden),
            // What is kept is shown when it is.
            observer: tap.observer().filter(|_| kept.is_none()),
            pattern: kept.as_deref_mut(),
        });
        let mut sequences: Vec<Gathered> = sequences.collect();
        self.fused.gather(x, &mut sequences, layer);
        for ((tap, tokens), kept) in taps.iter_mut().zip(tokens).zip(kept) {
            if let Some(pattern) = kept {
                tap.at(Site::Pattern, layer, Tensor::from_vec(pattern, (heads, *tokens, *tokens), &Device::Cpu)?)?;
            }
        }
        Ok(())
    }

    /// From `resid_pre` and `z` to `resid_post`, of the first `rows(at)` tokens of each sequence.
    pub(super) fn finish(&self, batch: &mut Batch, layer: usize, rows: impl Fn(&Batch, usize) -> usize) -> Result<()> {
        let heads = self.fused.heads;
        let left: Vec<usize> = (0..batch.tokens.len()).map(|at| rows(batch, at)).collect();
        let mut post = std::mem::take(&mut batch.spare);
        post.resize(left.iter().sum::<usize>() * self.fused.hidden(), 0.0);
        let mut rest = &mut post[..];
        for some in batch.alike(|tap| tap.looks_behind_z(layer)) {
            let of = |some: Range<usize>| left[some].iter().sum::<usize>() * self.fused.hidden();
            if batch.taps[some.start].looks_behind_z(layer) {
                for at in some {
                    let (x, z) = (batch.rows(at)?, batch.z_of(at, heads)?);
                    let value = self.general()?.finish(&x, &z, layer, &mut batch.taps[at])?;
                    copy(&value, rest.split_off_mut(..of(at..at + 1)).unwrap_or_default())?;
                }
            } else {
                let own = rest.split_off_mut(..of(some.clone())).unwrap_or_default();
                let sources = batch.sources(some, heads, |at| left[at]);
                self.fused.finish(&batch.x, &batch.z, &sources, own);
            }
        }
        batch.spare = std::mem::replace(&mut batch.x, post);
        batch.tokens = left;
        batch.at_rows(Site::ResidPost, layer)
    }
}
