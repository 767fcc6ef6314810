//! A tile of a product of matrices, in registers.

use pulp::Simd;
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
    let mut rows: [&[f32]; R] = [&[]; R];
    for (row, place) in rows.iter_mut().enumerate() {
        *place = &x[(first + row).min(last) * width..][columns.clone()];
    }
    rows
}

/// `[row][vector]`: `Σᵢ a[row][i] b[i][vector]`, for `R` rows of as many numbers as `b` `[i, V vectors]` has.
#[inline(always)]
pub(super) fn tile<S: Simd, const R: usize, const V: usize>(simd: S, a: [&[f32]; R], b: &[f32]) -> [[S::f32s; V]; R] {
    let mut sums = [[simd.splat_f32s(0.0); V]; R];
    let (b, _) = S::as_simd_f32s(b);
    let (b, _) = b.as_chunks::<V>();
    let (steps, last) = b.as_chunks::<STEP>();
    let mut steps_of: [&[[f32; STEP]]; R] = [&[]; R];
    for (steps, a) in steps_of.iter_mut().zip(&a) {
        *steps = a.as_chunks().0;
    }
    for (at, b) in steps.iter().enumerate() {
        let mut a = [&[0.0; STEP]; R];
        for (a, steps) in a.iter_mut().zip(&steps_of) {
            *a = &steps[at];
        }
        for (step, b) in b.iter().enumerate() {
            add::<S, R, V>(simd, &mut sums, |row| a[row][step], b);
        }
    }
    for (at, b) in last.iter().enumerate() {
        add::<S, R, V>(simd, &mut sums, |row| a[row][steps.len() * STEP + at], b);
    }
    sums
}

/// Numbers of each row that are looked up at once: each time it is seen to that they are there.
const STEP: usize = 4;

/// One of the products that a tile sums up.
#[inline(always)]
fn add<S: Simd, const R: usize, const V: usize>(
    simd: S,
    sums: &mut [[S::f32s; V]; R],
    a: impl Fn(usize) -> f32,
    b: &[S::f32s; V],
) {
    for (row, sums) in sums.iter_mut().enumerate() {
        let a = simd.splat_f32s(a(row));
        for (sum, b) in sums.iter_mut().zip(b) {
            *sum = simd.mul_add_e_f32s(a, *b, *sum);
        }
    }
}

/// A vector's numbers brought together, in an order of its own.
#[inline(always)]
pub(super) fn across(mut numbers: [f32; MOST_LANES], with: impl Fn(f32, f32) -> f32) -> f32 {
    let mut half = MOST_LANES / 2;
    while half > 0 {
        for at in 0..half {
            numbers[at] = with(numbers[at], numbers[at + half]);
        }
        half /= 2;
    }
    numbers[0]
}

/// A row of a tile as numbers, of which the first `V` times the lanes count.
#[inline(always)]
pub(super) fn row<S: Simd, const V: usize>(vectors: &[S::f32s; V]) -> [f32; 4 * MOST_LANES] {
    let mut numbers = [0.0; 4 * MOST_LANES];
    let (places, _) = S::as_mut_simd_f32s(&mut numbers);
    places.iter_mut().zip(vectors).for_each(|(place, vector)| *place = *vector);
    numbers
}

/// Puts a row of a tile, times a factor, into the place of as many numbers as it has or fewer.
#[inline(always)]
pub(super) fn put<S: Simd, const V: usize>(simd: S, vectors: &[S::f32s; V], factor: f32, to: &mut [f32]) {
    let factor = simd.splat_f32s(factor);
    let mut scaled = *vectors;
    scaled.iter_mut().for_each(|vector| *vector = simd.mul_f32s(*vector, factor));
    match S::as_mut_simd_f32s(to) {
        (places, []) if places.len() == V => places.copy_from_slice(&scaled),
        _ => to.copy_from_slice(&row::<S, V>(&scaled)[..to.len()]),
    }
}
