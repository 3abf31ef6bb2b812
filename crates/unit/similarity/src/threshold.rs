//! The threshold as integers: for each sum of two rows' set bits, how many they must share to be a hit.
//!
//! In: a Dice coefficient or a distance. Out: a table, so that no kernel computes with fractions and every kernel
//! decides alike. Dice hits are those of anonlink: `2c / (a + b)`, divided as f64, at least the threshold; 0 when both
//! rows are empty. Division rounds correctly, so the quotient never falls while `c` grows, and the smallest `c` is found
//! by looking at the quotients themselves: a pair that lies exactly on the threshold is decided as anonlink decides it.

use crate::SimilarityError;

/// When a pair is a hit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Threshold {
    /// Dice coefficient `2 |a & b| / (|a| + |b|)` of at least this, 0 to 1.
    Dice(f64),
    /// Hamming distance of at most this.
    Hamming(u32),
}

/// The Dice coefficient of two rows from their distance and their set bits, as anonlink computes it.
pub fn dice(distance: u32, left_ones: u32, right_ones: u32) -> f64 {
    let both = u64::from(left_ones) + u64::from(right_ones);
    if both == 0 { 0.0 } else { (both - u64::from(distance)) as f64 / both as f64 }
}

/// No number of shared bits is enough.
pub(crate) const NEVER: u32 = u32::MAX;

/// How many set bits two rows must share, by the sum of their set bits.
#[derive(Debug, Clone)]
pub(crate) struct Needs {
    by_sum: Vec<u32>,
}

impl Needs {
    /// # Errors
    /// [`SimilarityError::DiceThreshold`] for what is not 0 to 1.
    pub(crate) fn new(threshold: Threshold, bits: usize) -> Result<Self, SimilarityError> {
        let sums = u32::try_from(2 * bits).expect("a row has at most 4,096 bits");
        let by_sum: Vec<u32> = match threshold {
            // |a| + |b| - 2 |a & b| <= most
            Threshold::Hamming(most) => (0..=sums).map(|both| both.saturating_sub(most).div_ceil(2)).collect(),
            Threshold::Dice(least) if (0.0..=1.0).contains(&least) => {
                (0..=sums).map(|both| needed_for_dice(both, least)).collect()
            }
            Threshold::Dice(threshold) => return Err(SimilarityError::DiceThreshold { threshold }),
        };
        Ok(Self { by_sum })
    }

    /// What rows with so many set bits together must share, or [`NEVER`].
    pub(crate) fn of(&self, both: u32) -> u32 {
        self.by_sum[both as usize]
    }

    /// Whether every pair is a hit, whatever the rows.
    pub(crate) fn take_everything(&self) -> bool {
        // Rows with `both` set bits share none at the least, or what does not fit beside each other.
        let bits = (self.by_sum.len() - 1) / 2;
        self.by_sum.iter().enumerate().all(|(both, &needed)| needed as usize <= both.saturating_sub(bits))
    }
}

/// The smallest `c` with `2c / both >= least`, the division that of anonlink.
fn needed_for_dice(both: u32, least: f64) -> u32 {
    if both == 0 {
        return if least <= 0.0 { 0 } else { NEVER };
    }
    let score = |shared: u32| f64::from(2 * shared) / f64::from(both);
    // Begin beside the real quotient, then look.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 4,096, and only a place to begin"
    )]
    let mut shared = (least * f64::from(both) / 2.0) as u32;
    while shared > 0 && score(shared - 1) >= least {
        shared -= 1;
    }
    while 2 * shared <= both && score(shared) < least {
        shared += 1;
    }
    if 2 * shared > both { NEVER } else { shared }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "too many sums for an interpreter")]
    fn the_table_is_the_division_itself() {
        for least in [0.0, 1e-300, 0.1, 1.0 / 3.0, 0.7, 0.72, 0.8, 0.85, 0.9, 0.999, 1.0 - f64::EPSILON, 1.0] {
            let needs = Needs::new(Threshold::Dice(least), 256).expect("a threshold");
            for both in 0..=512_u32 {
                for shared in 0..=both / 2 {
                    let score = if both == 0 { 0.0 } else { f64::from(2 * shared) / f64::from(both) };
                    assert_eq!(shared >= needs.of(both), score >= least, "{least} {both} {shared}");
                }
            }
        }
    }

    #[test]
    fn a_distance_is_a_distance_whatever_the_rows() {
        for most in [0, 1, 7, 64, 65, 128, u32::MAX] {
            let needs = Needs::new(Threshold::Hamming(most), 64).expect("a threshold");
            for both in 0..=128_u32 {
                for shared in 0..=both / 2 {
                    assert_eq!(shared >= needs.of(both), both - 2 * shared <= most, "{most} {both} {shared}");
                }
            }
        }
    }

    #[test]
    fn only_what_takes_everything_takes_everything() {
        for (threshold, everything) in [
            (Threshold::Dice(0.0), true),
            (Threshold::Dice(f64::MIN_POSITIVE), false),
            (Threshold::Hamming(64), true),
            (Threshold::Hamming(63), false),
        ] {
            assert_eq!(Needs::new(threshold, 64).expect("a threshold").take_everything(), everything, "{threshold:?}");
        }
    }

    #[test]
    fn what_is_not_0_to_1_is_refused() {
        for threshold in [-0.1, 1.1, f64::INFINITY, f64::NEG_INFINITY] {
            let error = Needs::new(Threshold::Dice(threshold), 64).expect_err("out of range");
            assert_eq!(error, SimilarityError::DiceThreshold { threshold });
        }
        assert!(Needs::new(Threshold::Dice(f64::NAN), 64).is_err());
    }

    #[test]
    fn dice_by_hand() {
        // 6 bits, 4 bits, 3 shared: distance 4, 2 * 3 / 10.
        assert!((dice(4, 6, 4) - 0.6).abs() < f64::EPSILON);
        assert!(dice(0, 0, 0).abs() < f64::EPSILON);
    }
}
