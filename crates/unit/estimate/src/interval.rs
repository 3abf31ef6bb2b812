//! Confidence levels and intervals.
//!
//! In: an estimate with its standard error, or two limits. Out: limits of the estimate's own type. Absent on purpose:
//! an interval without a level, and a default of the reference distribution that one would not see.

use crate::EstimateError;
use crate::distribution::{normal_quantile, normal_two_sided, t_two_sided, t_upper_quantile};

/// A confidence level in whole percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(u8);

impl Level {
    /// The usual one.
    pub const PERCENT_95: Self = Self(95);

    /// A level of 50 to 99 %.
    ///
    /// # Errors
    ///
    /// Outside that range: below, no interval; above, a cluster bootstrap has too few draws in the tails.
    pub fn percent(percent: u8) -> Result<Self, EstimateError> {
        if (50..=99).contains(&percent) { Ok(Self(percent)) } else { Err(EstimateError::Level { percent }) }
    }

    /// The level in percent.
    pub fn get(self) -> u8 {
        self.0
    }

    /// Probability left out on each side.
    pub(crate) fn tail(self) -> f64 {
        f64::from(100 - self.0) / 200.0
    }
}

/// Two limits. They stand for the level that was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval<T> {
    /// The lower limit.
    pub lower: T,
    /// The upper limit.
    pub upper: T,
}

impl<T> Interval<T> {
    pub(crate) fn map<U>(self, f: impl Fn(T) -> U) -> Interval<U> {
        Interval { lower: f(self.lower), upper: f(self.upper) }
    }
}

/// What an estimate divided by its standard error is compared with.
///
/// Recommended is [`Reference::StudentT`]: with the few dozen practices of a place the normal is too narrow (Cameron &
/// Miller, J Human Resources 50, 2015, section VI), and with many the two agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// t with clusters - 1 degrees of freedom.
    StudentT,
    /// The standard normal, as most programs have it.
    Normal,
}

impl Reference {
    pub(crate) fn interval(self, estimate: f64, standard_error: f64, level: Level, df: f64) -> Interval<f64> {
        let quantile = match self {
            Self::StudentT => t_upper_quantile(level.tail(), df),
            Self::Normal => -normal_quantile(level.tail()),
        };
        let half = quantile * standard_error;
        Interval { lower: estimate - half, upper: estimate + half }
    }

    pub(crate) fn two_sided_p(self, statistic: f64, df: f64) -> f64 {
        match self {
            Self::StudentT => t_two_sided(statistic, df),
            Self::Normal => normal_two_sided(statistic),
        }
    }
}

/// Below this many clusters, cluster-robust intervals are too narrow more often than they say (Cameron & Miller 2015:
/// "few" is 20 to 50, and more where clusters differ in size).
pub const CLUSTERS_ADVISED: usize = 40;

/// Fewer clusters than [`CLUSTERS_ADVISED`]: the interval is to be read with a warning and beside a wild cluster
/// bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FewClusters {
    /// Clusters there are.
    pub clusters: usize,
}

impl FewClusters {
    pub(crate) fn of(clusters: usize) -> Option<Self> {
        (clusters < CLUSTERS_ADVISED).then_some(Self { clusters })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_bounds() {
        assert_eq!(Level::percent(100), Err(EstimateError::Level { percent: 100 }));
        assert_eq!(Level::percent(49), Err(EstimateError::Level { percent: 49 }));
        assert_eq!(Level::percent(95), Ok(Level::PERCENT_95));
    }

    #[test]
    fn few_is_below_forty() {
        assert_eq!(FewClusters::of(39), Some(FewClusters { clusters: 39 }));
        assert_eq!(FewClusters::of(40), None);
    }
}
