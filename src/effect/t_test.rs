//! Is a mean change more than chance? The paired t-test (Student 1908, "The probable error of a mean", Biometrika 6).
//!
//! With n differences, one per query, their mean m and their standard deviation s (of n - 1):
//!
//! - `t = m / (s / √n)`;
//! - `p = P(|T| ≥ |t|) = I_x(ν / 2, 1 / 2)` with `x = ν / (ν + t²)`, where T follows Student's t distribution with
//!   `ν = n - 1` degrees of freedom and I is the regularised incomplete beta function.

use statrs::function::beta::checked_beta_reg;

/// The two-sided p value of differences, *changed minus plain*, against a mean of 0, as `scipy.stats.ttest_rel`.
///
/// Where all differences are the same, t has no finite value. All exactly 0 give 1, for nothing speaks of a change
/// (scipy says NaN); all equal and not 0 give 0 (as scipy, but for its rounding, which makes 9.6e-33 of three times 0.1).
/// `None` with fewer than two differences and where one of them is not finite.
pub(crate) fn paired_t_test(differences: &[f64]) -> Option<f64> {
    let (first, rest) = differences.split_first()?;
    if rest.is_empty() || differences.iter().any(|difference| !difference.is_finite()) {
        return None;
    }
    if rest.iter().all(|difference| difference == first) {
        return Some(if *first == 0.0 { 1.0 } else { 0.0 });
    }
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|difference| (difference - mean).powi(2)).sum::<f64>() / (n - 1.0);
    two_sided(mean / (variance / n).sqrt(), n - 1.0)
}

/// P(|T| ≥ |t|). Where t is small, x is so near 1 that its digits are lost, and I_x(a, b) = 1 - I_{1 - x}(b, a) keeps
/// them. Where t is large, p is so near 0 that it is the difference from 1 that would lose digits.
///
/// The logarithm of the gamma function, a difference of two near numbers, sets the limit: with 9,999 degrees of freedom
/// the largest relative distance from scipy over the golden's t is 9e-11, with 99,999 it was 1.1e-9.
fn two_sided(t: f64, freedom: f64) -> Option<f64> {
    let square = t * t;
    let p = if square < 3.0 {
        checked_beta_reg(0.5, freedom / 2.0, square / (freedom + square)).map(|inner| 1.0 - inner)
    } else {
        checked_beta_reg(freedom / 2.0, 0.5, freedom / (freedom + square))
    };
    p.ok()
}

#[cfg(test)]
mod tests {
    use super::super::golden;
    use super::*;

    #[test]
    fn p_is_scipys() {
        for case in golden::cases("t_test") {
            let p = paired_t_test(&golden::list(&case, "differences"));
            assert!(golden::distance(p, &case["p"]) < 1e-9, "{}: ours {p:?}, scipy's {}", case["name"], case["p"]);
        }
    }

    #[test]
    fn the_distribution_is_scipys() {
        for case in golden::cases("t_distribution") {
            let p = two_sided(case["t"].as_f64().unwrap(), case["freedom"].as_f64().unwrap());
            assert!(golden::distance(p, &case["p"]) < 1e-9, "{case}: ours {p:?}");
        }
    }

    #[test]
    fn a_hand_can_check_these() {
        // With one degree of freedom p = 1 - 2 arctan(t) / π; here t = 2 / (√2 / √2) = 2.
        let by_hand = 1.0 - 2.0 * 2f64.atan() / std::f64::consts::PI;
        assert!(paired_t_test(&[1.0, 3.0]).is_some_and(|p| (p - by_hand).abs() < 1e-14));
        assert_eq!(paired_t_test(&[1.0, -1.0]), Some(1.0));
    }

    #[test]
    fn the_smallest_t_is_told_from_zero() {
        // With one degree of freedom p = 1 - 2 arctan(t) / π, which is 1 - 2 t / π here; scipy says 0.9999999905.
        let by_hand = 1.0 - 2e-8 / std::f64::consts::PI;
        assert!(two_sided(1e-8, 1.0).is_some_and(|p| (p - by_hand).abs() < 1e-15));
    }

    #[test]
    fn equal_differences_are_certain() {
        assert_eq!(paired_t_test(&[0.0, -0.0, 0.0]), Some(1.0));
        assert_eq!(paired_t_test(&[0.1; 7]), Some(0.0));
    }

    #[test]
    fn what_cannot_be_tested_is_null() {
        assert_eq!(paired_t_test(&[]), None);
        assert_eq!(paired_t_test(&[0.5]), None);
        assert_eq!(paired_t_test(&[0.5, f64::NAN]), None);
        assert_eq!(paired_t_test(&[0.5, 0.1, f64::INFINITY]), None);
    }
}
