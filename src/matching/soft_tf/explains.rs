//! How much of the score each predictor explains on queries that it was not fitted on.
//!
//! `R² = 1 - Σ (y - ŷ)² / Σ (y - ȳ)²` over the held-out pairs. Within queries, score and predictors are both taken less
//! their mean over the pairs of a query, a regression of its own is fitted to that, and `R² = 1 - Σ (y - ŷ)² / Σ y²`:
//! differences between the documents of a query are explained, and nothing that tells queries apart. The bootstrap
//! draws held-out queries, for all predictors the same ones; the fit stays as it is.

use super::half::{Half, Predictions};
use super::predictor::{Maker, Predictor};
use super::ridge;
use super::sets::Sets;
use crate::collection::{Measure, Run, evaluate};
use crate::effect::{Bootstrap, Settings, kendall_tau};
use crate::error::Result;
use crate::frame::{columns as c, frame, interval_columns};
use crate::live::Task;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use rayon::prelude::*;

const NDCG: Measure = Measure::NdcgAt(10);

/// One row: each number with the ends of its interval.
struct Row {
    predictor: Predictor,
    predictions: Predictions,
    /// Of all pairs and beyond BM25, then both within queries.
    explained: [[f64; 3]; 4],
    /// How far the ranking is the model's, and what it is worth.
    tau: [f64; 3],
    ndcg: [f64; 3],
    /// Of random heads, of all pairs and within queries: the mean, the lowest and the highest draw.
    control: [[f64; 3]; 2],
}

/// Fits all predictors on one half and tries them on the other.
pub(super) fn explained(
    [train, test]: [&Half; 2],
    sets: &Sets,
    maker: &Maker,
    folds: usize,
    settings: &Settings,
) -> Result<DataFrame> {
    let folds = train.spread(&ridge::folds(train.queries.len(), folds, settings.seed)?);
    let predictors = Predictor::all();
    let task = Task::new("explaining scores", "predictors", predictors.len());
    let judge = Judge::new(test, settings);
    let predict = |predictor: &Predictor, heads: &[usize]| {
        task.check()?;
        train.predict(test, &folds, |reading| predictor.features(reading, heads, maker))
    };
    let bm25 = predict(&predictors[0], &sets.own)?;
    let row = |predictor: &Predictor| {
        let predictions = predict(predictor, &sets.own)?;
        let random = if predictor.of_heads() { sets.random.as_slice() } else { &[] };
        let random = random.iter().map(|heads| Ok(judge.plainly(&predict(predictor, heads)?)));
        let random: Vec<[f64; 2]> = random.collect::<Result<_>>()?;
        task.step();
        let control = [0, 1].map(|which| range(random.iter().map(|explained| explained[which])));
        let (tau, ndcg) = (judge.tau(&predictions.within), judge.ndcg(&predictions.within)?);
        let explained = judge.explained(&predictions, &bm25);
        Ok(Row { predictor: *predictor, predictions, explained, tau, ndcg, control })
    };
    let rows: Vec<Row> = predictors.par_iter().map(row).collect::<Result<_>>()?;
    table(&rows, test)
}

/// The mean, the lowest and the highest; NaN of nothing.
fn range(values: impl Iterator<Item = f64> + Clone) -> [f64; 3] {
    let count = values.clone().count();
    if count == 0 {
        return [f64::NAN; 3];
    }
    let mean = values.clone().sum::<f64>() / count as f64;
    [mean, values.clone().fold(f64::INFINITY, f64::min), values.fold(f64::NEG_INFINITY, f64::max)]
}

/// Holds predictions against the scores of the held-out pairs.
struct Judge<'a> {
    test: &'a Half<'a>,
    centred: Vec<f64>,
    bootstrap: Bootstrap,
    /// Queries of which an order can be told, and draws among them.
    ordered: Vec<&'a Vec<usize>>,
    of_ordered: Option<Bootstrap>,
}

impl<'a> Judge<'a> {
    fn new(test: &'a Half<'a>, settings: &Settings) -> Self {
        let ordered: Vec<&Vec<usize>> = test.queries.iter().filter(|query| query.len() > 1).collect();
        let of_ordered = (!ordered.is_empty()).then(|| settings.bootstrap(ordered.len()));
        let bootstrap = settings.bootstrap(test.queries.len());
        Self { test, centred: test.centred(&test.scores), bootstrap, ordered, of_ordered }
    }

    fn explained(&self, predictions: &Predictions, bm25: &Predictions) -> [[f64; 3]; 4] {
        let scores = &self.test.scores;
        let [pairs, sum, squares] = self.spread();
        let [left, of_bm25] = [predictions, bm25].map(|of| self.left(scores, &of.plain));
        let plain = self.bootstrap.of_means([&left, &pairs, &sum, &squares], |[left, pairs, sum, squares]| {
            1.0 - left / (squares - sum * sum / pairs)
        });
        let lists: [&[f64]; 5] = [&left, &of_bm25, &pairs, &sum, &squares];
        let gain = self
            .bootstrap
            .of_means(lists, |[left, of_bm25, pairs, sum, squares]| (of_bm25 - left) / (squares - sum * sum / pairs));
        let (left, all) = (self.left(&self.centred, &predictions.within), self.all_within());
        let of_bm25 = self.left(&self.centred, &bm25.within);
        let within = self.bootstrap.of_means([&left, &all], |[left, all]| 1.0 - left / all);
        let lists: [&[f64]; 3] = [&left, &of_bm25, &all];
        let gain_within = self.bootstrap.of_means(lists, |[left, of_bm25, all]| (of_bm25 - left) / all);
        [plain, gain, within, gain_within]
    }

