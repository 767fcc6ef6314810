//! How numbers are printed in a chart: with the same decimals throughout, very small and large ones by a power of ten.

/// Decimals and power of ten for the numbers of one chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Numbers {
    exponent: i32,
    decimals: usize,
}

impl Numbers {
    /// Two significant digits for the largest of the values.
    pub fn for_values(values: impl IntoIterator<Item = f64>) -> Self {
        let largest = largest(values);
        let exponent = common_exponent(largest);
        Self { exponent, decimals: (1 - magnitude(largest) + exponent).clamp(0, 3) as usize }
    }

    /// Three significant digits for the largest of the values, with the same power of ten as these numbers.
    pub fn for_closer(self, values: impl IntoIterator<Item = f64>) -> Self {
        let digits = 2 - magnitude(largest(values)) + self.exponent;
        Self { decimals: digits.clamp(0, 6) as usize, ..self }
    }

    /// The decimals that tell steps of this size apart, up to `largest`.
    pub fn for_steps(step: f64, largest: f64) -> Self {
        let exponent = common_exponent(largest);
        let scaled = step / 10f64.powi(exponent);
        let whole = |decimals: &usize| {
            let digits = scaled * 10f64.powi(*decimals as i32);
            digits > 0.5 && (digits - digits.round()).abs() < 1e-6 * digits
        };
        let decimals = (0..9).find(whole).unwrap_or(9);
        Self { exponent, decimals }
    }

    /// The value in figures, with a true minus sign; `missing` where it is not finite.
    pub fn text(&self, value: f64) -> String {
        if !value.is_finite() {
            return "missing".into();
        }
        let scaled = if self.exponent == 0 { value } else { value / 10f64.powi(self.exponent) };
        let text = format!("{scaled:.*}", self.decimals);
        match text.strip_prefix('-') {
            Some(zero) if zero.chars().all(|c| matches!(c, '0' | '.')) => zero.to_owned(),
            Some(digits) => format!("−{digits}"),
            None => text,
        }
    }

    /// The label of an axis or a scale whose numbers are printed so: with the power of ten where there is one.
    pub fn label(&self, name: &str) -> String {
        if self.exponent == 0 {
            return name.to_owned();
        }
        let digits: String = self.exponent.to_string().chars().map(superscript).collect();
        format!("{name}, ×10{digits}")
    }
}

fn superscript(c: char) -> char {
    match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
    }
}

fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().filter(|value| value.is_finite()).fold(0.0, |largest: f64, value| largest.max(value.abs()))
}

/// The power of ten of the first digit.
fn magnitude(value: f64) -> i32 {
    if value > 0.0 { value.log10().floor() as i32 } else { 0 }
}

/// Zero for sizes that read well as they are.
fn common_exponent(largest: f64) -> i32 {
    let magnitude = magnitude(largest);
    if (-2..5).contains(&magnitude) { 0 } else { magnitude.clamp(-300, 300) }
}

/// `1 head`, `2 heads`
pub(super) fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// A column's name as it stands on an axis, with the unit of those that crosslens itself makes.
pub(super) fn axis_name(column: &str) -> String {
    use crate::frame::columns::{
        MASS, R_SQUARED, R_SQUARED_GAIN, R_SQUARED_WITHIN, R_SQUARED_WITHIN_GAIN, SCORE, WEIGHT,
    };
    match column {
        MASS | WEIGHT => format!("{column} (share of attention)"),
        R_SQUARED | R_SQUARED_GAIN | R_SQUARED_WITHIN | R_SQUARED_WITHIN_GAIN => {
            format!("{column} (share of variance)")
        }
        SCORE => format!("{column} (logit)"),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_sets_the_decimals() {
        let numbers = Numbers::for_values([0.341, -0.02, f64::NAN]);
        assert_eq!(numbers.text(0.341), "0.34");
        assert_eq!(numbers.text(-0.02), "−0.02");
        assert_eq!(numbers.text(-0.0001), "0.00");
        assert_eq!(numbers.text(f64::INFINITY), "missing");
        assert_eq!(Numbers::for_values([123.4]).text(123.4), "123");
        assert_eq!(Numbers::for_values([]).text(0.0), "0.0");
    }

    #[test]
    fn very_small_and_large_numbers_share_a_power_of_ten() {
        let small = Numbers::for_values([-0.000_034]);
        assert_eq!((small.text(-0.000_034), small.label("effect")), ("−3.4".into(), "effect, ×10⁻⁵".into()));
        let large = Numbers::for_values([2.5e12]);
        assert_eq!((large.text(2.5e12), large.label("n")), ("2.5".into(), "n, ×10¹²".into()));
        for extreme in [f64::MAX, f64::MIN_POSITIVE, 5e-324] {
            assert!(!Numbers::for_values([extreme]).text(extreme).is_empty());
        }
    }

    #[test]
    fn steps_set_the_decimals_of_ticks() {
        assert_eq!(Numbers::for_steps(0.05, 0.2).text(0.1), "0.10");
        assert_eq!(Numbers::for_steps(0.25, 1.0).text(0.5), "0.50");
        assert_eq!(Numbers::for_steps(2.0, 10.0).text(4.0), "4");
        assert_eq!(Numbers::for_steps(20_000.0, 100_000.0).text(20_000.0), "0.2");
    }
}
