//! How precisely a figure is shown, and whether it is.
//!
//! In: a statistic and what it rests on. Out: the grain to which it is rounded. Absent on purpose: any calculation of the statistic.
//!
//! The HES analysis guide lets complex statistics (standardised rates, intervals, models) leave as they are; `OpenSAFELY` has them
//! made from rounded counts. Neither fits counts that are exact inside the unit: the ratio of two rates, to four places, tells the
//! small count of a rare event exactly. So a figure is shown no more precisely than leaves three counts possible for its smallest
//! group even to somebody who knows everything else behind it; the sums rule asks for as many.

use crate::cell::Behind;
use crate::dominance::is_dominated;
use crate::sums::VALUES_MIN;

/// Least residual degrees of freedom of a statistic (ACRO's default): a model with as many parameters as people repeats the people.
pub(crate) const RESIDUAL_DEGREES_MIN: u64 = 10;
/// Most significant digits of a figure.
pub(crate) const DIGITS_MAX: u32 = 3;

/// Whether a statistic may be shown at all.
pub(crate) fn may_be_shown(value: Option<i64>, behind: Behind, suppress_below: u64) -> bool {
    match value {
        // That there is no such statistic says that a group is empty, and an empty group is shown as 0.
        None => behind.people_min == 0 || behind.people_min >= suppress_below,
        Some(_) => {
            behind.people_min >= suppress_below.max(1)
                && behind.residual_degrees >= RESIDUAL_DEGREES_MIN
                && !behind.dominance.is_some_and(is_dominated)
        }
    }
}

/// The figure to the nearest multiple of its grain, half away from zero.
pub(crate) fn to_grain(value: i64, behind: Behind) -> i64 {
    let grain = grain(value, behind);
    let size = (u128::from(value.unsigned_abs()) + grain / 2) / grain * grain;
    let size = i64::try_from(size).expect("a figure and its grain are far below the end of i64");
    if value < 0 { -size } else { size }
}

/// The least of 1, 2, 5, 10, 20, 50 ... in units of the last place that leaves [`VALUES_MIN`] counts possible for the smallest group
/// (one person more in a group of n changes what it stands for by an n-th) and at most [`DIGITS_MAX`] significant digits.
fn grain(value: i64, behind: Behind) -> u128 {
    let size = u128::from(value.unsigned_abs());
    // One more, because the value has been rounded to its last place already.
    let known_by = u128::from(VALUES_MIN) * (size.max(u128::from(behind.terms_max)) + 1);
    let people = u128::from(behind.people_min.max(1));
    let mut power: u128 = 1;
    loop {
        let few_digits = size < power * 10u128.pow(DIGITS_MAX);
        let fits = |lead: &u128| few_digits && lead * power * people >= known_by;
        match [1, 2, 5].into_iter().find(fits) {
            Some(lead) => return lead * power,
            None => power *= 10,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(people_min: u64, terms_max: u64) -> Behind {
        Behind { people_min, residual_degrees: 100, dominance: None, terms_max }
    }

    /// By hand, with three places: a ratio of 0.833, which may have been 0.834 without its last place.
    #[test]
    fn the_fewer_people_the_coarser() {
        for (people, shown) in [
            (10_000, 833), // 3/10,000 of 0.834 is 0.00025: to 0.001
            (2_502, 833),  // exactly 0.001
            (2_501, 834),  // a little more: to 0.002
            (1_000, 835),  // 0.0025: to 0.005
            (300, 830),    // 0.0083: to 0.01
            (100, 850),    // 0.025: to 0.05
            (51, 850),     // 0.0491: to 0.05
            (50, 800),     // 0.05004: to 0.1
            (30, 800),     // 0.083: to 0.1
            (13, 800),     // 0.192: to 0.2
            (8, 1_000),    // 0.313: to 0.5
        ] {
            assert_eq!(to_grain(833, behind(people, 0)), shown, "{people}");
            assert_eq!(to_grain(-833, behind(people, 0)), -shown, "{people}");
        }
    }

    #[test]
    fn never_more_than_three_digits_and_half_goes_away_from_zero() {
        let many = behind(1_000_000_000, 0);
        for (value, shown) in
            [(0, 0), (999, 999), (1_000, 1_000), (1_234, 1_230), (1_235, 1_240), (-1_235, -1_240), (99_950, 100_000)]
        {
            assert_eq!(to_grain(value, many), shown);
        }
        assert_eq!(to_grain(1_000_000_000_000_000, many), 1_000_000_000_000_000);
    }

    #[test]
    fn a_small_difference_of_great_rates_is_as_coarse_as_they_are() {
        // Rates of about 1.2 a year, from 100 people: to 0.05.
        assert_eq!(to_grain(23, behind(100, 1_200)), 0);
        assert_eq!(to_grain(-34, behind(100, 1_200)), -50);
        assert_eq!(to_grain(34, behind(100, 0)), 34);
    }

    #[test]
    fn what_rests_on_too_few_is_not_shown() {
        let good = behind(8, 0);
        assert!(may_be_shown(Some(1), good, 8) && may_be_shown(None, good, 8));
        assert!(may_be_shown(None, behind(0, 0), 8) && !may_be_shown(Some(0), behind(0, 0), 8));
        for people in 1..8 {
            assert!(!may_be_shown(Some(1), behind(people, 0), 8) && !may_be_shown(None, behind(people, 0), 8));
        }
        assert!(!may_be_shown(Some(1), Behind { residual_degrees: 9, ..good }, 8));
        assert!(may_be_shown(Some(1), Behind { residual_degrees: 10, ..good }, 8));
        let dominance = Some(crate::Contributors { pence: 1_000, largest: 500, second: 1 });
        assert!(!may_be_shown(Some(1), Behind { dominance, ..good }, 8));
    }
}
