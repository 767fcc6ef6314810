//! Looks for everything that a kernel needs and says what to do about what is missing.

mod place;
mod storage;
mod tools;

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::kernelspec::Place;
use crate::package::Source;
use crate::report;
use crate::template::Template;
use std::path::Path;

/// The state of one piece.
struct Finding {
    piece: &'static str,
    state: State,
}

enum State {
    Good(String),
    /// What could be better, and how.
    Better(String, String),
    /// What is wrong, and what to do about it.
    Bad(String, String),
}

use State::{Bad, Better, Good};

/// What mends most of what can be wrong.
const INSTALL: &str = "run `crosslens-kernel install`";

/// Reports on every piece; whether all are there. Without a place, the kernel may be known in any usual one.
pub(crate) fn doctor(place: Option<&Place>, source: Option<&Path>) -> Result<bool> {
    let cache = Cache::locate()?;
    let installed = Template::installed(&cache);
    let findings = [
        tools::cargo(),
        tools::compiler(),
        tools::linker(),
        tools::library_sources(),
        storage::writable(&cache),
        storage::space(&cache, installed.is_ok()),
        template(&installed, source),
        storage::data(&installed),
        place::specification(place),
        tools::python(),
        tools::jupyter(),
        place::listed(),
    ];
    for Finding { piece, state } in &findings {
        match state {
            Good(detail) => report::answer(format_args!("ok       {piece}: {detail}")),
            Better(lacking, next) => {
                report::answer(format_args!("better   {piece}: {lacking}\n         {next}"));
            }
            Bad(wrong, next) => {
                report::answer(format_args!("MISSING  {piece}: {wrong}\n         {next}"));
            }
        }
    }
    Ok(!findings.iter().any(|finding| matches!(finding.state, Bad(..))))
}

/// The template of installed kernels: there, of this compiler, of these sources.
fn template(installed: &Result<Template>, source: Option<&Path>) -> Finding {
    let state = match installed {
        Err(error) => Bad(error.to_string(), INSTALL.to_owned()),
        Ok(template) => match (template.description.toolchain.check(), Source::open(source)) {
            (Err(error), _) => Bad(error.to_string(), INSTALL.to_owned()),
            (Ok(()), Ok(source)) if source.hash != template.description.package => Bad(
                "it is stale: it was made from other sources than the checkout has now".to_owned(),
                INSTALL.to_owned(),
            ),
            // An installed kernel does not need the checkout.
            (Ok(()), Ok(_) | Err(Error::NoSource { .. })) => Good(template.root.display().to_string()),
            (Ok(()), Err(error)) => {
                Bad(error.to_string(), "give the folder of a checkout with `--source DIR`".to_owned())
            }
        },
    };
    Finding { piece: "session template", state }
}
