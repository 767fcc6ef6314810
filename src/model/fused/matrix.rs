//! Products with packed weights.

use super::machine::lanes;
use super::tile::{FEW_ROWS, ROWS, row, side_by_side, tile};
use pulp::{Simd, WithSimd};

/// Vectors of a panel: with eight rows, 24 sums in registers.
const WIDE: usize = 3;
/// Inputs that are summed up at a time, so that the rows of a tile (12 KiB) stay in the nearest cache, and its panel
/// (72 KiB) in the next.
const DEPTH: usize = 384;

/// `W` `[output, input]` and `b` `[output]`, in panels of as many outputs as a tile has columns.
#[derive(Debug)]
pub(super) struct Matrix {
    /// For each `DEPTH` inputs, for each panel `[input, column]`.
    panels: Vec<f32>,
    bias: Vec<f32>,
    inputs: usize,
    width: usize,
}

impl Matrix {
    /// From `weight` `[output, input]`, row by row.
    pub(super) fn pack(weight: &[f32], bias: Vec<f32>) -> Self {
        let (width, outputs) = (WIDE * lanes(), bias.len());
        let inputs = weight.len() / outputs.max(1);
        let mut panels = Vec::with_capacity(outputs.div_ceil(width) * width * inputs);
        for start in (0..inputs).step_by(DEPTH) {
            let depth = DEPTH.min(inputs - start);
            for first in (0..outputs).step_by(width) {
                let at = panels.len();
                panels.resize(at + depth * width, 0.0);
                for output in first..outputs.min(first + width) {
                    let weights = &weight[output * inputs + start..][..depth];
                    let column = panels[at + output - first..].iter_mut().step_by(width);
                    column.zip(weights).for_each(|(place, weight)| *place = *weight);
                }
            }
        }
        Self { panels, bias, inputs, width }
    }

    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    pub(super) fn outputs(&self) -> usize {
        self.bias.len()
    }
}

/// `y` `[row, output]` becomes `x Wᵀ + b`, for `x` `[row, input]`.
pub(super) struct Product<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) x: &'a [f32],
    pub(super) rows: usize,
    pub(super) y: &'a mut [f32],
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
        let Self { matrix, x, rows, y } = self;
        let Matrix { panels, bias, inputs, width } = matrix;
        let outputs = bias.len();
        for y in y.chunks_exact_mut(outputs).take(rows) {
            y.copy_from_slice(bias);
        }
        let mut blocks = vec![0.0; rows.div_ceil(R) * R * DEPTH.min(*inputs)];
        let mut panels = &panels[..];
        for start in (0..*inputs).step_by(DEPTH) {
            let depth = DEPTH.min(inputs - start);
            for (first, block) in (0..rows).step_by(R).zip(blocks.chunks_exact_mut(R * depth)) {
                let rows = (first..rows.min(first + R)).map(|row| &x[row * inputs + start..][..depth]);
                side_by_side::<R>(rows, 1.0, block);
            }
            for column in (0..outputs).step_by(*width) {
                let (panel, rest) = panels.split_at(depth * width);
                panels = rest;
                let columns = (*width).min(outputs - column);
                for (first, block) in (0..rows).step_by(R).zip(blocks.chunks_exact(R * depth)) {
                    let sums = tile::<S, R, WIDE>(simd, block, panel);
                    for (at, sums) in (first..rows.min(first + R)).zip(&sums) {
                        let y = &mut y[at * outputs + column..][..columns];
                        if columns == *width {
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
            let matrix = Matrix::pack(&weight, bias.clone());
            let mut y = vec![f32::NAN; rows * outputs];
            machine().dispatch(Product { matrix: &matrix, x: &x, rows, y: &mut y });
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