    /// Of all pairs and within queries, without intervals.
    fn plainly(&self, predictions: &Predictions) -> [f64; 2] {
        let sum = |values: Vec<f64>| values.iter().sum::<f64>();
        let [pairs, first, squares] = self.spread().map(sum);
        let plain = sum(self.left(&self.test.scores, &predictions.plain)) / (squares - first * first / pairs);
        [1.0 - plain, 1.0 - sum(self.left(&self.centred, &predictions.within)) / sum(self.all_within())]
    }

    /// Per query the number of pairs, and the sums of their scores, less the mean of all, and of the squares of these.
    fn spread(&self) -> [Vec<f64>; 3] {
        let scores = &self.test.scores;
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        let power = |power: i32| self.test.each(|query| query.iter().map(|at| (scores[*at] - mean).powi(power)).sum());
        [0, 1, 2].map(power)
    }

    /// Per query the sum of squared errors.
    fn left(&self, scores: &[f64], predicted: &[f64]) -> Vec<f64> {
        self.test.each(|query| query.iter().map(|at| (scores[*at] - predicted[*at]).powi(2)).sum())
    }

    /// Per query the sum of squared differences from its mean.
    fn all_within(&self) -> Vec<f64> {
        self.left(&self.centred, &vec![0.0; self.centred.len()])
    }

    fn tau(&self, predicted: &[f64]) -> [f64; 3] {
        let tau = |query: &&Vec<usize>| {
            let of = |values: &[f64]| query.iter().map(|at| values[*at]).collect::<Vec<f64>>();
            // An order of ties alone agrees with none.
            kendall_tau(&of(predicted), &of(&self.test.scores)).unwrap_or(0.0)
        };
        let of_queries: Vec<f64> = self.ordered.iter().map(tau).collect();
        self.of_ordered.as_ref().map_or([f64::NAN; 3], |bootstrap| bootstrap.mean(&of_queries))
    }

    fn ndcg(&self, predicted: &[f64]) -> Result<[f64; 3]> {
        let scored = self.test.pairs.iter().zip(predicted);
        let run = Run::from_scores(c::PREDICTOR, scored.map(|(pair, score)| (&pair.query_id, &pair.doc_id, *score)))?;
        let of_queries = evaluate(&run, self.test.pairs.qrels(), NDCG)?;
        let of_queries = self.test.query_ids.iter().map(|query| of_queries.get(*query).copied().unwrap_or(0.0));
        Ok(self.bootstrap.mean(&of_queries.collect::<Vec<f64>>()))
    }
}

fn table(rows: &[Row], test: &Half) -> Result<DataFrame> {
    let known = |value: f64| Some(value).filter(|value| value.is_finite());
    let numbers = |name: &str, of: fn(&Row) -> f64| -> Column {
        Series::new(name.into(), rows.iter().map(|row| known(of(row))).collect::<Vec<_>>()).into()
    };
    let banded = |name: &str, of: &dyn Fn(&Row) -> [f64; 3]| {
        interval_columns(name, &rows.iter().map(|row| of(row).map(known)).collect::<Vec<_>>())
    };
    let counts = |name: &str, of: &dyn Fn(&Row) -> usize| -> Column {
        Series::new(name.into(), rows.iter().map(|row| of(row) as u32).collect::<Vec<_>>()).into()
    };
    let each = || rows.iter().map(|row| &row.predictor);
    let mut columns: Vec<Column> = vec![
        Series::new(c::PREDICTOR.into(), each().map(Predictor::name).collect::<Vec<_>>()).into(),
        Series::new(c::IDF_FROM.into(), each().map(|of| of.idf.map(|idf| idf.name())).collect::<Vec<_>>()).into(),
        Series::new(c::LAST_SEP.into(), each().map(|of| of.last_sep).collect::<Vec<_>>()).into(),
        counts(c::FEATURES, &|row| row.predictions.features),
    ];
    let explained = [c::R_SQUARED, c::R_SQUARED_GAIN, c::R_SQUARED_WITHIN, c::R_SQUARED_WITHIN_GAIN];
    for (at, name) in explained.into_iter().enumerate() {
        columns.extend(banded(name, &|row| row.explained[at]));
    }
    columns.extend(banded(c::CONTROL_R_SQUARED, &|row| row.control[0]));
    columns.extend(banded(c::CONTROL_R_SQUARED_WITHIN, &|row| row.control[1]));
    columns.extend(banded(c::KENDALL_TAU, &|row| row.tau));
    columns.extend(banded(&NDCG.to_string(), &|row| row.ndcg));
    columns.push(numbers(c::RIDGE, |row| row.predictions.penalty));
    columns.push(numbers(c::RIDGE_WITHIN, |row| row.predictions.penalty_within));
    columns.push(counts(c::QUERIES, &|_| test.queries.len()));
    columns.push(counts(c::PAIRS, &|_| test.pairs.len()));
    frame(columns)
}
