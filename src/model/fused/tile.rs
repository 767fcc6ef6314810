//! A tile of a product of matrices, in registers.

use pulp::Simd;
use std::array;
use std::ops::Range;

/// Rows of a tile where there are 32 registers, and where there are 16: with vectors of three columns that leaves room
/// for the operands.
pub(super) const ROWS: usize = 8;
pub(super) const FEW_ROWS: usize = 4;

/// The most numbers of a vector.
pub(super) const MOST_LANES: usize = 16;

/// The part `columns` of `R` rows of `x` `[row, width]` from the row `first` on; behind the last one it stands again.
#[inline(always)]
pub(super) fn rows_of<const R: usize>(x: &[f32], width: usize, first: usize, columns: Range<usize>) -> [&[f32]; R] {
    let last = x.len() / width - 1;
    array::from_fn(|row| &x[(first + row).min(last) * width..][columns.clone()])
}

/// `[row][vector]`: `Σᵢ a[row][i] b[i][vector]`, for `R` rows of as many numbers as `b` `[i, V vectors]` has.
#[inline(always)]
pub(super) fn tile<S: Simd, const R: usize, const V: usize>(simd: S, a: [&[f32]; R], b: &[f32]) -> [[S::f32s; V]; R] {
    let mut sums = [[simd.splat_f32s(0.0); V]; R];
    let (b, _) = S::as_simd_f32s(b);
    let (b, _) = b.as_chunks::<V>();
    // Of one length, so that nothing is checked in the loop.
    let a = a.map(|row| &row[..b.len()]);
    for at in 0..b.len() {
        for (sums, a) in sums.iter_mut().zip(&a) {
            let a = simd.splat_f32s(a[at]);
            for (sum, b) in sums.iter_mut().zip(&b[at]) {
                *sum = simd.mul_add_e_f32s(a, *b, *sum);
            }
        }
    }
    sums
}

/// A row of a tile as numbers, of which the first `V` times the lanes count.
#[inline(always)]
pub(super) fn row<S: Simd, const V: usize>(vectors: &[S::f32s; V]) -> [f32; 4 * MOST_LANES] {
    let mut numbers = [0.0; 4 * MOST_LANES];
    let (places, _) = S::as_mut_simd_f32s(&mut numbers);
    places.iter_mut().zip(vectors).for_each(|(place, vector)| *place = *vector);
    numbers
}
