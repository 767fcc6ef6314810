//! Colours: two palettes that colour-blind readers can tell apart, and the scale from a value to a colour.

use plotters::style::RGBColor;

/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Text of second rank, bars that say nothing.
pub(super) const GREY: RGBColor = RGBColor(0x62, 0x62, 0x62);
/// Numbers on coloured ground.
const BLACK: RGBColor = RGBColor(0, 0, 0);
/// Bars whose interval contains zero.
pub(super) const PALE: RGBColor = RGBColor(0xb4, 0xb4, 0xb4);
/// Lines behind the data.
pub(super) const RULE: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
/// The ground of a missing value.
pub(super) const MISSING: RGBColor = RGBColor(0xec, 0xec, 0xec);
/// The ground of a value that may be chance: darker than zero on the scale, lighter than any ground with white text.
pub(super) const FADED: RGBColor = RGBColor(0xe2, 0xe2, 0xe2);
/// The hatching of a missing value.
pub(super) const HATCH: RGBColor = RGBColor(0xbb, 0xbb, 0xbb);
/// The paper.
pub(super) const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
/// What is above zero, where colour tells the sign.
pub(super) const POSITIVE: RGBColor = RGBColor(0xb2, 0x18, 0x2b);
/// What is below zero, where colour tells the sign.
pub(super) const NEGATIVE: RGBColor = RGBColor(0x21, 0x66, 0xac);

/// Okabe and Ito's colours for categories, in the order in which they are easiest to tell apart on white.
pub(super) const CATEGORIES: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x22, 0x22, 0x22),
];

/// From near-white over green to dark blue, in equal perceptual steps (7.85 in CIELAB), lightness falling throughout.
const SEQUENTIAL: [u32; 17] = [
    0xf8f9ef, 0xeaf3dd, 0xd4eccd, 0xbbe5c1, 0x9fddba, 0x81d4b6, 0x61cab4, 0x3bbfb4, 0x11b2b3, 0x00a5af, 0x0096a9,
    0x0087a1, 0x007898, 0x00688e, 0x0c5881, 0x20496f, 0x283c5c,
];

/// ColorBrewer's red-blue, from blue (negative) over white to red (positive).
const DIVERGING: [u32; 11] =
    [0x053061, 0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7, 0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b, 0x67001f];

/// From a value to a colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    /// The lowest value shown.
    pub low: f64,
    /// The highest value shown.
    pub high: f64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// The farther from zero, the darker.
    Sequential,
    /// The same for values that are all negative: the lowest is the darkest.
    Reversed,
    /// White at zero.
    Diverging,
}

impl Scale {
    /// Dark at `high`, near-white at `low`.
    pub fn sequential(low: f64, high: f64) -> Self {
        Self { low, high, kind: Kind::Sequential }
    }

    /// White at zero, as far up as down, whatever signs occur. None without a finite value.
    pub fn diverging(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let sizes = values.into_iter().filter(|value| value.is_finite()).map(f64::abs);
        let reach = sizes.reduce(f64::max)?;
        let reach = if reach > 0.0 { reach } else { 1.0 };
        Some(Self { low: -reach, high: reach, kind: Kind::Diverging })
    }

    /// The scale that suits the finite ones of the values: diverging and centred on zero when both signs occur,
    /// else sequential, from zero where that leaves most of the scale to the data. None without a finite value.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let finite = values.into_iter().filter(|value| value.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), value| (l.min(value), h.max(value)));
        if low > high {
            return None;
        }
        // A single value is shown against zero.
        Some(if low == high && low == 0.0 {
            Self::sequential(0.0, 1.0)
        } else if low < 0.0 && high > 0.0 {
            let reach = high.max(-low);
            Self { low: -reach, high: reach, kind: Kind::Diverging }
        } else if high <= 0.0 && low < 0.0 {
            Self { low, high: if high > low / 2.0 || low == high { 0.0 } else { high }, kind: Kind::Reversed }
        } else {
            Self::sequential(if low < high / 2.0 || low == high { 0.0 } else { low }, high)
        })
    }

    /// The colour of a value; `None` for one that is not finite. Values outside the scale get the colour of its end.
    pub fn color(&self, value: f64) -> Option<RGBColor> {
        if !value.is_finite() {
            return None;
        }
        let width = self.high / 2.0 - self.low / 2.0;
        let share = if width > 0.0 { (value / 2.0 - self.low / 2.0) / width } else { 0.5 };
        Some(match self.kind {
            Kind::Sequential => between(&SEQUENTIAL, share),
            Kind::Reversed => between(&SEQUENTIAL, 1.0 - share),
            Kind::Diverging => between(&DIVERGING, share),
        })
    }
}

