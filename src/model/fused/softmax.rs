//! `softmax` of rows of scores that lie one after the other.

use super::attention::{NOTHING, exponentials};
use super::machine::machine;
use super::tile::MOST_LANES;
use pulp::{Simd, WithSimd};

/// Every `width` scores, without holes, become shares that sum to 1.
pub(crate) fn softmax(scores: &mut [f32], width: usize) {
    if width > 0 {
        machine().dispatch(Softmax { scores, width });
    }
}

struct Softmax<'a> {
    scores: &'a mut [f32],
    width: usize,
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { scores, width } = self;
        let mut whole = vec![NOTHING; width.next_multiple_of(MOST_LANES)];
        for row in scores.chunks_exact_mut(width) {
            whole[..width].copy_from_slice(row);
            whole[width..].fill(NOTHING);
            let (sum, _) = exponentials::<S, false>(&mut whole);
            for (share, number) in row.iter_mut().zip(&whole) {
                *share = number / sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_any_width_sum_to_one() {
        for width in [1, 3, 16, 37] {
            let scores: Vec<f32> = (0..4 * width).map(|at| (at as f32 * 1.7).sin() * 9.0).collect();
            let mut shares = scores.clone();
            softmax(&mut shares, width);
            for (shares, scores) in shares.chunks_exact(width).zip(scores.chunks_exact(width)) {
                let all: f64 = scores.iter().map(|score| f64::from(*score).exp()).sum();
                for (share, score) in shares.iter().zip(scores) {
                    assert!((f64::from(*share) - f64::from(*score).exp() / all).abs() < 1e-6);
                }
            }
        }
    }
}
