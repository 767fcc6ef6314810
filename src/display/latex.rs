//! A frame in LaTeX, as papers and PDFs of notebooks show it. No package is needed: whatever makes a document of a notebook
//! has its own preamble.
//!
//! What is too wide for a page goes on below itself, the columns that name the rows first again.

use super::excerpt::{Excerpt, ShownColumn};
use super::frame::cut;
use std::fmt::Write;

/// The letters that a line holds at the size of the table.
const LINE: usize = 96;
/// The letters between two columns, about.
const SPACE: usize = 2;
/// Text wider than this is set in lines of this many letters.
const WRAP: usize = 40;
/// A name is broken at its underscores if a line of it becomes longer than the cells below it and than this.
const NAME: usize = 9;

pub(super) fn latex(excerpt: &Excerpt) -> String {
    let columns: Vec<Column> = excerpt.columns.iter().map(Column::of).collect();
    let mut latex = format!("{{\\footnotesize\\setlength{{\\tabcolsep}}{{0.5em}}\n{}", escaped(&excerpt.caption()));
    for part in parts(&columns) {
        table(&mut latex, &part, excerpt);
    }
    latex + "\\par}\n"
}

struct Column<'a> {
    shown: &'a ShownColumn,
    /// Its name in lines.
    name: Vec<String>,
    /// In letters.
    width: usize,
    wraps: bool,
}

impl<'a> Column<'a> {
    fn of(shown: &'a ShownColumn) -> Self {
        let length = |text: &str| text.chars().count();
        let longest = shown.cells.iter().map(|cell| cell.as_deref().map_or(4, length)).max().unwrap_or(0);
        let wraps = longest > WRAP;
        let cells = longest.min(WRAP);
        let name = broken(&shown.name, cells.max(NAME));
        // Bold letters are wider.
        let head = name.iter().map(|line| length(line) * 5 / 4).max().unwrap_or(0).max(length(&shown.dtype));
        Self { shown, name, width: head.max(cells), wraps }
    }

    /// Whether the column says which row it is, and not what was measured.
    fn names(&self) -> bool {
        !self.shown.dtype.starts_with('f')
    }
}

