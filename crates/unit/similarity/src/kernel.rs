//! Which instructions to compare with: found at run time, or asked for by name. The answer is the same with each.

use crate::SimilarityError;
use crate::portable;
use crate::scan::{Candidate, Job};
#[cfg(target_arch = "aarch64")]
use crate::simd::neon::Neon;
#[cfg(target_arch = "x86_64")]
use crate::simd::{avx2::Avx2, avx512::Avx512};

/// The instructions that a comparison uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// Those that every processor has: 128 rows in two words.
    Portable,
    /// AVX2: 256 rows in a vector.
    Avx2,
    /// AVX-512 with VPOPCNTDQ: 512 rows in a vector.
    Avx512,
    /// NEON, of 64-bit Arm: 128 rows in a vector.
    Neon,
}

impl Kernel {
    /// The fastest kernel of this processor.
    pub fn detect() -> Self {
        *Self::available().last().expect("the portable kernel is everywhere")
    }

    /// The kernels of this processor, the fastest last.
    pub fn available() -> Vec<Self> {
        [Self::Portable, Self::Neon, Self::Avx2, Self::Avx512].into_iter().filter(|of| of.ready().is_ok()).collect()
    }

    /// What it is called in figures and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
        }
    }

    /// # Errors
    /// [`SimilarityError::KernelMissing`] if the processor lacks the instructions.
    pub(crate) fn ready(self) -> Result<Ready, SimilarityError> {
        let ready = match self {
            Self::Portable => Some(Ready::Portable),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => Avx2::detect().map(Ready::Avx2),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => Avx512::detect().map(Ready::Avx512),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => Neon::detect().map(Ready::Neon),
            _ => None,
        };
        ready.ok_or(SimilarityError::KernelMissing { kernel: self.name() })
    }
}

/// Bits in which two rows differ, with the fastest kernel of this processor. Of rows that are not equally long, the
/// words that both have are compared.
pub fn hamming(left: &[u64], right: &[u64]) -> u32 {
    Ready::fastest().hamming(left, right)
}

/// A kernel that this processor has, with the proof.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ready {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
}

impl Ready {
    fn fastest() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx512) = Avx512::detect() {
            return Self::Avx512(avx512);
        } else if let Some(avx2) = Avx2::detect() {
            return Self::Avx2(avx2);
        }
        Self::Portable
    }

    pub(crate) fn scan(self, job: Job<'_>, found: &mut Vec<Candidate>) {
        match self {
            Self::Portable => portable::scan(job, found),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.scan(job, found),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(avx512) => avx512.scan(job, found),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(neon) => neon.scan(job, found),
        }
    }

    pub(crate) fn hamming(self, left: &[u64], right: &[u64]) -> u32 {
        match self {
            Self::Portable => portable::hamming(left, right),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.hamming(left, right),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(avx512) => avx512.hamming(left, right),
            // Counting bits of a word is a NEON instruction already.
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => portable::hamming(left, right),
        }
    }
}
