//! How far two scorings of the same documents agree on the order.
//!
//! Every two documents i and j are compared once in both scorings: they are *concordant* where both scorings put them
//! in the same order, *discordant* where they put them in opposite orders, and *tied* where one gives both the same
//! score.

/// Kendall's τ-b (Kendall 1945, "The treatment of ties in ranking problems", Biometrika 33), as
/// `scipy.stats.kendalltau`: `τ = (concordant - discordant) / √((pairs - tied in a) (pairs - tied in b))`.
///
/// `a` and `b` hold one score per document, in the same order of documents. The result goes from 1 (the same order) to
/// -1 (the opposite order). `None` where scipy gives NaN: with fewer than two documents, where one scoring gives all
/// documents the same score, where a score is not a number. Also `None` for lists of two lengths.
///
/// Every two documents are compared: one query's ranking is what this is for, not a whole collection.
///
/// ```
/// use crosslens::effect::kendall_tau;
/// let plain = [9.0, 7.0, 5.0, 1.0];
/// let changed = [9.0, 5.0, 7.0, 1.0];
/// // One of six pairs is swapped: (5 - 1) / 6.
/// assert_eq!(kendall_tau(&plain, &changed), Some(4.0 / 6.0));
/// assert_eq!(kendall_tau(&plain, &plain), Some(1.0));
/// assert_eq!(kendall_tau(&plain, &[0.0; 4]), None);
/// ```
pub fn kendall_tau(a: &[f64], b: &[f64]) -> Option<f64> {
    Comparisons::of(a, b)?.tau()
}

/// The share of document pairs whose order a change reverses, of those that the plain scores put in an order:
/// `|{i < j : (plainᵢ - plainⱼ) (changedᵢ - changedⱼ) < 0}| / |{i < j : plainᵢ ≠ plainⱼ}|`.
///
/// `plain` and `changed` hold one score per document, in the same order of documents. A pair that the change only ties
/// is not reversed. Without ties this is (1 - τ) / 2, with [`kendall_tau`]'s τ. `None` where no two documents have
/// different plain scores, where a score is not a number, and for lists of two lengths.
///
/// ```
/// use crosslens::effect::preference_flips;
/// let plain = [9.0, 7.0, 5.0, 1.0];
/// assert_eq!(preference_flips(&plain, &[9.0, 5.0, 7.0, 1.0]), Some(1.0 / 6.0));
/// assert_eq!(preference_flips(&plain, &[0.0; 4]), Some(0.0));
/// assert_eq!(preference_flips(&[0.0; 4], &plain), None);
/// ```
pub fn preference_flips(plain: &[f64], changed: &[f64]) -> Option<f64> {
    Comparisons::of(plain, changed)?.flips()
}

/// [`preference_flips`] and [`kendall_tau`] where every query needs both: nothing can be reversed where the plain scores
/// put nothing in an order, and a ranking of ties alone agrees with none.
pub(super) fn flips_and_tau(plain: &[f64], changed: &[f64]) -> [f64; 2] {
    let comparisons = Comparisons::of(plain, changed);
    let (flips, tau) = comparisons.map_or((None, None), |comparisons| (comparisons.flips(), comparisons.tau()));
    [flips.unwrap_or(0.0), tau.unwrap_or(if flips.is_some() { 0.0 } else { 1.0 })]
}

/// How many pairs of documents compare in which way.
#[derive(Debug, Default)]
struct Comparisons {
    concordant: u64,
    discordant: u64,
    /// Not tied in the first scoring.
    ordered_in_a: u64,
    /// Not tied in the second one.
    ordered_in_b: u64,
}

impl Comparisons {
    fn tau(&self) -> Option<f64> {
        if self.ordered_in_a == 0 || self.ordered_in_b == 0 {
            return None;
        }
        // In one root, so that equal orders give exactly 1.
        let possible = (self.ordered_in_a as f64 * self.ordered_in_b as f64).sqrt();
        Some(((self.concordant as f64 - self.discordant as f64) / possible).clamp(-1.0, 1.0))
    }

    fn flips(&self) -> Option<f64> {
        (self.ordered_in_a > 0).then(|| self.discordant as f64 / self.ordered_in_a as f64)
    }

    /// `None` for lists of two lengths, and where a score is not a number.
    fn of(a: &[f64], b: &[f64]) -> Option<Self> {
        if a.len() != b.len() || a.iter().chain(b).any(|score| score.is_nan()) {
            return None;
        }
        let mut count = Self::default();
        let (mut rest_a, mut rest_b) = (a, b);
        while let (Some((first_a, after_a)), Some((first_b, after_b))) = (rest_a.split_first(), rest_b.split_first()) {
            for (in_a, in_b) in after_a.iter().zip(after_b) {
                // Compared, not subtracted: that is exact for tiny differences and infinite scores too.
                let (above_a, below_a) = (first_a > in_a, first_a < in_a);
                let (above_b, below_b) = (first_b > in_b, first_b < in_b);
                count.concordant += u64::from(above_a & above_b | below_a & below_b);
                count.discordant += u64::from(above_a & below_b | below_a & above_b);
                count.ordered_in_a += u64::from(above_a | below_a);
                count.ordered_in_b += u64::from(above_b | below_b);
            }
            (rest_a, rest_b) = (after_a, after_b);
        }
        Some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden;
    use super::*;

    #[test]
    fn tau_is_scipys_and_flips_are_numpys() {
        for case in golden::cases("agreement") {
            let (plain, changed) = (golden::list(&case, "plain"), golden::list(&case, "changed"));
            let (tau, flips) = (kendall_tau(&plain, &changed), preference_flips(&plain, &changed));
            let near = |ours: Option<f64>, theirs: &str| match (ours, case[theirs].as_f64()) {
                (Some(ours), Some(theirs)) => (ours - theirs).abs() < 1e-9,
                (ours, theirs) => ours == theirs,
            };
            assert!(near(tau, "tau"), "{}: ours {tau:?}, scipy's {}", case["name"], case["tau"]);
            assert!(near(flips, "flips"), "{}: ours {flips:?}, numpy's {}", case["name"], case["flips"]);
        }
    }

    #[test]
    fn the_same_order_is_exactly_one() {
        let scores: Vec<f64> = (0..100).map(|at| f64::from(at * 37 % 11)).collect();
        let opposite: Vec<f64> = scores.iter().map(|score| -score).collect();
        assert_eq!(kendall_tau(&scores, &scores), Some(1.0));
        assert_eq!(kendall_tau(&scores, &opposite), Some(-1.0));
        assert_eq!(preference_flips(&scores, &opposite), Some(1.0));
    }

    #[test]
    fn differences_are_seen_where_their_product_is_not() {
        let (plain, changed) = ([1e-200, 2e-200, f64::INFINITY], [2e-200, 1e-200, f64::INFINITY]);
        assert_eq!(preference_flips(&plain, &changed), Some(1.0 / 3.0));
        assert_eq!(kendall_tau(&plain, &changed), Some(1.0 / 3.0));
    }

    #[test]
    fn what_cannot_be_compared_is_null() {
        for compare in [kendall_tau, preference_flips] {
            assert_eq!(compare(&[], &[]), None);
            assert_eq!(compare(&[1.0], &[1.0]), None);
            assert_eq!(compare(&[1.0, 2.0], &[1.0]), None);
            assert_eq!(compare(&[1.0, f64::NAN], &[1.0, 2.0]), None);
            assert_eq!(compare(&[1.0, 2.0], &[1.0, f64::NAN]), None);
        }
    }
}
