//! Compares tables, cell by cell.

use super::difference::Change;
use super::text;
use super::tolerance::Tolerance;
use roxmltree::{Document, Node};

/// A table in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

/// The head of a column: its name, and all that stands there, the type too.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    name: String,
    words: String,
}

/// The most rows that are told of those that come or go.
const TOLD: usize = 3;

impl Table {
    /// The table that this HTML is, if it is one.
    pub(super) fn read(html: &str) -> Option<Self> {
        let document = Document::parse(html).ok()?;
        let table = Some(document.root_element()).filter(|root| root.has_tag_name("table"))?;
        let all = |name: &'static str| table.descendants().filter(move |node| node.has_tag_name(name));
        let cells = |row: Node| row.children().filter(|cell| cell.has_tag_name("td")).map(words).collect();
        Some(Self {
            caption: all("caption").map(words).collect(),
            columns: all("th").map(Column::read).collect(),
            rows: all("tr").map(cells).filter(|cells: &Vec<String>| !cells.is_empty()).collect(),
        })
    }
}

impl Column {
    fn read(head: Node) -> Self {
        let name = head.descendants().find_map(|node| node.text().filter(|_| node.is_text()));
        Self { name: name.unwrap_or_default().trim().to_owned(), words: words(head) }
    }
}

/// What an element says; a text that was cut for its width has the whole of it as its title.
fn words(element: Node) -> String {
    let texts = element.descendants().filter(Node::is_text).filter_map(|node| node.text());
    let shown = || texts.map(str::trim).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    element.attribute("title").map_or_else(shown, str::to_owned)
}

/// The differences between two tables.
pub(super) fn compare(expected: &Table, found: &Table, tolerance: &Tolerance) -> Vec<Change> {
    let same = |old: &String, new: &String| text::same(old, new, tolerance);
    if expected.columns != found.columns {
        let heads = |table: &Table| table.columns.iter().map(|column| &*column.words).collect::<Vec<_>>().join(" | ");
        return vec![Change::new("columns", heads(expected), heads(found))];
    }
    let same_row = |old: &Vec<String>, new: &Vec<String>| {
        old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new))
    };
    if expected.rows.len() != found.rows.len() {
        let count = |table: &Table| table.rows.len().to_string();
        let only = |of: &Table, other: &Table| -> Vec<String> {
            let alone = of.rows.iter().filter(|row| !other.rows.iter().any(|known| same_row(row, known)));
            alone.take(TOLD).map(|row| row.join(" | ")).collect()
        };
        let gone = only(expected, found).into_iter().map(|row| Change::missing("row", row));
        let new = only(found, expected).into_iter().map(|row| Change::added("row", row));
        return [Change::new("rows", count(expected), count(found))].into_iter().chain(gone).chain(new).collect();
    }
    let caption =
        (!same(&expected.caption, &found.caption)).then(|| Change::new("caption", &expected.caption, &found.caption));
    let rows = expected.rows.iter().zip(&found.rows).enumerate().flat_map(|(row, (old, new))| {
        let cells = old.iter().zip(new).enumerate().filter(|(_, (old, new))| !same(old, new));
        let changes = cells.map(move |(column, (old, new))| {
            let name = expected.columns.get(column).map_or("", |column| &column.name);
            Change::new(format!("row {}, column `{name}`", row + 1), old, new)
        });
        let length =
            (old.len() != new.len()).then(|| Change::new(format!("row {}", row + 1), old.join(" | "), new.join(" | ")));
        changes.chain(length)
    });
    caption.into_iter().chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[[&str; 2]]) -> Table {
        let row = |[head, mass]: &[&str; 2]| format!("<tr><td>{head}</td><td title=\"{mass}\">cut</td></tr>");
        let rows: String = rows.iter().map(row).collect();
        let html = format!(
            "<table class=\"dataframe\"><caption><small>shape: (2, 2)</small></caption><thead><tr><th>head<br/>\
             <small>str</small></th><th>mass<br/><small>f64</small></th></tr></thead><tbody>{rows}</tbody></table>"
        );
        Table::read(&html).expect("is a table")
    }

    fn changes(expected: &Table, found: &Table) -> Vec<Change> {
        compare(expected, found, &Tolerance::default())
    }

    #[test]
    fn a_number_in_a_cell_is_told_by_row_and_column() {
        let old = table(&[["0.1", "0.2500"], ["4.10", "0.5000"]]);
        assert_eq!(changes(&old, &table(&[["0.1", "0.2501"], ["4.10", "0.5000"]])), []);
        let found = changes(&old, &table(&[["0.1", "0.2500"], ["4.1", "0.5010"]]));
        let expected = [
            Change::new("row 2, column `head`", "4.10", "4.1"),
            Change::new("row 2, column `mass`", "0.5000", "0.5010"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_row_more_or_less_is_shown() {
        let (one, two) = (table(&[["0.1", "0.2"]]), table(&[["0.1", "0.2"], ["0.2", "0.3"]]));
        let expected = [Change::new("rows", "1", "2"), Change::added("row", "0.2 | 0.3")];
        assert_eq!(changes(&one, &two), expected);
        assert_eq!(changes(&two, &one)[1], Change::missing("row", "0.2 | 0.3"));
    }

    #[test]
    fn other_html_is_no_table() {
        assert_eq!(Table::read("<div><table></table></div>"), None);
        assert_eq!(Table::read("<p>not closed"), None);
    }
}
