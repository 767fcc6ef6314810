//! Reads a notebook of any version, and writes one so that nothing is ever half written.

use crate::cache::write_atomically;
use crate::error::{At, Error, Result};
use crate::kernelspec;
use jupyter_protocol::LanguageInfo;
use nbformat::v4::{Cell, KernelSpec, Output};
use std::fs;
use std::path::{Path, PathBuf};

/// A notebook and where it came from.
#[derive(Debug)]
pub(super) struct Notebook {
    path: PathBuf,
    content: nbformat::v4::Notebook,
}

/// A code cell that is to be executed.
#[derive(Debug, Clone)]
pub(super) struct CodeCell {
    /// Its place among all cells of the notebook.
    pub(super) index: usize,
    /// Its text.
    pub(super) code: String,
    /// Whether it is marked, as in Jupyter, as one that may fail.
    pub(super) may_fail: bool,
}

impl Notebook {
    /// Reads the notebook at `path`.
    pub(super) fn read(path: &Path) -> Result<Self> {
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

    /// The folder in which the notebook is executed.
    pub(super) fn folder(&self) -> PathBuf {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }

    /// The code cells that are not empty, in order.
    pub(super) fn code_cells(&self) -> Vec<CodeCell> {
        let cells = self.content.cells.iter().enumerate();
        cells
            .filter_map(|(index, cell)| match cell {
                Cell::Code { source, metadata, .. } => {
                    let code = source.concat();
                    let tags = metadata.tags.iter().flatten();
                    (!code.trim().is_empty()).then(|| CodeCell {
                        index,
                        code,
                        may_fail: tags.into_iter().any(|tag| tag == "raises-exception"),
                    })
                }
                _ => None,
            })
            .collect()
    }

    /// Notes which kernel executed the notebook.
    pub(super) fn set_kernel(&mut self, language: &LanguageInfo) {
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
    pub(super) fn set_outputs(&mut self, index: usize, count: Option<usize>, shown: Vec<Output>) {
        if let Some(Cell::Code { execution_count, outputs, .. }) = self.content.cells.get_mut(index) {
            *execution_count = count.and_then(|count| i32::try_from(count).ok());
            *outputs = shown;
        }
    }

    /// Writes the notebook to `path`.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let notebook = nbformat::Notebook::V4(self.content.clone());
        let text = nbformat::serialize_notebook(&notebook)
            .map_err(|error| Error::Notebook { path: self.path.clone(), detail: error.to_string() })?;
        write_atomically(path, &text)
    }
}
