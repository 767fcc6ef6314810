//! Text from outside, made safe for SVG and HTML.

/// The text without what XML cannot hold.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if unprintable(c) { ' ' } else { c }).collect()
}

/// The text with the characters that have a meaning in XML replaced, without those that XML cannot hold.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            '\n' => escaped += "&#10;",
            c if unprintable(c) => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

fn unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use resvg::usvg::roxmltree::Document;

    #[test]
    fn every_character_survives_or_becomes_a_space() {
        let nasty = "<script> & \"a\" 'b'\n\u{0}\u{1b}\u{ffff}é";
        let html = format!("<p title=\"{0}\">{0}</p>", escaped(nasty));
        let document = Document::parse(&html).unwrap();
        let expected = "<script> & \"a\" 'b'\n   é";
        assert_eq!(document.root_element().attribute("title"), Some(expected));
        assert_eq!(document.root_element().text(), Some(expected));
        assert_eq!(printable("a\n\u{7f}b"), "a  b");
    }
}
