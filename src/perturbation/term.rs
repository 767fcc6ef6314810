//! Query terms added to a document: the axioms of term frequency and term discrimination.

use super::perturbed::{Perturbed, Place};
use super::words::{query_term, query_terms, vocabulary};
use crate::collection::Pair;
use crate::error::{Error, Result};

/// TFC1: one more occurrence of a query term; the score should rise.
///
/// # Errors
/// [`Error::Unknown`] if the query does not have the term.
///
/// ```
/// use crosslens::prelude::*;
/// let pair = Pair::new("blue sky", "Air scatters light.");
/// assert_eq!(tfc1(&pair, "sky", Place::End)?.corrupted().document, "Air scatters light. sky");
/// assert_eq!(tfc1(&pair, "sky", Place::Start)?.corrupted().document, "sky Air scatters light.");
/// assert!(tfc1(&pair, "sea", Place::End).is_err());
/// # Ok::<(), Error>(())
/// ```
pub fn tfc1(pair: &Pair, term: &str, place: Place) -> Result<Perturbed> {
    Ok(Perturbed::with_text(pair, &query_term(pair, term)?, place))
}

/// TFC2: one, two, … up to `most` more occurrences of a query term; each should raise the score by less than the last.
///
/// # Errors
/// As [`tfc1`].
///
/// ```
/// use crosslens::prelude::*;
/// let more = tfc2(&Pair::new("blue sky", "Air."), "sky", 3, Place::End)?;
/// assert_eq!(more[2].corrupted().document, "Air. sky sky sky");
/// # Ok::<(), Error>(())
/// ```
pub fn tfc2(pair: &Pair, term: &str, most: usize, place: Place) -> Result<Vec<Perturbed>> {
    let term = query_term(pair, term)?;
    let repeated = |times: usize| vec![term.as_str(); times].join(" ");
    Ok((1..=most).map(|times| Perturbed::with_text(pair, &repeated(times), place)).collect())
}

/// TFC3: a query term that the document lacks, and one that it has; the first should raise the score by more.
///
/// # Errors
/// [`Error::Argument`] if the document lacks no query term, or has none.
///
/// ```
/// use crosslens::prelude::*;
/// let (new, repeated) = tfc3(&Pair::new("blue sky", "The sky."), Place::End)?;
/// assert_eq!(new.corrupted().document, "The sky. blue");
/// assert_eq!(repeated.corrupted().document, "The sky. sky");
/// # Ok::<(), Error>(())
/// ```
pub fn tfc3(pair: &Pair, place: Place) -> Result<(Perturbed, Perturbed)> {
    let present = vocabulary(&pair.document);
    let (has, lacks): (Vec<String>, Vec<String>) =
        query_terms(pair).into_iter().partition(|term| present.contains(term));
    let (Some(new), Some(repeated)) = (lacks.first(), has.first()) else {
        let what = format!(
            "TFC3 needs a document with some of the query's terms but not all; {:?} has {} of {}",
            pair.doc_id,
            has.len(),
            has.len() + lacks.len()
        );
        return Err(Error::Argument(what));
    };
    Ok((Perturbed::with_text(pair, new, place), Perturbed::with_text(pair, repeated, place)))
}

/// TDC: the query's rarest term, and its most common one, by `idf`; the first should raise the score by more.
///
/// Terms of equal `idf` are taken in the order of the query.
///
/// # Errors
/// [`Error::Argument`] if the terms do not differ in `idf`.
///
/// ```
/// use crosslens::prelude::*;
/// let pair = Pair::new("the sky", "Air.");
/// let (rare, common) = tdc(&pair, |term| if term == "the" { 0.1 } else { 4.0 }, Place::End)?;
/// assert_eq!(rare.corrupted().document, "Air. sky");
/// assert_eq!(common.corrupted().document, "Air. the");
/// # Ok::<(), Error>(())
/// ```
pub fn tdc(pair: &Pair, idf: impl Fn(&str) -> f64, place: Place) -> Result<(Perturbed, Perturbed)> {
    let mut terms: Vec<(f64, String)> = query_terms(pair).into_iter().map(|term| (idf(&term), term)).collect();
    terms.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    match (terms.first(), terms.last()) {
        (Some((most, rare)), Some((least, common))) if most > least => {
            Ok((Perturbed::with_text(pair, rare, place), Perturbed::with_text(pair, common, place)))
        }
        _ => Err(Error::Argument(format!("the terms of query {:?} do not differ in idf", pair.query))),
    }
}
