//! Compares drawings (SVG) and HTML element by element: names, attributes, words.
//!
//! The elements of a chart are its data: bars have a length, cells a colour, axes their labels. Positions may be off by a
//! pixel, which rounding does.

use super::difference::Change;
use super::embedded::drawing;
use super::text;
use super::tolerance::Tolerance;
use roxmltree::{Document, Node};

/// Attributes with positions and lengths.
const POSITIONS: [&str; 16] =
    ["x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "dx", "dy", "width", "height", "points", "d", "transform"];

/// The differences between two texts in markup; texts that are no markup are compared as texts.
pub(super) fn compare(expected: &str, found: &str, tolerance: &Tolerance) -> Vec<Change> {
    if expected == found {
        return Vec::new();
    }
    match (Document::parse(expected), Document::parse(found)) {
        (Ok(old), Ok(new)) => {
            let mut changes = Vec::new();
            elements(old.root_element(), new.root_element(), "", tolerance, &mut changes);
            changes
        }
        _ => text::compare(expected, found, tolerance),
    }
}

/// Adds what differs between two elements.
fn elements(old: Node, new: Node, above: &str, tolerance: &Tolerance, changes: &mut Vec<Change>) {
    let place = format!("{above}<{}>", old.tag_name().name());
    if old.tag_name() != new.tag_name() {
        changes.push(Change::new(place, opening(old), opening(new)));
        return;
    }
    attributes(old, new, &place, tolerance, changes);
    let (olds, news) = (children(old), children(new));
    if olds.len() != news.len() {
        let what = |nodes: &[Node]| match nodes.len() {
            1 => "1 element".to_owned(),
            count => format!("{count} elements"),
        };
        changes.push(Change::new(place, what(&olds), what(&news)));
        return;
    }
    for (number, (old, new)) in olds.into_iter().zip(news).enumerate() {
        match (old.text().filter(|_| old.is_text()), new.text().filter(|_| new.is_text())) {
            (Some(old), Some(new)) if text::same(old.trim(), new.trim(), tolerance) => {}
            (Some(old), Some(new)) => changes.push(Change::new(place.clone(), old.trim(), new.trim())),
            (None, None) => elements(old, new, &format!("{place} {} ", number + 1), tolerance, changes),
            _ => changes.push(Change::new(place.clone(), opening(old), opening(new))),
        }
    }
}

/// Adds what differs between the attributes of two elements.
fn attributes(old: Node, new: Node, place: &str, tolerance: &Tolerance, changes: &mut Vec<Change>) {
    let attribute_place = |name: &str| format!("{place}, {name}");
    for attribute in old.attributes() {
        let (name, expected) = (attribute.name(), attribute.value());
        let tolerance = if POSITIONS.contains(&name) { tolerance.for_positions() } else { *tolerance };
        match new.attribute(name) {
            Some(found) if text::same(expected, found, &tolerance) => {}
            Some(found) => changes.extend(value(&attribute_place(name), expected, found, &tolerance)),
            None => changes.push(Change::missing(attribute_place(name), expected)),
        }
    }
    for attribute in new.attributes().filter(|attribute| old.attribute(attribute.name()).is_none()) {
        changes.push(Change::added(attribute_place(attribute.name()), attribute.value()));
    }
}

/// What differs between two values of an attribute that are not the same.
fn value(place: &str, expected: &str, found: &str, tolerance: &Tolerance) -> Vec<Change> {
    match (drawing(expected), drawing(found)) {
        (Some((around, old)), Some((new_around, new))) if around == new_around => {
            compare(&old, &new, tolerance).into_iter().map(|change| change.within(place)).collect()
        }
        _ => vec![Change::new(place, expected, found)],
    }
}

/// Elements and words, without the white space between them.
fn children<'a>(node: Node<'a, 'a>) -> Vec<Node<'a, 'a>> {
    let is_content = |child: &Node| child.is_element() || child.text().is_some_and(|text| !text.trim().is_empty());
    node.children().filter(|child| !child.is_comment() && is_content(child)).collect()
}

/// What a node is, in short.
fn opening(node: Node) -> String {
    match node.text().filter(|_| node.is_text()) {
        Some(text) => text.trim().to_owned(),
        None => format!("<{}>", node.tag_name().name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    const CHART: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\"><title>t</title>\
        <rect x=\"10\" y=\"2\" fill=\"#A0B0C0\" opacity=\"1\"/><text x=\"3\">0.2500 of 12</text></svg>";

    fn places(found: &str) -> Vec<String> {
        let changes = compare(CHART, found, &Tolerance::default());
        changes.into_iter().map(|change| change.place).collect()
    }

    #[test]
    fn rounding_is_no_difference() {
        let found = CHART.replace("x=\"10\"", "x=\"11\"").replace("#A0B0C0", "#A1B0C0").replace("0.2500", "0.2501");
        assert_eq!(places(&found), [""; 0]);
    }

    #[test]
    fn a_colour_a_place_and_a_word_are_differences() {
        assert_eq!(places(&CHART.replace("#A0B0C0", "#A0B0D0")), ["<svg> 2 <rect>, fill"]);
        assert_eq!(places(&CHART.replace("x=\"10\"", "x=\"20\"")), ["<svg> 2 <rect>, x"]);
        assert_eq!(places(&CHART.replace("opacity=\"1\"", "opacity=\"0\"")), ["<svg> 2 <rect>, opacity"]);
        assert_eq!(places(&CHART.replace("12", "13")), ["<svg> 3 <text>"]);
        assert_eq!(places(&CHART.replace(" y=\"2\"", "")), ["<svg> 2 <rect>, y"]);
    }

    #[test]
    fn drawings_in_attributes_are_compared_as_drawings() {
        let page = |chart: &str| {
            let escaped = chart.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
            format!(
                "<div><img src=\"data:image/svg+xml;base64,{}\"/><iframe srcdoc=\"<meta>{escaped}\"/></div>",
                STANDARD.encode(chart)
            )
            .replace("<meta>", "&lt;meta>")
        };
        let places = |found: &str| {
            let changes = compare(&page(CHART), &page(found), &Tolerance::default());
            changes.into_iter().map(|change| change.place).collect::<Vec<_>>()
        };
        assert_eq!(places(&CHART.replace("x=\"10\"", "x=\"11\"")), [""; 0]);
        let moved = ["<div> 1 <img>, src, <svg> 2 <rect>, x", "<div> 2 <iframe>, srcdoc, <svg> 2 <rect>, x"];
        assert_eq!(places(&CHART.replace("x=\"10\"", "x=\"20\"")), moved);
    }

    #[test]
    fn an_element_more_is_counted() {
        let changes = compare(CHART, &CHART.replace("<text", "<rect/><text"), &Tolerance::default());
        assert_eq!(changes, [Change::new("<svg>", "3 elements", "4 elements")]);
    }
}
