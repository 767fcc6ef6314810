//! The committed notebooks: what each shows is what the code of today computes, and where it comes from.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{folder, kernel, text};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// All notebooks but those that somebody has executed, in order.
fn committed() -> Vec<PathBuf> {
    let files = fs::read_dir(repository().join("notebooks")).unwrap().map(|entry| entry.unwrap().path());
    let is_committed = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.ends_with(".ipynb") && !name.ends_with(".executed.ipynb")
    };
    let mut notebooks: Vec<PathBuf> = files.filter(is_committed).collect();
    notebooks.sort();
    assert!(notebooks.len() >= 6, "{notebooks:?}");
    notebooks
}

/// A text of a notebook, in one piece.
fn joined(lines: &Value) -> String {
    match lines {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

fn code_cells(notebook: &Path) -> Vec<Value> {
    let book: Value = serde_json::from_str(&fs::read_to_string(notebook).unwrap()).unwrap();
    book["cells"].as_array().unwrap().iter().filter(|cell| cell["cell_type"] == "code").cloned().collect()
}

/// A test for each notebook, so that two are executed side by side.
macro_rules! checked {
    ($($test:ident: $notebook:literal,)*) => {
        const CHECKED: &[&str] = &[$($notebook),*];
        $(#[test]
        fn $test() {
            shows_what_it_showed($notebook);
        })*
    };
}

checked! {
    the_paper_shows_what_it_showed: "00-the-paper",
    matching_heads_show_what_they_showed: "01-matching-heads",
    causal_heads_show_what_they_showed: "02-causal-heads",
    the_detector_shows_what_it_showed: "03-how-a-match-is-detected",
    replays_show_what_they_showed: "04-replays",
    the_gallery_shows_what_it_showed: "gallery",
}

fn shows_what_it_showed(name: &str) {
    let (folder, notebook) = (folder(), repository().join("notebooks").join(name).with_extension("ipynb"));
    let output = kernel(&folder.path().join("sessions")).arg("check").arg(notebook).output().unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn every_notebook_is_checked() {
    let names: Vec<_> = committed().iter().map(|path| path.file_stem().unwrap().to_owned()).collect();
    assert_eq!(names, CHECKED);
}

/// The first two layers of the embedded model, which are a model too.
fn another_model(folder: &Path) {
    let embedded = repository().join("data/models/crosslens-minilm-l6");
    fs::create_dir_all(folder).unwrap();
    for file in ["tokenizer.json", "model.safetensors"] {
        fs::copy(embedded.join(file), folder.join(file)).unwrap();
    }
    let mut config: Value = serde_json::from_str(&fs::read_to_string(embedded.join("config.json")).unwrap()).unwrap();
    config["num_hidden_layers"] = 2.into();
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
}

#[test]
fn the_paper_notebook_runs_on_another_model_by_one_parameter() {
    let folder = folder();
    let (notebook, model) = (folder.path().join("paper.ipynb"), folder.path().join("two-layers"));
    fs::copy(repository().join("notebooks/00-the-paper.ipynb"), &notebook).unwrap();
    another_model(&model);
    let output = kernel(&folder.path().join("sessions"))
        .arg("run")
        .arg(&notebook)
        .args(["-p", "model_name", model.to_str().unwrap(), "-p", "queries", "8"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let executed = fs::read_to_string(folder.path().join("paper.executed.ipynb")).unwrap();
    assert!(executed.contains("CrossEncoder(two-layers: 2 layers, 12 heads"), "{executed}");
    assert!(folder.path().join("results/00/two-layers/head-effects.svg").is_file());
}

#[test]
fn every_notebook_ends_with_its_provenance() {
    for notebook in committed() {
        let cells = code_cells(&notebook);
        let last = cells.last().unwrap();
        assert_eq!(joined(&last["source"]), "provenance()", "{}", notebook.display());
        let told = &last["outputs"][0]["data"]["application/vnd.crosslens.provenance+json"];
        assert!(told["models"][0]["sha256"].is_string(), "{}", notebook.display());
        let book: Value = serde_json::from_str(&fs::read_to_string(&notebook).unwrap()).unwrap();
        assert_eq!(&book["metadata"]["crosslens"]["provenance"], told, "{}", notebook.display());
    }
}

/// What the README shows is what the notebook shows.
#[test]
fn the_readme_shows_a_picture_of_the_paper_notebook() {
    let picture = fs::read(repository().join("notebooks/images/head-effects.png")).unwrap();
    let cells = code_cells(&repository().join("notebooks/00-the-paper.ipynb"));
    let outputs = cells.iter().flat_map(|cell| cell["outputs"].as_array().unwrap());
    let mut pictures = outputs.map(|output| joined(&output["data"]["image/png"])).filter(|png| !png.is_empty());
    assert!(pictures.any(|png| STANDARD.decode(png.trim()).unwrap() == picture));
}

#[test]
fn the_gallery_has_a_picture_of_every_chart() {
    let module = fs::read_to_string(repository().join("src/chart/mod.rs")).unwrap();
    let exported = module.lines().filter_map(|line| line.strip_prefix("pub use ")?.rsplit_once("::"));
    let names = exported.flat_map(|(_, names)| names.trim_matches(['{', '}', ';']).split(", ").collect::<Vec<_>>());
    let charts: Vec<&str> = names.filter(|name| name.starts_with(char::is_lowercase)).collect();
    assert!(charts.len() >= 16, "{charts:?}");
    let cells = code_cells(&repository().join("notebooks/gallery.ipynb"));
    for chart in charts {
        let draws = |cell: &&Value| {
            joined(&cell["source"]).lines().last().is_some_and(|line| line.starts_with(&format!("{chart}(")))
        };
        let cell =
            cells.iter().find(draws).unwrap_or_else(|| panic!("the gallery has no cell that ends in {chart}(…)"));
        assert!(cell["outputs"].to_string().contains("image/svg+xml"), "{chart} shows no picture");
    }
}