/// A colour of the sequential palette, for groups that have an order.
pub(super) fn ordered(place: usize, places: usize) -> RGBColor {
    let share = if places > 1 { place as f64 / (places - 1) as f64 } else { 1.0 };
    between(&SEQUENTIAL, 0.32 + 0.68 * share)
}

/// The text colour that is read best on `ground`.
pub(super) fn ink_on(ground: RGBColor) -> RGBColor {
    // The contrasts of black and white are equal, 4.58, at 0.179; up to 0.22 white is read better all the same.
    if luminance(ground) > 0.22 { BLACK } else { PAPER }
}

/// The relative luminance of WCAG, 0 to 1.
fn luminance(RGBColor(red, green, blue): RGBColor) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

fn between(table: &[u32], share: f64) -> RGBColor {
    let place = share.clamp(0.0, 1.0) * (table.len() - 1) as f64;
    let below = (place as usize).min(table.len() - 2);
    let channel = |shift: u32| {
        let [from, to] = [table[below], table[below + 1]].map(|color| f64::from((color >> shift) & 0xff));
        (from + (to - from) * (place - below as f64)).round() as u8
    };
    RGBColor(channel(16), channel(8), channel(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_white_and_the_signs_have_their_colours() {
        let scale = Scale::of([-1.0, 0.5, f64::NAN]).unwrap();
        assert_eq!((scale.low, scale.high), (-1.0, 1.0));
        assert_eq!(scale.color(0.0), Some(RGBColor(0xf7, 0xf7, 0xf7)));
        assert_eq!(scale.color(-1.0), Some(RGBColor(0x05, 0x30, 0x61)));
        assert_eq!(scale.color(1.0), Some(RGBColor(0x67, 0x00, 0x1f)));
        assert_eq!(scale.color(f64::NAN), None);
    }

    #[test]
    fn one_sign_is_sequential_and_dark_far_from_zero() {
        let above = Scale::of([0.1, 0.4]).unwrap();
        assert_eq!((above.low, above.high), (0.0, 0.4));
        let below = Scale::of([-0.4, -0.1]).unwrap();
        assert_eq!(above.color(0.4), below.color(-0.4));
        let narrow = Scale::of([5.1, 5.3]).unwrap();
        assert_eq!((narrow.low, narrow.high), (5.1, 5.3));
    }

    #[test]
    fn a_diverging_scale_reaches_as_far_to_both_sides() {
        let scale = Scale::diverging([0.1, 0.4, f64::NAN]).unwrap();
        assert_eq!((scale.low, scale.high), (-0.4, 0.4));
        assert_eq!(scale.color(0.0), Some(RGBColor(0xf7, 0xf7, 0xf7)));
        assert_eq!(Scale::diverging([0.0]).map(|scale| scale.high), Some(1.0));
        assert_eq!(Scale::diverging([f64::NAN]), None);
    }

    #[test]
    fn nothing_finite_has_no_scale_and_one_value_or_huge_ones_have_colours() {
        assert_eq!(Scale::of([f64::NAN, f64::INFINITY]), None);
        for values in [[0.0, 0.0], [3.0, 3.0], [f64::MIN, f64::MAX], [f64::MAX, f64::MAX]] {
            let scale = Scale::of(values).unwrap();
            assert!(values.iter().all(|value| scale.color(*value).is_some()));
        }
    }

    #[test]
    fn the_sequential_palette_darkens_throughout() {
        let lightness: Vec<f64> =
            (0..=64).map(|step| luminance(between(&SEQUENTIAL, f64::from(step) / 64.0))).collect();
        assert!(lightness.windows(2).all(|pair| pair[0] > pair[1]));
    }

    #[test]
    fn text_is_readable_on_every_colour() {
        for table in [&SEQUENTIAL[..], &DIVERGING[..]] {
            for step in 0..=100 {
                let ground = between(table, f64::from(step) / 100.0);
                let (a, b) = (luminance(ground) + 0.05, luminance(ink_on(ground)) + 0.05);
                assert!(a.max(b) / a.min(b) > 3.8, "{ground:?}");
            }
        }
    }
}
