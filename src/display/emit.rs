//! Bundles to the kernel: the one place where crosslens writes to standard output.
//!
//! The Rust kernel reads what a cell shows from the standard output of its child: a block per MIME type, between two
//! marker lines. Everything is written in one piece, so that no other output gets between.

use super::bundle::Bundle;
use std::fmt::Write as _;
use std::io::Write as _;

const END: &str = "EVCXR_END_CONTENT";

/// Shows a bundle. A reader that has gone away is no error of the cell.
pub(super) fn emit(bundle: &Bundle) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(blocks(bundle).as_bytes()).and_then(|()| out.flush());
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
    use super::super::bundle::Mime;
    use super::*;

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
