//! Drawings within the attributes of HTML: an image as a data URI, a page as `srcdoc`. They are compared as what they are,
//! and not letter by letter.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What an attribute says before its drawing, and the drawing; `None` where there is none.
pub(super) fn drawing(value: &str) -> Option<(String, String)> {
    const IMAGE: &str = "data:image/svg+xml;base64,";
    if let Some(encoded) = value.strip_prefix(IMAGE) {
        let svg = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        return Some((IMAGE.to_owned(), svg));
    }
    let (before, rest) = value.split_once("<svg")?;
    let (drawing, after) = rest.rsplit_once("</svg>")?;
    Some((format!("{before}{after}"), format!("<svg{drawing}</svg>")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_and_pages_hold_drawings() {
        let image = format!("data:image/svg+xml;base64,{}", STANDARD.encode("<svg>é</svg>"));
        assert_eq!(drawing(&image).unwrap().1, "<svg>é</svg>");
        let (around, svg) = drawing("<meta><svg><svg/></svg>\n").unwrap();
        assert_eq!((around.as_str(), svg.as_str()), ("<meta>\n", "<svg><svg/></svg>"));
        for none in ["12", "data:image/svg+xml;base64,%", "</svg><svg"] {
            assert_eq!(drawing(none), None);
        }
    }
}
