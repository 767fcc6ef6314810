//! Sequences side by side on their way through the layers, each with its own hooks.

use super::fused::Source;
use crate::error::Result;
use crate::hook::{Site, Tap};
use candle_core::{CpuStorage, Device, Storage, Tensor};
use std::ops::Range;

/// What enters a layer, and what its heads gather.
pub(super) struct Batch<'a> {
    pub(super) taps: Vec<Tap<'a>>,
    /// How many rows of `x` belong to each sequence.
    pub(super) tokens: Vec<usize>,
    /// `[row, hidden]`, sequence after sequence.
    pub(super) x: Vec<f32>,
    /// For each sequence `[head, token, head_dim]`, in the place where `x` has its rows.
    pub(super) z: Vec<f32>,
    /// What `x` was before, to be used again.
    pub(super) spare: Vec<f32>,
    hidden: usize,
}

impl<'a> Batch<'a> {
    pub(super) fn new(hidden: usize) -> Self {
        let (x, z, spare) = (Vec::new(), Vec::new(), Vec::new());
        Self { taps: Vec::new(), tokens: Vec::new(), x, z, spare, hidden }
    }

    /// Adds a sequence with its `x` `[token, hidden]`.
    pub(super) fn push(&mut self, tap: Tap<'a>, x: &[f32]) {
        self.taps.push(tap);
        self.tokens.push(x.len() / self.hidden);
        self.x.extend_from_slice(x);
    }

    /// Where the numbers of some sequences stand, in `x` and `z`.
    pub(super) fn span(&self, sequences: Range<usize>) -> Range<usize> {
        let before: usize = self.tokens[..sequences.start].iter().sum();
        let own: usize = self.tokens[sequences].iter().sum();
        before * self.hidden..(before + own) * self.hidden
    }

    /// Runs of sequences that agree in something.
    pub(super) fn alike(&self, of: impl Fn(&Tap) -> bool) -> Vec<Range<usize>> {
        let runs = self.taps.chunk_by(|a, b| of(a) == of(b)).map(<[Tap]>::len);
        let run = |first: &mut usize, many: usize| {
            *first += many;
            Some(*first - many..*first)
        };
        runs.scan(0, run).collect()
    }

    /// The sequences of which something is not so, and those of which it is, each with their places in this batch.
    pub(super) fn split(self, of: impl Fn(&Tap) -> bool) -> [(Vec<usize>, Self); 2] {
        let mut sides = [false, true].map(|_| (Vec::new(), Self::new(self.hidden)));
        let mut rest = &self.x[..];
        for (at, (tap, tokens)) in self.taps.into_iter().zip(self.tokens).enumerate() {
            let (places, side) = &mut sides[usize::from(of(&tap))];
            places.push(at);
            side.push(tap, rest.split_off(..tokens * self.hidden).unwrap_or_default());
        }
        sides
    }

    /// Leaves the first row of each sequence.
    pub(super) fn keep_first(&mut self) {
        let first = |at: usize| self.x[self.span(at..at + 1).start..][..self.hidden].to_vec();
        self.x = (0..self.taps.len()).flat_map(first).collect();
        self.tokens.fill(1);
    }

    /// `[token, hidden]` of one sequence.
    pub(super) fn rows(&self, at: usize) -> Result<Tensor> {
        Ok(Tensor::from_slice(&self.x[self.span(at..at + 1)], (self.tokens[at], self.hidden), &Device::Cpu)?)
    }

    /// `z` `[head, token, head_dim]` of one sequence.
    pub(super) fn z_of(&self, at: usize, heads: usize) -> Result<Tensor> {
        let shape = (heads, self.tokens[at], self.hidden / heads);
        Ok(Tensor::from_slice(&self.z[self.span(at..at + 1)], shape, &Device::Cpu)?)
    }

    /// Puts `z` of one sequence.
    pub(super) fn set_z(&mut self, at: usize, z: &Tensor) -> Result<()> {
        let span = self.span(at..at + 1);
        copy(z, &mut self.z[span])
    }

    /// Lets the hooks of each sequence read and change its rows.
    pub(super) fn at_rows(&mut self, site: Site, layer: usize) -> Result<()> {
        for at in 0..self.taps.len() {
            if self.taps[at].watches(site, layer) {
                let value = self.rows(at)?;
                let value = self.taps[at].at(site, layer, value)?;
                let span = self.span(at..at + 1);
                copy(&value, &mut self.x[span])?;
            }
        }
        Ok(())
    }

    /// Lets the hooks of each sequence read and change its `z`.
    pub(super) fn at_z(&mut self, layer: usize, heads: usize) -> Result<()> {
        for at in 0..self.taps.len() {
            if self.taps[at].watches(Site::Z, layer) {
                let value = self.z_of(at, heads)?;
                let value = self.taps[at].at(Site::Z, layer, value)?;
                self.set_z(at, &value)?;
            }
        }
        Ok(())
    }

    /// The first rows of some sequences, as a layer is finished from them: `rows(at)` of each.
    pub(super) fn sources(&self, sequences: Range<usize>, heads: usize, rows: impl Fn(usize) -> usize) -> Vec<Source> {
        let head_dim = self.hidden / heads;
        let of_sequence = |at: usize| {
            let (start, tokens) = (self.span(at..at + 1).start, self.tokens[at]);
            let source =
                move |row| Source { x: start + row * self.hidden, z: start + row * head_dim, step: tokens * head_dim };
            (0..rows(at)).map(source)
        };
        sequences.flat_map(of_sequence).collect()
    }
}

/// Puts the numbers of a tensor, in row-major order, into a place of the same size.
pub(super) fn copy(tensor: &Tensor, to: &mut [f32]) -> Result<()> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match (&*storage, layout.contiguous_offsets()) {
        (Storage::Cpu(CpuStorage::F32(values)), Some((start, end))) => to.copy_from_slice(&values[start..end]),
        _ => to.copy_from_slice(&tensor.flatten_all()?.to_vec1::<f32>()?),
    }
    Ok(())
}
