//! What parts are worth over many pairs, as frames.

use super::Options;
use super::readout::Worth;
use super::writer::Writer;
use crate::collection::Pair;
use crate::effect::{Bootstrap, Group, Settings, grouped};
use crate::error::Result;
use crate::frame::{columns as c, frame, id_columns, interval_columns};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What every part of the model is worth to the logit of every pair; made by [`Attribution::run`](super::Attribution::run).
#[derive(Debug, Clone)]
pub struct Attributed {
    writers: Vec<Writer>,
    pairs: Vec<Pair>,
    /// Per pair, per part.
    worth: Vec<Vec<Worth>>,
    by_segment: bool,
    settings: Settings,
}

/// The queries that have a pair of a group, each with the places of those pairs.
type Queries<'a> = BTreeMap<&'a str, Vec<usize>>;

impl Attributed {
    pub(super) fn new(writers: Vec<Writer>, pairs: &[Pair], worth: Vec<Vec<Worth>>, options: &Options) -> Self {
        let Options { by_segment, settings } = options.clone();
        Self { writers, pairs: pairs.to_vec(), worth, by_segment, settings }
    }

    /// A row per pair and part: `query_id`, `doc_id`, `part` (`embedding`, `head`, `mlp`, `bias`), `layer` and `head` (null
    /// where the part has none), `segment` if heads are told apart by it, `attribution`, `removed_effect`.
    ///
    /// # Errors
    /// None but those of polars.
    pub fn pairs(&self) -> Result<DataFrame> {
        let many = self.writers.len();
        let mut columns: Vec<Column> =
            id_columns(self.pairs.iter().flat_map(|pair| std::iter::repeat_n(pair, many))).into();
        let writers = self.pairs.iter().flat_map(|_| self.writers.iter().copied());
        columns.extend(Writer::columns(writers, self.by_segment));
        for (name, of) in NUMBERS {
            columns.push(Series::new(name.into(), self.worth.iter().flatten().map(of).collect::<Vec<_>>()).into());
        }
        frame(columns)
    }

    /// A row per part: `part`, `layer`, `head` (and `segment`) as in [`Attributed::pairs`], `attribution` and
    /// `removed_effect`, averaged over the pairs of a query and then over queries, each with the ends of its bootstrap
    /// interval over queries (`…_low`, `…_high`), and how many `queries` there are.
    ///
    /// # Errors
    /// None but those of polars.
    pub fn means(&self) -> Result<DataFrame> {
        let groups = grouped(&self.pairs, |_| ());
        let mut columns = Writer::columns(self.writers.iter().copied(), self.by_segment);
        columns.extend(self.summary(&groups.values().collect::<Vec<_>>()));
        frame(columns)
    }

    /// As [`Attributed::means`], a row per part and relevance grade (`relevance`, null where unjudged).
    ///
    /// # Errors
    /// None but those of polars.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let by_relevance = CrossEncoder::embedded()?.attribution().run(&pairs)?.by_relevance()?;
    /// // Grades 0, 2 and 3.
    /// assert_eq!(by_relevance.height(), 3 * 85);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn by_relevance(&self) -> Result<DataFrame> {
        self.by(c::RELEVANCE, |pair| pair.relevance)
    }

    /// As [`Attributed::by_relevance`], by how documents match (`kind`), where the collection says it.
    ///
    /// # Errors
    /// None but those of polars.
    pub fn by_kind(&self) -> Result<DataFrame> {
        self.by(c::KIND, |pair| pair.kind.clone())
    }

    fn by<G: Group>(&self, name: &str, group: impl Fn(&Pair) -> G) -> Result<DataFrame> {
        let groups = grouped(&self.pairs, group);
        let writers = self.writers.iter().flat_map(|writer| std::iter::repeat_n(*writer, groups.len()));
        let mut columns = Writer::columns(writers, self.by_segment);
        let names = self.writers.iter().flat_map(|_| groups.keys().cloned());
        columns.push(G::column(name, names.collect()));
        columns.extend(self.summary(&groups.values().collect::<Vec<_>>()));
        frame(columns)
    }

    /// Both numbers with their intervals and the count of queries, for each part and group.
    fn summary(&self, groups: &[&Queries]) -> Vec<Column> {
        let bootstraps: Vec<Bootstrap> = groups.iter().map(|queries| self.settings.bootstrap(queries.len())).collect();
        let places: Vec<(usize, usize)> =
            (0..self.writers.len()).flat_map(|part| (0..groups.len()).map(move |group| (part, group))).collect();
        let mut columns = Vec::new();
        for (name, of) in NUMBERS {
            let mean = |(part, group): &(usize, usize)| {
                let of_query =
                    |at: &Vec<usize>| at.iter().map(|at| of(&self.worth[*at][*part])).sum::<f64>() / at.len() as f64;
                bootstraps[*group].mean(&groups[*group].values().map(of_query).collect::<Vec<_>>())
            };
            let means: Vec<[f64; 3]> = places.par_iter().map(mean).collect();
            columns.extend(interval_columns(name, &means));
        }
        let queries: Vec<u32> = places.iter().map(|(_, group)| groups[*group].len() as u32).collect();
        columns.push(Series::new(c::QUERIES.into(), queries).into());
        columns
    }
}

/// The name of a column, and its number of a part.
type Number = (&'static str, fn(&Worth) -> f64);

const NUMBERS: [Number; 2] =
    [(c::ATTRIBUTION, |worth| worth.attribution), (c::REMOVED_EFFECT, |worth| worth.removed_effect)];
