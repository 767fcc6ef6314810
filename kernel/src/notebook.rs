//! Reads a notebook of any version, and writes one so that nothing is ever half written.

use crate::cache::write_atomically;
use crate::error::{At, Error, Result};
use crate::kernelspec;
use jupyter_protocol::{LanguageInfo, MediaType};
use nbformat::v4::{Cell, CellId, CellMetadata, KernelSpec, Output};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// What `provenance()` of the library shows, for programs.
pub(crate) const PROVENANCE: &str = "application/vnd.crosslens.provenance+json";

/// Under which name the notebook's metadata holds what is ours.
const METADATA: &str = "crosslens";

/// A notebook and where it came from.
#[derive(Debug)]
pub(crate) struct Notebook {
    path: PathBuf,
    content: nbformat::v4::Notebook,
}

/// A code cell that is to be executed.
#[derive(Debug, Clone)]
pub(crate) struct CodeCell {
    /// Its place among all cells of the notebook.
    pub(crate) index: usize,
    /// Its text.
    pub(crate) code: String,
    /// Whether it is marked, as in Jupyter, as one that may fail.
    pub(crate) may_fail: bool,
    /// Whether it shows an error now.
    pub(crate) failed: bool,
}

/// A code cell that was looked for by its tag.
#[derive(Debug, Clone)]
pub(crate) struct Tagged {
    /// Its place among all cells of the notebook.
    pub(crate) index: usize,
    /// Its number among the code cells that are executed, from 1.
    pub(crate) number: usize,
    /// Its text.
    pub(crate) code: String,
}

impl Notebook {
    /// Reads the notebook at `path`.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).at("read", path)?;
        let unusable = |detail: String| Error::Notebook { path: path.to_owned(), detail };
        let parsed = nbformat::parse_notebook(&text).map_err(|e| unusable(e.to_string()))?;
        let content = match parsed {
            nbformat::Notebook::V4(notebook) => notebook,
            nbformat::Notebook::V4QuirksMode(quirks) => quirks.repair(),
            nbformat::Notebook::Legacy(legacy) => {
                nbformat::upgrade_legacy_notebook(legacy).map_err(|error| unusable(error.to_string()))?
            }
            nbformat::Notebook::V3(old) => {
                nbformat::upgrade_v3_notebook(old).map_err(|error| unusable(error.to_string()))?
            }
            _ => return Err(unusable("its version is unknown".to_owned())),
        };
        Ok(Self { path: path.to_owned(), content })
    }

    /// Where it was read from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The folder in which the notebook is executed.
    pub(crate) fn folder(&self) -> PathBuf {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }

    /// The code cells that are not empty, in order.
    pub(crate) fn code_cells(&self) -> Vec<CodeCell> {
        let cells = self.content.cells.iter().enumerate();
        cells
            .filter_map(|(index, cell)| match cell {
                Cell::Code { source, metadata, outputs, .. } => {
                    let code = source.concat();
                    let may_fail = has_tag(metadata, "raises-exception");
                    let failed = outputs.iter().any(|output| matches!(output, Output::Error(_)));
                    (!code.trim().is_empty()).then_some(CodeCell { index, code, may_fail, failed })
                }
                _ => None,
            })
            .collect()
    }

    /// The first code cell with this tag.
    pub(crate) fn tagged(&self, tag: &str) -> Option<Tagged> {
        let found = self.content.cells.iter().enumerate().find_map(|(index, cell)| match cell {
            Cell::Code { source, metadata, .. } if has_tag(metadata, tag) => Some((index, source.concat())),
            _ => None,
        });
        found.map(|(index, code)| {
            let before = self.code_cells().into_iter().filter(|cell| cell.index < index).count();
            Tagged { index, number: before + 1, code }
        })
    }

    /// Puts a code cell with this tag in place of the one that there is, or at `index`.
    pub(crate) fn inject(&mut self, tag: &str, code: &str, index: usize) {
        let replaced = self.tagged(tag).map(|old| old.index);
        if let Some(old) = replaced {
            self.content.cells.remove(old);
        }
        let cell = Cell::Code {
            id: CellId::new(tag).unwrap_or_else(|_| Uuid::new_v4().into()),
            metadata: CellMetadata { tags: Some(vec![tag.to_owned()]), ..CellMetadata::default() },
            execution_count: None,
            source: code.split_inclusive('\n').map(str::to_owned).collect(),
            outputs: Vec::new(),
        };
        self.content.cells.insert(replaced.unwrap_or(index), cell);
    }

    /// Notes which kernel executed the notebook.
    pub(crate) fn set_kernel(&mut self, language: &LanguageInfo) {
        self.content.metadata.kernelspec = Some(KernelSpec {
            display_name: kernelspec::DISPLAY_NAME.to_owned(),
            name: kernelspec::NAME.to_owned(),
            language: Some("rust".to_owned()),
            additional: Default::default(),
        });
        let described = serde_json::to_value(language).and_then(serde_json::from_value::<nbformat::v4::LanguageInfo>);
        // What cannot be converted is only of use to highlighters.
        self.content.metadata.language_info = described.ok();
    }

    /// Replaces what the cell at `index` shows.
    pub(crate) fn set_outputs(&mut self, index: usize, count: Option<usize>, shown: Vec<Output>) {
        if let Some(Cell::Code { execution_count, outputs, .. }) = self.content.cells.get_mut(index) {
            *execution_count = count.and_then(|count| i32::try_from(count).ok());
            *outputs = shown;
        }
    }

    /// Writes into the notebook's metadata where its results come from, as its last such cell shows it.
    pub(crate) fn set_provenance(&mut self) {
        let told = self.content.cells.iter().rev().find_map(|cell| match cell {
            Cell::Code { outputs, .. } => outputs.iter().rev().find_map(provenance),
            _ => None,
        });
        let metadata = &mut self.content.metadata.additional;
        match told {
            Some(told) => metadata.insert(METADATA.to_owned(), json!({ "provenance": told })),
            None => metadata.remove(METADATA),
        };
    }

    /// Writes the notebook to `path`.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        write_atomically(path, &self.text()?)
    }

    /// The notebook as it would be written.
    pub(crate) fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.text()?).map_err(|error| self.unusable(error))
    }

    fn text(&self) -> Result<String> {
        let notebook = nbformat::Notebook::V4(self.content.clone());
        nbformat::serialize_notebook(&notebook).map_err(|error| self.unusable(error))
    }

    fn unusable(&self, error: impl ToString) -> Error {
        Error::Notebook { path: self.path.clone(), detail: error.to_string() }
    }
}

