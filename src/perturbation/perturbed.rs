//! A pair before and after a perturbation.

use crate::collection::Pair;
use crate::tokens::{Segment, Tokens};
use std::collections::HashMap;
use std::ops::Range;

/// Where text is added to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In front of it.
    Start,
    /// Behind it.
    End,
}

/// A clean pair, the pair with the changed document, and what of it is unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Perturbed {
    clean: Pair,
    corrupted: Pair,
    kept: Vec<Kept>,
}

/// Bytes of the clean document that stand in the corrupted one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    clean: usize,
    corrupted: Range<usize>,
}

/// A part of a changed document.
pub(super) enum Piece<'a> {
    /// These bytes of the clean document.
    Kept(Range<usize>),
    /// Something else.
    New(&'a str),
}

impl Perturbed {
    pub(super) fn from_pieces<'a>(clean: &Pair, pieces: impl IntoIterator<Item = Piece<'a>>) -> Self {
        let (mut document, mut kept) = (String::new(), Vec::new());
        for piece in pieces {
            match piece {
                Piece::New(text) => document.push_str(text),
                Piece::Kept(range) => {
                    let start = document.len();
                    document.push_str(&clean.document[range.clone()]);
                    kept.push(Kept { clean: range.start, corrupted: start..document.len() });
                }
            }
        }
        Self { clean: clean.clone(), corrupted: Pair { document, ..clean.clone() }, kept }
    }

    /// With text added to the document, a space between.
    pub(super) fn with_text(clean: &Pair, text: &str, place: Place) -> Self {
        let document = || Piece::Kept(0..clean.document.len());
        match place {
            Place::Start => Self::from_pieces(clean, [Piece::New(text), Piece::New(" "), document()]),
            Place::End => Self::from_pieces(clean, [document(), Piece::New(" "), Piece::New(text)]),
        }
    }

    /// The pair as it was.
    pub fn clean(&self) -> &Pair {
        &self.clean
    }

    /// The pair with the changed document; its ids and judgement are the clean one's.
    pub fn corrupted(&self) -> &Pair {
        &self.corrupted
    }

    /// Which position of the clean pair is which of the corrupted one, by the tokens of both as one model reads them:
    /// `(clean, corrupted)`, in the order of the corrupted pair. What was added has no clean position.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let perturbed = tfc1(&Pair::new("blue sky", "the sea"), "sky", Place::Start)?;
    /// let (clean, corrupted) = (model.tokens(perturbed.clean())?, model.tokens(perturbed.corrupted())?);
    /// // [CLS] blue sky [SEP] (sky) the sea [SEP]
    /// let positions = perturbed.positions(&clean, &corrupted);
    /// assert_eq!(positions, [(0, 0), (1, 1), (2, 2), (3, 3), (4, 5), (5, 6), (6, 7)]);
    ///
    /// let seen = model.run(perturbed.clean(), &Hooks::new().capture(Site::Z))?;
    /// let patch = Patch::heads(Heads::all(), &seen).positions(positions);
    /// let patched = model.run(perturbed.corrupted(), &Hooks::new().intervene(patch))?.logit();
    /// let plain = model.run(perturbed.corrupted(), &Hooks::new())?.logit();
    /// assert!((patched - seen.logit()).abs() < (plain - seen.logit()).abs());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn positions(&self, clean: &Tokens, corrupted: &Tokens) -> Vec<(usize, usize)> {
        let by_offset: HashMap<(usize, usize), usize> =
            clean.positions(Segment::Document).map(|position| (clean.offsets()[position], position)).collect();
        let mut aligned = Vec::new();
        for segment in Segment::ALL {
            if segment == Segment::Document {
                let same = corrupted.positions(segment).filter_map(|here| {
                    let there = *by_offset.get(&self.clean_bytes(corrupted.offsets()[here])?)?;
                    // A piece at the edge of what was kept may be read differently beside other text.
                    (clean.ids()[there] == corrupted.ids()[here]).then_some((there, here))
                });
                aligned.extend(same);
            } else {
                aligned.extend(clean.positions(segment).zip(corrupted.positions(segment)));
            }
        }
        aligned
    }

    /// Where bytes of the corrupted document stand in the clean one.
    fn clean_bytes(&self, (start, end): (usize, usize)) -> Option<(usize, usize)> {
        let kept = self.kept.iter().find(|kept| kept.corrupted.start <= start && end <= kept.corrupted.end)?;
        let moved = |at: usize| at - kept.corrupted.start + kept.clean;
        Some((moved(start), moved(end)))
    }
}
