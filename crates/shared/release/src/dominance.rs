//! Dominance: whether one or two people make up so much of a sum of money that it is about them.
//!
//! In: a sum and its two largest contributors. Out: yes or no, in whole numbers. Absent on purpose: agreed values.
//!
//! The constants are those of ACRO 1.0.1 (p-ratio 10 %, two contributors 90 %), and half for one alone. They are fixed and not terms
//! of an agreement: nobody has asked for others, and a term more is one more that could be set wrongly.
//! Sources: ACRO's defaults; Hundepool et al., Statistical Disclosure Control, 2012, chapter 4.

use crate::cell::Contributors;

/// What all but the two largest have, as a percentage of the largest, must be at least this: else the second knows the largest to
/// within it. Where the next two hold so does this one; it stands here because it is what they are for.
pub(crate) const P_PERCENT: u64 = 10;
/// One person's share in percent from which on a sum is dominated.
pub(crate) const ONE_PERCENT: u64 = 50;
/// Two people's share in percent from which on a sum is dominated.
pub(crate) const TWO_PERCENT: u64 = 90;

pub(crate) fn is_dominated(of: Contributors) -> bool {
    let [pence, largest, second] = [of.pence, of.largest, of.second].map(u128::from);
    let rest = pence.saturating_sub(largest + second);
    largest > 0
        && (100 * rest < u128::from(P_PERCENT) * largest
            || 100 * largest >= u128::from(ONE_PERCENT) * pence
            || 100 * (largest + second) >= u128::from(TWO_PERCENT) * pence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dominated(pence: u64, largest: u64, second: u64) -> bool {
        is_dominated(Contributors { pence, largest, second })
    }

    /// By hand, at the borders of each rule.
    #[test]
    fn shares_at_the_borders() {
        assert!(dominated(1_000, 500, 1));
        assert!(!dominated(1_000, 499, 1));
        assert!(dominated(1_000, 450, 450));
        assert!(!dominated(1_000, 450, 449));
        assert!(dominated(1, 1, 0));
        assert!(!dominated(0, 0, 0));
        assert!(dominated(u64::MAX, u64::MAX / 2 + 1, 1));
        assert!(!dominated(u64::MAX, u64::MAX / 2, 1));
    }

    /// The p-ratio adds nothing to the other two: tried for every sum of 300 pence.
    #[test]
    fn no_second_contributor_knows_the_largest_to_within_a_tenth() {
        for largest in 1..=300 {
            for second in 0..=largest.min(300 - largest) {
                let rest = 300 - largest - second;
                assert!(dominated(300, largest, second) || 10 * rest >= largest, "{largest} {second}");
            }
        }
    }
}
