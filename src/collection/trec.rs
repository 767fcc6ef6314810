//! TREC's files: runs of six columns and judgements of four, separated by white space.

use super::lines::Lines;
use super::table::{Table, duplicate};
use crate::error::{Error, Result};
use std::path::Path;

/// `query Q0 document rank score tag`. As in trec_eval only the score orders; rank and tag are not looked at.
pub(super) fn read_run(path: &Path) -> Result<Table<f64>> {
    let mut lines = Lines::open(path, "a run is a text file of lines `query Q0 document rank score tag`")?;
    let mut table = Table::new();
    while let Some((line, text)) = lines.next_line()? {
        let malformed = |what| Error::Malformed { path: path.to_owned(), line, what };
        let [query_id, _, doc_id, _, score, _] = columns(text).map_err(|found| {
            malformed(format!("expected 6 columns (query, Q0, document, rank, score, tag), found {found}"))
        })?;
        let score = match score.parse::<f64>() {
            Ok(score) if score.is_finite() => score,
            _ => return Err(malformed(format!("score {score:?} is not a finite number"))),
        };
        table
            .insert(query_id, doc_id, score, line)
            .map_err(|first| duplicate(path, (query_id, doc_id), line, first))?;
    }
    Ok(table)
}

/// The columns of a line; `Err` holds how many there are instead.
pub(super) fn columns<const N: usize>(line: &str) -> Result<[&str; N], usize> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    columns.as_slice().try_into().map_err(|_| columns.len())
}
