//! How far a number, a colour or a picture may drift and still count as the same.

/// What may differ. The defaults are those of the command line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tolerance {
    /// By how much two numbers may differ whatever their size; a table shows four decimals.
    pub(crate) absolute: f64,
    /// By how much more they may differ for each unit of the larger one.
    pub(crate) relative: f64,
    /// By how much whole numbers may differ: not at all, for they count something, except for positions in a drawing.
    pub(crate) whole: f64,
    /// The share of an image's pixels that may have another colour.
    pub(crate) pixels: f64,
}

/// By how much a channel of a colour in a drawing may differ, of 255: what rounding does.
const CHANNEL: u8 = 2;

/// The same in an image, whose edges are smoothed.
const SMOOTHED: u8 = 8;

/// By how much a position in a drawing may differ, in its pixels.
const POSITION: f64 = 1.0;

impl Default for Tolerance {
    fn default() -> Self {
        Self { absolute: 1e-4, relative: 1e-4, whole: 0.0, pixels: 1e-3 }
    }
}

impl Tolerance {
    /// `|a - b| <= absolute + relative * max(|a|, |b|)`, with room for the rounding of decimals to binary.
    pub(super) fn same_number(&self, a: f64, b: f64) -> bool {
        let larger = a.abs().max(b.abs());
        (a - b).abs() <= self.absolute + self.relative * larger + 1e-12 * larger
    }

    /// For numbers that are positions in a drawing.
    pub(super) fn for_positions(self) -> Self {
        Self { absolute: POSITION.max(self.absolute), whole: POSITION, ..self }
    }
}

/// Whether two colours of a drawing are the same to the eye.
pub(super) fn same_colour(a: [u8; 3], b: [u8; 3]) -> bool {
    close(&a, &b, CHANNEL)
}

/// Whether two pixels are.
pub(super) fn same_pixel(a: &[u8], b: &[u8]) -> bool {
    close(a, b, SMOOTHED)
}

fn close(a: &[u8], b: &[u8], most: u8) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_four_decimals_may_differ_by_one() {
        let tolerance = Tolerance::default();
        assert!(tolerance.same_number(0.1235, 0.1236) && tolerance.same_number(-0.1235, -0.1234));
        assert!(!tolerance.same_number(0.1235, 0.1237));
        assert!(tolerance.same_number(5000.0, 5000.4) && !tolerance.same_number(5000.0, 5000.6));
        assert!(!tolerance.same_number(0.5, f64::NAN));
    }

    #[test]
    fn a_colour_may_drift_by_rounding_only() {
        assert!(same_colour([10, 20, 30], [12, 18, 30]) && !same_colour([10, 20, 30], [13, 20, 30]));
    }
}
