//! Random choices that anyone can repeat: the keystream of `ChaCha20`, integers only.
//!
//! In: the seed as the cipher's key, and the stream of the choice at hand. Out: integers below a bound, orders, subsets.
//! The exact procedure is in the documentation of the crate; `vectors/make_draw.py` is a second implementation of it.
//! Absent on purpose: a seed of its own, floats, and the platform's randomness.

use std::num::NonZeroU32;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::Seed;

/// Each kind of choice has its own stream, so that the number of one kind does not move the others.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Caller = 0,
    Treated = 1,
    Candidates = 2,
    Replacement = 3,
}

/// Numbers that follow from a seed, for choices that are made before the matching: who is looked at, or from which day.
///
/// It reads stream 0 of the procedure in the documentation of the crate; the matching reads the others. Give each choice a
/// seed of its own, derived from the one that nobody could choose: two draws of one seed are the same numbers.
///
/// ```
/// use std::num::NonZeroU32;
/// use counterfoil_matching::{Draw, Seed};
///
/// let six = NonZeroU32::new(6).expect("6 is not 0");
/// let mut draw = Draw::new(&Seed::new([7; 32]));
/// let thrown: Vec<u32> = (0..100).map(|_| draw.below(six)).collect();
/// assert!((0..6).all(|face| thrown.contains(&face)) && thrown.iter().all(|face| *face < 6));
/// ```
pub struct Draw {
    chacha: ChaCha20Rng,
}

impl Draw {
    /// The numbers of stream 0, from the first.
    pub fn new(seed: &Seed) -> Self {
        Self::of_stream(seed, Stream::Caller)
    }

    pub(crate) fn of_stream(seed: &Seed, stream: Stream) -> Self {
        let mut chacha = ChaCha20Rng::from_seed(*seed.as_bytes());
        chacha.set_stream(stream as u64);
        Self { chacha }
    }

    /// Uniform in `0..bound`, without bias (Lemire, *ACM TOMACS* 2019).
    pub fn below(&mut self, bound: NonZeroU32) -> u32 {
        let reject_below = bound.get().wrapping_neg() % bound;
        loop {
            let product = u64::from(self.chacha.next_u32()) * u64::from(bound.get());
            if product & 0xFFFF_FFFF >= u64::from(reject_below) {
                return (product >> 32) as u32;
            }
        }
    }

    /// Uniform in `0..=last`.
    fn up_to(&mut self, last: u32) -> u32 {
        self.below(NonZeroU32::MIN.saturating_add(last))
    }

    /// The numbers `0..len` in an order of which each is equally likely (Fisher-Yates).
    pub(crate) fn order(&mut self, len: u32) -> Vec<u32> {
        let mut order: Vec<u32> = (0..len).collect();
        for last in (1..len).rev() {
            let other = self.up_to(last);
            order.swap(last as usize, other as usize);
        }
        order
    }

    /// `count` different numbers of `0..len`, each subset equally likely (Floyd, *CACM* 1987); all of them if there are no more.
    pub(crate) fn subset(&mut self, count: u32, len: u32) -> Vec<u32> {
        if count >= len {
            return (0..len).collect();
        }
        let mut chosen = Vec::with_capacity(count as usize);
        for last in len - count..len {
            let drawn = self.up_to(last);
            chosen.push(if chosen.contains(&drawn) { last } else { drawn });
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail loudly")]
    use serde_json::Value;

    use super::*;

    /// 100, 101 ... 131, as in the script.
    fn seed() -> Seed {
        let bytes: Vec<u8> = (100..132).collect();
        Seed::new(bytes.try_into().unwrap())
    }

    fn draw(stream: Stream) -> Draw {
        Draw::of_stream(&seed(), stream)
    }

    fn numbers(value: &Value) -> Vec<u32> {
        serde_json::from_value(value.clone()).unwrap()
    }

    #[test]
    fn numbers_and_orders_are_those_of_the_second_implementation() {
        let vectors: Value = serde_json::from_str(include_str!("../vectors/draw.json")).unwrap();
        for (mut draw, name) in [(Draw::new(&seed()), "stream_0_below"), (draw(Stream::Replacement), "stream_3_below")]
        {
            for pair in vectors[name].as_array().unwrap() {
                let pair = numbers(pair);
                assert_eq!(draw.below(NonZeroU32::new(pair[0]).unwrap()), pair[1], "{name} {}", pair[0]);
            }
        }
        assert_eq!(draw(Stream::Treated).order(20), numbers(&vectors["stream_1_order_of_20"]));
        assert_eq!(draw(Stream::Candidates).order(33), numbers(&vectors["stream_2_order_of_33"]));
    }

    #[test]
    fn a_bound_that_does_not_divide_the_words_is_drawn_evenly() {
        // Of 3 x 2^30 numbers the upper half of a product, without rejection, would give every third the double chance.
        let bound = NonZeroU32::new(3 << 30).unwrap();
        let mut draw = draw(Stream::Caller);
        let mut thirds = [0_i32; 3];
        for _ in 0..30_000 {
            thirds[draw.below(bound) as usize % 3] += 1;
        }
        // Five standard deviations of 30,000 draws with probability 1/3 are 408.
        assert!(thirds.iter().all(|count| (count - 10_000).abs() < 408), "{thirds:?}");
    }

    #[test]
    fn subsets_are_equally_likely() {
        let mut counts = std::collections::BTreeMap::new();
        let mut third = draw(Stream::Replacement);
        for _ in 0..20_000 {
            let mut subset = third.subset(2, 5);
            subset.sort_unstable();
            *counts.entry(subset).or_insert(0_i32) += 1;
        }
        // Ten subsets; five standard deviations of 20,000 draws with probability 0.1 are 212.
        assert_eq!(counts.len(), 10);
        assert!(counts.values().all(|count| (count - 2_000).abs() < 212), "{counts:?}");
    }

    #[test]
    fn small_lists_need_no_draw() {
        let mut third = draw(Stream::Replacement);
        assert_eq!(third.subset(3, 3), [0, 1, 2]);
        assert_eq!(third.subset(3, 1), [0]);
        assert_eq!(third.order(0), [0_u32; 0]);
        assert_eq!(third.below(NonZeroU32::MIN), 0);
    }
}
