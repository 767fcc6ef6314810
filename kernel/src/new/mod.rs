//! Begins a notebook from the one beside this file.

use crate::error::{At, Error, Result};
use crate::report;
use serde_json::Value;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const TEMPLATE: &str = include_str!("notebook.ipynb");

/// Where the title goes.
const TITLE: &str = "{{title}}";

/// Writes the notebook called `name`.
pub(crate) fn new(name: &Path) -> Result<()> {
    let path = with_extension(name);
    let text = filled(&path)?;
    let mut file = File::create_new(&path).map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists => Error::Exists(path.clone()),
        _ => Error::Io { action: "create", path: path.clone(), source },
    })?;
    file.write_all(text.as_bytes()).at("write", &path)?;
    report::answer(format_args!(
        "wrote {0}; open it in JupyterLab, or execute it: crosslens-kernel run {0}",
        path.display()
    ));
    Ok(())
}

/// `a` becomes `a.ipynb`, and `a.b` becomes `a.b.ipynb`.
fn with_extension(name: &Path) -> PathBuf {
    match name.extension() {
        Some(extension) if extension == "ipynb" => name.to_owned(),
        _ => {
            let mut name = name.as_os_str().to_owned();
            name.push(".ipynb");
            name.into()
        }
    }
}

/// `a/how-heads_match.ipynb` is called `How heads match`.
fn title(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().replace(['-', '_'], " ");
    let mut characters = stem.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// The text of the notebook at `path`.
fn filled(path: &Path) -> Result<String> {
    let unusable = |error: serde_json::Error| Error::Notebook { path: path.to_owned(), detail: error.to_string() };
    let mut notebook: Value = serde_json::from_str(TEMPLATE).map_err(unusable)?;
    if let Some(Value::String(line)) = notebook.pointer_mut("/cells/0/source/0") {
        *line = line.replace(TITLE, &title(path));
    }
    Ok(serde_json::to_string_pretty(&notebook).map_err(unusable)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::Notebook;
    use std::fs;

    #[test]
    fn a_name_is_a_file_and_a_title() {
        for (name, file, called) in [
            ("how-heads_match", "how-heads_match.ipynb", "How heads match"),
            ("a/b.ipynb", "a/b.ipynb", "B"),
            ("v0.2", "v0.2.ipynb", "V0.2"),
        ] {
            let path = with_extension(Path::new(name));
            assert_eq!((path.as_path(), title(&path).as_str()), (Path::new(file), called));
        }
    }

    #[test]
    fn the_notebook_has_its_title_and_parameters() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("say \"hello\".ipynb");
        new(&path).expect("writes");
        let written = Notebook::read(&path).expect("is a notebook");
        let json = written.json().expect("is JSON");
        assert_eq!(json["cells"][0]["source"][0], "# Say \"hello\"\n");
        assert!(!json.to_string().contains(TITLE));
        assert!(written.tagged(crate::parameters::DECLARED).is_some());
        assert!(written.code_cells().iter().all(|cell| !cell.failed));
    }

    #[test]
    fn nothing_is_replaced() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("mine.ipynb");
        fs::write(&path, "mine").expect("writes");
        let error = new(&folder.path().join("mine")).expect_err("is there");
        assert!(error.to_string().contains("mine.ipynb is there already"), "{error}");
        assert_eq!(fs::read_to_string(&path).expect("reads"), "mine");
        assert!(new(&folder.path().join("nowhere/mine")).is_err());
    }
}
