//! What heads do in each cell of a profile, added up by query as pairs come: what is kept grows with queries alone.

use std::sync::{Mutex, PoisonError};

/// What a head does, summed over query tokens, or averaged over them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    /// To a token of the class, as a share of what the document gets.
    pub(super) attention: f64,
    /// The same over that of uniform attention.
    pub(super) lift: f64,
    /// What the lift would be wherever in the same quarters the class stood.
    pub(super) control: f64,
    pub(super) document_mass: f64,
    pub(super) special_mass: f64,
}

impl Sums {
    pub(super) fn add(&mut self, other: &Self) {
        *self = self.with(other, |own, other| own + other);
    }

    fn each(&self, of: impl Fn(f64) -> f64) -> Self {
        self.with(self, |own, _| of(own))
    }

    fn with(&self, other: &Self, of: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            attention: of(self.attention, other.attention),
            lift: of(self.lift, other.lift),
            control: of(self.control, other.control),
            document_mass: of(self.document_mass, other.document_mass),
            special_mass: of(self.special_mass, other.special_mass),
        }
    }
}

/// All the pairs of a query.
#[derive(Debug, Clone, Default)]
pub(super) struct OfQuery {
    /// Query tokens per cell.
    pub(super) counts: Vec<u32>,
    /// `[head][cell]`: means over those query tokens; not a number where there are none.
    pub(super) heads: Vec<Vec<Sums>>,
}

/// Takes pairs in, in any order, and gives queries out.
pub(super) struct Gathering(Vec<Mutex<OfQuery>>);

impl Gathering {
    pub(super) fn new(queries: usize) -> Self {
        Self((0..queries).map(|_| Mutex::default()).collect())
    }

    /// Takes in a pair of a query: how many query tokens each cell has, and the sums of each head.
    ///
    /// Each pair's sums are rounded to multiples of 2⁻³⁴, about 6 · 10⁻¹¹. So adding them is exact up to half a million,
    /// and the same to the last bit in whatever order threads finish.
    pub(super) fn add(&self, query: usize, counts: Vec<u32>, heads: Vec<Vec<Sums>>) {
        const PARTS: f64 = (1u64 << 34) as f64;
        let mut all = self.0[query].lock().unwrap_or_else(PoisonError::into_inner);
        if all.counts.is_empty() {
            all.counts = vec![0; counts.len()];
            all.heads = heads.iter().map(|cells| vec![Sums::default(); cells.len()]).collect();
        }
        all.counts.iter_mut().zip(counts).for_each(|(all, count)| *all += count);
        for (all, sums) in all.heads.iter_mut().flatten().zip(heads.iter().flatten()) {
            all.add(&sums.each(|sum| (sum * PARTS).round() / PARTS));
        }
    }

    /// The queries in their order, averaged over query tokens.
    pub(super) fn finish(self) -> Vec<OfQuery> {
        let averaged = |of: Mutex<OfQuery>| {
            let OfQuery { counts, mut heads } = of.into_inner().unwrap_or_else(PoisonError::into_inner);
            for cells in &mut heads {
                cells
                    .iter_mut()
                    .zip(&counts)
                    .for_each(|(sums, count)| *sums = sums.each(|sum| sum / f64::from(*count)));
            }
            OfQuery { counts, heads }
        };
        self.0.into_iter().map(averaged).collect()
    }
}
