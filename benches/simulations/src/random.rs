//! Random choices that follow from a seed, the same on every machine.
//!
//! In: a seed and a purpose. Out: numbers, choices, counts. Absent on purpose: the operating system's source.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A stream of random choices.
pub struct Random(ChaCha8Rng);

impl Random {
    /// Each purpose of a seed has a stream of its own.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut stream = ChaCha8Rng::seed_from_u64(seed);
        stream.set_stream(purpose);
        Self(stream)
    }

    /// Uniform in `0..bound`; the bias is below `bound` / 2^32.
    pub fn below(&mut self, bound: u32) -> u32 {
        let product = u64::from(self.0.next_u32()) * u64::from(bound);
        u32::try_from(product >> 32).expect("it is less than the bound")
    }

    /// True so often in a thousand.
    pub fn chance(&mut self, permille: u32) -> bool {
        self.below(1_000) < permille
    }

    /// True with this probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of some weights.
    pub fn weighed(&mut self, weights: &[u32]) -> usize {
        let mut at = self.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            if at < *weight {
                return place;
            }
            at -= weight;
        }
        0
    }

    /// Above 0 and below 1.
    pub fn unit(&mut self) -> f64 {
        (f64::from(self.0.next_u32()) + 0.5) / 4_294_967_296.0
    }

    /// Uniform between two numbers.
    pub fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.unit()
    }

    /// Gamma with mean 1 and variance 1 / `shape`, as a sum of exponentials.
    pub fn gamma(&mut self, shape: u32) -> f64 {
        let product: f64 = (0..shape).map(|_| self.unit()).product();
        -libm::log(product) / f64::from(shape)
    }

    /// Poisson, by Knuth's product of uniforms: for means of a few at most.
    pub fn poisson(&mut self, mean: f64) -> u32 {
        let limit = libm::exp(-mean);
        let (mut count, mut product) = (0, self.unit());
        while product > limit {
            count += 1;
            product *= self.unit();
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_variances_are_those_of_the_laws() {
        let mut random = Random::new(1, 1);
        let moments = |values: Vec<f64>| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            (mean, values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len() as f64)
        };
        let (mean, variance) = moments((0..40_000).map(|_| f64::from(random.poisson(0.7))).collect());
        assert!((mean - 0.7).abs() < 0.02 && (variance - 0.7).abs() < 0.03, "{mean} {variance}");
        let (mean, variance) = moments((0..40_000).map(|_| random.gamma(2)).collect());
        assert!((mean - 1.0).abs() < 0.02 && (variance - 0.5).abs() < 0.03, "{mean} {variance}");
        let drawn: Vec<_> = (0..1_000).map(|_| random.weighed(&[0, 3, 0, 1])).collect();
        assert!(drawn.iter().all(|place| [1, 3].contains(place)));
        assert!((650..850).contains(&drawn.iter().filter(|place| **place == 1).count()));
    }
}
