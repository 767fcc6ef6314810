//! Paired bootstrap over queries: percentile intervals of a mean (Efron and Tibshirani 1993, chapter 13).

use crate::origin::seeded;
use rand::RngExt;

/// Resamples of the queries, drawn once and used for every variant, so that variants are compared on the same draws.
#[derive(Debug)]
pub(crate) struct Bootstrap {
    /// `[resample][draw]`: positions in the list of queries.
    draws: Vec<Vec<u32>>,
    /// The share of resampled means outside the interval, half on each side.
    alpha: f64,
}

impl Bootstrap {
    pub(crate) fn new(queries: usize, resamples: usize, confidence: f64, seed: u64) -> Self {
        let mut random = seeded("bootstrap", seed);
        let mut draw = || (0..queries).map(|_| random.random_range(0..queries as u32)).collect();
        Self { draws: (0..resamples).map(|_| draw()).collect(), alpha: 1.0 - confidence }
    }

    /// The mean over queries, and the two ends of its interval.
    pub(crate) fn mean(&self, values: &[f64]) -> [f64; 3] {
        self.of_means([values], |[mean]| mean)
    }

    /// A number that is made of the means of several lists over the same queries, and the two ends of its interval.
    pub(crate) fn of_means<const N: usize>(&self, lists: [&[f64]; N], of: impl Fn([f64; N]) -> f64) -> [f64; 3] {
        let plain = of(lists.map(mean));
        self.interval(plain, self.resampled(lists).map(of).collect())
    }

    /// As [`Bootstrap::of_means`], of any number of lists.
    pub(crate) fn of_many(&self, lists: &[Vec<f64>], of: impl Fn(&[f64]) -> f64) -> [f64; 3] {
        let of_draws = |draws: &[u32]| of(&lists.iter().map(|values| mean_of(draws, values)).collect::<Vec<f64>>());
        let plain: Vec<u32> = (0..lists.first().map_or(0, Vec::len) as u32).collect();
        self.interval(of_draws(&plain), self.draws.iter().map(|draws| of_draws(draws)).collect())
    }

    fn interval(&self, plain: f64, mut resampled: Vec<f64>) -> [f64; 3] {
        resampled.sort_by(f64::total_cmp);
        [plain, quantile(&resampled, self.alpha / 2.0), quantile(&resampled, 1.0 - self.alpha / 2.0)]
    }

    /// The share of resamples in which something holds of the means of several lists over the same queries.
    pub(crate) fn share_of_means<const N: usize>(&self, lists: [&[f64]; N], holds: impl Fn([f64; N]) -> bool) -> f64 {
        self.resampled(lists).filter(|means| holds(*means)).count() as f64 / self.draws.len() as f64
    }

    fn resampled<const N: usize>(&self, lists: [&[f64]; N]) -> impl Iterator<Item = [f64; N]> {
        self.draws.iter().map(move |draws| lists.map(|values| mean_of(draws, values)))
    }
}

/// NaN of nothing.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn mean_of(draws: &[u32], values: &[f64]) -> f64 {
    draws.iter().map(|at| values[*at as usize]).sum::<f64>() / draws.len() as f64
}

/// Linear interpolation between order statistics, as numpy's default.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), 2.5);
        assert!((quantile(&[1.0, 2.0, 3.0, 4.0], 0.975) - 3.925).abs() < 1e-12);
    }

    /// Two bootstraps differ by chance: 40 of scipy's with 20,000 resamples stay within 0.0025 of the golden.
    #[test]
    fn the_interval_is_scipys() {
        let golden = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/bootstrap/bootstrap.json"));
        let golden: serde_json::Value = serde_json::from_str(golden).unwrap();
        let values: Vec<f64> = serde_json::from_value(golden["values"].clone()).unwrap();
        let [mean, low, high] = Bootstrap::new(values.len(), 20_000, 0.95, 1).mean(&values);
        assert!((mean - values.iter().sum::<f64>() / values.len() as f64).abs() < 1e-12);
        for (ours, theirs) in [(low, &golden["low"]), (high, &golden["high"])] {
            assert!((ours - theirs.as_f64().unwrap()).abs() < 0.003, "ours {ours}, scipy's {theirs}");
        }
    }

    #[test]
    fn a_seed_fixes_the_draws() {
        let ends = |seed| Bootstrap::new(5, 100, 0.95, seed).mean(&[1.0, 2.0, 3.0, 4.0, 9.0]);
        assert_eq!(ends(7), ends(7));
        assert_ne!(ends(7), ends(8));
    }

    #[test]
    fn a_ratio_is_drawn_from_the_same_queries_above_and_below() {
        let values = [1.0, 2.0, 5.0];
        let doubled = values.map(|value| 2.0 * value);
        let ratio = Bootstrap::new(3, 100, 0.95, 0).of_means([&doubled, &values], |[above, below]| above / below);
        assert_eq!(ratio, [2.0; 3]);
    }

    #[test]
    fn equal_values_have_no_width() {
        assert_eq!(Bootstrap::new(3, 50, 0.95, 0).mean(&[0.5; 3]), [0.5; 3]);
    }
}
