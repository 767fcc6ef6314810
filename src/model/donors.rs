//! The donors of resampling ablation: which pair gives its values to which, and their runs.

use super::CrossEncoder;
use crate::collection::Pair;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::hook::intervention::{DonorRuns, Donors, Means};
use crate::hook::{Activations, Hooks, Shape};
use crate::origin::seeded;
use crate::tokens::{Segment, Tokens};
use rand::RngExt;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// From which pairs a donor is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Donor {
    /// Another document of the same query: what the part says of this document is lost.
    SameQuery,
    /// A pair of another query: what it says of this query is lost as well.
    OtherQuery,
}

impl CrossEncoder {
    /// Draws a donor among these pairs for each of them, every one with the same probability; the same seed draws the
    /// same ones. Runs of donors are made when they are asked for, so that memory does not grow with the pairs.
    ///
    /// # Errors
    /// [`Error::Argument`] if a pair has no other to draw from, and whatever is wrong with a pair.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// assert!(model.donors(&pairs, Donor::SameQuery, 42).is_ok());
    /// let error = model.donors(&pairs, Donor::OtherQuery, 42).unwrap_err().to_string();
    /// assert!(error.starts_with("query \"q01\" has no pair of another query to draw from"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn donors(&self, pairs: &[Pair], from: Donor, seed: u64) -> Result<Donors> {
        let tokens = pairs.iter().map(|pair| self.tokens(pair)).collect::<Result<Vec<Tokens>>>()?;
        let read =
            |at: usize, segment| -> Vec<u32> { tokens[at].positions(segment).map(|p| tokens[at].ids()[p]).collect() };
        // By what the model reads: the same text under another id is no other pair.
        let queries: Vec<Vec<u32>> = (0..pairs.len()).map(|at| read(at, Segment::Query)).collect();
        let mut of_query: HashMap<&[u32], Vec<usize>> = HashMap::new();
        queries.iter().enumerate().for_each(|(at, query)| of_query.entry(query).or_default().push(at));
        let mut random = seeded("donors", seed);
        let mut donor_of = HashMap::new();
        let mut name = Fingerprint::default().text(&self.fingerprint().unwrap_or_default());
        for (at, pair) in pairs.iter().enumerate() {
            let own = &of_query[&queries[at][..]];
            let (donor, lacking) = match from {
                Donor::SameQuery => {
                    let is_other = |other: &usize| tokens[*other].ids() != tokens[at].ids();
                    let others: Vec<usize> = own.iter().copied().filter(is_other).collect();
                    let donor = (!others.is_empty()).then(|| others[random.random_range(0..others.len())]);
                    (donor, "other document")
                }
                Donor::OtherQuery => {
                    let mut draws = std::iter::repeat_with(|| random.random_range(0..pairs.len()));
                    let mut draw = || draws.find(|drawn| queries[*drawn] != queries[at]);
                    (if own.len() < pairs.len() { draw() } else { None }, "pair of another query")
                }
            };
            let Some(donor) = donor else {
                let what = format!("query {:?} has no {lacking} to draw from; give more pairs", pair.query_id);
                return Err(Error::Argument(what));
            };
            name = name.text(&format!("{:?} {:?}", tokens[at].ids(), tokens[donor].ids()));
            donor_of.entry(tokens[at].ids().to_vec()).or_insert_with(|| tokens[donor].clone());
        }
        let runs = Mutex::new(Vec::new());
        Ok(Donors::new(Drawn { model: self.clone(), from, seed, name: name.finish(), donor_of, runs }))
    }
}

/// The runs that were asked for last, with the donor's token ids.
type Runs = Vec<(Vec<u32>, Arc<Activations>)>;

struct Drawn {
    model: CrossEncoder,
    from: Donor,
    seed: u64,
    name: String,
    /// By the token ids of the pair that receives.
    donor_of: HashMap<Vec<u32>, Tokens>,
    runs: Mutex<Runs>,
}

impl DonorRuns for Drawn {
    fn shape(&self) -> Shape {
        self.model.shape()
    }

    fn donor(&self, tokens: &Tokens) -> Result<Arc<Activations>> {
        let donor = self.donor_of.get(tokens.ids()).ok_or_else(|| {
            Error::Argument("this pair has no donor: draw donors among the pairs that are scored".into())
        })?;
        let runs = || self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, run)) = runs().iter().find(|(ids, _)| ids == donor.ids()) {
            return Ok(Arc::clone(run));
        }
        let hooks = Means::SITES.into_iter().fold(Hooks::new(), Hooks::capture);
        let run = Arc::new(self.model.run_tokens(donor, &hooks)?);
        let mut runs = runs();
        // Every thread works on one pair at a time: what is older than two for each is not asked for again soon.
        if runs.len() >= 2 * rayon::current_num_threads() {
            runs.remove(0);
        }
        runs.push((donor.ids().to_vec(), Arc::clone(&run)));
        Ok(run)
    }

    fn describe(&self) -> Option<String> {
        // Of a model that cannot be known again, what is done to it cannot be either.
        self.model.always.describe()?;
        Some(format!("donors {:?} seed {} {}", self.from, self.seed, self.name))
    }
}

impl fmt::Debug for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "donors for {} pairs, {:?}, seed {}", self.donor_of.len(), self.from, self.seed)
    }
}
