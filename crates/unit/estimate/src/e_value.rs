//! The E-value: how strong an unmeasured confounder would have to be.
//!
//! In: a rate ratio and its limits. Out: the least association, as a ratio, that such a confounder would need with both
//! the programme and the outcome to explain the estimate away (`VanderWeele` & Ding, Annals of Internal Medicine 167,
//! 2017). Absent on purpose: a verdict.

use crate::{EstimateError, Interval, Ratio};

/// E-values of an estimate and of its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EValue {
    /// For the estimate.
    pub estimate: f64,
    /// For the limit nearer to 1; 1 if the interval has 1 in it.
    pub limit: f64,
}

/// r + sqrt(r (r - 1)) for r >= 1, and of 1 / r below.
///
/// # Errors
///
/// Ratios that are not finite and above 0, limits in the wrong order.
pub fn e_value<T: Ratio>(ratio: T, interval: Interval<T>) -> Result<EValue, EstimateError> {
    let (ratio, interval) = (ratio.value(), interval.map(T::value));
    let sound = |ratio: f64| ratio.is_finite() && ratio > 0.0;
    if !(sound(ratio) && sound(interval.lower) && sound(interval.upper) && interval.lower <= interval.upper) {
        return Err(EstimateError::RateRatio);
    }
    let limit = if interval.lower > 1.0 {
        of(interval.lower)
    } else if interval.upper < 1.0 {
        of(interval.upper)
    } else {
        1.0
    };
    Ok(EValue { estimate: of(ratio), limit })
}

fn of(ratio: f64) -> f64 {
    let ratio = if ratio < 1.0 { 1.0 / ratio } else { ratio };
    ratio + libm::sqrt(ratio * (ratio - 1.0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;
    use crate::RateRatio;
    use crate::quantity::Sealed as _;

    fn found(ratio: f64, lower: f64, upper: f64) -> Result<EValue, EstimateError> {
        e_value(RateRatio::of(ratio), Interval { lower, upper }.map(RateRatio::of))
    }

    #[test]
    fn published_examples() {
        // VanderWeele & Ding 2017: respiratory deaths and breastfeeding, 3.9 (1.8 to 8.7): 7.26 and 3.00.
        let study = found(3.9, 1.8, 8.7).unwrap();
        assert!((study.estimate - 7.26).abs() < 0.005 && (study.limit - 3.00).abs() < 0.005);
        // The same the other way round: 1/3.9 (1/8.7 to 1/1.8).
        let turned = found(1.0 / 3.9, 1.0 / 8.7, 1.0 / 1.8).unwrap();
        assert!((turned.estimate - study.estimate).abs() < 1e-12 && (turned.limit - study.limit).abs() < 1e-12);
    }

    #[test]
    fn an_interval_with_one_in_it_needs_no_confounder() {
        assert!((found(0.9, 0.7, 1.1).unwrap().limit - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_no_ratio_is_refused() {
        for (ratio, lower, upper) in [(0.0, 0.5, 1.0), (f64::NAN, 0.5, 1.0), (1.0, 2.0, 1.0), (1.0, 0.5, f64::INFINITY)]
        {
            assert_eq!(found(ratio, lower, upper), Err(EstimateError::RateRatio));
        }
    }
}
