//! Scores before and after: mean change, share improved, and what those who did not answer could make of it.
//!
//! In: scores of the same people, counts. Out: mean change with a t interval, shares with a Wilson interval, bounds as
//! counts. Absent on purpose: what counts as improved, which the measure defines; which way a scale runs.

use crate::distribution::{normal_quantile, t_upper_quantile};
use crate::panel::check_length;
use crate::sum::Sum;
use crate::{EstimateError, Interval, Level, Undefined};

/// A mean change of the same people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanChange {
    /// People with both scores.
    pub people: usize,
    /// Mean of after - before.
    pub mean: f64,
    /// Standard deviation of after - before, with people - 1.
    pub standard_deviation: f64,
    /// mean +- t(people - 1) x standard deviation / sqrt(people).
    pub interval: Interval<f64>,
}

/// Mean change of paired scores.
///
/// # Errors
///
/// Columns of different lengths, scores that are not finite, fewer than two people, no variation.
pub fn mean_change(before: &[f64], after: &[f64], level: Level) -> Result<MeanChange, EstimateError> {
    check_length("after", after.len(), before.len())?;
    for (column, scores) in [("before", before), ("after", after)] {
        if let Some(row) = scores.iter().position(|score| !score.is_finite()) {
            return Err(EstimateError::NotFinite { column, row });
        }
    }
    let people = before.len();
    if people < 2 {
        return Err(EstimateError::TooFewPeople { people });
    }
    let changes = || before.iter().zip(after).map(|(before, after)| after - before);
    let mean = changes().collect::<Sum>().value() / people as f64;
    let squares = changes().map(|change| (change - mean) * (change - mean)).collect::<Sum>().value();
    let df = people as f64 - 1.0;
    let standard_deviation = libm::sqrt(squares / df);
    if !(standard_deviation > 0.0 && standard_deviation.is_finite()) {
        return Err(Undefined::NoVariation.into());
    }
    let half = t_upper_quantile(level.tail(), df) * standard_deviation / libm::sqrt(people as f64);
    Ok(MeanChange { people, mean, standard_deviation, interval: Interval { lower: mean - half, upper: mean + half } })
}

/// A share of people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Those counted.
    pub part: u64,
    /// All who could have been.
    pub whole: u64,
    /// part / whole.
    pub share: f64,
    /// Wilson's score interval (JASA 22, 1927), which stays within 0 and 1 and is right near both.
    pub interval: Interval<f64>,
}

/// A share with its interval.
///
/// # Errors
///
/// Nobody, or more counted than there are.
pub fn share(part: u64, whole: u64, level: Level) -> Result<Share, EstimateError> {
    if whole == 0 || part > whole {
        return Err(EstimateError::Share { part, whole });
    }
    let (counted, all) = (part as f64, whole as f64);
    let z_squared = {
        let z = normal_quantile(level.tail());
        z * z
    };
    let centre = (counted + 0.5 * z_squared) / (all + z_squared);
    let rest = (whole - part) as f64;
    let half = libm::sqrt(z_squared * (counted * rest / all + 0.25 * z_squared)) / (all + z_squared);
    // At the ends the limit is the end itself; rounding would leave it a hair beside.
    let lower = if part == 0 { 0.0 } else { (centre - half).max(0.0) };
    let upper = if part == whole { 1.0 } else { (centre + half).min(1.0) };
    Ok(Share { part, whole, share: counted / all, interval: Interval { lower, upper } })
}

/// What a share could be if those who did not answer had: all of them not improved, or all improved. Counts of everyone
/// who started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonResponseBounds {
    /// Improved if no non-responder had.
    pub worst_improved: u64,
    /// Improved if every non-responder had.
    pub best_improved: u64,
    /// Everyone who started: the denominator of both.
    pub starters: u64,
}

/// Bounds for non-responders (Manski, American Economic Review 80, 1990).
///
/// # Errors
///
/// More improved than responded, more responded than started, nobody started.
pub fn non_response_bounds(improved: u64, responders: u64, starters: u64) -> Result<NonResponseBounds, EstimateError> {
    if improved > responders {
        return Err(EstimateError::Share { part: improved, whole: responders });
    }
    if responders > starters || starters == 0 {
        return Err(EstimateError::Share { part: responders, whole: starters });
    }
    Ok(NonResponseBounds { worst_improved: improved, best_improved: improved + (starters - responders), starters })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_counts_of_everyone() {
        let bounds = non_response_bounds(93, 100, 250).unwrap();
        assert_eq!((bounds.worst_improved, bounds.best_improved, bounds.starters), (93, 243, 250));
    }

    #[test]
    fn impossible_counts_are_refused() {
        assert!(non_response_bounds(101, 100, 250).is_err());
        assert!(non_response_bounds(1, 100, 99).is_err());
        assert!(non_response_bounds(0, 0, 0).is_err());
        assert!(share(2, 1, Level::PERCENT_95).is_err());
        assert!(share(0, 0, Level::PERCENT_95).is_err());
    }

    #[test]
    fn a_mean_change_needs_people_who_differ() {
        let change = |before: &[f64], after: &[f64]| mean_change(before, after, Level::PERCENT_95);
        assert_eq!(change(&[1.0], &[2.0]), Err(EstimateError::TooFewPeople { people: 1 }));
        assert_eq!(change(&[1.0, 2.0], &[2.0, 3.0]), Err(Undefined::NoVariation.into()));
        assert!(change(&[1.0, 2.0], &[2.0]).is_err());
        let nan = EstimateError::NotFinite { column: "after", row: 1 };
        assert_eq!(change(&[1.0, 2.0], &[2.0, f64::NAN]), Err(nan));
    }

    #[test]
    fn ends_of_the_scale_are_kept() {
        assert!(share(0, 9, Level::PERCENT_95).unwrap().interval.lower.abs() < f64::EPSILON);
        assert!((share(9, 9, Level::PERCENT_95).unwrap().interval.upper - 1.0).abs() < f64::EPSILON);
    }
}
