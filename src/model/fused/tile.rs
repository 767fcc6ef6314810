//! A tile of a product of matrices, in registers.

use pulp::Simd;

/// Rows of a tile where there are 32 registers, and where there are 16: with vectors of three columns that leaves room
/// for the operands.
pub(super) const ROWS: usize = 8;
pub(super) const FEW_ROWS: usize = 4;

/// The most numbers of a vector.
pub(super) const MOST_LANES: usize = 16;

/// `[row][vector]`: `Σᵢ a[i][row] b[i][vector]`, for `a` `[i, R]` and `b` `[i, V vectors]`.
#[inline(always)]
pub(super) fn tile<S: Simd, const R: usize, const V: usize>(simd: S, a: &[f32], b: &[f32]) -> [[S::f32s; V]; R] {
    let mut sums = [[simd.splat_f32s(0.0); V]; R];
    let (a, _) = a.as_chunks::<R>();
    let (b, _) = S::as_simd_f32s(b);
    let (b, _) = b.as_chunks::<V>();
    for (a, b) in a.iter().zip(b) {
        for (sums, a) in sums.iter_mut().zip(a) {
            let a = simd.splat_f32s(*a);
            for (sum, b) in sums.iter_mut().zip(b) {
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

/// `[i, R]`: up to `R` rows side by side, so that a tile reads one number of each at a time; rows that lack are zero.
#[inline(always)]
pub(super) fn side_by_side<'a, const R: usize>(rows: impl Iterator<Item = &'a [f32]>, factor: f32, to: &mut [f32]) {
    to.fill(0.0);
    let (to, _) = to.as_chunks_mut::<R>();
    for (at, row) in rows.enumerate() {
        for (to, number) in to.iter_mut().zip(row) {
            to[at] = number * factor;
        }
    }
}
