//! How a data frame is shown: a table in HTML, one in LaTeX (`latex.rs`) and one in plain text.
//!
//! The HTML has no colours of its own, so that it is read in light and dark themes.

use super::bundle::{Bundle, Mime};
use super::excerpt::{Cell, Excerpt, ShownColumn};
use super::latex::latex;
use super::showable::Showable;
use crate::escape::escaped;
use polars::prelude::DataFrame;
use std::fmt::Write;

/// The longest string shown whole.
const CUT: usize = 80;
/// The most letters that a text keeps on a line, however wide the table is.
const LEAST: usize = 24;

impl Showable for DataFrame {
    fn bundle(&self) -> Bundle {
        let excerpt = Excerpt::of(self);
        Bundle::default()
            .with(Mime::Html, html(&excerpt))
            .with(Mime::Latex, latex(&excerpt))
            .with(Mime::Plain, plain(&excerpt))
    }
}

fn html(excerpt: &Excerpt) -> String {
    let mut html = format!(
        "<table class=\"dataframe\" style=\"border-collapse:collapse\">\n<caption style=\"caption-side:top;text-align:left\">\
         <small>{}</small></caption>\n<thead style=\"border-bottom:1px solid\">\n<tr>",
        excerpt.caption()
    );
    for column in &excerpt.columns {
        let (name, dtype) = (escaped(&column.name), escaped(&column.dtype));
        let _ = write!(
            html,
            "<th style=\"{}\">{name}<br/><small style=\"font-weight:normal;opacity:0.65\">{dtype}</small></th>",
            align(column).to_owned() + &least(column)
        );
    }
    html += "</tr>\n</thead>\n<tbody>\n";
    for row in 0..excerpt.rows {
        if excerpt.gap == Some(row) {
            html += "<tr>";
            excerpt.columns.iter().for_each(|column| {
                let _ = write!(html, "<td style=\"{}\">…</td>", align(column));
            });
            html += "</tr>\n";
        }
        html += "<tr>";
        for column in &excerpt.columns {
            let _ = write!(html, "<td style=\"{}\"", align(column));
            cell(&mut html, &column.cells[row]);
            html += "</td>";
        }
        html += "</tr>\n";
    }
    html + "</tbody>\n</table>"
}

fn align(column: &ShownColumn) -> &'static str {
    if column.numeric { "padding:2px 8px;text-align:right" } else { "padding:2px 8px;text-align:left" }
}

/// A width for text that can be broken, which a wide table would do at every place.
fn least(column: &ShownColumn) -> String {
    let texts = column.cells.iter().flatten().filter(|text| text.contains([' ', '-']));
    match texts.map(|text| width(text)).max() {
        Some(longest) if !column.numeric => format!(";min-width:{}ch", longest.min(LEAST)),
        _ => String::new(),
    }
}

/// The rest of a `td` from its attributes on.
fn cell(html: &mut String, cell: &Cell) {
    let _ = match cell {
        None => write!(html, "><span style=\"opacity:0.5\">null</span>"),
        Some(text) => match cut(text) {
            Some(short) => write!(html, " title=\"{}\">{}", escaped(text), escaped(&short)),
            None => write!(html, ">{}", escaped(text)),
        },
    };
}

/// The start of a text that is too long.
pub(super) fn cut(text: &str) -> Option<String> {
    (text.chars().nth(CUT).is_some()).then(|| text.chars().take(CUT - 1).chain(['…']).collect())
}

fn plain(excerpt: &Excerpt) -> String {
    let columns: Vec<(bool, Vec<String>)> =
        excerpt.columns.iter().map(|column| (column.numeric, lines(column, excerpt.gap))).collect();
    let widths: Vec<usize> =
        columns.iter().map(|(_, lines)| lines.iter().map(|line| width(line)).max().unwrap_or(0)).collect();
    let mut plain = excerpt.caption();
    let height = columns.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0);
    for line in 0..height {
        let cells = columns.iter().zip(&widths).map(|((numeric, lines), wide)| {
            let space = " ".repeat(wide - width(&lines[line]));
            if *numeric { space + &lines[line] } else { lines[line].clone() + &space }
        });
        plain.push('\n');
        plain += cells.collect::<Vec<_>>().join("  ").trim_end();
        // A rule below the two lines of the header.
        if line == 1 {
            plain.push('\n');
            plain += &widths.iter().map(|wide| "─".repeat(*wide)).collect::<Vec<_>>().join("  ");
        }
    }
    plain
}

/// A column from its name down, one line per row shown.
fn lines(column: &ShownColumn, gap: Option<usize>) -> Vec<String> {
    let mut lines = vec![one_line(&column.name), column.dtype.clone()];
    for (row, cell) in column.cells.iter().enumerate() {
        if gap == Some(row) {
            lines.push("…".into());
        }
        lines.push(cell.as_ref().map_or("null".into(), |text| one_line(&cut(text).unwrap_or_else(|| text.clone()))));
    }
    lines
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;
    use resvg::usvg::roxmltree::Document;

    fn frame() -> DataFrame {
        let long = "x".repeat(100);
        df!(
            "token" => [Some("<script>"), Some("a & \"b\"\n'c'"), None, Some(long.as_str())],
            "mass" => [Some(0.25), None, Some(f64::NAN), Some(1e-7)]
        )
        .unwrap()
    }

    #[test]
    fn html_is_well_formed_escaped_and_cut() {
        let bundle = frame().bundle();
        let html = bundle.get(Mime::Html).unwrap();
        let document = Document::parse(html).unwrap();
        let cells: Vec<_> = document.descendants().filter(|node| node.has_tag_name("td")).collect();
        assert_eq!(cells.len(), 8);
        assert_eq!(cells[0].text(), Some("<script>"));
        assert_eq!(cells[2].text(), Some("a & \"b\"\n'c'"));
        assert_eq!(cells[6].attribute("title"), Some("x".repeat(100).as_str()));
        assert_eq!(cells[6].text().unwrap().chars().count(), 80);
        assert_eq!(html.matches("opacity:0.5\">null").count(), 2);
        assert!(html.contains("shape: (4, 2)") && !html.contains("color:"));
        assert_eq!(html.matches("min-width:11ch").count(), 1, "a & \"b\"\\n'c' has eleven letters");
    }

    #[test]
    fn plain_text_is_aligned() {
        let frame = df!("layer" => [0u32, 11], "token" => ["a", "cat"], "mass" => [0.25, 1.0]).unwrap();
        assert_eq!(
            frame.bundle().get(Mime::Plain),
            Some(
                "shape: (2, 3)\nlayer  token    mass\n  u32  str       f64\n─────  ─────  ──────\n    0  a      0.2500\n   11  cat    1.0000"
            )
        );
    }

    #[test]
    fn frames_without_rows_or_columns_are_shown() {
        for frame in [frame().head(Some(0)), DataFrame::empty()] {
            let bundle = frame.bundle();
            assert!(Document::parse(bundle.get(Mime::Html).unwrap()).is_ok());
            assert!(bundle.get(Mime::Plain).unwrap().starts_with("shape: (0, "));
        }
    }
}
