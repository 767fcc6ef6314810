//! The folder of a sweep: what it is of (`sweep.json`), and the scores of each query that is finished
//! (`part-00000.parquet`, …, numbered by the order of query ids).
//!
//! A file is there whole or not at all, and holds the same bytes whoever wrote it, so the folder of a sweep that was
//! killed and gone on with, or put together from shards, is that of an undisturbed one.

use super::design::{Variant, label_columns};
use super::manifest::Manifest;
use crate::collection::Pair;
use crate::error::{Error, Result, listed};
use crate::frame::{columns as c, frame, id_columns};
use crate::whole_file::write_whole;
use polars::prelude::{Column, DataFrame, NamedFrom, ParquetReader, ParquetWriter, SerReader, Series};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The plain score of a pair, and that under each variant.
pub(super) type Scores = (f32, Vec<f32>);

pub(super) struct Store {
    folder: PathBuf,
    manifest: Manifest,
}

impl Store {
    /// The folder of this sweep, made if it is not there.
    pub(super) fn open(folder: &Path, manifest: Manifest) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
        let store = Self { folder: folder.to_owned(), manifest };
        let path = folder.join(MANIFEST);
        if path.exists() {
            if let Some(difference) = store.manifest.difference(&read_manifest(folder)?) {
                let what = format!("this store holds {difference}; name another folder, or remove this one");
                return Err(Error::Store { path: folder.to_owned(), what });
            }
        } else {
            let json = serde_json::to_string_pretty(&store.manifest).map_err(|error| cannot_write(&path, &error))?;
            let written = write_whole(&path, |file| writeln!(file, "{json}").map_err(Error::io(&path)));
            written.map_err(|error| cannot_write(&path, &reason(&error)))?;
        }
        Ok(store)
    }

    /// Fails if nothing can be written into the folder.
    pub(super) fn check_writable(&self) -> Result<()> {
        let probe = self.folder.join(format!(".writable-{}", std::process::id()));
        let written = fs::write(&probe, "").and_then(|()| fs::remove_file(&probe));
        written.map_err(|error| cannot_write(&self.folder, &error))
    }

    fn part(&self, query: usize) -> PathBuf {
        self.folder.join(part_name(query))
    }

    /// The scores of a query's pairs, if they are there.
    pub(super) fn read(&self, query: usize, pairs: &[&Pair], variants: usize) -> Result<Option<Vec<Scores>>> {
        let path = self.part(query);
        if !path.exists() {
            return Ok(None);
        }
        let read = || -> Result<Option<Vec<Scores>>> {
            let frame = ParquetReader::new(File::open(&path).map_err(Error::io(&path))?).finish()?;
            let (queries, documents) = (frame.column(c::QUERY_ID)?.str()?, frame.column(c::DOC_ID)?.str()?);
            let (scores, effects) = (frame.column(c::SCORE)?.f64()?, frame.column(c::LOGIT_EFFECT)?.f64()?);
            let row = |pair: usize, variant: usize| {
                let (row, Pair { query_id, doc_id, .. }) = (variant * pairs.len() + pair, pairs[pair]);
                (queries.get(row) == Some(query_id) && documents.get(row) == Some(doc_id)).then_some(())?;
                Some((scores.get(row)?, effects.get(row)?))
            };
            let of_pair = |pair: usize| -> Option<Scores> {
                let (plain, _) = row(pair, 0)?;
                // Both were f32: the difference in f64 is near enough to give the same f32 back.
                let changed =
                    (0..variants).map(|variant| row(pair, variant).map(|(plain, effect)| (plain + effect) as f32));
                Some((plain as f32, changed.collect::<Option<_>>()?))
            };
            if frame.height() != variants * pairs.len() {
                return Ok(None);
            }
            Ok((0..pairs.len()).map(of_pair).collect())
        };
        let damaged = |why: &str| Error::Store {
            path: path.clone(),
            what: format!("{why}; remove it, and its query is computed again"),
        };
        match read() {
            Ok(Some(scores)) => Ok(Some(scores)),
            Ok(None) => Err(damaged("this is not the part of a query of this sweep")),
            Err(error) => Err(damaged(&error.to_string())),
        }
    }

    /// Writes the scores of a query's pairs: the rows that [`Swept::pairs`](super::Swept::pairs) has for them.
    pub(super) fn write(&self, query: usize, pairs: &[&Pair], variants: &[Variant], scores: &[Scores]) -> Result<()> {
        let mut frame = pair_rows(pairs, variants, scores)?;
        let path = self.part(query);
        let written = write_whole(&path, |file| Ok(ParquetWriter::new(file).finish(&mut frame).map(drop)?));
        written.map_err(|error| {
            let error = reason(&error);
            let kept = (0..self.manifest.queries()).filter(|query| self.part(*query).exists()).count();
            let of = self.manifest.queries();
            let what = format!(
                "cannot be written: {error}; {kept} of {of} queries are finished and kept: make room or mend the \
                 permissions, and run the same again to go on from there"
            );
            Error::Store { path, what }
        })
    }
}

