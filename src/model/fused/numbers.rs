//! Weights as they lie in memory.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use std::ops::Range;

/// How weights are held in memory. They are computed in f32 in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Precision {
    /// Four bytes, exact.
    #[default]
    F32,
    /// Two bytes: 11 significant bits, from 6e-8 to 65,504.
    F16,
    /// Two bytes: 8 significant bits, with the range of f32.
    BF16,
}

#[derive(Debug)]
pub(in crate::model) enum Numbers {
    F32(Vec<f32>),
    F16(Vec<f16>),
    BF16(Vec<bf16>),
}

impl Numbers {
    pub(in crate::model) fn new(numbers: Vec<f32>, precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::F32(numbers),
            Precision::F16 => Self::F16(numbers.into_iter().map(f16::from_f32).collect()),
            Precision::BF16 => Self::BF16(numbers.into_iter().map(bf16::from_f32).collect()),
        }
    }

    /// Some of them in f32: where they lie or, if they are shorter, in `room`.
    #[inline]
    pub(in crate::model) fn get<'a>(&'a self, range: Range<usize>, room: &'a mut Vec<f32>) -> &'a [f32] {
        match self {
            Self::F32(numbers) => return &numbers[range],
            Self::F16(numbers) => {
                room.resize(range.len(), 0.0);
                numbers[range].convert_to_f32_slice(room);
            }
            Self::BF16(numbers) => {
                room.resize(range.len(), 0.0);
                numbers[range].convert_to_f32_slice(room);
            }
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_rounded_once() {
        let numbers = vec![1.0, -0.333_333_34, 1e-3, 3.0e4];
        for (precision, relative) in [(Precision::F32, 0.0), (Precision::F16, 4.9e-4), (Precision::BF16, 4.0e-3)] {
            let held = Numbers::new(numbers.clone(), precision);
            let (mut room, range) = (Vec::new(), 1..4);
            for (held, exact) in held.get(range.clone(), &mut room).iter().zip(&numbers[range]) {
                assert!((held - exact).abs() <= relative * exact.abs(), "{precision:?}: {held} for {exact}");
            }
        }
    }
}
