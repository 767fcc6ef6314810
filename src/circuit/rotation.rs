//! Rotations drawn at random: what is left of a circuit when its queries and keys no longer know each other.

use crate::origin::seeded;
use faer::Mat;
use rand::{Rng, RngExt};

/// `count` rotations `[dim, dim]`, one after the other, drawn uniformly among all of them: the Q of a matrix of normal
/// numbers, where the diagonal of R is positive (Mezzadri 2007, "How to generate random matrices from the classical compact
/// groups").
pub(crate) fn rotations(dim: usize, count: usize, seed: u64) -> Vec<f32> {
    let mut random = seeded("scrambled heads", seed);
    let one = |_| {
        let qr = normal_matrix(dim, dim, &mut random).qr();
        let (q, r) = (qr.compute_Q(), qr.R());
        let every = (0..dim).flat_map(|row| (0..dim).map(move |column| (row, column)));
        every.map(|(row, column)| (q[(row, column)] * r[(column, column)].signum()) as f32).collect::<Vec<f32>>()
    };
    (0..count).flat_map(one).collect()
}

/// Independent normal numbers, by Box and Muller.
pub(super) fn normal_matrix(rows: usize, columns: usize, random: &mut impl Rng) -> Mat<f64> {
    Mat::from_fn(rows, columns, |_, _| {
        let (radius, turn): (f64, f64) = (random.random(), random.random());
        (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotations_keep_lengths_and_favour_no_direction() {
        let (dim, count) = (8, 2000);
        let all = rotations(dim, count, 3);
        let mut mean = vec![0.0f64; dim * dim];
        for one in all.chunks_exact(dim * dim) {
            for (at, a) in one.chunks_exact(dim).enumerate() {
                for (other, b) in one.chunks_exact(dim).enumerate() {
                    let product: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                    assert!((product - f32::from(u8::from(at == other))).abs() < 1e-5);
                }
            }
            mean.iter_mut().zip(one).for_each(|(mean, number)| *mean += f64::from(*number) / count as f64);
        }
        // The standard error of each is 1 / √(8 · 2000) = 0.008.
        assert!(mean.iter().all(|mean| mean.abs() < 0.04), "{mean:?}");
        assert_eq!(all, rotations(dim, count, 3));
        assert_ne!(all, rotations(dim, count, 4));
    }
}
