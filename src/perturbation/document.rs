//! The document itself changed: noise, neighbours, order, and the match taken away.

use super::perturbed::{Perturbed, Piece, Place};
use super::words::{query_term, query_terms, vocabulary, words};
use crate::collection::Pair;
use crate::error::{Error, Result};
use crate::origin::seeded;
use rand::seq::SliceRandom;
use std::ops::Range;

/// LNC1: text without any query term is added; the score should fall.
///
/// # Errors
/// [`Error::Argument`] if the noise has a query term.
///
/// ```
/// use crosslens::prelude::*;
/// let pair = Pair::new("blue sky", "The sky.");
/// assert_eq!(lnc1(&pair, "Trains run on rails.", Place::End)?.corrupted().document, "The sky. Trains run on rails.");
/// assert!(lnc1(&pair, "A blue train.", Place::End).is_err());
/// # Ok::<(), Error>(())
/// ```
pub fn lnc1(pair: &Pair, noise: &str, place: Place) -> Result<Perturbed> {
    let present = vocabulary(noise);
    match query_terms(pair).into_iter().find(|term| present.contains(term)) {
        Some(term) => Err(Error::Argument(format!("the noise {noise:?} has the query term {term:?}"))),
        None => Ok(Perturbed::with_text(pair, noise, place)),
    }
}

/// The control for added text: a filler word, `times` over, in the place of what another perturbation adds.
///
/// # Errors
/// As [`lnc1`].
///
/// ```
/// use crosslens::prelude::*;
/// let control = filler(&Pair::new("blue sky", "The sky."), "a", 2, Place::Start)?;
/// assert_eq!(control.corrupted().document, "a a The sky.");
/// # Ok::<(), Error>(())
/// ```
pub fn filler(pair: &Pair, word: &str, times: usize, place: Place) -> Result<Perturbed> {
    lnc1(pair, &vec![word; times].join(" "), place)
}

/// STMC1: a query term in the document is replaced by a word that means something near, wherever it stands; the score
/// should fall, but by less than with the term gone.
///
/// # Errors
/// [`Error::Unknown`] if the query does not have the term, [`Error::Argument`] if the document does not.
///
/// ```
/// use crosslens::prelude::*;
/// let near = stmc1(&Pair::new("blue sky", "Sky, the sky!"), "sky", "heaven")?;
/// assert_eq!(near.corrupted().document, "heaven, the heaven!");
/// # Ok::<(), Error>(())
/// ```
pub fn stmc1(pair: &Pair, term: &str, neighbour: &str) -> Result<Perturbed> {
    let term = query_term(pair, term)?;
    let found = occurrences(pair, |word| word == term);
    if found.is_empty() {
        return Err(Error::Argument(format!("document {:?} does not have the term {term:?}", pair.doc_id)));
    }
    Ok(replaced(pair, &found, neighbour))
}

/// The match is deleted: every query term is taken out of the document.
///
/// # Errors
/// [`Error::Argument`] if there is none, or nothing else.
///
/// ```
/// use crosslens::prelude::*;
/// let gone = delete_match(&Pair::new("blue sky", "The sky is blue."))?;
/// assert_eq!(gone.corrupted().document, "The is .");
/// # Ok::<(), Error>(())
/// ```
pub fn delete_match(pair: &Pair) -> Result<Perturbed> {
    let terms = query_terms(pair);
    let mut found = occurrences(pair, |word| terms.iter().any(|term| term == word));
    if found.is_empty() || found.len() == words(&pair.document).len() {
        let what = format!(
            "{} of the words of document {:?} are query terms; some must be, and some not",
            found.len(),
            pair.doc_id
        );
        return Err(Error::Argument(what));
    }
    // With the space behind each.
    for word in &mut found {
        word.end += usize::from(pair.document[word.end..].starts_with(' '));
    }
    Ok(replaced(pair, &found, ""))
}

/// The words of the document in another order, the same for the same seed; what stands between words stays in place.
///
/// ```
/// use crosslens::prelude::*;
/// let pair = Pair::new("blue sky", "The sky is blue, mostly.");
/// let shuffled = shuffle(&pair, 7);
/// assert_eq!(shuffled, shuffle(&pair, 7));
/// assert_eq!(shuffled.corrupted().document.len(), pair.document.len());
/// ```
pub fn shuffle(pair: &Pair, seed: u64) -> Perturbed {
    let places = words(&pair.document);
    let mut order = places.clone();
    order.shuffle(&mut seeded("shuffled documents", seed));
    rebuilt(pair, &places, order.into_iter().map(Piece::Kept))
}

/// Where the words that are meant stand in the document; they are asked for in lower case.
fn occurrences(pair: &Pair, meant: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    words(&pair.document).into_iter().filter(|word| meant(&pair.document[word.clone()].to_lowercase())).collect()
}

/// With other text in the place of these bytes.
fn replaced(pair: &Pair, places: &[Range<usize>], text: &str) -> Perturbed {
    rebuilt(pair, places, places.iter().map(|_| Piece::New(text)))
}

/// With a piece in the place of each of these bytes.
fn rebuilt<'a>(pair: &Pair, places: &[Range<usize>], instead: impl IntoIterator<Item = Piece<'a>>) -> Perturbed {
    let mut pieces = Vec::new();
    let mut done = 0;
    for (place, piece) in places.iter().zip(instead) {
        pieces.extend([Piece::Kept(done..place.start), piece]);
        done = place.end;
    }
    pieces.push(Piece::Kept(done..pair.document.len()));
    Perturbed::from_pieces(pair, pieces)
}
