//! Products with packed weights.

use super::machine::lanes;
use super::numbers::{Numbers, Precision};
use super::room::room;
use super::tile::{FEW_ROWS, ROWS, row, rows_of, tile};
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Vectors of a panel: with eight rows, 24 sums in registers.
const WIDE: usize = 3;
/// Inputs that are summed up at a time, so that the rows of a tile (12 KiB) stay in the nearest cache, and its panel
/// (72 KiB) in the next.
const DEPTH: usize = 384;

/// `W` `[output, input]` and `b` `[output]`, in panels of as many outputs as a tile has columns.
#[derive(Debug)]
pub(in crate::model) struct Matrix {
    /// For each `DEPTH` inputs, for each panel `[input, column]`.
    panels: Numbers,
    bias: Vec<f32>,
    inputs: usize,
    width: usize,
}

impl Matrix {
    /// From `weight` `[output, input]`, row by row.
    pub(in crate::model) fn pack(weight: &[f32], bias: Vec<f32>, precision: Precision) -> Self {
        let (width, outputs) = (WIDE * lanes(), bias.len());
        let inputs = weight.len() / outputs.max(1);
        let mut panels = vec![0.0; outputs.div_ceil(width) * width * inputs];
        for (place, output, from) in places(inputs, outputs, width) {
            let numbers = &weight[output * inputs..][from];
            panels[place..].iter_mut().step_by(width).zip(numbers).for_each(|(place, number)| *place = *number);
        }
        Self { panels: Numbers::new(panels, precision), bias, inputs, width }
    }

    /// The weight `[output, input]` as it was packed, and the bias.
    pub(in crate::model) fn unpack(&self) -> (Vec<f32>, Vec<f32>) {
        let (inputs, outputs, mut spare) = (self.inputs, self.outputs(), Vec::new());
        let panels = self.panels.get(0..outputs.div_ceil(self.width) * self.width * inputs, &mut spare);
        let mut weight = vec![0.0; outputs * inputs];
        for (place, output, from) in places(inputs, outputs, self.width) {
            let numbers = &mut weight[output * inputs..][from];
            numbers.iter_mut().zip(panels[place..].iter().step_by(self.width)).for_each(|(number, at)| *number = *at);
        }
        (weight, self.bias.clone())
    }

    pub(in crate::model) fn inputs(&self) -> usize {
        self.inputs
    }

    pub(in crate::model) fn outputs(&self) -> usize {
        self.bias.len()
    }
}

/// Where the numbers of each row of a weight begin in the panels (they go on at every `width`), with the output and the
/// inputs of which they are.
fn places(inputs: usize, outputs: usize, width: usize) -> impl Iterator<Item = (usize, usize, Range<usize>)> {
    let padded = outputs.div_ceil(width) * width;
    (0..inputs).step_by(DEPTH).flat_map(move |start| {
        let depth = DEPTH.min(inputs - start);
        let place = move |output: usize| start * padded + output / width * width * depth + output % width;
        (0..outputs).map(move |output| (place(output), output, start..start + depth))
    })
}

/// `y` `[row, output]` becomes `x Wᵀ + b`, for `x` `[row, input]` of some inputs, as many outputs as `y` has.
pub(super) struct Product<'a> {
    pub(super) matrix: &'a Matrix,
    /// Those that `x` has.
    pub(super) inputs: Range<usize>,
    pub(super) x: &'a [f32],
    pub(super) y: &'a mut [f32],
    /// Whether the product is added to what is in `y`, without the bias.
    pub(super) add: bool,
}

