//! Ticks at round values, and the line from values to places on the sheet.

use super::canvas::{Canvas, Text};
use super::number::Numbers;
use super::palette::{GREY, RULE};

/// A range of values laid over a range of places.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    /// Round values within the range.
    pub ticks: Vec<f64>,
    /// How the ticks are printed.
    pub numbers: Numbers,
}

impl Axis {
    /// From the least to the largest finite value, widened to round ones when `rounded`, with about so many ticks.
    pub fn new(values: impl IntoIterator<Item = f64>, about: usize, rounded: bool) -> Self {
        let (low, high) = range(values);
        Self::stepped(low, high, round_step((high - low) / about.max(1) as f64), rounded)
    }

    /// The same for values of which none has a fraction: neither have the ticks.
    pub fn whole(values: impl IntoIterator<Item = f64>, about: usize) -> Self {
        let (low, high) = range(values);
        let step = round_step((high - low) / about.max(1) as f64).max(1.0).floor();
        Self::stepped(low, high, step, false)
    }

    fn stepped(mut low: f64, mut high: f64, step: f64, rounded: bool) -> Self {
        if rounded {
            (low, high) = ((low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step);
        }
        let first = (low / step - 1e-9).ceil();
        let ticks: Vec<f64> =
            (0..50).map(|tick| (first + f64::from(tick)) * step).take_while(|v| *v <= high + step * 1e-9).collect();
        let numbers = Numbers::for_steps(step, high.abs().max(low.abs()));
        Self { low, high, from: 0.0, to: 1.0, ticks, numbers }
    }

    /// The same axis over these places on the sheet.
    pub fn over(self, from: f64, to: f64) -> Self {
        Self { from, to, ..self }
    }

    /// The same axis with the highest value first.
    pub fn falling(self) -> Self {
        Self { low: self.high, high: self.low, ..self }
    }

    /// Where a value stands; ends of the axis for what lies outside.
    pub fn at(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + (self.to - self.from) * share
    }

    /// Vertical rules with the numbers below them.
    pub fn draw_below(&self, canvas: &mut Canvas, top: f64, bottom: f64) {
        for &tick in &self.ticks {
            let x = self.at(tick);
            canvas.line((x, top), (x, bottom), RULE);
            canvas.text(x, bottom + 10.0, Text::new(self.numbers.text(tick), 10.0).color(GREY).middle());
        }
    }

    /// Short marks with the numbers below them.
    pub fn draw_ticks_below(&self, canvas: &mut Canvas, bottom: f64) {
        for &tick in &self.ticks {
            let x = self.at(tick);
            canvas.line((x, bottom), (x, bottom + 4.0), GREY);
            canvas.text(x, bottom + 12.0, Text::new(self.numbers.text(tick), 10.0).color(GREY).middle());
        }
    }

    /// Whether the value lies strictly within.
    pub fn spans(&self, value: f64) -> bool {
        self.low.min(self.high) < value && value < self.low.max(self.high)
    }

    /// Horizontal rules with the numbers at their left.
    pub fn draw_left(&self, canvas: &mut Canvas, left: f64, right: f64) {
        for &tick in &self.ticks {
            let y = self.at(tick);
            canvas.line((left, y), (right, y), RULE);
            canvas.text(left - 6.0, y, Text::new(self.numbers.text(tick), 10.0).color(GREY).end());
        }
    }
}

/// The finite range of the values; one of some width around a single value, and from 0 to 1 around none.
fn range(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    // A quarter of the largest number leaves room for every difference.
    const LIMIT: f64 = f64::MAX / 4.0;
    let finite = values.into_iter().filter(|value| value.is_finite()).map(|value| value.clamp(-LIMIT, LIMIT));
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        (0.0, 1.0)
    } else if high - low <= high.abs().max(low.abs()) * 1e-12 {
        let reach = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
        (low - reach, high + reach)
    } else {
        (low, high)
    }
}

/// The nearest of 1, 2, 2.5, 5 and 10 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    if !(step.is_finite() && step > 1e-300) {
        return 1e-300;
    }
    let power = 10f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|factor| factor * power >= step * 0.999_999);
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(values: [f64; 2]) -> Vec<String> {
        let axis = Axis::new(values, 5, true).over(0.0, 100.0);
        axis.ticks.iter().map(|tick| axis.numbers.text(*tick)).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks([0.0, 1.0]), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(ticks([-0.02, 0.03]), ["−0.02", "−0.01", "0.00", "0.01", "0.02", "0.03"]);
        assert_eq!(ticks([0.0, 11.0]), ["0.0", "2.5", "5.0", "7.5", "10.0", "12.5"]);
    }

    #[test]
    fn ticks_of_whole_numbers_are_whole() {
        let ticks = |high: f64| {
            let axis = Axis::whole([0.0, high], 8);
            axis.ticks.iter().map(|tick| axis.numbers.text(*tick)).collect::<Vec<_>>()
        };
        assert_eq!(ticks(2.0), ["0", "1", "2"]);
        assert_eq!(ticks(18.0), ["0", "2", "4", "6", "8", "10", "12", "14", "16", "18"]);
    }

    #[test]
    fn places_follow_values_and_stay_inside() {
        let axis = Axis::new([0.0, 10.0], 5, true).over(100.0, 0.0);
        assert_eq!([axis.at(0.0), axis.at(5.0), axis.at(99.0)], [100.0, 50.0, 0.0]);
        let falling = axis.falling();
        assert_eq!([falling.at(0.0), falling.at(4.0), falling.at(99.0)], [0.0, 40.0, 100.0]);
        assert!(falling.spans(5.0) && !falling.spans(10.0));
    }

    #[test]
    fn ranges_without_width_or_end_are_drawn() {
        for values in
            [[3.0, 3.0], [0.0, 0.0], [f64::NAN, f64::INFINITY], [f64::MIN, f64::MAX], [0.0, 5e-324], [1e-310; 2]]
        {
            let axis = Axis::new(values, 5, true).over(0.0, 100.0);
            assert!(axis.ticks.len() < 50);
            assert!(axis.at(0.5).is_finite());
        }
    }
}
