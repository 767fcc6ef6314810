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
    same: Same,
}

/// What of both pairs is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Same {
    /// Query, special tokens, and these bytes of the document.
    Bytes(Vec<Kept>),
    /// These positions: `(clean, corrupted)`.
    Positions(Vec<(usize, usize)>),
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
        let corrupted = Pair { document, ..clean.clone() };
        Self { clean: clean.clone(), corrupted, same: Same::Bytes(kept) }
    }

    /// Any two pairs, and which positions of them are the same as the model reads them: `(clean, corrupted)`. Where one
    /// of a pair of positions does not exist, it is left out.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let (clean, corrupted) = (Pair::new("blue sky", "the sky"), Pair::new("blue sky", "the sea"));
    /// // [CLS] blue sky [SEP] the … [SEP]
    /// let minimal = Perturbed::aligned(clean, corrupted, [0, 1, 2, 3, 4, 6].map(|position| (position, position)));
    /// let effects = CrossEncoder::embedded()?.patch([minimal]).heads([Head::new(2, 9)]).by_head()?;
    /// assert_eq!(effects.height(), 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn aligned(clean: Pair, corrupted: Pair, positions: impl IntoIterator<Item = (usize, usize)>) -> Self {
        Self { clean, corrupted, same: Same::Positions(positions.into_iter().collect()) }
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

    /// The changed pair; that of a perturbation has the clean one's ids and judgement.
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
        let kept = match &self.same {
            Same::Bytes(kept) => kept,
            Same::Positions(positions) => {
                let exist = |(there, here): &(usize, usize)| *there < clean.len() && *here < corrupted.len();
                return positions.iter().copied().filter(exist).collect();
            }
        };
        let by_offset: HashMap<(usize, usize), usize> =
            clean.positions(Segment::Document).map(|position| (clean.offsets()[position], position)).collect();
        let mut aligned = Vec::new();
        for segment in Segment::ALL {
            if segment == Segment::Document {
                let same = corrupted.positions(segment).filter_map(|here| {
                    let there = *by_offset.get(&clean_bytes(kept, corrupted.offsets()[here])?)?;
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
}

/// Where bytes of the corrupted document stand in the clean one.
fn clean_bytes(kept: &[Kept], (start, end): (usize, usize)) -> Option<(usize, usize)> {
    let kept = kept.iter().find(|kept| kept.corrupted.start <= start && end <= kept.corrupted.end)?;
    let moved = |at: usize| at - kept.corrupted.start + kept.clean;
    Some((moved(start), moved(end)))
}
