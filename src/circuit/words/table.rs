//! The word pieces of a vocabulary as directions.

use crate::model::{CrossEncoder, Entry};
use rayon::prelude::*;

/// Those that a tokenizer gives, as they come to a layer, without what they share and at length 1.
pub(super) struct Table {
    pieces: Vec<usize>,
    /// `[piece, hidden]`
    rows: Vec<f32>,
    /// `[hidden]`
    mean: Vec<f32>,
}

impl Table {
    pub(super) fn new(model: &CrossEncoder, entry: Entry, layer: usize) -> Self {
        let hidden = model.shape().hidden;
        let pieces: Vec<usize> = (0..model.vocabulary()).filter(|piece| model.is_word(*piece)).collect();
        let mut rows = model.piece_rows(pieces.iter().copied(), entry, layer);
        let mut sum = vec![0.0f64; hidden];
        for row in rows.chunks_exact(hidden) {
            sum.iter_mut().zip(row).for_each(|(sum, number)| *sum += f64::from(*number));
        }
        let mean: Vec<f32> = sum.into_iter().map(|sum| (sum / pieces.len() as f64) as f32).collect();
        rows.par_chunks_exact_mut(hidden).for_each(|row| {
            row.iter_mut().zip(&mean).for_each(|(number, mean)| *number -= mean);
            let length = product(row, row).sqrt();
            row.iter_mut().for_each(|number| *number /= length);
        });
        Self { pieces, rows, mean }
    }

    /// What all pieces share, `[hidden]`.
    pub(super) fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// The cosine of each piece and a direction `[hidden]`.
    pub(super) fn cosines(&self, direction: &[f32]) -> Vec<f32> {
        let length = product(direction, direction).sqrt();
        self.rows.par_chunks_exact(direction.len()).map(|row| product(row, direction) / length).collect()
    }

    /// So many pieces with the highest cosines, and these; the highest first, of equal ones the first of the vocabulary.
    pub(super) fn nearest(&self, cosines: &[f32], most: usize) -> Vec<(usize, f32)> {
        // A piece or a direction without length is near to nothing.
        let known = self.pieces.iter().copied().zip(cosines.iter().copied()).filter(|(_, cosine)| cosine.is_finite());
        let mut near: Vec<(usize, f32)> = known.collect();
        near.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        near.truncate(most);
        near
    }

    /// Where a piece stands by these cosines, from 1.
    pub(super) fn rank(&self, piece: usize, cosines: &[f32]) -> Option<usize> {
        let own = cosines[self.pieces.binary_search(&piece).ok()?];
        own.is_finite().then(|| 1 + cosines.iter().filter(|cosine| **cosine > own).count())
    }
}

fn product(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
