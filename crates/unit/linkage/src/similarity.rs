//! How alike two CLKs are, in permille.
//!
//! In: the schema's CLK settings, and the words of two CLKs. Out: a Dice coefficient, always rounded down, so that
//! "at least 800" means at least .8. For a plain filter it is the filters' own; for a diffused one it is an estimate of
//! what the filters had before diffusion.
//!
//! **The estimate.** Each output bit is the XOR of `t` input bits. When a share `d` of the input bits differs, an output
//! bit differs when an odd number of its inputs do, so a share `p = (1 - (1 - 2d)^t) / 2` of the output differs. Turned
//! round, `d = (1 - (1 - 2p)^(1/t)) / 2`; from `p = 1/2` upwards there is no evidence of likeness, and the similarity is
//! 0. Two filters of `L` bits with `w` set in each that differ in `d * L` bits have Dice `1 - d * L / (2w)`.
//!
//! Estimates are noisy where `p` nears 1/2: unrelated people differ in `L/2 +- sqrt(L)/2` output bits, and the root
//! stretches that. With `L` = 1,024, `w` = .3 `L` and `t` = 10, four standard deviations of chance reach .84 (with 4,096
//! bits .80): what lies below says nothing about likeness.

use counterfoil_model::{ClkEncoding, ClkSettings, Permille};
use counterfoil_similarity::hamming;

const PERMILLE_MAX: u16 = 1_000;

/// What a schema's CLKs are compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClkScale {
    bits: u32,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Plain,
    /// Similarity in permille by Hamming distance, `bits + 1` entries, never rising.
    Diffused(Box<[u16]>),
}

impl ClkScale {
    /// The scale of these settings.
    pub fn new(settings: &ClkSettings) -> Self {
        let kind = match settings.encoding {
            ClkEncoding::Plain => Kind::Plain,
            ClkEncoding::Diffused(inputs) => Kind::Diffused(table(settings.bits, settings.expected_weight(), inputs)),
        };
        Self { bits: settings.bits, kind }
    }

    /// Similarity of two CLKs of this scale's length, given by their words.
    pub fn similarity(&self, left: &[u64], right: &[u64]) -> Permille {
        let distance = hamming(left, right);
        Permille(match &self.kind {
            Kind::Plain => dice(weight(left) + weight(right), distance),
            Kind::Diffused(permille) => permille.get(distance as usize).copied().unwrap_or(0),
        })
    }

    /// Similarity that unrelated people's diffused CLKs reach when they differ in this many standard deviations less
    /// than half their bits; for a plain filter, where chance depends on the filters' weights, 0.
    pub(crate) fn chance(&self, deviations: usize) -> Permille {
        let Kind::Diffused(permille) = &self.kind else { return Permille(0) };
        let bits = self.bits as usize;
        // A deviation is half the root of the bits: the least n with n >= deviations * sqrt(bits) / 2.
        let below = (0..bits).find(|n| 4 * n * n >= deviations * deviations * bits).unwrap_or(bits / 2);
        Permille(permille[(bits / 2).saturating_sub(below)])
    }

    /// Length in words.
    pub(crate) fn words(&self) -> usize {
        self.bits as usize / 64
    }
}

/// Bits set.
pub(crate) fn weight(words: &[u64]) -> u32 {
    words.iter().map(|word| word.count_ones()).sum()
}

/// `2 |a and b| / (|a| + |b|)`, where `|a| + |b| - distance` is twice what both have. Two empty filters show nothing.
#[inline]
pub(crate) fn dice(weights: u32, distance: u32) -> u16 {
    let shared_twice = weights.saturating_sub(distance);
    let permille = (u64::from(shared_twice) * u64::from(PERMILLE_MAX)).checked_div(u64::from(weights));
    permille.map_or(0, |permille| u16::try_from(permille).expect("shared bits are no more than all"))
}

/// For each similarity the greatest distance that reaches it, by the formula in its forward direction: products only,
/// which every machine rounds alike, where a root might not be.
fn table(bits: u32, weight: f64, inputs: u32) -> Box<[u16]> {
    let length = f64::from(bits);
    let mut permille = vec![0; bits as usize + 1].into_boxed_slice();
    // A distance of half the bits and more is no evidence.
    let evidence_end = bits.div_ceil(2) as usize;
    let mut filled = 0;
    for similarity in (1..=PERMILLE_MAX).rev() {
        let differing_inputs = f64::from(PERMILLE_MAX - similarity) / 1_000.0 * 2.0 * weight / length;
        let agreement = (1.0 - 2.0 * differing_inputs).max(0.0);
        let power = (0..inputs).fold(1.0, |power, _| power * agreement);
        let reached = (0..evidence_end).skip(filled).take_while(|h| as_f64(*h) <= length * (1.0 - power) / 2.0).count();
        permille[filled..filled + reached].fill(similarity);
        filled += reached;
    }
    permille
}

