//! Logistic regression by Newton's method, which for this model is iteratively reweighted least squares.
//!
//! In: rows of columns on a common scale, treated first. Out: coefficients, or why there are none. An iteration that runs into
//! its cap, and groups that a covariate separates, are errors: neither has an answer to give.

use nalgebra::{Cholesky, DVector};

use crate::MatchingError;
use crate::moments::{Rows, add_products, symmetric};

/// Newton needs five to ten steps where there is an answer; a separation shows itself within thirty.
const STEPS_MAX: u32 = 60;
/// A last step this small, squared and measured in standard errors, is followed by rounding only.
const CONVERGED: f64 = 1e-18;
/// Below this the likelihood has no more to gain ...
const FLAT: f64 = 1e-6;
/// ... so that a linear predictor that still moves by more than this follows a covariate that separates the groups.
const STILL_MOVES: f64 = 0.1;
const HALVINGS_MAX: u32 = 30;

/// Coefficients, the intercept first, and how they were reached.
pub(crate) struct Fit {
    pub(crate) coefficients: Vec<f64>,
    pub(crate) log_likelihood: f64,
    pub(crate) steps: u32,
}

/// Probability of the log odds `eta`; never 0 times infinity.
pub(crate) fn probability(eta: f64) -> f64 {
    let small = libm::exp(-eta.abs());
    if eta >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) }
}

/// Log odds of a row.
pub(crate) fn linear(coefficients: &[f64], row: &[f64]) -> f64 {
    row.iter().zip(&coefficients[1..]).fold(coefficients[0], |sum, (value, slope)| sum + value * slope)
}

/// Fits the probability of being among the first `treated` rows.
///
/// # Errors
/// [`MatchingError::Separation`] by the column of `rows`, or [`MatchingError::NotConverged`].
pub(crate) fn fit(rows: &Rows, treated: usize) -> Result<Fit, MatchingError> {
    let mut at = Point::start(rows, treated);
    for steps in 1..=STEPS_MAX {
        // Weights so small that their matrix has no factor: every row is told apart.
        let step = at.newton_step().ok_or_else(|| separation(&at.coefficients))?;
        let gain = step.iter().zip(&at.gradient).fold(0.0, |sum, (step, gradient)| sum + step * gradient);
        if gain <= FLAT && rows.iter().any(|row| linear(&step, row).abs() > STILL_MOVES) {
            return Err(separation(&step));
        }
        at = at.moved(&step, rows, treated);
        if gain <= CONVERGED {
            return Ok(Fit { coefficients: at.coefficients, log_likelihood: at.log_likelihood, steps });
        }
    }
    Err(MatchingError::NotConverged { steps_max: STEPS_MAX })
}

/// Names the column that moves most: columns are on a common scale.
fn separation(moves: &[f64]) -> MatchingError {
    let slopes = moves[1..].iter().enumerate();
    let (column, _) = slopes.fold(
        (0, 0.0),
        |most: (usize, f64), (column, slope)| {
            if slope.abs() > most.1 { (column, slope.abs()) } else { most }
        },
    );
    MatchingError::Separation { column }
}

/// Coefficients with what the likelihood says there.
struct Point {
    coefficients: Vec<f64>,
    log_likelihood: f64,
    gradient: Vec<f64>,
    /// Lower triangle.
    information: Vec<f64>,
}

impl Point {
    /// No slopes, and the intercept that fits the size of the groups.
    fn start(rows: &Rows, treated: usize) -> Self {
        let others = rows.iter().count() - treated;
        let mut coefficients = vec![0.0; rows.width + 1];
        coefficients[0] = libm::log(treated as f64 / others as f64);
        Self::new(coefficients, rows, treated)
    }

    fn new(coefficients: Vec<f64>, rows: &Rows, treated: usize) -> Self {
        let width = coefficients.len();
        let mut at = Self {
            gradient: vec![0.0; width],
            information: vec![0.0; width * width],
            log_likelihood: 0.0,
            coefficients,
        };
        let mut with_one = vec![1.0; width];
        for (number, row) in rows.iter().enumerate() {
            with_one[1..].copy_from_slice(row);
            let eta = linear(&at.coefficients, row);
            let small = libm::exp(-eta.abs());
            // The log of the larger of the two probabilities, and what the smaller costs more.
            let is_treated = number < treated;
            let missed = if is_treated { -eta } else { eta };
            at.log_likelihood -= libm::log1p(small) + missed.max(0.0);
            let residual = if is_treated { probability(-eta) } else { -probability(eta) };
            for (sum, value) in at.gradient.iter_mut().zip(&with_one) {
                *sum += residual * value;
            }
            add_products(&mut at.information, &with_one, small / ((1.0 + small) * (1.0 + small)));
        }
        at
    }