/// A row per variant and pair: labels, ids, the plain score and its change.
pub(super) fn pair_rows(pairs: &[&Pair], variants: &[Variant], scores: &[Scores]) -> Result<DataFrame> {
    let rows = || {
        (0..variants.len()).flat_map(|variant| scores.iter().map(move |(plain, changed)| (*plain, changed[variant])))
    };
    let mut columns = label_columns(variants, pairs.len());
    columns.extend::<[Column; 2]>(id_columns((0..variants.len()).flat_map(|_| pairs.iter().copied())));
    let plain: Vec<f64> = rows().map(|(plain, _)| f64::from(plain)).collect();
    let effects: Vec<f64> = rows().map(|(plain, changed)| f64::from(changed) - f64::from(plain)).collect();
    columns.push(Series::new(c::SCORE.into(), plain).into());
    columns.push(Series::new(c::LOGIT_EFFECT.into(), effects).into());
    frame(columns)
}

/// Puts the stores of shards together into a new one, which then equals that of the whole sweep byte for byte.
///
/// # Errors
/// [`Error::Store`] if they are not of the same sweep, a query is in none of them, or `into` cannot be written.
pub fn merge(stores: &[impl AsRef<Path>], into: impl AsRef<Path>) -> Result<()> {
    let stores: Vec<&Path> = stores.iter().map(AsRef::as_ref).collect();
    let Some(first) = stores.first() else {
        return Err(Error::Argument("there are no stores to merge; name those of the shards".into()));
    };
    let manifest = read_manifest(first)?;
    for other in &stores[1..] {
        if let Some(difference) = manifest.difference(&read_manifest(other)?) {
            let what = format!("this store holds {difference}; only shards of one sweep can be merged");
            return Err(Error::Store { path: (*other).to_owned(), what });
        }
    }
    let mut parts = Vec::new();
    let mut lacking = Vec::new();
    for name in (0..manifest.queries()).map(part_name) {
        let mut holders = stores.iter().map(|store| store.join(&name)).filter(|part| part.exists());
        let Some(part) = holders.next() else {
            lacking.push(name);
            continue;
        };
        let bytes = fs::read(&part).map_err(Error::io(&part))?;
        for other in holders {
            if fs::read(&other).map_err(Error::io(&other))? != bytes {
                let what = format!("holds other scores than {}; remove the one that is wrong", part.display());
                return Err(Error::Store { path: other, what });
            }
        }
        parts.push((name, bytes));
    }
    if !lacking.is_empty() {
        let (number, of, names) = (lacking.len(), manifest.queries(), listed(&lacking));
        let what = format!("{number} of {of} queries are in none of the stores ({names}); finish the shards first");
        return Err(Error::Store { path: into.as_ref().to_owned(), what });
    }
    let merged = Store::open(into.as_ref(), manifest)?;
    for (name, bytes) in parts {
        let path = merged.folder.join(name);
        write_whole(&path, |file| file.write_all(&bytes).map_err(Error::io(&path)))
            .map_err(|error| cannot_write(&path, &reason(&error)))?;
    }
    Ok(())
}

const MANIFEST: &str = "sweep.json";

fn part_name(query: usize) -> String {
    format!("part-{query:05}.parquet")
}

fn read_manifest(folder: &Path) -> Result<Manifest> {
    let path = folder.join(MANIFEST);
    let bytes = fs::read(&path).map_err(|error| Error::Store {
        path: path.clone(),
        what: format!("{error}; this is not the folder of a sweep"),
    })?;
    serde_json::from_slice(&bytes).map_err(|error| Error::Store {
        path,
        what: format!("not the description of a sweep that this version reads: {error}"),
    })
}

/// What went wrong, without the path, which the message begins with.
fn reason(error: &Error) -> String {
    match error {
        Error::Io { source, .. } => source.to_string(),
        error => error.to_string(),
    }
}

fn cannot_write(path: &Path, error: &dyn std::fmt::Display) -> Error {
    let what = format!("the store cannot be written: {error}; name a folder that can be, nothing was lost");
    Error::Store { path: path.to_owned(), what }
}
