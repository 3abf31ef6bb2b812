//! The kernels that need instructions a processor may lack. The one file of the repository with `unsafe`.
//!
//! It stands in three kinds of place: calling a function whose instructions were found at run time, loading from a slice
//! at an offset that [`Job`] vouches for, and storing a vector. Arithmetic on vectors is safe inside functions that
//! declare the instructions they use. Each kernel is tested against [`crate::portable`].
//!
//! [`Job`]: crate::scan::Job
#![allow(
    unsafe_code,
    reason = "calls of functions with target features, and vector loads; each block says why it holds"
)]
#![allow(clippy::unused_self, reason = "a method of a proof needs the proof, if not its bytes")]

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512 {
    use std::arch::x86_64::{
        __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_loadu_si512, _mm512_popcnt_epi64, _mm512_reduce_add_epi64,
        _mm512_setzero_si512, _mm512_storeu_si512, _mm512_ternarylogic_epi64, _mm512_test_epi64_mask, _mm512_xor_si512,
    };

    use crate::scan::{Block, Candidate, Job, Plane, scan_over_these};

    type Word = __m512i;
    const WIDTH: usize = 8;

    /// Proof that the processor has the instructions of this module.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Avx512(());

    impl Avx512 {
        pub(crate) fn detect() -> Option<Self> {
            let has = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vpopcntdq")
                && is_x86_feature_detected!("popcnt");
            has.then_some(Self(()))
        }

        pub(crate) fn scan(self, job: Job<'_>, found: &mut Vec<Candidate>) {
            // SAFETY: `self` is made by `detect` alone, so the processor has every feature that `scan` declares.
            unsafe { scan(job, found) }
        }

        pub(crate) fn hamming(self, left: &[u64], right: &[u64]) -> u32 {
            // SAFETY: `self` is made by `detect` alone, so the processor has every feature that `hamming` declares.
            unsafe { hamming(left, right) }
        }
    }

    scan_over_these!(#[target_feature(enable = "avx512f")]);

    #[target_feature(enable = "avx512f,avx512vpopcntdq,popcnt")]
    fn hamming(left: &[u64], right: &[u64]) -> u32 {
        let ((left, left_rest), (right, right_rest)) = (left.as_chunks(), right.as_chunks());
        let mut sum = _mm512_setzero_si512();
        for (left, right) in left.iter().zip(right) {
            sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(xor(load_words(left), load_words(right))));
        }
        let rest: u32 = left_rest.iter().zip(right_rest).map(|(left, right)| (left ^ right).count_ones()).sum();
        rest + u32::try_from(_mm512_reduce_add_epi64(sum)).expect("a row has at most 4,096 bits")
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load(slice: &[Plane], _pass: usize, first_word: u64) -> Word {
        let word = (first_word & 0xffff) as usize;
        // SAFETY: `Job` vouches that it is the first word of one of the slice's planes, and a plane is one vector.
        unsafe { _mm512_loadu_si512(slice.as_ptr().cast::<u64>().add(word).cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn plane(plane: &Plane, _pass: usize) -> Word {
        load_words(&plane.0)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load_words(words: &[u64; WIDTH]) -> Word {
        // SAFETY: the reference covers 64 readable bytes, and this load needs no alignment.
        unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn any(word: Word) -> bool {
        _mm512_test_epi64_mask(word, word) != 0
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn words(word: Word) -> [u64; WIDTH] {
        let mut words = [0; WIDTH];
        // SAFETY: the reference covers 64 writable bytes, and this store needs no alignment.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), word) };
        words
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn xor(a: Word, b: Word) -> Word {
        _mm512_xor_si512(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn and(a: Word, b: Word) -> Word {
        _mm512_and_si512(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn add(a: Word, b: Word, c: Word) -> (Word, Word) {
        // Bit 4a + 2b + c of the first table: whether an odd number of the three is set. The carry is told from the sum
        // and two of the three, bit 4b + 2c + sum of the second table: so `a` and `b` may be overwritten, and nothing has
        // to be copied first.
        let sum = _mm512_ternarylogic_epi64::<0b1001_0110>(a, b, c);
        (sum, _mm512_ternarylogic_epi64::<0b1110_1000>(a, b, c))
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_and_si256, _mm256_loadu_si256, _mm256_or_si256, _mm256_storeu_si256, _mm256_testz_si256,
        _mm256_xor_si256,
    };

    use crate::scan::{Block, Candidate, Job, Plane, scan_over_these};

    type Word = __m256i;
    const WIDTH: usize = 4;

    /// Proof that the processor has the instructions of this module.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Avx2(());

    impl Avx2 {
        pub(crate) fn detect() -> Option<Self> {
            (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt")).then_some(Self(()))
        }

        pub(crate) fn scan(self, job: Job<'_>, found: &mut Vec<Candidate>) {
            // SAFETY: `self` is made by `detect` alone, so the processor has the feature that `scan` declares.
            unsafe { scan(job, found) }
        }

        pub(crate) fn hamming(self, left: &[u64], right: &[u64]) -> u32 {
            // SAFETY: `self` is made by `detect` alone, so the processor has the feature that `hamming` declares.
            unsafe { hamming(left, right) }
        }
    }

    scan_over_these!(#[target_feature(enable = "avx2")]);

    #[target_feature(enable = "popcnt")]
    fn hamming(left: &[u64], right: &[u64]) -> u32 {
        left.iter().zip(right).map(|(left, right)| (left ^ right).count_ones()).sum()
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(slice: &[Plane], pass: usize, first_word: u64) -> Word {
        let word = (first_word & 0xffff) as usize + pass * WIDTH;
        // SAFETY: `Job` vouches that it is the first word of one of the slice's planes, and a plane is two vectors, one for
        // each of the two passes.
        unsafe { _mm256_loadu_si256(slice.as_ptr().cast::<u64>().add(word).cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn plane(plane: &Plane, pass: usize) -> Word {
        let words: &[u64; WIDTH] = &plane.0.as_chunks().0[pass];
        // SAFETY: the reference covers 32 readable bytes, and this load needs no alignment.
        unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn any(word: Word) -> bool {
        _mm256_testz_si256(word, word) == 0
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn words(word: Word) -> [u64; WIDTH] {
        let mut words = [0; WIDTH];
        // SAFETY: the reference covers 32 writable bytes, and this store needs no alignment.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), word) };
        words
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn xor(a: Word, b: Word) -> Word {
        _mm256_xor_si256(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn and(a: Word, b: Word) -> Word {
        _mm256_and_si256(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn add(a: Word, b: Word, c: Word) -> (Word, Word) {
        let differ = xor(a, b);
        (xor(differ, c), _mm256_or_si256(and(a, b), and(differ, c)))
    }
}

#[cfg(target_arch = "aarch64")]
pub(crate) mod neon {
    use std::arch::aarch64::{
        uint64x2_t, vandq_u64, vbslq_u64, veorq_u64, vgetq_lane_u64, vld1q_u64, vmaxvq_u32, vreinterpretq_u32_u64,
    };

    use crate::scan::{Block, Candidate, Job, Plane, scan_over_these};

    type Word = uint64x2_t;
    const WIDTH: usize = 2;

    /// Proof that the processor has the instructions of this module.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Neon(());

    impl Neon {
        pub(crate) fn detect() -> Option<Self> {
            std::arch::is_aarch64_feature_detected!("neon").then_some(Self(()))
        }

        pub(crate) fn scan(self, job: Job<'_>, found: &mut Vec<Candidate>) {
            // SAFETY: `self` is made by `detect` alone, so the processor has the feature that `scan` declares.
            unsafe { scan(job, found) }
        }
    }

    scan_over_these!(#[target_feature(enable = "neon")]);

    #[inline]
    #[target_feature(enable = "neon")]
    fn load(slice: &[Plane], pass: usize, first_word: u64) -> Word {
        let word = (first_word & 0xffff) as usize + pass * WIDTH;
        // SAFETY: `Job` vouches that it is the first word of one of the slice's planes, and a plane is four vectors, one for
        // each of the four passes.
        unsafe { vld1q_u64(slice.as_ptr().cast::<u64>().add(word)) }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn plane(plane: &Plane, pass: usize) -> Word {
        let words: &[u64; WIDTH] = &plane.0.as_chunks().0[pass];
        // SAFETY: the reference covers 16 readable bytes.
        unsafe { vld1q_u64(words.as_ptr()) }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn any(word: Word) -> bool {
        vmaxvq_u32(vreinterpretq_u32_u64(word)) != 0
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn words(word: Word) -> [u64; WIDTH] {
        [vgetq_lane_u64::<0>(word), vgetq_lane_u64::<1>(word)]
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn xor(a: Word, b: Word) -> Word {
        veorq_u64(a, b)
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn and(a: Word, b: Word) -> Word {
        vandq_u64(a, b)
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn add(a: Word, b: Word, c: Word) -> (Word, Word) {
        // Where a and b differ, c decides the carry; where they agree, either does.
        let differ = xor(a, b);
        (xor(differ, c), vbslq_u64(differ, c, a))
    }
}
