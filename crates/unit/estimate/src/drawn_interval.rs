//! Intervals from draws: percentile, and bias-corrected and accelerated.
//!
//! In: the estimate, its value in each draw and without each cluster. Out: limits, or why there are none. Efron &
//! Tibshirani, An Introduction to the Bootstrap, 1993, chapters 13 and 14. Absent on purpose: draws without a value;
//! the caller counts them.

use crate::distribution::{normal_cdf, normal_quantile};
use crate::{Interval, Level, Undefined};

/// The values of the draws, sorted.
pub(crate) struct Sorted(Vec<f64>);

impl Sorted {
    /// At least one value.
    pub(crate) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_unstable_by(f64::total_cmp);
        (!values.is_empty()).then_some(Self(values))
    }

    pub(crate) fn percentile(&self, level: Level) -> Interval<f64> {
        Interval { lower: self.quantile(level.tail()), upper: self.quantile(1.0 - level.tail()) }
    }

    /// Percentiles moved for the bias of the draws and for a standard error that changes with the value (Efron &
    /// Tibshirani 14.9 to 14.15). Draws equal to the estimate count half on each side.
    pub(crate) fn bca(
        &self,
        estimate: f64,
        left_out: &[Result<f64, Undefined>],
        level: Level,
    ) -> Result<Interval<f64>, Undefined> {
        let below = self.0.partition_point(|&value| value < estimate);
        let up_to = self.0.partition_point(|&value| value <= estimate);
        if up_to == 0 || below == self.0.len() {
            return Err(Undefined::OneSided);
        }
        let bias = normal_quantile((below + up_to) as f64 / (2 * self.0.len()) as f64);
        let acceleration = acceleration(left_out)?;
        let moved = |z: f64| {
            let scale = 1.0 - acceleration * (bias + z);
            if scale > 0.0 { Ok(normal_cdf(bias + (bias + z) / scale)) } else { Err(Undefined::Jackknife) }
        };
        let z = normal_quantile(level.tail());
        Ok(Interval { lower: self.quantile(moved(z)?), upper: self.quantile(moved(-z)?) })
    }

    /// Linear between the values at positions (n - 1) p, as numpy and R have it by default (Hyndman & Fan, type 7).
    fn quantile(&self, p: f64) -> f64 {
        let position = p.clamp(0.0, 1.0) * (self.0.len() - 1) as f64;
        let low = libm::floor(position);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to len - 1, a whole number")]
        let at = low as usize;
        let next = (at + 1).min(self.0.len() - 1);
        self.0[at] + (position - low) * (self.0[next] - self.0[at])
    }
}

/// Sum of cubes over 6 x sum of squares^1.5 of the values without each cluster, from their mean (14.15).
fn acceleration(left_out: &[Result<f64, Undefined>]) -> Result<f64, Undefined> {
    let values: Vec<f64> = left_out.iter().copied().collect::<Result<_, _>>().map_err(|_| Undefined::Jackknife)?;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let (mut squares, mut cubes) = (0.0, 0.0);
    for value in values {
        let distance = mean - value;
        squares += distance * distance;
        cubes += distance * distance * distance;
    }
    if squares > 0.0 { Ok(cubes / (6.0 * squares * libm::sqrt(squares))) } else { Err(Undefined::NoVariation) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_interpolated() {
        let sorted = Sorted::of((0..=1000).rev().map(f64::from).collect()).unwrap();
        assert_eq!(sorted.percentile(Level::PERCENT_95), Interval { lower: 25.0, upper: 975.0 });
        assert!(Sorted::of(vec![]).is_none());
    }

    #[test]
    fn without_bias_and_acceleration_bca_is_the_percentile_interval() {
        let sorted = Sorted::of((-500..=500).map(f64::from).collect()).unwrap();
        let symmetric = [Ok(-1.0), Ok(0.0), Ok(1.0)];
        let (bca, percentile) =
            (sorted.bca(0.0, &symmetric, Level::PERCENT_95).unwrap(), sorted.percentile(Level::PERCENT_95));
        assert!((bca.lower - percentile.lower).abs() < 1e-9 && (bca.upper - percentile.upper).abs() < 1e-9);
    }

    #[test]
    fn reasons_for_no_interval() {
        let sorted = Sorted::of(vec![1.0, 2.0, 3.0]).unwrap();
        assert_eq!(sorted.bca(0.5, &[Ok(1.0), Ok(2.0)], Level::PERCENT_95), Err(Undefined::OneSided));
        assert_eq!(sorted.bca(3.5, &[Ok(1.0), Ok(2.0)], Level::PERCENT_95), Err(Undefined::OneSided));
        assert_eq!(sorted.bca(2.0, &[Ok(1.0), Err(Undefined::OneSided)], Level::PERCENT_95), Err(Undefined::Jackknife));
        assert_eq!(sorted.bca(2.0, &[Ok(1.0), Ok(1.0)], Level::PERCENT_95), Err(Undefined::NoVariation));
    }
}
