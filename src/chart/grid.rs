//! A matrix of coloured cells with labels: what heat map, segment flow and token view have in common.

use super::canvas::{Canvas, Text, cut, text_width};
use super::palette::{GREY, HATCH, INK, MISSING, Scale, ink_on};
use plotters::style::RGBColor;

/// Where the cells of a matrix stand, and how they are coloured.
pub(super) struct Grid {
    /// The upper left corner.
    pub at: (f64, f64),
    /// Width and height of a cell, its gap included.
    pub cell: (f64, f64),
    /// From value to colour.
    pub scale: Scale,
}

/// A label, bold where it is to stand out.
#[derive(Clone, Default)]
pub(super) struct Label {
    pub text: String,
    pub bold: bool,
}

impl Label {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), bold: false }
    }

    /// The width that the widest of the labels takes, at most `limit`.
    pub fn widest(labels: &[Self], limit: f64) -> f64 {
        labels.iter().map(|label| text_width(&label.text, SIZE, label.bold)).fold(0.0, f64::max).min(limit).ceil()
    }
}

/// The size of labels.
const SIZE: f64 = 10.5;

impl Grid {
    /// The upper left corner of the cell at row and column.
    fn corner(&self, (row, column): (usize, usize)) -> (f64, f64) {
        (self.at.0 + column as f64 * self.cell.0, self.at.1 + row as f64 * self.cell.1)
    }

    /// One cell in the colour of its value; one that is not finite is hatched.
    pub fn cell(&self, canvas: &mut Canvas, place: (usize, usize), value: f64) {
        self.fill(canvas, place, self.scale.color(value));
    }

    /// One cell of this colour, hatched without one.
    pub fn fill(&self, canvas: &mut Canvas, place: (usize, usize), color: Option<RGBColor>) {
        let (x, y) = self.corner(place);
        // A white line between cells, where they are large enough to spare it.
        let gap = if self.cell.0.min(self.cell.1) >= 8.0 { 1.0 } else { 0.0 };
        let (width, height) = (self.cell.0 - gap, self.cell.1 - gap);
        match color {
            Some(color) => canvas.rect(x, y, width, height, color),
            None => hatched(canvas, x, y, width, height),
        }
    }

    /// The text in a cell, in the ink that its colour asks for.
    pub fn print(&self, canvas: &mut Canvas, place: (usize, usize), value: f64, text: String, size: f64, bold: bool) {
        let Some(color) = self.scale.color(value) else { return };
        self.write(canvas, place, Text::new(text, size).color(ink_on(color)).bold(bold));
    }

    /// Text in the middle of a cell.
    pub fn write(&self, canvas: &mut Canvas, place: (usize, usize), text: Text) {
        let (x, y) = self.corner(place);
        canvas.text(x + (self.cell.0 - 1.0) / 2.0, y + (self.cell.1 - 1.0) / 2.0, text.middle());
    }

    /// The size at which all of the texts fit into a cell, if there is one.
    pub fn size_for<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Option<f64> {
        let widest = texts.into_iter().map(|text| text_width(text, 1.0, false)).fold(0.0, f64::max);
        let fits = |size: &f64| widest * size <= self.cell.0 - 4.0 && self.cell.1 >= size + 4.0;
        [11.0, 10.0, 9.0].into_iter().find(fits)
    }

    /// A frame around a cell.
    pub fn outline(&self, canvas: &mut Canvas, place: (usize, usize)) {
        let (x, y) = self.corner(place);
        let (right, bottom) = (x + self.cell.0 - 1.0, y + self.cell.1 - 1.0);
        canvas.path(vec![(x, y), (right, y), (right, bottom), (x, bottom), (x, y - 1.0)], INK, 2);
    }

    /// Labels at the left of the rows, every so many that they do not touch.
    pub fn row_labels(&self, canvas: &mut Canvas, labels: &[Label], width: f64) {
        let every = (13.0 / self.cell.1).ceil().max(1.0) as usize;
        for (row, label) in labels.iter().enumerate().step_by(every) {
            let (x, y) = self.corner((row, 0));
            canvas.text(x - 6.0, y + (self.cell.1 - 1.0) / 2.0, text(label, width).end());
        }
    }

    /// Labels below the columns, every so many that they do not touch; `bottom` is the lower edge of the last row.
    pub fn labels_below(&self, canvas: &mut Canvas, labels: &[Label], bottom: f64) {
        let every = ((Label::widest(labels, 60.0) + 4.0) / self.cell.0).ceil().max(1.0) as usize;
        for (column, label) in labels.iter().enumerate().step_by(every) {
            let x = self.corner((0, column)).0 + (self.cell.0 - 1.0) / 2.0;
            canvas.text(x, bottom + 10.0, text(label, 60.0).middle());
        }
    }

    /// Labels that read upwards, every so many that they do not touch: below the columns when `bottom` is given, else
    /// above them.
    pub fn upright_labels(&self, canvas: &mut Canvas, labels: &[Label], bottom: Option<f64>, width: f64) {
        let every = (12.0 / self.cell.0).ceil().max(1.0) as usize;
        for (column, label) in labels.iter().enumerate().step_by(every) {
            let x = self.corner((0, column)).0 + (self.cell.0 - 1.0) / 2.0;
            let text = text(label, width).upwards();
            match bottom {
                Some(bottom) => canvas.text(x, bottom + 4.0, text.end()),
                None => canvas.text(x, self.at.1 - 5.0, text),
            }
        }
    }
}

fn text(label: &Label, width: f64) -> Text {
    let ink = if label.bold { INK } else { GREY };
    Text::new(cut(&label.text, width, SIZE, label.bold), SIZE).bold(label.bold).color(ink)
}

/// Grey with diagonals: here a value is missing.
pub(super) fn hatched(canvas: &mut Canvas, x: f64, y: f64, width: f64, height: f64) {
    canvas.rect(x, y, width, height, MISSING);
    let mut along = 4.0;
    while along < width + height {
        let from = (x + (along - height).max(0.0), y + along.min(height));
        let to = (x + along.min(width), y + (along - width).max(0.0));
        canvas.line(from, to, HATCH);
        along += 6.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(cell: f64) -> Grid {
        Grid { at: (0.0, 0.0), cell: (cell, cell), scale: Scale::sequential(0.0, 1.0) }
    }

    #[test]
    fn a_missing_value_is_hatched_and_not_printed() {
        let (mut missing, mut present) = (Canvas::default(), Canvas::default());
        for (canvas, value) in [(&mut missing, f64::NAN), (&mut present, 0.5)] {
            grid(20.0).cell(canvas, (0, 0), value);
            grid(20.0).print(canvas, (0, 0), value, "0.5".into(), 9.0, false);
        }
        let [missing, present] = [missing, present].map(|canvas| canvas.finish(30.0, 30.0, "").unwrap());
        assert!(missing.contains("<polyline") && !missing.contains("<text"));
        assert!(!present.contains("<polyline") && present.contains("<text"));
    }

    #[test]
    fn numbers_are_printed_where_there_is_room() {
        assert_eq!(grid(40.0).size_for(["0.12", "−0.12"]), Some(11.0));
        assert_eq!(grid(25.0).size_for(["0.12"]), Some(9.0));
        assert_eq!(grid(20.0).size_for(["0.12"]), None);
    }
}
