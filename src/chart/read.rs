//! Reading the columns of a frame, with errors that say what is there.

use crate::error::{Error, Result};
use polars::prelude::{Column, DataFrame, DataType, StringChunked};
use std::collections::{HashMap, HashSet};

/// A running mean over the finite values.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    sum: f64,
    finite: usize,
    /// All values, those that are not finite too.
    pub rows: usize,
}

impl Mean {
    pub fn add(&mut self, value: f64) {
        self.rows += 1;
        if value.is_finite() {
            self.sum += value;
            self.finite += 1;
        }
    }

    /// NaN without a finite value.
    pub fn value(&self) -> f64 {
        self.sum / self.finite as f64
    }
}

/// Whether the frame has the column.
pub(super) fn has(frame: &DataFrame, name: &str) -> bool {
    frame.get_column_names().iter().any(|known| *known == name)
}

fn column<'a>(frame: &'a DataFrame, name: &str) -> Result<&'a Column> {
    let known = || frame.get_column_names().iter().map(ToString::to_string).collect();
    let column =
        frame.column(name).map_err(|_| Error::Unknown { kind: "column", name: name.into(), known: known() })?;
    if frame.height() == 0 {
        return Err(Error::Chart(format!("the frame has no rows, so there is no {name:?} to draw")));
    }
    Ok(column)
}

/// A column of numbers; null becomes NaN.
pub(super) fn numbers(frame: &DataFrame, name: &str) -> Result<Vec<f64>> {
    let column = column(frame, name)?;
    let dtype = column.dtype();
    // A column of nothing but nulls has no type of its own.
    if !(dtype.is_primitive_numeric() || dtype.is_null()) {
        return Err(wrong_type(name, dtype, "numbers"));
    }
    let cast = column.cast(&DataType::Float64)?;
    Ok(cast.f64()?.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// A column of numbers in which at least one is finite.
pub(super) fn drawable(frame: &DataFrame, name: &str) -> Result<Vec<f64>> {
    let values = numbers(frame, name)?;
    if !values.iter().any(|value| value.is_finite()) {
        let rows = values.len();
        return Err(Error::Chart(format!("column {name:?} has no finite value in its {rows} rows: nothing to draw")));
    }
    Ok(values)
}

/// A column of layers, heads or positions.
pub(super) fn indices(frame: &DataFrame, name: &str) -> Result<Vec<u32>> {
    let column = column(frame, name)?;
    if !column.dtype().is_integer() {
        return Err(wrong_type(name, column.dtype(), "whole numbers"));
    }
    let cast = column.cast(&DataType::Int64)?;
    let index = |(row, value): (usize, Option<i64>)| {
        value.and_then(|value| u32::try_from(value).ok()).ok_or_else(|| {
            let found = value.map_or("null".into(), |value| value.to_string());
            Error::Chart(format!("column {name:?} holds {found} in row {row}: it must count from 0"))
        })
    };
    cast.i64()?.iter().enumerate().map(index).collect()
}

/// A column of layers or heads where null means that there is none.
pub(super) fn indices_or_none(frame: &DataFrame, name: &str) -> Result<Vec<Option<u32>>> {
    let column = column(frame, name)?;
    if column.dtype().is_null() {
        return Ok(vec![None; frame.height()]);
    }
    if !column.dtype().is_integer() {
        return Err(wrong_type(name, column.dtype(), "whole numbers"));
    }
    let cast = column.cast(&DataType::Int64)?;
    let index = |(row, value): (usize, Option<i64>)| match value {
        None => Ok(None),
        Some(value) => u32::try_from(value)
            .map(Some)
            .map_err(|_| Error::Chart(format!("column {name:?} holds {value} in row {row}: it must count from 0"))),
    };
    cast.i64()?.iter().enumerate().map(index).collect()
}

/// A column of strings.
pub(super) fn texts<'a>(frame: &'a DataFrame, name: &str) -> Result<&'a StringChunked> {
    let column = column(frame, name)?;
    column.str().map_err(|_| wrong_type(name, column.dtype(), "strings"))
}