    fn newton_step(&self) -> Option<Vec<f64>> {
        let width = self.gradient.len();
        let factor = Cholesky::new(symmetric(width, &self.information))?;
        let step: Vec<f64> = factor.solve(&DVector::from_column_slice(&self.gradient)).iter().copied().collect();
        step.iter().all(|part| part.is_finite()).then_some(step)
    }

    /// A step on, or the first of its halves, quarters ... that does not lower the likelihood by more than rounding.
    fn moved(&self, step: &[f64], rows: &Rows, treated: usize) -> Self {
        let lowest = self.log_likelihood - 1e-9 * (self.log_likelihood.abs() + 1.0);
        let mut share = 1.0;
        let mut at = self.at_share(step, share, rows, treated);
        for _ in 0..HALVINGS_MAX {
            if at.log_likelihood >= lowest {
                break;
            }
            share *= 0.5;
            at = self.at_share(step, share, rows, treated);
        }
        at
    }

    fn at_share(&self, step: &[f64], share: f64, rows: &Rows, treated: usize) -> Self {
        let coefficients = self.coefficients.iter().zip(step).map(|(here, step)| here + share * step).collect();
        Self::new(coefficients, rows, treated)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "the ends are exact")]
    #![allow(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::*;

    fn fitted(treated: &[f64], candidates: &[f64]) -> Result<Fit, MatchingError> {
        fit(&Rows { width: 1, numbers: [treated, candidates].concat() }, treated.len())
    }

    #[test]
    fn a_table_of_two_by_two_has_its_odds_ratio() {
        // 3 of 4 treated and 2 of 7 candidates have the mark: slope ln(3 / (2 / 5)), intercept ln(1 / 5).
        let fit = fitted(&[1.0, 1.0, 1.0, 0.0], &[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
        assert!((fit.coefficients[0] - 0.2_f64.ln()).abs() < 1e-12);
        assert!((fit.coefficients[1] - 7.5_f64.ln()).abs() < 1e-12);
        // Three of five marked and one of six unmarked are treated.
        let expected = 3.0 * 0.6_f64.ln() + 2.0 * 0.4_f64.ln() + (1.0_f64 / 6.0).ln() + 5.0 * (5.0_f64 / 6.0).ln();
        assert!((fit.log_likelihood - expected).abs() < 1e-12);
    }

    #[test]
    fn separation_is_an_error_complete_or_not() {
        let said = |treated: &[f64], candidates: &[f64]| fitted(treated, candidates).err();
        let expected = Some(MatchingError::Separation { column: 0 });
        assert_eq!(said(&[1.0, 2.0, 1.5], &[-1.0, 0.0, 0.5]), expected);
        assert_eq!(said(&[1.0, 2.0, 0.5], &[-1.0, 0.0, 0.5]), expected, "they meet in one value");
        assert_eq!(said(&[1.0, 1.0, 1.0], &[1.0, 0.0, 0.0]), expected, "no treated without the mark");
        assert_eq!(said(&[1.0, 2.0, 0.4], &[-1.0, 0.0, 0.5]), None, "they overlap");
    }

    #[test]
    fn the_column_that_separates_is_named() {
        let numbers = vec![0.3, 1.0, 0.9, 1.0, 0.1, 1.0, 0.2, 0.0, 0.8, 0.0, 0.5, 1.0, 0.6, 0.0];
        let said = fit(&Rows { width: 2, numbers }, 3).err();
        assert_eq!(said, Some(MatchingError::Separation { column: 1 }));
    }

    #[test]
    fn probabilities_are_exact_at_the_ends() {
        assert_eq!([probability(800.0), probability(-800.0), probability(0.0)], [1.0, 0.0, 0.5]);
    }
}
