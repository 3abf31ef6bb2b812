//! Random choices that follow from a seed.
//!
//! In: a seed and a purpose. Out: numbers, orders, bytes. Absent on purpose: the operating system's source.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A stream of random choices.
pub struct Random(ChaCha8Rng);

impl Random {
    /// Each purpose of a seed has a stream of its own.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut stream = ChaCha8Rng::seed_from_u64(seed);
        stream.set_stream(purpose);
        Self(stream)
    }

    /// Uniform in `0..bound`, which must not be 0.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from((u128::from(self.0.next_u64()) * bound as u128) >> 64).expect("it is less than the bound")
    }

    /// Uniform from -1 to 1.
    #[allow(clippy::cast_possible_truncation, reason = "24 bits fit")]
    pub fn symmetric(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0
    }

    /// Puts a list into random order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            list.swap(end, self.below(end + 1));
        }
    }

    /// Fills a slice.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}