/// The columns, in parts that fit on a line; each begins with those that name the rows, if these take no more than half.
fn parts<'a>(columns: &'a [Column<'a>]) -> Vec<Vec<&'a Column<'a>>> {
    let width = |columns: &[&Column]| columns.iter().map(|column| column.width + SPACE).sum::<usize>();
    let names: Vec<&Column> = columns.iter().take_while(|column| column.names()).collect();
    let names = if width(&names) <= LINE / 2 { names } else { Vec::new() };
    let mut parts = vec![names.clone()];
    for column in &columns[names.len()..] {
        let last = parts.last().map_or(0, |part| width(part) + column.width);
        if last > LINE && parts.last().is_some_and(|part| part.len() > names.len()) {
            parts.push(names.clone());
        }
        if let Some(part) = parts.last_mut() {
            part.push(column);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn table(latex: &mut String, columns: &[&Column], excerpt: &Excerpt) {
    let kinds: String = columns
        .iter()
        .map(|column| match column {
            Column { wraps: true, .. } => format!("p{{{}em}}", WRAP / 2),
            column => if column.shown.numeric { "r" } else { "l" }.to_owned(),
        })
        .collect();
    let _ = writeln!(latex, "\\par\\smallskip\\noindent\\begin{{tabular}}{{@{{}}{kinds}@{{}}}}");
    row(latex, columns.iter().map(|column| head(column)));
    *latex += "\\hline\n";
    for number in 0..excerpt.rows {
        if excerpt.gap == Some(number) {
            row(latex, columns.iter().map(|_| "\\ldots{}".to_owned()));
        }
        row(latex, columns.iter().map(|column| cell(column, number)));
    }
    *latex += "\\hline\n\\end{tabular}\n";
}

fn row(latex: &mut String, cells: impl Iterator<Item = String>) {
    *latex += &cells.collect::<Vec<_>>().join(" & ");
    *latex += " \\tabularnewline\n";
}

fn head(column: &Column) -> String {
    let side = if column.shown.numeric { "r" } else { "l" };
    let name: String = column.name.iter().map(|line| format!("\\textbf{{{}}}\\\\", escaped(line))).collect();
    format!("\\shortstack[{side}]{{{name}\\textit{{{}}}}}", escaped(&column.shown.dtype))
}

fn cell(column: &Column, row: usize) -> String {
    let text = match &column.shown.cells[row] {
        None => return "\\textit{null}".into(),
        Some(text) => escaped(&cut(text).unwrap_or_else(|| text.clone())),
    };
    match text.strip_prefix('-') {
        Some(size) if column.shown.numeric => format!("$-${size}"),
        _ if column.wraps => format!("\\raggedright {text}"),
        _ => text,
    }
}

/// A name in lines, broken after underscores and at spaces.
fn broken(name: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in name.split_inclusive(['_', ' ']) {
        match lines.last_mut() {
            Some(line) if line.is_empty() || line.chars().count() + piece.trim_end().chars().count() <= width => {
                *line += piece;
            }
            _ => lines.push(piece.to_owned()),
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The text with what has a meaning in LaTeX, or no letter in its fonts, replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', c]),
            '\\' => escaped += "\\textbackslash{}",
            '~' => escaped += "\\textasciitilde{}",
            '^' => escaped += "\\textasciicircum{}",
            '<' => escaped += "$<$",
            '>' => escaped += "$>$",
            '|' => escaped += "$|$",
            // At the start of a row a bracket would be the space above it.
            '[' => escaped += "{[}",
            '…' => escaped += "\\ldots{}",
            '→' => escaped += "$\\rightarrow$",
            '−' => escaped += "$-$",
            '≥' => escaped += "$\\geq$",
            '≤' => escaped += "$\\leq$",
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series, df};

    fn shown(frame: &DataFrame) -> String {
        latex(&Excerpt::of(frame))
    }

    #[test]
    fn a_frame_is_a_table_of_escaped_cells() {
        let frame = df!("edge" => [Some("a_b & [SEP]"), None], "nDCG@10_effect_low" => [-0.25, 1.0]).unwrap();
        assert_eq!(
            shown(&frame),
            "{\\footnotesize\\setlength{\\tabcolsep}{0.5em}\nshape: (2, 2)\\par\\smallskip\\noindent\
             \\begin{tabular}{@{}lr@{}}\n\\shortstack[l]{\\textbf{edge}\\\\\\textit{str}} & \
             \\shortstack[r]{\\textbf{nDCG@10\\_}\\\\\\textbf{effect\\_}\\\\\\textbf{low}\\\\\\textit{f64}} \\tabularnewline\n\
             \\hline\na\\_b \\& {[}SEP] & $-$0.2500 \\tabularnewline\n\
             \\textit{null} & 1.0000 \\tabularnewline\n\\hline\n\\end{tabular}\n\\par}\n"
        );
    }

    #[test]
    fn a_wide_frame_goes_on_below_with_the_names_of_its_rows() {
        let numbers = (0..20).map(|n| Series::new(format!("number {n}").into(), [0.5]).into_column());
        let columns: Vec<Column> = [Column::new("head".into(), [3u32])].into_iter().chain(numbers).collect();
        let latex = shown(&DataFrame::new(1, columns).unwrap());
        assert!(latex.matches("\\begin{tabular}").count() > 1);
        assert_eq!(latex.matches("\\textbf{head}").count(), latex.matches("\\begin{tabular}").count());
        assert_eq!(latex.matches("0.5000").count(), 19, "as many columns as a frame shows, less the one of names");
    }

    #[test]
    fn long_text_is_wrapped_and_a_long_frame_has_a_gap() {
        let texts = (0..40).map(|n| format!("{n} {}", "word ".repeat(20))).collect::<Vec<_>>();
        let latex = shown(&df!("text" => texts).unwrap());
        assert!(
            latex.contains("{@{}p{20em}@{}}")
                && latex.contains("\\raggedright 39 word")
                && latex.contains("word w\\ldots{}")
        );
        assert_eq!(latex.matches("\n\\ldots{} \\tabularnewline").count(), 1);
        assert_eq!(shown(&DataFrame::empty()).matches("tabular").count(), 0);
    }
}
