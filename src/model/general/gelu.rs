//! `gelu(x) = x/2 (1 + erf(x/√2))`, the activation of BERT.
//!
//! candle computes `erf` number by number, which took a fifth of a forward pass. This one is a quotient of two
//! polynomials, which the compiler turns into vector instructions.

use super::super::fused::multiply_add;
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, DType, Layout, Result, Shape, bail};
use pulp::{Scalar, Simd};

/// The exact GELU (not its approximation by tanh), but for an error of 1e-6 (relative above 1).
pub(super) struct Gelu;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let CpuStorage::F32(values) = storage else {
            bail!("gelu takes {:?}, not {:?}", DType::F32, storage.dtype());
        };
        let Some((start, end)) = layout.contiguous_offsets() else {
            bail!("gelu takes a contiguous tensor");
        };
        let active = values[start..end].iter().map(|x| gelu::<Scalar>(*x)).collect();
        Ok((CpuStorage::F32(active), layout.shape().clone()))
    }
}

/// Of one number.
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

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Tensor};

    #[test]
    fn agrees_with_candle_in_double_precision() {
        let numbers: Vec<f32> = (-8_000..=8_000).map(|step| step as f32 / 1_000.0).collect();
        let exact = Tensor::new(numbers.as_slice(), &Device::Cpu).unwrap().to_dtype(DType::F64).unwrap();
        let exact: Vec<f64> = exact.gelu_erf().unwrap().to_vec1().unwrap();
        let ours = Tensor::new(numbers, &Device::Cpu).unwrap().apply_op1_no_bwd(&Gelu).unwrap();
        for (ours, exact) in ours.to_vec1::<f32>().unwrap().into_iter().zip(exact) {
            assert!((f64::from(ours) - exact).abs() < 1e-6 * exact.abs().max(1.0), "{ours} and {exact}");
        }
    }
}
