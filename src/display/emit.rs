//! Bundles to the kernel: as live records to ours; to the stock Rust kernel, which shows only the last of each MIME
//! type, when the cell has ended, as a block per type between two marker lines.

use super::bundle::{Bundle, Mime};
use crate::live::channel;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

const END: &str = "EVCXR_END_CONTENT";

/// Shows the value of a cell.
pub(super) fn result(bundle: &Bundle) {
    send("result", bundle, None);
}

/// Shows an output that can be replaced later.
pub(super) fn display(bundle: &Bundle, id: &str) {
    send("display", bundle, Some(id));
}

/// Replaces an output.
pub(super) fn update(bundle: &Bundle, id: &str) {
    send("update", bundle, Some(id));
}

fn send(kind: &str, bundle: &Bundle, id: Option<&str>) {
    if !channel::is_open() {
        return channel::write(&blocks(bundle));
    }
    let mut body = json!({ "data": data(bundle) });
    if let Some(id) = id {
        body["id"] = id.into();
    }
    channel::send(&json!({ kind: body }));
}

/// Removes the outputs of the cell, at once or when the next one comes.
pub(super) fn clear(wait: bool) {
    channel::send(&json!({ "clear": { "wait": wait } }));
}

fn data(bundle: &Bundle) -> Value {
    Value::Object(bundle.iter().map(|(mime, content)| (mime.to_string(), value(mime, content))).collect::<Map<_, _>>())
}

/// In a notebook JSON stands as it is, everything else as text.
fn value(mime: Mime, content: &str) -> Value {
    let parsed = mime.as_str().ends_with("+json").then(|| serde_json::from_str(content).ok());
    parsed.flatten().unwrap_or_else(|| content.into())
}

/// The bundle as the kernel reads it.
fn blocks(bundle: &Bundle) -> String {
    let mut blocks = String::new();
    for (mime, content) in bundle.iter() {
        // A line of the content that is the end marker would end the block early.
        let lines = content.lines().map(|line| if line == END { "EVCXR_END_CONTENT " } else { line });
        let _ = writeln!(blocks, "EVCXR_BEGIN_CONTENT {mime}");
        lines.for_each(|line| {
            let _ = writeln!(blocks, "{line}");
        });
        let _ = writeln!(blocks, "{END}");
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_holds_every_type() {
        let bundle = Bundle::default().with(Mime::Plain, "{}").with(Mime::Provenance, r#"{"models":[]}"#);
        let json = "application/vnd.crosslens.provenance+json";
        assert_eq!(data(&bundle), json!({"text/plain": "{}", json: {"models": []}}));
    }

    #[test]
    fn each_type_is_a_block_between_markers() {
        let bundle = Bundle::default().with(Mime::Svg, "<svg>\n</svg>\n").with(Mime::Plain, "a\nEVCXR_END_CONTENT");
        assert_eq!(
            blocks(&bundle),
            "EVCXR_BEGIN_CONTENT image/svg+xml\n<svg>\n</svg>\nEVCXR_END_CONTENT\n\
             EVCXR_BEGIN_CONTENT text/plain\na\nEVCXR_END_CONTENT \nEVCXR_END_CONTENT\n"
        );
    }
}
