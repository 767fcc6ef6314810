//! The frames of soft term frequencies, by token and by pair.

use super::Options;
use super::predictor::{Maker, Predictor};
use super::reading::Reading;
use crate::collection::Pair;
use crate::error::Result;
use crate::frame::{columns as c, frame, id_columns};
use crate::tokens::Tokens;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

fn floats(name: &str, values: Vec<f64>) -> Column {
    Series::new(name.into(), values).into()
}

/// A row per query token.
pub(super) fn by_token(
    pairs: &[Pair],
    tokens: &[Tokens],
    readings: &[Reading],
    options: &Options,
    maker: &Maker,
) -> Result<DataFrame> {
    let each = || {
        readings.iter().enumerate().flat_map(|(pair, reading)| (0..reading.terms.len()).map(move |term| (pair, term)))
    };
    let number = |name: &str, of: &dyn Fn(&Reading, usize) -> f64| {
        floats(name, each().map(|(pair, term)| of(&readings[pair], term)).collect())
    };
    let heads: Vec<usize> = (0..readings.first().map_or(0, |reading| reading.masses.len())).collect();
    let soft_tf = |reading: &Reading, term: usize| reading.soft_tf(term, &heads, options.last_sep);
    let idf = |reading: &Reading, term: usize| maker.weights.of(options.idf, reading.terms[term].piece);
    let worth =
        |reading: &Reading, term: usize, frequency: f64| idf(reading, term) * maker.saturated(reading, frequency);
    let position = |(pair, term): (usize, usize)| readings[pair].terms[term].position;
    let positions: Vec<u32> = each().map(|at| position(at) as u32).collect();
    let pieces: Vec<&str> = each().map(|at| tokens[at.0].pieces()[position(at)].as_str()).collect();
    let frequencies: Vec<u32> = each().map(|(pair, term)| readings[pair].terms[term].frequency).collect();
    let [query_id, doc_id] = id_columns(each().map(|(pair, _)| &pairs[pair]));
    frame(vec![
        query_id,
        doc_id,
        Series::new(c::POSITION.into(), positions).into(),
        Series::new(c::TOKEN.into(), pieces).into(),
        number(c::SOFT_TF, &soft_tf),
        Series::new(c::TERM_FREQUENCY.into(), frequencies).into(),
        number(c::IDF, &idf),
        number(c::SEMANTIC_BM25, &|reading, term| worth(reading, term, soft_tf(reading, term))),
        number(c::BM25, &|reading, term| worth(reading, term, f64::from(reading.terms[term].frequency))),
    ])
}

/// A row per pair.
pub(super) fn by_pair(pairs: &[Pair], readings: &[Reading], options: &Options, maker: &Maker) -> Result<DataFrame> {
    let heads: Vec<usize> = (0..readings.first().map_or(0, |reading| reading.masses.len())).collect();
    let number = |name: &str, predictor: Predictor| {
        floats(name, readings.iter().flat_map(|reading| predictor.features(reading, &heads, maker)).collect())
    };
    let (idf, last_sep) = (options.idf, options.last_sep);
    let [query_id, doc_id] = id_columns(pairs.iter());
    let lengths: Vec<u32> = readings.iter().map(|reading| reading.length as u32).collect();
    let relevance: Vec<Option<i32>> = pairs.iter().map(|pair| pair.relevance).collect();
    frame(vec![
        query_id,
        doc_id,
        floats(c::SCORE, readings.iter().map(|reading| reading.score).collect()),
        number(c::SEMANTIC_BM25, Predictor::semantic_bm25(idf, last_sep)),
        number(c::BM25, Predictor::bm25(idf)),
        number(c::SOFT_TF, Predictor::soft_tf(last_sep)),
        Series::new(c::DOCUMENT_LENGTH.into(), lengths).into(),
        Series::new(c::RELEVANCE.into(), relevance).into(),
    ])
}
