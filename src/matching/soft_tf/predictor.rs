//! What a score may be predicted from, as a few numbers per pair.

use super::formula::Formula;
use super::idf::{Idf, Weights};
use super::reading::{Reading, Term};

/// A way to make numbers of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Predictor {
    form: Form,
    pub(super) idf: Option<Idf>,
    /// Whether the last `[SEP]` counts as part of the document.
    pub(super) last_sep: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `Σ idf · s(count)`
    Bm25,
    /// `Σ idf · softTF`, or without idf.
    Sum,
    /// `Σ idf · s(softTF)`
    Semantic,
    /// The sums of each head, with idf those of `softTF`, of `idf · softTF` and of `idf`, as Lu et al. have them per
    /// token.
    ByHead,
    /// BM25, and the sums of each head.
    Both,
}

/// What numbers are made with.
#[derive(Clone, Copy)]
pub(super) struct Maker<'a> {
    pub(super) formula: Formula,
    pub(super) weights: &'a Weights,
}

impl Predictor {
    pub(super) fn bm25(idf: Idf) -> Self {
        Self { form: Form::Bm25, idf: Some(idf), last_sep: false }
    }

    pub(super) fn semantic_bm25(idf: Idf, last_sep: bool) -> Self {
        Self { form: Form::Semantic, idf: Some(idf), last_sep }
    }

    /// Without idf.
    pub(super) fn soft_tf(last_sep: bool) -> Self {
        Self { form: Form::Sum, idf: None, last_sep }
    }

    /// BM25 first; those of heads without the last `[SEP]` and with it.
    pub(super) fn all() -> Vec<Self> {
        let with = |form, idf, last_sep| Self { form, idf, last_sep };
        let each = |form| Idf::ALL.map(|idf| (form, Some(idf)));
        let of_heads = [(Form::Sum, None)].into_iter().chain(each(Form::Sum)).chain(each(Form::Semantic));
        let of_heads = of_heads.chain([(Form::ByHead, None)]).chain(each(Form::ByHead)).chain(each(Form::Both));
        Idf::ALL
            .map(Self::bm25)
            .into_iter()
            .chain(of_heads.flat_map(|(form, idf)| [false, true].map(|sep| with(form, idf, sep))))
            .collect()
    }

    /// Whether it looks at heads at all.
    pub(super) fn of_heads(&self) -> bool {
        self.form != Form::Bm25
    }

    pub(super) fn name(&self) -> String {
        let name = match self.form {
            Form::Bm25 => "BM25",
            Form::Sum => "soft TF",
            Form::Semantic => "semantic BM25",
            Form::ByHead => "soft TF by head",
            Form::Both => "BM25 and soft TF by head",
        };
        self.idf.map_or(name.into(), |idf| format!("{name}, idf of the {}", idf.name()))
    }

    /// The numbers of a pair, from the heads at these places.
    pub(super) fn features(&self, reading: &Reading, heads: &[usize], maker: &Maker) -> Vec<f64> {
        match self.form {
            Form::Bm25 => vec![self.lexical(reading, maker)],
            Form::Sum => vec![self.sum(reading, maker, |term| reading.soft_tf(term, heads, self.last_sep))],
            Form::Semantic => {
                let worth = |term| maker.saturated(reading, reading.soft_tf(term, heads, self.last_sep));
                vec![self.sum(reading, maker, worth)]
            }
            Form::ByHead => self.by_head(reading, heads, maker),
            Form::Both => [vec![self.lexical(reading, maker)], self.by_head(reading, heads, maker)].concat(),
        }
    }

    fn lexical(&self, reading: &Reading, maker: &Maker) -> f64 {
        self.sum(reading, maker, |term| maker.saturated(reading, f64::from(reading.terms[term].frequency)))
    }

    fn by_head(&self, reading: &Reading, heads: &[usize], maker: &Maker) -> Vec<f64> {
        let of_head = |head: usize, idf: Option<Idf>| {
            Self { idf, ..*self }.sum(reading, maker, |term| reading.soft_tf(term, &[head], self.last_sep))
        };
        let mut features: Vec<f64> = heads.iter().map(|head| of_head(*head, None)).collect();
        if self.idf.is_some() {
            features.extend(heads.iter().map(|head| of_head(*head, self.idf)));
            features.push(self.sum(reading, maker, |_| 1.0));
        }
        features
    }

    /// Over query tokens, weighted by idf if there is one.
    fn sum(&self, reading: &Reading, maker: &Maker, of: impl Fn(usize) -> f64) -> f64 {
        let idf = |term: &Term| self.idf.map_or(1.0, |idf| maker.weights.of(idf, term.piece));
        reading.terms.iter().enumerate().map(|(at, term)| idf(term) * of(at)).sum()
    }
}

impl Maker<'_> {
    /// What a frequency is worth in a document of this length.
    pub(super) fn saturated(&self, reading: &Reading, frequency: f64) -> f64 {
        self.formula.saturated(frequency, reading.length as f64 / self.weights.average_length)
    }
}

impl Reading {
    /// The soft term frequency of a query token: its attention to the document, averaged over heads.
    pub(super) fn soft_tf(&self, term: usize, heads: &[usize], last_sep: bool) -> f64 {
        heads.iter().map(|head| self.masses[*head][term].sum(last_sep)).sum::<f64>() / heads.len() as f64
    }
}
