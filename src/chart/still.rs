//! A drawing as an image in HTML, which every notebook shows: those that are not trusted, and GitHub, take `svg` elements
//! out and leave the words that stood in them.

use crate::escape::escaped;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The drawing as an image of this style; `summary` is what a screen reader says.
pub(super) fn image(svg: &str, summary: &str, style: &str) -> String {
    format!(
        "<img alt=\"{}\" style=\"display:block;{style}\" src=\"data:image/svg+xml;base64,{}\"/>",
        escaped(summary),
        STANDARD.encode(svg)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use resvg::usvg::roxmltree::Document;

    #[test]
    fn the_drawing_is_whole_and_its_words_are_safe() {
        let image = image("<svg>é</svg>", "\"<b>\"\nwords", "width:9px");
        let document = Document::parse(&image).unwrap();
        let source = document.root_element().attribute("src").unwrap();
        let drawing = STANDARD.decode(source.strip_prefix("data:image/svg+xml;base64,").unwrap()).unwrap();
        assert_eq!(drawing, "<svg>é</svg>".as_bytes());
        assert_eq!(document.root_element().attribute("alt"), Some("\"<b>\"\nwords"));
    }
}
