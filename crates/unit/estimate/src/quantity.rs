//! The quantities: one type for each thing a number can mean.
//!
//! In: a value that was checked to be finite. Out: a value that carries its meaning and says it when shown. Absent on
//! purpose: a conversion between those that are not the same estimand. The change of participants minus the change of
//! the comparison, in percentage points, is not the percentage below expectation, and no type here lets one stand under
//! the label of the other.

use std::fmt;

use crate::Interval;

/// A number with a meaning.
pub trait Quantity: Copy + PartialOrd + fmt::Display + sealed::Sealed {
    /// What the number is, in words.
    const LABEL: &'static str;

    /// The number alone.
    fn value(self) -> f64;
}

mod sealed {
    /// Only this crate makes quantities.
    pub trait Sealed: Sized {
        /// A value known to be finite.
        fn of(value: f64) -> Self;
    }
}
pub(crate) use sealed::Sealed;

macro_rules! quantities {
    ($($(#[$doc:meta])* $name:ident, $label:literal, $show:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl Sealed for $name {
            fn of(value: f64) -> Self {
                Self(value)
            }
        }

        impl Quantity for $name {
            const LABEL: &'static str = $label;

            fn value(self) -> f64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, $show, self.0)
            }
        }
    )*};
}

quantities! {
    /// Sum of amounts over sum of person-years: never a mean of ratios.
    RatePerPersonYear, "rate per person-year", "{:.4} per person-year";

    /// (r1 after - r1 before) - (r0 after - r0 before), 1 the participants and 0 the comparison.
    DifferencePerPersonYear, "difference in differences per person-year", "{:+.4} per person-year";

    /// r after / r before - 1 of one arm, in percent.
    PercentChange, "change after against before, percent", "{:+.1} %";

    /// [`PercentChange`] of participants minus that of the comparison. A sum of two percentages: -18.5 % against +16.2
    /// % is -34.7 points.
    PercentagePoints, "difference between two percentage changes, percentage points", "{:+.1} percentage points";

    /// (r1 after / r1 before) / (r0 after / r0 before).
    RatioOfRatios, "ratio of ratios", "{:.3}";

    /// r1 after / r0 after.
    RateRatio, "rate ratio after", "{:.3}";

    /// 100 (1 - [`RatioOfRatios`]): how far participants are below what they would have had, had they changed as the
    /// comparison did. -18.5 % against +16.2 % is 29.9 % below.
    PercentBelowExpectation, "below expectation, percent", "{:.1} % below expectation";
}

/// A quantity for which 1 is no effect.
pub trait Ratio: Quantity {}

impl Ratio for RatioOfRatios {}
impl Ratio for RateRatio {}

impl RatioOfRatios {
    /// The same result as a percentage: 100 (1 - ratio).
    pub fn below_expectation(self) -> PercentBelowExpectation {
        PercentBelowExpectation(100.0 * (1.0 - self.0))
    }
}

impl Interval<RatioOfRatios> {
    /// The same limits as percentages. The larger ratio is the smaller percentage below.
    pub fn below_expectation(self) -> Interval<PercentBelowExpectation> {
        Interval { lower: self.upper.below_expectation(), upper: self.lower.below_expectation() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_percent_below_have_different_labels() {
        assert_ne!(PercentagePoints::LABEL, PercentBelowExpectation::LABEL);
        let below = RatioOfRatios::of(0.815 / 1.162).below_expectation();
        assert!((below.value() - 29.862_306_368_330_5).abs() < 1e-9);
        let limits = Interval { lower: RatioOfRatios::of(0.6), upper: RatioOfRatios::of(1.1) }.below_expectation();
        assert!((limits.lower.value() + 10.0).abs() < 1e-9 && (limits.upper.value() - 40.0).abs() < 1e-9);
    }
}
