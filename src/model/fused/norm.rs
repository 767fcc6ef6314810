//! `LayerNorm(x + y)`

use super::tile::{MOST_LANES, across};
use pulp::{Simd, WithSimd};

/// The weights of a LayerNorm.
#[derive(Debug)]
pub(in crate::model) struct Norm {
    pub(in crate::model) weight: Vec<f32>,
    pub(in crate::model) bias: Vec<f32>,
    pub(in crate::model) epsilon: f32,
}

/// `sum` `[row, hidden]` becomes `LayerNorm(x + y)`.
pub(super) struct AddNorm<'a> {
    pub(super) x: &'a [f32],
    pub(super) y: &'a [f32],
    pub(super) norm: &'a Norm,
    pub(super) sum: &'a mut [f32],
}

impl WithSimd for AddNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { x, y, norm, sum } = self;
        let size = norm.weight.len();
        for ((x, y), row) in x.chunks_exact(size).zip(y.chunks_exact(size)).zip(sum.chunks_exact_mut(size)) {
            for ((row, x), y) in row.iter_mut().zip(x).zip(y) {
                *row = x + y;
            }
            let (mean, factor) = moments(row, norm.epsilon);
            for ((number, weight), bias) in row.iter_mut().zip(&norm.weight).zip(&norm.bias) {
                *number = (*number - mean) * factor * weight + bias;
            }
        }
    }
}

/// The mean of a row, and one over its deviation.
#[inline(always)]
pub(super) fn moments(row: &[f32], epsilon: f32) -> (f32, f32) {
    let size = row.len() as f32;
    let mean = total(row, |number| number) / size;
    let variance = total(row, |number| (number - mean) * (number - mean)) / size;
    (mean, 1.0 / (variance + epsilon).sqrt())
}

/// The sum of a function of the numbers, in as many sums as a vector has places.
#[inline(always)]
fn total(numbers: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (parts, rest) = numbers.as_chunks::<MOST_LANES>();
    let mut sums = [0.0; MOST_LANES];
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(sum, number)| *sum += of(*number));
    }
    across(sums, |a, b| a + b) + rest.iter().map(|number| of(*number)).sum::<f32>()
}
