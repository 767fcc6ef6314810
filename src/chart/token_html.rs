//! A token view in HTML: the document as text, shaded by the attention that its tokens receive from the query.
//!
//! Colours are translucent grounds without a text colour, so that the text is read in light and dark themes; without
//! any style the text, the underlined matches and the numbers remain.

use super::token_pair::TokenPair;
use crate::escape::escaped;

/// The most opaque that a token's ground becomes: its text stays readable on white and on black.
const OPAQUE: f64 = 0.6;

/// The document's text, shaded.
pub(super) fn render(pair: &TokenPair, title: &str) -> String {
    let received = pair.received();
    let highest = received.iter().copied().filter(|weight| weight.is_finite()).fold(0.0, f64::max);
    let query = spaced(&pair.query, |token, text| {
        let text = marked(text, pair.in_document(token));
        match pair.no_op[token] {
            mass if mass.is_finite() => format!("<span title=\"no-op {mass:.3}\">{text}</span>"),
            _ => text,
        }
    });
    let document = spaced(&pair.document, |token, text| {
        let text = marked(text, pair.in_query(token));
        match received[token] {
            weight if weight.is_finite() => {
                let share = if highest > 0.0 { (weight / highest).clamp(0.0, 1.0) } else { 0.0 };
                let ground = match share * OPAQUE {
                    faint if faint < 0.01 => String::new(),
                    opaque => format!(" style=\"background-color:rgba(0,130,170,{opaque:.2})\""),
                };
                format!("<span title=\"{weight:.4}\"{ground}>{text}</span>")
            }
            _ => format!("<span title=\"missing\">{text}</span>"),
        }
    });
    let top: Vec<String> = pair
        .most_attended(5)
        .into_iter()
        .map(|(token, weight)| format!("{} {weight:.3}", escaped(&pair.document[token])))
        .collect();
    format!(
        "<div class=\"crosslens-tokens\" style=\"max-width:720px;line-height:1.7\">\n\
         <p><strong>{}</strong></p>\n\
         <p><strong>query</strong> {query}</p>\n\
         <p><strong>document</strong> {document}</p>\n\
         <p><small>shade: attention from the query, mean over its {} tokens, darkest {highest:.3}; underlined: the same \
         word piece; most attended: {}</small></p>\n</div>",
        escaped(title),
        pair.query.len(),
        top.join(", ")
    )
}

fn marked(text: &str, matches: bool) -> String {
    if matches { format!("<u>{text}</u>") } else { text.to_owned() }
}

/// The word pieces as text: a piece that continues a word (`##`) follows it without a space.
fn spaced(pieces: &[String], render: impl Fn(usize, &str) -> String) -> String {
    let mut html = String::new();
    for (place, piece) in pieces.iter().enumerate() {
        let text = match piece.strip_prefix("##") {
            Some(rest) if !rest.is_empty() => rest,
            _ => {
                if place > 0 {
                    html.push(' ');
                }
                piece
            }
        };
        html += &render(place, &escaped(text));
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use resvg::usvg::roxmltree::Document;

    fn pair() -> TokenPair {
        TokenPair {
            query: vec!["play".into(), "&".into()],
            document: ["<script>", "play", "##ing", "\"x'"].map(String::from).to_vec(),
            weights: vec![vec![0.0, 0.4, 0.1, f64::NAN], vec![0.0, 0.2, 0.1, f64::NAN]],
            no_op: vec![0.5, f64::NAN],
            averaged: None,
        }
    }

    #[test]
    fn text_is_whole_escaped_and_well_formed() {
        let html = render(&pair(), "<b>?");
        let document = Document::parse(&html).unwrap();
        let line = document.descendants().filter(|node| node.has_tag_name("p")).nth(2).unwrap();
        let text: String = line.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).collect();
        assert_eq!(text, "document <script> playing \"x'");
    }

    #[test]
    fn shade_is_the_mean_and_matches_are_underlined() {
        let html = render(&pair(), "");
        assert!(
            html.contains("<span title=\"0.3000\" style=\"background-color:rgba(0,130,170,0.60)\"><u>play</u></span>")
        );
        assert!(html.contains("<span title=\"0.0000\">&lt;script&gt;</span>"));
        assert!(html.contains("<span title=\"missing\">&quot;x&#39;</span>"));
    }
}