/// The provenance that an output shows.
fn provenance(output: &Output) -> Option<&Value> {
    let data = match output {
        Output::ExecuteResult(shown) => &shown.data,
        Output::DisplayData(shown) => &shown.data,
        _ => return None,
    };
    data.content.iter().find_map(|form| match form {
        MediaType::Other((mime, told)) if mime == PROVENANCE => Some(told),
        _ => None,
    })
}

fn has_tag(metadata: &CellMetadata, tag: &str) -> bool {
    metadata.tags.iter().flatten().any(|had| had == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A notebook of these cells, each a tag and its text.
    fn notebook(cells: &[(&str, &str)]) -> Notebook {
        let cell = |(number, (tag, code)): (usize, &(&str, &str))| {
            json!({ "cell_type": "code", "id": format!("c{number}"), "metadata": { "tags": [tag] },
                "execution_count": null, "outputs": [], "source": code })
        };
        let cells: Vec<Value> = cells.iter().enumerate().map(cell).collect();
        let text = json!({ "nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells }).to_string();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("n.ipynb");
        fs::write(&path, text).expect("writes");
        Notebook::read(&path).expect("is a notebook")
    }

    fn codes(notebook: &Notebook) -> Vec<String> {
        notebook.code_cells().into_iter().map(|cell| cell.code).collect()
    }

    #[test]
    fn a_cell_is_found_by_its_tag_and_counted_among_those_that_run() {
        let found = notebook(&[("", "a"), ("", " "), ("parameters", "b")]).tagged("parameters").expect("is there");
        assert_eq!((found.index, found.number, found.code.as_str()), (2, 2, "b"));
    }

    #[test]
    fn provenance_is_in_the_metadata_as_long_as_a_cell_shows_it() {
        let mut book = notebook(&[("", "provenance()")]);
        let shown = json!({ "output_type": "execute_result", "execution_count": 1, "metadata": {},
            "data": { "text/plain": "…", PROVENANCE: { "models": [] } } });
        book.set_outputs(0, Some(1), vec![serde_json::from_value(shown).expect("is an output")]);
        book.set_provenance();
        let metadata = |book: &Notebook| book.json().expect("is JSON")["metadata"][METADATA].clone();
        assert_eq!(metadata(&book), json!({ "provenance": { "models": [] } }));
        book.set_outputs(0, None, Vec::new());
        book.set_provenance();
        assert_eq!(metadata(&book), Value::Null);
    }

    #[test]
    fn a_cell_is_injected_once() {
        let mut book = notebook(&[("", "a"), ("", "b")]);
        book.inject("t", "x\ny\n", 1);
        assert_eq!(codes(&book), ["a", "x\ny\n", "b"]);
        book.inject("t", "z", 0);
        assert_eq!(codes(&book), ["a", "z", "b"]);
    }
}
