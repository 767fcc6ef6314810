//! Which instructions the machine has.

use pulp::{Arch, Simd, WithSimd};
use std::sync::OnceLock;

/// Names lesser instructions than the machine has: `avx2` or `baseline`.
const VARIABLE: &str = "CROSSLENS_CPU";

/// The instructions to use, the same for the life of the process.
pub(super) fn machine() -> Arch {
    static MACHINE: OnceLock<Arch> = OnceLock::new();
    *MACHINE.get_or_init(|| chosen(std::env::var(VARIABLE).as_deref().unwrap_or_default()))
}

fn chosen(name: &str) -> Arch {
    match name {
        "baseline" => Arch::Scalar,
        #[cfg(target_arch = "x86_64")]
        "avx2" => pulp::x86::V3::try_new().map_or(Arch::Scalar, Arch::V3),
        _ => Arch::new(),
    }
}

/// Their name.
pub(crate) fn instructions() -> &'static str {
    match machine() {
        Arch::Scalar => "baseline",
        #[cfg(target_arch = "x86_64")]
        Arch::V3(_) => "AVX2",
        #[cfg(target_arch = "x86_64")]
        Arch::V4(_) => "AVX-512",
        _ => std::env::consts::ARCH,
    }
}

/// How many numbers a vector holds.
pub(super) fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    machine().dispatch(Lanes)
}
