//! A Hugging Face tokenizer that makes [`Tokens`] of a pair.

use super::Segment;
use super::positions::{Tokens, punctuation, spans};
use crate::collection::Pair;
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};
use tokenizers::Encoding;

/// Reads `tokenizer.json`; cuts pairs on the document only, at the length that the model reads.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    limit: usize,
}

impl Tokenizer {
    /// Opens a `tokenizer.json`; `limit` is the most tokens that the model reads, special tokens included.
    ///
    /// Truncation and padding that the file may ask for are switched off: crosslens cuts on the document only, never
    /// pads, and says what it cut.
    ///
    /// # Errors
    /// [`Error::Missing`] without the file; [`Error::Config`] if it is no tokenizer or does not make
    /// `[CLS] query [SEP] document [SEP]` of a pair.
    pub fn open(path: impl AsRef<Path>, limit: usize) -> Result<Self> {
        open(path.as_ref(), limit)
    }

    /// The word pieces of a pair.
    ///
    /// # Errors
    /// [`Error::EmptyText`] if either side has no token, [`Error::QueryTooLong`] if no document token would fit.
    pub fn encode(&self, pair: &Pair) -> Result<Tokens> {
        let (query, document) = (pair.query.as_str(), pair.document.as_str());
        let encoding = self.inner.encode((query, document), true).map_err(|source| {
            Error::Argument(format!("query {:?}, document {:?}: {source}", pair.query_id, pair.doc_id))
        })?;
        let segments = segments(&encoding);
        let count = |segment| segments.iter().filter(|of| **of == segment).count();
        for (segment, name) in [(Segment::Query, "query"), (Segment::Document, "document")] {
            if count(segment) == 0 {
                let (query_id, doc_id) = (pair.query_id.clone(), pair.doc_id.clone());
                return Err(Error::EmptyText { segment: name, query_id, doc_id });
            }
        }
        let document = count(Segment::Document);
        let room = self.limit.saturating_sub(segments.len() - document);
        if room == 0 {
            let (query_id, tokens) = (pair.query_id.clone(), count(Segment::Query));
            return Err(Error::QueryTooLong { query_id, tokens, limit: self.limit });
        }
        let kept = within(&segments, room);
        let (pieces, segments) = (select(encoding.get_tokens(), &kept), select(&segments, &kept));
        Ok(Tokens {
            ids: select(encoding.get_ids(), &kept),
            type_ids: select(encoding.get_type_ids(), &kept),
            offsets: select(encoding.get_offsets(), &kept),
            punctuation: punctuation(&segments, &pieces),
            spans: spans(&segments),
            pieces,
            segments,
            truncated: document.saturating_sub(room),
        })
    }

    /// The one word piece that a word is, if it is one.
    pub(crate) fn word(&self, word: &str) -> Option<u32> {
        let encoding = self.inner.encode(word, false).ok()?;
        match encoding.get_ids() {
            [id] => Some(*id),
            _ => None,
        }
    }

    /// The word pieces of a text, without special tokens.
    pub(crate) fn pieces(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self.inner.encode(text, false);
        Ok(encoding.map_err(|source| Error::Argument(format!("{text:?}: {source}")))?.get_ids().to_vec())
    }

    /// The number of a word piece of the vocabulary, such as `##ing`.
    pub(crate) fn id(&self, piece: &str) -> Option<u32> {
        self.inner.token_to_id(piece)
    }

    /// A word piece of the vocabulary.
    pub(crate) fn piece(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// How many word pieces a table must have for the ids of this vocabulary.
    pub(crate) fn vocabulary(&self) -> usize {
        self.inner.get_vocab(true).into_values().max().map_or(0, |id| id as usize + 1)
    }
}

fn open(path: &Path, limit: usize) -> Result<Tokenizer> {
    if !path.is_file() {
        let next = "a model folder holds config.json, tokenizer.json and model.safetensors".into();
        return Err(Error::Missing { path: path.to_owned(), next });
    }
    let refuse = |what: String| Error::Config { path: PathBuf::from(path), what };
    let mut inner = tokenizers::Tokenizer::from_file(path)
        .map_err(|source| refuse(format!("not a tokenizer of Hugging Face's format: {source}")))?;
    inner.with_truncation(None).map_err(|source| refuse(source.to_string()))?;
    inner.with_padding(None);
    let probe = inner.encode(("a", "a"), true).map_err(|source| refuse(source.to_string()))?;
    if !segments(&probe).starts_with(&[Segment::Cls, Segment::Query]) || !segments(&probe).ends_with(&[Segment::Sep2]) {
        let what = "does not make [CLS] query [SEP] document [SEP] of a pair; a BERT post-processor is needed";
        return Err(refuse(what.into()));
    }
    Ok(Tokenizer { inner, limit })
}

/// The segment of every position: special tokens are those of no sequence, named by what stands before them.
fn segments(encoding: &Encoding) -> Vec<Segment> {
    let mut last = None;
    let of = |sequence: Option<usize>| {
        last = sequence.or(last);
        match (sequence, last) {
            (Some(0), _) => Segment::Query,
            (Some(_), _) => Segment::Document,
            (None, None) => Segment::Cls,
            (None, Some(0)) => Segment::Sep1,
            (None, Some(_)) => Segment::Sep2,
        }
    };
    encoding.get_sequence_ids().into_iter().map(of).collect()
}

/// The positions that stay when the document keeps its first `room` tokens.
fn within(segments: &[Segment], room: usize) -> Vec<usize> {
    let mut seen = 0;
    let stays = |segment: Segment| {
        seen += usize::from(segment == Segment::Document);
        segment != Segment::Document || seen <= room
    };
    let stays: Vec<bool> = segments.iter().copied().map(stays).collect();
    (0..segments.len()).filter(|position| stays[*position]).collect()
}

fn select<T: Clone>(values: &[T], positions: &[usize]) -> Vec<T> {
    positions.iter().map(|position| values[*position].clone()).collect()
}