fn as_f64(distance: usize) -> f64 {
    f64::from(u32::try_from(distance).expect("a distance is at most 4,096"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_model::LinkageSchema;

    /// Bits, draws, inputs, some distances with their permille, the sum of all, the sum of all by position.
    type Shown = (u32, u32, u32, &'static [(usize, u16)], u64, u64);

    const SHOWN: [Shown; 7] = include!("../vectors/diffused.in");

    fn settings(bits: u32, draws: u32, encoding: ClkEncoding) -> ClkSettings {
        let text =
            "format = \"counterfoil-linkage-schema-2\"\nid = \"t\"\n[[field]]\nname = \"a\"\nrule = \"identifier_v1\"
            [[match_key]]\nname = \"k\"\nparts = [\"a\"]\n[clk]\nbits = 256\nencoding = \"plain-1\"\nfeature = [{ part = \"a\", qgram = 2, bits = 1 }]
            [decision]\nlink_probability_min_permille = 500\nfalse_links_max_permille = 5\nrelationship = \"one-to-one\"\nrunner_up_margin_bits = 0\ngroup_pairs_max = 1\n";
        let schema = LinkageSchema::parse(text).expect("valid");
        let mut settings = schema.clk().expect("declared").clone();
        (settings.bits, settings.features[0].bits, settings.encoding) = (bits, draws, encoding);
        settings
    }

    /// `words` with the first `bits` set.
    fn first_bits(bits: usize, words: usize) -> Vec<u64> {
        (0..words).map(|word| (0..64).filter(|bit| word * 64 + bit < bits).fold(0, |all, bit| all | 1 << bit)).collect()
    }

    #[test]
    fn the_estimate_inverts_the_flip_rate_as_computed_outside() {
        for (bits, draws, inputs, shown, sum, sum_by_position) in SHOWN {
            let scale = ClkScale::new(&settings(bits, draws, ClkEncoding::Diffused(inputs)));
            let words = bits as usize / 64;
            let empty = vec![0; words];
            let at = |distance: usize| scale.similarity(&first_bits(distance, words), &empty).0;
            for (distance, expected) in shown {
                assert_eq!(at(*distance), *expected, "{bits} bits, {inputs} inputs, distance {distance}");
            }
            let all: Vec<u64> = (0..=bits as usize).map(|distance| at(distance).into()).collect();
            assert_eq!(all.iter().sum::<u64>(), sum);
            assert_eq!((1..).zip(&all).map(|(nth, value): (u64, _)| nth * value).sum::<u64>(), sum_by_position);
        }
    }

    #[test]
    fn similarity_never_rises_with_distance() {
        for inputs in 1..=32 {
            let permille = table(1_024, 307.0, inputs);
            assert!(permille.is_sorted_by(|near, far| near >= far), "{inputs}");
        }
    }

    #[test]
    fn chance_is_what_the_table_of_the_documentation_says() {
        // docs/linkage-quality.md: six standard deviations at a quarter set.
        let scale = |bits, draws| ClkScale::new(&settings(bits, draws, ClkEncoding::Diffused(10)));
        for (bits, draws, expected) in [(1_024, 295, 846), (2_048, 589, 817), (4_096, 1_178, 789)] {
            let chance = scale(bits, draws).chance(6).0;
            assert!(chance.abs_diff(expected) <= 2, "{bits}: {chance}");
        }
        assert_eq!(ClkScale::new(&settings(1_024, 295, ClkEncoding::Plain)).chance(6), Permille(0));
    }

    #[test]
    fn plain_similarity_is_dice_rounded_down() {
        let scale = ClkScale::new(&settings(256, 100, ClkEncoding::Plain));
        let dice = |left: &[u64; 4], right: &[u64; 4]| scale.similarity(left, right).0;
        // |a| = 2, |b| = 1, both = 1: 2 / 3.
        assert_eq!(dice(&[3, 0, 0, 0], &[1, 0, 0, 0]), 666);
        // |a| = 3, |b| = 3, both = 2: 4 / 6.
        assert_eq!(dice(&[0, 7, 0, 0], &[0, 14, 0, 0]), 666);
        assert_eq!(dice(&[0, 0, 0, 1 << 63], &[0, 0, 0, 1 << 63]), 1_000);
        assert_eq!(dice(&[1, 0, 0, 0], &[0, 1, 0, 0]), 0);
        assert_eq!(dice(&[0; 4], &[0; 4]), 0);
        assert_eq!(dice(&[u64::MAX; 4], &[u64::MAX; 4]), 1_000);
    }
}
