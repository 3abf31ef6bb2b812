//! Random choices that are the same on every machine.
//!
//! In: a seed and the stream of the room that asks. Out: integers, hits, picks, Poisson counts. Absent on purpose: distributions of other
//! crates, whose values may change with their version, and `exp` or `ln` of the platform, whose last bit differs between machines. What is
//! done in floating point uses the four basic operations only, which IEEE 754 fixes to the bit.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::rates::PER;

/// Each room draws from a stream of its own, so that a change in one leaves the others as they were.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Numbers = 1,
    Geography,
    People,
    Participants,
    Measures,
    ProgrammeClerk,
    NhsClerk,
    Register,
    Usage,
    Pairs,
    Health,
    Registrations,
    Admissions,
    Shares,
    Scores,
    ProgrammeEvents,
}

/// A stream of random choices.
pub(crate) struct Random {
    chacha: ChaCha8Rng,
}

impl Random {
    pub(crate) fn new(seed: u64, stream: Stream) -> Self {
        let mut key = *b"counterfoil synthetic place \0\0\0\0";
        key[24..].copy_from_slice(&seed.to_le_bytes());
        let mut chacha = ChaCha8Rng::from_seed(key);
        chacha.set_stream(stream as u64);
        Self { chacha }
    }

    /// Uniform in `0..bound`; 0 if the bound is 0. The bias is below `bound` / 2^32.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let product = u64::from(self.chacha.next_u32()) * u64::from(bound);
        (product >> 32) as u32
    }

    /// Uniform in `from..=to`.
    pub(crate) fn between(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(to.saturating_sub(from) + 1)
    }

    /// True `per_10k` times in ten thousand.
    pub(crate) fn hit(&mut self, per_10k: u32) -> bool {
        self.below(PER) < per_10k
    }

    /// A position in a list of `len`, which must not be empty.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.below(u32::try_from(len).expect("lists here are shorter than 2^32")) as usize
    }

    /// One of `items`, which must not be empty.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.index(items.len())]
    }

    /// Every order equally likely (Fisher-Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.index(last + 1);
            items.swap(last, other);
        }
    }

    /// Uniform in [0, 1), in steps of 2^-32, which a double holds exactly.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(self.chacha.next_u32()) / 4_294_967_296.0
    }

    /// A Poisson count, by inversion. Means above 600 count as 600.
    pub(crate) fn poisson(&mut self, mean: f64) -> u32 {
        let mean = mean.clamp(0.0, 600.0);
        let mut probability = exp_of_minus(mean);
        let mut left = self.unit();
        let mut count = 0;
        while left >= probability && count < 1_200 {
            left -= probability;
            count += 1;
            probability *= mean / f64::from(count);
        }
        count
    }
}

/// A choice among ranks, some likelier than others.
pub(crate) struct Weighted {
    cumulative: Vec<u32>,
}

impl Weighted {
    /// Ranks with these weights, whose sum must be above 0 and below 2^32.
    pub(crate) fn new(weights: impl IntoIterator<Item = u32>) -> Self {
        let mut sum = 0_u32;
        let cumulative = weights
            .into_iter()
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect();
        Self { cumulative }
    }

    /// Zipf-like: the weight of rank r (from 0) is proportional to 1 / (r + `flatness`).
    pub(crate) fn zipf(len: usize, flatness: u32) -> Self {
        let ranks = 0..u32::try_from(len).expect("name tables are shorter than 2^32");
        Self::new(ranks.map(|rank| 100_000_000 / (rank + flatness) / 8))
    }

    pub(crate) fn draw(&self, random: &mut Random) -> usize {
        let sum = self.cumulative.last().copied().unwrap_or(0);
        let point = random.below(sum);
        self.cumulative.partition_point(|&up_to| up_to <= point)
    }
}

/// e^-x for 0 <= x <= 600, to about nine digits: the series at x / 16,384, squared fourteen times.
fn exp_of_minus(x: f64) -> f64 {
    let y = x / 16_384.0;
    let mut power = 1.0;
    for order in [6.0, 5.0, 4.0, 3.0, 2.0, 1.0] {
        power = 1.0 - y / order * power;
    }
    for _ in 0..14 {
        power *= power;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_exponential_agrees_with_the_library() {
        for x in [0.0, 0.01, 0.5, 1.0, 7.3, 42.0, 150.0, 600.0] {
            let expected = f64::exp(-x);
            assert!((exp_of_minus(x) - expected).abs() <= expected * 1e-8, "at {x}");
        }
    }

    #[test]
    fn poisson_has_its_mean_and_variance() {
        for mean in [0.3, 4.0, 60.0] {
            let mut random = Random::new(11, Stream::Usage);
            let counts: Vec<f64> = (0..40_000).map(|_| f64::from(random.poisson(mean))).collect();
            let average = counts.iter().sum::<f64>() / 40_000.0;
            let variance = counts.iter().map(|count| (count - average) * (count - average)).sum::<f64>() / 40_000.0;
            // Five standard errors: sqrt(mean / n) for the average, about mean x sqrt(3 / n) for the variance of small means.
            assert!((average - mean).abs() < 5.0 * (mean / 40_000.0_f64).sqrt(), "average {average} for {mean}");
            assert!((variance - mean).abs() < mean * 0.08, "variance {variance} for {mean}");
        }
    }

    #[test]
    fn streams_and_seeds_differ() {
        let first = |seed, stream| Random::new(seed, stream).below(u32::MAX);
        assert_eq!(first(1, Stream::People), first(1, Stream::People));
        assert_ne!(first(1, Stream::People), first(2, Stream::People));
        assert_ne!(first(1, Stream::People), first(1, Stream::Usage));
    }

    #[test]
    fn weighted_never_draws_a_rank_of_weight_zero() {
        let mut random = Random::new(3, Stream::People);
        let choice = Weighted::new([0, 5, 0, 1, 0]);
        let mut drawn = [0_u32; 5];
        for _ in 0..6_000 {
            drawn[choice.draw(&mut random)] += 1;
        }
        assert_eq!([drawn[0], drawn[2], drawn[4]], [0, 0, 0]);
        assert!((4_800..5_200).contains(&drawn[1]), "five sixths of 6,000, got {}", drawn[1]);
    }
}
