//! Ridge regression against scikit-learn's.

use super::ridge::{Ridge, folds, penalties};
use serde_json::Value;

fn golden() -> Value {
    let golden = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/soft_tf/soft_tf.json"));
    serde_json::from_str::<Value>(golden).unwrap()["ridge"].clone()
}

fn of<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

fn near(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() < 1e-9 * theirs.abs().max(1.0)
}

#[test]
fn coefficients_and_explained_variance_are_scikit_learns() {
    let golden = golden();
    let (x, y): (Vec<Vec<f64>>, Vec<f64>) = (of(&golden["x"]), of(&golden["y"]));
    let ((x, held_x), (y, held_y)) = (x.split_at(40), y.split_at(40));
    let mean = held_y.iter().sum::<f64>() / held_y.len() as f64;
    for case in golden["fitted"].as_array().unwrap() {
        let ridge = Ridge::fitted(x, y, of(&case["penalty"])).unwrap();
        let theirs: Vec<f64> = of(&case["coefficients"]);
        assert!(ridge.coefficients.iter().zip(&theirs).all(|(ours, theirs)| near(*ours, *theirs)), "{ridge:?} {case}");
        assert_eq!(ridge.coefficients[4], 0.0, "a predictor that does not vary has no part");
        assert!(near(ridge.intercept, of(&case["intercept"])));
        let predicted: Vec<f64> = held_x.iter().map(|row| ridge.predict(row)).collect();
        assert!(predicted.iter().zip(of::<Vec<f64>>(&case["predicted"])).all(|(ours, theirs)| near(*ours, theirs)));
        let squares =
            |of: &dyn Fn(usize) -> f64| (0..held_y.len()).map(|at| (held_y[at] - of(at)).powi(2)).sum::<f64>();
        assert!(near(1.0 - squares(&|at| predicted[at]) / squares(&|_| mean), of(&case["r_squared"])));
    }
}

#[test]
fn the_penalty_is_the_one_that_scikit_learn_chooses() {
    let golden = golden();
    let (x, y): (Vec<Vec<f64>>, Vec<f64>) = (of(&golden["x"]), of(&golden["y"]));
    let ridge = Ridge::chosen(&x[..40], &y[..40], &of::<Vec<usize>>(&golden["folds"])).unwrap();
    assert!(near(ridge.penalty, of(&golden["chosen"])), "{}", ridge.penalty);
    assert!(ridge.penalty > penalties()[0] && ridge.penalty < 1e5, "a choice at the edge would be none");
}

#[test]
fn what_says_nothing_is_shrunk_away() {
    let x: Vec<Vec<f64>> = (0..40).map(|at| vec![f64::from(at * 7919 % 1009)]).collect();
    let y: Vec<f64> = (0..40).map(|at| f64::from(at % 2)).collect();
    let folds: Vec<usize> = (0..40).map(|at| at / 2 % 4).collect();
    assert_eq!(Ridge::chosen(&x, &y, &folds).unwrap().penalty, 1e5);
}

#[test]
fn folds_are_even_and_go_by_the_seed() {
    let of = folds(23, 5, 1).unwrap();
    let sizes: Vec<usize> = (0..5).map(|fold| of.iter().filter(|own| **own == fold).count()).collect();
    assert_eq!(sizes, [5, 5, 5, 4, 4]);
    assert_eq!(folds(23, 5, 1).unwrap(), of);
    assert_ne!(folds(23, 5, 2).unwrap(), of);
    for (queries, count) in [(4, 5), (9, 1), (9, 0)] {
        let error = folds(queries, count, 0).unwrap_err().to_string();
        assert!(error.contains(&format!("{count} folds cannot be made of {queries} queries")), "{error}");
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    assert!(Ridge::fitted(&[vec![f64::NAN], vec![1.0]], &[0.0, 1.0], 1.0).is_err());
}
