//! `logit = w · tanh(W x + b) + b'`, and what a part of x is worth to it.

use crate::model::{Affine, Packed};

/// The pooler and the classifier.
pub(super) struct Readout {
    pooler: Packed,
    /// Of the pooler.
    bias: Vec<f64>,
    /// Of the classifier.
    weight: Vec<f64>,
    offset: f64,
}

/// What a part is worth, as the head of this folder explains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Worth {
    pub(super) attribution: f64,
    pub(super) removed_effect: f64,
}

/// Where `W x` of a unit is smaller, the slope of the chord is that of the tangent.
const FLAT: f64 = 1e-8;

impl Readout {
    pub(super) fn new([pooler, classifier]: &[Affine; 2]) -> Self {
        let double = |numbers: &[f32]| numbers.iter().copied().map(f64::from).collect::<Vec<_>>();
        Self {
            pooler: Packed::new(&pooler.weight, vec![0.0; pooler.bias.len()]),
            bias: double(&pooler.bias),
            weight: double(&classifier.weight),
            offset: classifier.bias.iter().copied().map(f64::from).sum(),
        }
    }

    pub(super) fn empty_logit(&self) -> f64 {
        self.weight.iter().zip(&self.bias).map(|(weight, bias)| weight * bias.tanh()).sum::<f64>() + self.offset
    }

    /// What each of these parts `[part, hidden]` of a row `[hidden]` is worth.
    pub(super) fn worth(&self, row: &[f64], parts: &[f64]) -> Vec<Worth> {
        let moved = self.moved(row);
        let units =
            || moved.iter().zip(&self.bias).zip(&self.weight).map(|((moved, bias), weight)| (moved, bias, weight));
        let whole: Vec<f64> = units().map(|(moved, bias, _)| (moved + bias).tanh()).collect();
        let slope = |((moved, bias, weight), whole): ((&f64, &f64, &f64), &f64)| {
            let chord = (whole - bias.tanh()) / moved;
            weight * if moved.abs() < FLAT { 1.0 - whole * whole } else { chord }
        };
        let slopes: Vec<f64> = units().zip(&whole).map(slope).collect();
        let of_part = |part: &[f64]| {
            let without = |(((moved, bias, weight), whole), part): (((&f64, &f64, &f64), &f64), &f64)| {
                weight * ((moved - part + bias).tanh() - whole)
            };
            Worth {
                attribution: slopes.iter().zip(part).map(|(slope, part)| slope * part).sum(),
                removed_effect: units().zip(&whole).zip(part).map(without).sum(),
            }
        };
        self.moved(parts).chunks_exact(self.bias.len()).map(of_part).collect()
    }

    /// `W x` `[row, unit]`
    fn moved(&self, rows: &[f64]) -> Vec<f64> {
        let rows: Vec<f32> = rows.iter().map(|number| *number as f32).collect();
        let mut moved = Vec::new();
        self.pooler.multiply(&rows, &mut moved);
        moved.into_iter().map(f64::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `logit = 2 tanh(x₀ + 0.5) - tanh(x₀ - x₁) + 0.25`
    fn readout() -> Readout {
        let pooler = Affine { weight: vec![1.0, 0.0, 1.0, -1.0], bias: vec![0.5, 0.0] };
        Readout::new(&[pooler, Affine { weight: vec![2.0, -1.0], bias: vec![0.25] }])
    }

    fn logit(x: [f64; 2]) -> f64 {
        2.0 * (x[0] + 0.5).tanh() - (x[0] - x[1]).tanh() + 0.25
    }

    #[test]
    fn a_part_is_taken_away_and_all_add_up() {
        let (parts, row) = ([[0.5, -1.0], [1.5, 0.25]], [2.0, -0.75]);
        let worth = readout().worth(&row, &parts.concat());
        for (worth, part) in worth.iter().zip(parts) {
            let exact = logit([row[0] - part[0], row[1] - part[1]]) - logit(row);
            assert!((worth.removed_effect - exact).abs() < 1e-6, "{worth:?} and {exact}");
        }
        let sum: f64 = worth.iter().map(|worth| worth.attribution).sum();
        assert!((readout().empty_logit() - logit([0.0, 0.0])).abs() < 1e-12);
        assert!((sum + readout().empty_logit() - logit(row)).abs() < 1e-6);
    }

    #[test]
    fn an_attribution_is_the_mean_gradient_on_the_way_to_the_row() {
        let (part, row, steps) = ([0.5, -1.0], [2.0, -0.75], 10_000);
        let gradient = |at: f64| {
            let slope = |moved: f64| 1.0 - moved.tanh().powi(2);
            let (first, second) = (slope(at * row[0] + 0.5), slope(at * (row[0] - row[1])));
            2.0 * first * part[0] - second * (part[0] - part[1])
        };
        let mean: f64 =
            (0..steps).map(|step| gradient((f64::from(step) + 0.5) / f64::from(steps))).sum::<f64>() / f64::from(steps);
        let ours = readout().worth(&row, &part)[0].attribution;
        assert!((ours - mean).abs() < 1e-6, "{ours} and {mean}");
    }

    #[test]
    fn where_a_unit_does_not_move_its_slope_is_the_tangents() {
        let ours = readout().worth(&[0.0, 0.0], &[0.5, -1.0])[0].attribution;
        let exact = 2.0 * 0.5 * (1.0 - 0.5f64.tanh().powi(2)) - 1.5;
        assert!((ours - exact).abs() < 1e-6, "{ours} and {exact}");
    }
}
