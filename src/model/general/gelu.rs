//! `gelu(x) = x/2 (1 + erf(x/√2))`, the activation of BERT.
//!
//! candle computes `erf` number by number, which took a fifth of a forward pass.

use super::super::fused::gelu;
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, DType, Layout, Result, Shape, bail};
use pulp::Scalar;

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
