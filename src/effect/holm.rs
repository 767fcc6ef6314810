//! Many tests at once: Holm's step-down correction (Holm 1979, "A simple sequentially rejective multiple test
//! procedure", Scandinavian Journal of Statistics 6).
//!
//! With m p values in ascending order, p₁ to pₘ, the corrected value of the k-th is the maximum over j ≤ k of
//! `min(1, (m - j + 1) pⱼ)`.
//!
//! Calling significant what is corrected to at most α makes one or more false claims with a probability of at most α,
//! however the tests depend on one another.

/// The corrected p values, in the order of the given ones, as `statsmodels.stats.multitest.multipletests` with
/// `method="holm"`. A test without a p value (null, or not a number) stays null and does not count as a test.
pub(crate) fn holm(p: &[Option<f64>]) -> Vec<Option<f64>> {
    let tests = p.iter().enumerate().filter_map(|(at, p)| Some((at, (*p)?)));
    let mut tests: Vec<(usize, f64)> = tests.filter(|(_, p)| !p.is_nan()).collect();
    tests.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let mut corrected = vec![None; p.len()];
    let mut largest = 0f64;
    for (before, (at, p)) in tests.iter().enumerate() {
        largest = largest.max((tests.len() - before) as f64 * p).min(1.0);
        corrected[*at] = Some(largest);
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::super::golden;
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_correction_is_statsmodels() {
        for case in golden::cases("holm") {
            let ours = holm(&golden::list(&case, "p"));
            let theirs = golden::list::<Value>(&case, "corrected");
            assert_eq!(ours.len(), theirs.len());
            for (ours, theirs) in ours.into_iter().zip(&theirs) {
                let name = &case["name"];
                assert!(golden::distance(ours, theirs) < 1e-9, "{name}: ours {ours:?}, statsmodels' {theirs}");
            }
        }
    }

    #[test]
    fn a_hand_can_check_these() {
        assert_eq!(holm(&[Some(0.5), Some(0.125), Some(0.25)]), [Some(0.5), Some(0.375), Some(0.5)]);
        assert_eq!(holm(&[Some(0.75), Some(0.75)]), [Some(1.0), Some(1.0)]);
    }

    #[test]
    fn null_is_no_test() {
        assert_eq!(holm(&[None, Some(0.25), Some(f64::NAN)]), [None, Some(0.25), None]);
        assert_eq!(holm(&[None, None]), [None, None]);
        assert!(holm(&[]).is_empty());
    }
}
