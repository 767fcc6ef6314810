//! How provenance is shown: as data for programs, as a table, and in words.

use super::bundle::{Bundle, Mime};
use super::showable::Showable;
use crate::escape::escaped;
use crate::provenance::Provenance;

impl Showable for Provenance {
    fn bundle(&self) -> Bundle {
        let bundle = Bundle::default().with(Mime::Html, html(self)).with(Mime::Plain, self.to_string());
        match serde_json::to_string(self) {
            Ok(data) => bundle.with(Mime::Provenance, data),
            Err(_) => bundle,
        }
    }
}

/// Hashes break anywhere, so that a narrow page holds them.
fn html(provenance: &Provenance) -> String {
    let row = |(what, told): &(String, String)| {
        format!(
            "<tr><th style=\"text-align:left;vertical-align:top;white-space:nowrap\">{}</th>\
             <td style=\"text-align:left;overflow-wrap:anywhere\">{}</td></tr>",
            escaped(what),
            escaped(told)
        )
    };
    let rows: Vec<String> = provenance.rows().iter().map(row).collect();
    format!(
        "<table class=\"provenance\" style=\"border-collapse:collapse\">\n<tbody>\n{}\n</tbody>\n</table>",
        rows.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provenance::provenance;
    use resvg::usvg::roxmltree::Document;

    #[test]
    fn every_form_tells_the_same() {
        let provenance = provenance();
        let bundle = provenance.bundle();
        let data: serde_json::Value = serde_json::from_str(bundle.get(Mime::Provenance).unwrap()).unwrap();
        assert_eq!(data["toolchain"], provenance.toolchain);
        let html = Document::parse(bundle.get(Mime::Html).unwrap()).unwrap();
        let rows = html.descendants().filter(|node| node.has_tag_name("tr"));
        assert_eq!(rows.count(), provenance.rows().len());
        assert_eq!(bundle.get(Mime::Plain).unwrap().lines().count(), provenance.rows().len());
    }
}
