//! A pattern in little: steps of weight as few surfaces, so that a figure of all heads stays small.

use super::palette::{MISSING, Scale};
use super::vector::Vector;
use plotters::style::RGBColor;
use std::fmt::Write;

/// The steps of weight, each with its name and where it begins. Weights of a long text are small: the steps are about
/// threefold each.
pub(super) const LEVELS: [(&str, f64); 5] =
    [("< 0.01", f64::NEG_INFINITY), ("≥ 0.01", 0.01), ("≥ 0.03", 0.03), ("≥ 0.1", 0.1), ("≥ 0.3", 0.3)];

/// Where a pattern stands.
pub(super) struct Thumbnail {
    pub at: (f64, f64),
    pub side: f64,
}

impl Thumbnail {
    /// The colour of a step; none is missing.
    pub fn color(level: Option<usize>) -> RGBColor {
        let scale = Scale::sequential(0.0, (LEVELS.len() - 1) as f64);
        level.and_then(|level| scale.color(level as f64)).unwrap_or(MISSING)
    }

    /// How far along an edge the token at a place begins.
    pub fn along(&self, place: usize, tokens: usize) -> f64 {
        place as f64 * self.side / tokens as f64
    }

    /// The pattern, `[from][to]`: its ground is the lowest step, and every run of cells of another step is a stroke as
    /// wide as a cell, in units of cells.
    pub fn draw(&self, drawing: &mut Vector, pattern: &[Vec<f64>]) {
        let tokens = pattern.len();
        let cells = tokens.min(self.side as usize).max(1);
        let tokens_of = |cell: usize| cell * tokens / cells..(cell + 1) * tokens / cells;
        let mut strokes = vec![String::new(); LEVELS.len() + 1];
        for row in 0..cells {
            let step = |column: usize| {
                let weights = tokens_of(row).flat_map(|from| tokens_of(column).map(move |to| pattern[from][to]));
                weights.filter(|weight| weight.is_finite()).reduce(f64::max).map(level)
            };
            let steps: Vec<Option<usize>> = (0..cells).map(step).collect();
            let mut start = 0;
            for run in steps.chunk_by(|a, b| a == b) {
                if run[0] != Some(0) {
                    // Writing to a string does not fail.
                    let _ = write!(strokes[run[0].unwrap_or(LEVELS.len())], "M{start} {row}h{}", run.len());
                }
                start += run.len();
            }
        }
        let ((x, y), side) = (self.at, self.side);
        drawing.surface(&format!("M{x} {y}h{side}v{side}h-{side}z"), Self::color(Some(0)));
        let cell = side / cells as f64;
        drawing.scaled((x, y + cell / 2.0), cell, |drawing| {
            for (step, stroke) in strokes.iter().enumerate().filter(|(_, stroke)| !stroke.is_empty()) {
                drawing.cells(stroke, Self::color(Some(step).filter(|step| *step < LEVELS.len())));
            }
        });
    }
}

/// The step of a weight.
fn level(weight: f64) -> usize {
    LEVELS.iter().rposition(|(_, from)| weight >= *from).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(pattern: &[Vec<f64>], side: f64) -> String {
        let mut drawing = Vector::default();
        Thumbnail { at: (0.0, 0.0), side }.draw(&mut drawing, pattern);
        drawing.as_str().to_owned()
    }

    #[test]
    fn steps_begin_where_they_say() {
        assert_eq!([-1.0, 0.0, 0.0099, 0.01, 0.05, 0.1, 0.3, 7.0].map(level), [0, 0, 0, 1, 2, 3, 4, 4]);
    }

    #[test]
    fn equal_cells_of_a_row_are_one_run_and_missing_ones_are_grey() {
        let svg = drawn(&[vec![0.5, 0.5], vec![0.0, f64::NAN]], 20.0);
        assert!(svg.contains("'M0 0h2'") && svg.contains("'M1 1h1'"), "{svg}");
        assert!(svg.contains("translate(0.00 5.00) scale(10.0000)"), "{svg}");
        assert!(svg.contains("#ECECEC") && svg.contains("#283C5C"));
        assert_eq!(svg.matches("<path").count(), 3);
    }

    #[test]
    fn a_strong_link_survives_where_tokens_share_a_cell() {
        let mut pattern = vec![vec![0.001; 100]; 100];
        pattern[37][81] = 0.9;
        assert!(drawn(&pattern, 25.0).contains("'M20 9h1'"));
    }
}