/// The different values of a column in words.
pub(super) struct Names {
    /// Numbers ascending, others in the order in which they appear; null is `null`.
    pub different: Vec<String>,
    /// For each row, the place of its value among them.
    pub places: Vec<usize>,
    /// Whether the column holds numbers.
    pub numeric: bool,
}

/// A column of names or numbers.
pub(super) fn names(frame: &DataFrame, name: &str) -> Result<Names> {
    let column = column(frame, name)?;
    let cast = column.cast(&DataType::String)?;
    let words = cast.str().map_err(|_| wrong_type(name, column.dtype(), "names"))?;
    let words = || words.iter().map(|word| word.unwrap_or("null"));
    let numeric = column.dtype().is_primitive_numeric();
    let mut seen = HashSet::new();
    let mut different: Vec<&str> = words().filter(|word| seen.insert(*word)).collect();
    if numeric {
        different.sort_by(|a, b| a.parse().unwrap_or(f64::NAN).total_cmp(&b.parse().unwrap_or(f64::NAN)));
    }
    let place: HashMap<&str, usize> = different.iter().enumerate().map(|(place, word)| (*word, place)).collect();
    let places = words().map(|word| place[word]).collect();
    Ok(Names { places, different: different.into_iter().map(str::to_owned).collect(), numeric })
}

fn wrong_type(name: &str, dtype: &DataType, wanted: &str) -> Error {
    Error::Chart(format!(
        "column {name:?} holds {dtype}, but {wanted} are drawn from it; cast it or name another column"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn errors_say_what_is_there() {
        let frame = df!("layer" => [0i32, -1], "token" => ["a", "b"], "mass" => [Some(f64::NAN), None]).unwrap();
        let message = |result: Result<()>| result.unwrap_err().to_string();
        assert_eq!(message(numbers(&frame, "x").map(drop)), "there is no column \"x\"; there is layer, token, mass");
        assert_eq!(
            message(numbers(&frame, "token").map(drop)),
            "chart: column \"token\" holds str, but numbers are drawn from it; cast it or name another column"
        );
        assert!(message(texts(&frame, "mass").map(drop)).contains("holds f64, but strings"));
        assert!(message(indices(&frame, "mass").map(drop)).contains("holds f64, but whole numbers"));
        assert_eq!(
            message(indices(&frame, "layer").map(drop)),
            "chart: column \"layer\" holds -1 in row 1: it must count from 0"
        );
        assert_eq!(
            message(drawable(&frame, "mass").map(drop)),
            "chart: column \"mass\" has no finite value in its 2 rows: nothing to draw"
        );
        assert!(message(numbers(&frame.head(Some(0)), "mass").map(drop)).contains("the frame has no rows"));
    }

    #[test]
    fn null_becomes_nan_and_integers_become_numbers() {
        let frame = df!("a" => [Some(1i64), None]).unwrap();
        let values = numbers(&frame, "a").unwrap();
        assert!(values[0] == 1.0 && values[1].is_nan());
    }

    #[test]
    fn names_are_in_order_of_appearance_and_numbers_ascend() {
        let frame = df!("edge" => [Some("b"), Some("a"), None, Some("b")], "layer" => [10u32, 9, 10, 2]).unwrap();
        let edges = names(&frame, "edge").unwrap();
        assert_eq!((edges.different, edges.places), (vec!["b".into(), "a".into(), "null".into()], vec![0, 1, 2, 0]));
        let layers = names(&frame, "layer").unwrap();
        assert_eq!((layers.different, layers.places), (vec!["2".into(), "9".into(), "10".into()], vec![2, 1, 2, 0]));
        assert!(layers.numeric && !edges.numeric);
    }

    #[test]
    fn a_mean_skips_what_is_not_finite() {
        let mut mean = Mean::default();
        assert!(mean.value().is_nan());
        [1.0, f64::NAN, 2.0, f64::INFINITY].into_iter().for_each(|value| mean.add(value));
        assert_eq!((mean.value(), mean.rows), (1.5, 4));
    }
}
