//! The functions of single numbers, written so that the compiler makes vector instructions of them.

use candle_transformers::models::bert::HiddenAct;
use pulp::{Simd, WithSimd};

/// `x` becomes its activation.
pub(super) struct Activate<'a> {
    pub(super) x: &'a mut [f32],
    pub(super) by: HiddenAct,
}

impl WithSimd for Activate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self.by {
            HiddenAct::Gelu => self.x.iter_mut().for_each(|x| *x = gelu::<S>(*x)),
            HiddenAct::GeluApproximate => self.x.iter_mut().for_each(|x| *x = gelu_by_tanh::<S>(*x)),
            HiddenAct::Relu => self.x.iter_mut().for_each(|x| *x = x.max(0.0)),
        }
    }
}

/// `a b + c`, in one instruction where the machine has it: all have that have vectors.
#[inline(always)]
pub(super) fn multiply_add<S: Simd>(a: f32, b: f32, c: f32) -> f32 {
    if S::F32_LANES > 1 { a.mul_add(b, c) } else { a * b + c }
}

/// `x/2 (1 + erf(x/√2))`, the exact GELU but for an error of 1e-6 (relative above 1).
#[inline(always)]
pub(in crate::model) fn gelu<S: Simd>(x: f32) -> f32 {
    0.5 * x * (1.0 + erf::<S>(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// `x P(x²) / Q(x²)`, the rational minimax approximation on [-4, 4] that Eigen and XLA use for `f32`; beyond, `erf` is
/// 1 to the last bit.
#[inline(always)]
fn erf<S: Simd>(x: f32) -> f32 {
    const P: [f32; 7] = [
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_5e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const Q: [f32; 5] = [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_474_1e-2];
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let polynomial = |coefficients: &[f32]| {
        coefficients.iter().fold(0.0, |sum, coefficient| multiply_add::<S>(sum, square, *coefficient))
    };
    x * polynomial(&P) / polynomial(&Q)
}

/// `x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`
#[inline(always)]
fn gelu_by_tanh<S: Simd>(x: f32) -> f32 {
    let inner = (2.0 / std::f32::consts::PI).sqrt() * x * (1.0 + 0.044715 * x * x);
    // (1 + tanh y) / 2 = 1 / (1 + exp(-2y))
    x / (1.0 + exp::<S>((-2.0 * inner).min(87.0)))
}

/// eˣ for x from -87 to 88, to 2e-7 of it; 1.6e-38 for what is less.
///
/// `eˣ = 2ⁿ eʳ` with n the nearest integer to `x log₂ e`, which adding and taking away 1.5·2²³ rounds to; `eʳ` by Cephes'
/// polynomial for |r| ≤ ln 2 / 2.
#[inline(always)]
pub(super) fn exp<S: Simd>(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    const P: [f32; 6] = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 0.5];
    // Not `max`, which would make a number of what is none.
    let x = if x < -87.0 { -87.0 } else { x };
    let rounded = multiply_add::<S>(x, std::f32::consts::LOG2_E, ROUND);
    let n = rounded - ROUND;
    let r = multiply_add::<S>(n, -LN_2_LOW, multiply_add::<S>(n, -LN_2_HIGH, x));
    let polynomial = P.iter().fold(0.0, |sum, coefficient| multiply_add::<S>(sum, r, *coefficient));
    let power = multiply_add::<S>(r * r, polynomial, 1.0 + r);
    // The last bits of `rounded` are n, and the shift leaves nothing else: a conversion to integers is no vector
    // instruction.
    f32::from_bits(power.to_bits().wrapping_add(rounded.to_bits() << 23))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::Scalar;

    #[test]
    fn exp_is_that_of_double_precision() {
        for step in -8_700..=8_800 {
            let x = step as f32 / 100.0;
            let exact = f64::from(x).exp();
            assert!(
                (f64::from(exp::<Scalar>(x)) - exact).abs() < 2e-7 * exact,
                "{x}: {} and {exact}",
                exp::<Scalar>(x)
            );
        }
        assert!(exp::<Scalar>(f32::NEG_INFINITY) < 2e-38);
    }

    #[test]
    fn the_approximate_gelu_is_that_of_double_precision() {
        for step in -800..=800 {
            let x = f64::from(step) / 100.0;
            let exact = 0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh());
            assert!((f64::from(gelu_by_tanh::<Scalar>(x as f32)) - exact).abs() < 2e-6, "{x}");
        }
    }
}
