//! The term of BM25, for frequencies that are counts or attention.
//!
//! `s(f) = f (k₁ + 1) / (f + k₁ (1 - b + b |d| / L))` for a document of `|d|` word pieces, with the mean `L` over the
//! documents of the collection: Robertson and Zaragoza's (2009) form, as Lu et al. use it, with their k₁ = 0.5 and
//! b = 0.9. A term that does not occur is worth 0 whatever the constants.

use crate::error::{Error, Result};

/// The constants of BM25.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Formula {
    /// How soon a term is saturated: at 0 with its first occurrence.
    pub(super) k1: f64,
    /// How far long documents are discounted: at 0 not at all.
    pub(super) b: f64,
}

impl Default for Formula {
    fn default() -> Self {
        Self { k1: 0.5, b: 0.9 }
    }
}

impl Formula {
    pub(super) fn check(&self) -> Result<()> {
        if self.k1 >= 0.0 && self.k1.is_finite() && (0.0..=1.0).contains(&self.b) {
            return Ok(());
        }
        let what = format!("BM25 takes a k1 of at least 0 and a b from 0 to 1, not {} and {}", self.k1, self.b);
        Err(Error::Argument(what))
    }

    /// What a frequency is worth in a document whose length is so many times the mean.
    pub(super) fn saturated(&self, frequency: f64, relative_length: f64) -> f64 {
        if frequency == 0.0 {
            return 0.0;
        }
        frequency * (self.k1 + 1.0) / (frequency + self.k1 * (1.0 - self.b + self.b * relative_length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_saturates_and_long_documents_are_discounted() {
        let formula = Formula { k1: 1.0, b: 0.5 };
        assert_eq!(formula.saturated(1.0, 1.0), 1.0);
        assert_eq!(formula.saturated(3.0, 1.0), 1.5);
        assert_eq!(formula.saturated(1.0, 3.0), 2.0 / 3.0);
        assert_eq!(Formula { k1: 0.0, b: 0.5 }.saturated(0.01, 9.0), 1.0);
        assert_eq!(Formula { k1: 0.0, b: 0.5 }.saturated(0.0, 9.0), 0.0);
    }

    #[test]
    fn constants_without_sense_are_refused() {
        for (k1, b) in [(-0.1, 0.5), (f64::NAN, 0.5), (f64::INFINITY, 0.5), (0.5, 1.1), (0.5, f64::NAN)] {
            let error = Formula { k1, b }.check().unwrap_err().to_string();
            assert!(error.contains("a k1 of at least 0 and a b from 0 to 1"), "{error}");
        }
    }
}