impl<'a> Product<'a> {
    /// Of all inputs.
    pub(super) fn whole(matrix: &'a Matrix, x: &'a [f32], y: &'a mut [f32]) -> Self {
        Self { matrix, inputs: 0..matrix.inputs, x, y, add: false }
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 { self.by_rows::<S, ROWS>(simd) } else { self.by_rows::<S, FEW_ROWS>(simd) }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn by_rows<S: Simd, const R: usize>(self, simd: S) {
        let Self { matrix, inputs: own, x, y, add } = self;
        let Matrix { panels, bias, inputs, width } = matrix;
        let (inputs, width, rows) = (*inputs, *width, x.len() / own.len());
        let outputs = y.len() / rows;
        let padded = bias.len().div_ceil(width) * width;
        let mut widened = room(0);
        for start in (0..inputs).step_by(DEPTH) {
            let depth = DEPTH.min(inputs - start);
            let some = own.start.max(start)..own.end.min(start + depth);
            if some.is_empty() {
                continue;
            }
            let of_x = some.start - own.start..some.end - own.start;
            for column in (0..outputs).step_by(width) {
                let at = start * padded + column * depth + (some.start - start) * width;
                let panel = panels.get(at..at + some.len() * width, &mut widened);
                let columns = width.min(outputs - column);
                let bias = &bias[column..column + columns];
                for first in (0..rows).step_by(R) {
                    let sums = tile::<S, R, WIDE>(simd, rows_of(x, own.len(), first, of_x.clone()), panel);
                    for (sums, y) in sums.iter().zip(y[first * outputs..].chunks_exact_mut(outputs)) {
                        let y = &mut y[column..column + columns];
                        if of_x.start == 0 && !add {
                            y.copy_from_slice(bias);
                        }
                        if columns == width {
                            let (y, _) = S::as_mut_simd_f32s(y);
                            y.iter_mut().zip(sums).for_each(|(y, sum)| *y = simd.add_f32s(*y, *sum));
                        } else {
                            y.iter_mut().zip(row::<S, WIDE>(sums)).for_each(|(y, sum)| *y += sum);
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::machine::machine;
    use super::*;

    #[test]
    fn products_of_any_size_are_those_of_the_definition() {
        for (rows, inputs, outputs) in [(1, 1, 1), (3, 5, 7), (8, 48, 48), (9, 384, 49), (17, 385, 100), (5, 800, 3)] {
            let number = |at: usize| (at * 7919 % 1009) as f32 / 1009.0 - 0.5;
            let x: Vec<f32> = (0..rows * inputs).map(number).collect();
            let weight: Vec<f32> = (0..outputs * inputs).map(|at| number(at + 31)).collect();
            let bias: Vec<f32> = (0..outputs).map(number).collect();
            let matrix = Matrix::pack(&weight, bias.clone(), Precision::F32);
            assert_eq!(matrix.unpack(), (weight.clone(), bias.clone()));
            let mut y = vec![f32::NAN; rows * outputs];
            machine().dispatch(Product::whole(&matrix, &x, &mut y));
            let half = inputs.div_ceil(2);
            let mut in_parts = vec![0.0; y.len()];
            for own in [0..half, half..inputs] {
                let part: Vec<f32> = x.chunks(inputs).flat_map(|x| x[own.clone()].to_vec()).collect();
                if !part.is_empty() {
                    let (x, y) = (&part[..], &mut in_parts[..]);
                    machine().dispatch(Product { matrix: &matrix, inputs: own, x, y, add: true });
                }
            }
            for ((whole, parts), bias) in y.iter().zip(in_parts).zip(bias.iter().cycle()) {
                assert!((whole - parts - bias).abs() < 1e-4, "{whole} and {parts} + {bias}");
            }
            for (at, y) in y.into_iter().enumerate() {
                let (row, output) = (at / outputs, at % outputs);
                let product = |i: usize| f64::from(x[row * inputs + i]) * f64::from(weight[output * inputs + i]);
                let exact = (0..inputs).map(product).sum::<f64>() + f64::from(bias[output]);
                let size = (0..inputs).map(|i| product(i).abs()).sum::<f64>() + 1.0;
                assert!((f64::from(y) - exact).abs() < 1e-6 * size, "{rows} x {inputs} x {outputs}: {y} and {exact}");
            }
        }
    }
}
