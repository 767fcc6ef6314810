//! What the check ignores, because it tells of the machine and of the moment:
//!
//! - a progress bar: an output whose HTML has a `<progress>` element, which a sweep shows only when it takes long;
//! - the numbers of cells, the metadata of outputs, and colours for a terminal;
//! - times and rates within a text (`text.rs`);
//! - all outputs of a cell with the tag that nbval knows, `nbval-ignore-output`. The cell must still run.

use serde_json::Value;

/// The tag of a cell whose outputs are not compared.
const IGNORED: &str = "nbval-ignore-output";

/// Whether an output's HTML is a progress bar.
pub(super) fn is_progress(html: &str) -> bool {
    html.contains("<progress ")
}

/// Whether the outputs of a cell are to be left alone.
pub(super) fn is_ignored(cell: &Value) -> bool {
    let tags = cell["metadata"]["tags"].as_array();
    tags.is_some_and(|tags| tags.iter().any(|tag| tag == IGNORED))
}
