//! Benefit-cost ratio and cost per participant: exact until they are shown.
//!
//! In: whole pence and people. Out: a reduced fraction, rounded once and on demand. Absent on purpose: floats.

use std::fmt;

use crate::EstimateError;

/// A fraction in lowest terms, its denominator above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExactRatio {
    numerator: i64,
    denominator: u64,
}

impl ExactRatio {
    /// Reduces a fraction.
    ///
    /// # Errors
    ///
    /// The denominator is 0.
    pub fn new(numerator: i64, denominator: u64) -> Result<Self, EstimateError> {
        if denominator == 0 {
            return Err(EstimateError::ZeroDenominator);
        }
        let common = greatest_common_divisor(numerator.unsigned_abs(), denominator);
        let reduced = i128::from(numerator) / i128::from(common);
        let numerator = i64::try_from(reduced).expect("a quotient is no larger than what was divided");
        Ok(Self { numerator, denominator: denominator / common })
    }

    /// Above the line.
    pub fn numerator(self) -> i64 {
        self.numerator
    }

    /// Below the line, at least 1.
    pub fn denominator(self) -> u64 {
        self.denominator
    }

    /// The nearest whole number of 1 / `parts`, halves away from zero: with 100 parts, hundredths.
    pub fn rounded(self, parts: u32) -> i128 {
        let (denominator, scaled) = (i128::from(self.denominator), i128::from(self.numerator) * i128::from(parts));
        (2 * scaled.abs() + denominator) / (2 * denominator) * scaled.signum()
    }
}

/// Benefit over cost. A benefit may be negative: an adverse result has a ratio too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BenefitCostRatio(ExactRatio);

impl BenefitCostRatio {
    /// Benefit and cost in pence.
    ///
    /// # Errors
    ///
    /// The cost is 0.
    pub fn new(benefit_pence: i64, cost_pence: u64) -> Result<Self, EstimateError> {
        ExactRatio::new(benefit_pence, cost_pence).map(Self)
    }

    /// The fraction.
    pub fn exact(self) -> ExactRatio {
        self.0
    }
}

impl fmt::Display for BenefitCostRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hundredths(f, "", self.0.rounded(100))
    }
}

/// Cost over participants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CostPerParticipant(ExactRatio);

impl CostPerParticipant {
    /// Cost in pence, and everyone who started.
    ///
    /// # Errors
    ///
    /// Nobody started; a cost above 2^63 pence.
    pub fn new(cost_pence: u64, participants: u64) -> Result<Self, EstimateError> {
        let cost = i64::try_from(cost_pence).map_err(|_| EstimateError::CostTooLarge)?;
        ExactRatio::new(cost, participants).map(Self)
    }

    /// Pence per participant, as a fraction.
    pub fn exact(self) -> ExactRatio {
        self.0
    }
}

impl fmt::Display for CostPerParticipant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hundredths(f, "\u{a3}", self.0.rounded(1))
    }
}

fn write_hundredths(f: &mut fmt::Formatter<'_>, unit: &str, hundredths: i128) -> fmt::Result {
    let sign = if hundredths < 0 { "-" } else { "" };
    write!(f, "{sign}{unit}{}.{:02}", hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100)
}

fn greatest_common_divisor(left: u64, right: u64) -> u64 {
    let (mut left, mut right) = (left, right);
    while right > 0 {
        (left, right) = (right, left % right);
    }
    left
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_exact_and_rounded_once() {
        let ratio = BenefitCostRatio::new(235, 100).unwrap();
        assert_eq!((ratio.exact().numerator(), ratio.exact().denominator()), (47, 20));
        assert_eq!(ratio.to_string(), "2.35");
        // 2.345 exactly: a binary float lies below it.
        assert_eq!(BenefitCostRatio::new(2_345, 1_000).unwrap().to_string(), "2.35");
        assert_eq!(BenefitCostRatio::new(-2_345, 1_000).unwrap().to_string(), "-2.35");
        assert_eq!(BenefitCostRatio::new(-1, 1_000).unwrap().to_string(), "0.00");
        assert_eq!(CostPerParticipant::new(100_000, 3).unwrap().to_string(), "\u{a3}333.33");
    }

    #[test]
    fn extremes_do_not_overflow() {
        let least = ExactRatio::new(i64::MIN, 1).unwrap();
        assert_eq!(least.rounded(u32::MAX), i128::from(i64::MIN) * i128::from(u32::MAX));
        assert_eq!(ExactRatio::new(i64::MIN, 1 << 63).unwrap(), ExactRatio::new(-1, 1).unwrap());
        assert_eq!(ExactRatio::new(0, u64::MAX).unwrap().denominator(), 1);
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        assert_eq!(BenefitCostRatio::new(1, 0), Err(EstimateError::ZeroDenominator));
        assert_eq!(CostPerParticipant::new(1, 0), Err(EstimateError::ZeroDenominator));
        assert_eq!(CostPerParticipant::new(u64::MAX, 1), Err(EstimateError::CostTooLarge));
    }
}
