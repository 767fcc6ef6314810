//! Which values may be chance: those whose p value is not small, or is lacking.

use super::read;
use super::table::Cell;
use crate::error::Result;
use crate::frame::columns::p_holm;
use polars::prelude::DataFrame;

/// From this p value on, a value may be chance.
const LEVEL: f64 = 0.05;
/// When a cell is grey, in words.
pub(super) const CONDITION: &str = "p >= 0.05 after Holm's correction";

/// For each row whether the column's value may be chance; `None` without a column of corrected p values, and where
/// rows are averaged: the mean of p values is no p value.
pub(super) fn may_be_chance(frame: &DataFrame, column: &str, averaged: bool) -> Result<Option<Vec<bool>>> {
    let column = p_holm(column);
    if averaged || !read::has(frame, &column) {
        return Ok(None);
    }
    // Null comes as NaN.
    Ok(Some(read::numbers(frame, &column)?.into_iter().map(|p| p.is_nan() || p >= LEVEL).collect()))
}

/// The note of a chart in which some of these are grey.
pub(super) fn note(values: &[(String, Cell)]) -> Option<String> {
    let grey = |(_, cell): &(String, Cell)| cell.grey && cell.value.is_finite();
    values.iter().any(grey).then(|| format!("grey: {CONDITION}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn a_large_or_lacking_p_value_may_be_chance() {
        let frame = df!("x" => [1.0; 4], "x_p_holm" => [Some(0.0499), Some(0.05), None, Some(f64::NAN)]).unwrap();
        assert_eq!(may_be_chance(&frame, "x", false).unwrap(), Some(vec![false, true, true, true]));
        assert_eq!(may_be_chance(&frame, "x", true).unwrap(), None);
        assert_eq!(may_be_chance(&frame, "y", false).unwrap(), None);
    }

    #[test]
    fn p_values_in_words_are_refused() {
        let frame = df!("x" => [1.0], "x_p_holm" => ["small"]).unwrap();
        let error = may_be_chance(&frame, "x", false).unwrap_err().to_string();
        assert!(error.starts_with("chart: column \"x_p_holm\" holds str, but numbers"), "{error}");
    }
}
