//! Poisson regression with a log exposure offset and cluster-robust covariance.
//!
//! In: observations and the exposure of each row. Out: log rate ratios. The outcome need not be Poisson: the fit needs
//! the mean alone, and the covariance takes the variation from the clusters (Wooldridge, Econometric Analysis, 2010,
//! section 18.2), so that pence are as welcome as events. Absent on purpose: penalties; where a group has only zeros
//! there is no finite answer, and the error says so.

use crate::cholesky::times_vector;
use crate::panel::check_length;
use crate::sandwich::{cluster_scores, covariance};
use crate::{EstimateError, Observations, Regression};

/// Iterations at most. Newton's method doubles the digits with each; twenty are many.
pub const ITERATIONS_MAX: usize = 50;

/// Largest step of a linear predictor that still counts as settled. The next step would be its square.
const STEP_SETTLED: f64 = 1e-10;

/// Linear predictors beyond this have run off: e^500 is not far from the largest float.
const PREDICTOR_MAX: f64 = 500.0;

/// A mean this small beside the average says that its group has only zeros.
const MEAN_SEPARATED: f64 = 1e-8;

/// Fits E(outcome) = exposure x exp(columns x coefficients) by iteratively reweighted least squares.
///
/// # Errors
///
/// Exposures that are not finite and above 0, negative outcomes, a group that has only zeros, no convergence.
pub fn poisson(observations: &Observations, exposures: &[f64]) -> Result<Regression, EstimateError> {
    let (coefficients, iterations) = poisson_coefficients(observations, exposures)?;
    let means = means(observations, exposures, &coefficients);
    let (weights, outcomes) = (observations.weights(), observations.outcomes());
    let bread = observations.information(|row| weights[row] * means[row])?;
    let scores = cluster_scores(observations.groups(), observations.columns(), |row, score| {
        let factor = weights[row] * (outcomes[row] - means[row]);
        score.iter_mut().zip(observations.row(row)).for_each(|(sum, x)| *sum += factor * x);
    });
    Ok(Regression {
        coefficients,
        covariance: covariance(&bread, &scores, &observations.magnitudes(&means), observations.rows_counted()),
        dispersion: None,
        clusters: observations.groups().count(),
        iterations,
    })
}

/// The coefficients alone, and the iterations they took.
pub(crate) fn poisson_coefficients(
    observations: &Observations,
    exposures: &[f64],
) -> Result<(Vec<f64>, usize), EstimateError> {
    check_counts(observations, exposures)?;
    let mut coefficients = start(observations, exposures)?;
    let mut fit = log_likelihood(observations, exposures, &coefficients);
    for iteration in 1..=ITERATIONS_MAX {
        let Ok(step) = newton_step(observations, exposures, &coefficients) else {
            return Err(run_off(observations, exposures, &coefficients, iteration));
        };
        let moved = largest(&observations.predictor(&step));
        if moved <= STEP_SETTLED {
            coefficients.iter_mut().zip(&step).for_each(|(beta, step)| *beta += step);
            return Ok((coefficients, iteration));
        }
        (coefficients, fit) = climb(&coefficients, &step, fit, |at| log_likelihood(observations, exposures, at));
    }
    Err(run_off(observations, exposures, &coefficients, ITERATIONS_MAX))
}

/// Takes the step, or half of it as often as it overshoots. A step that gains nothing but rounding is taken whole.
pub(crate) fn climb(from: &[f64], step: &[f64], fit: f64, value: impl Fn(&[f64]) -> f64) -> (Vec<f64>, f64) {
    let mut size = 1.0;
    for _ in 0..20 {
        let at: Vec<f64> = from.iter().zip(step).map(|(beta, step)| beta + size * step).collect();
        let reached = value(&at);
        if reached >= fit - 1e-9 * fit.abs() {
            return (at, reached);
        }
        size /= 2.0;
    }
    (from.to_vec(), fit)
}

pub(crate) fn means(observations: &Observations, exposures: &[f64], coefficients: &[f64]) -> Vec<f64> {
    let predictor = observations.predictor(coefficients);
    predictor.iter().zip(exposures).map(|(eta, exposure)| exposure * libm::exp(*eta)).collect()
}

pub(crate) fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

fn check_counts(observations: &Observations, exposures: &[f64]) -> Result<(), EstimateError> {
    check_length("exposures", exposures.len(), observations.rows())?;
    if let Some(row) = exposures.iter().position(|exposure| !(exposure.is_finite() && *exposure > 0.0)) {
        return Err(EstimateError::Exposure { row });
    }
    match observations.outcomes().iter().position(|&outcome| outcome < 0.0) {
        Some(row) => Err(EstimateError::NegativeOutcome { row }),
        None => Ok(()),
    }
}

/// Least squares on logs, each mean started halfway between the outcome and the average rate (`McCullagh` & Nelder
/// 1989, section 2.5).
fn start(observations: &Observations, exposures: &[f64]) -> Result<Vec<f64>, EstimateError> {
    let average = average_rate(observations, exposures);
    if average <= 0.0 {
        return Err(EstimateError::Separated);
    }
    let (weights, outcomes) = (observations.weights(), observations.outcomes());
    let mean = |row: usize| 0.5 * (outcomes[row] + average * exposures[row]);
    let working = |row: usize| libm::log(mean(row) / exposures[row]) + (outcomes[row] - mean(row)) / mean(row);
    let information = observations.information(|row| weights[row] * mean(row))?;
    Ok(times_vector(&information, &observations.score(|row| weights[row] * mean(row) * working(row))))
}

fn newton_step(
    observations: &Observations,
    exposures: &[f64],
    coefficients: &[f64],
) -> Result<Vec<f64>, EstimateError> {
    let means = means(observations, exposures, coefficients);
    let (weights, outcomes) = (observations.weights(), observations.outcomes());
    let information = observations.information(|row| weights[row] * means[row])?;
    Ok(times_vector(&information, &observations.score(|row| weights[row] * (outcomes[row] - means[row]))))
}

/// Up to a constant; minus infinity where the predictor has run off.
fn log_likelihood(observations: &Observations, exposures: &[f64], coefficients: &[f64]) -> f64 {
    let predictor = observations.predictor(coefficients);
    if largest(&predictor) > PREDICTOR_MAX {
        return f64::NEG_INFINITY;
    }
    let rows = predictor.iter().zip(exposures).zip(observations.outcomes()).zip(observations.weights());
    rows.map(|(((eta, exposure), outcome), weight)| weight * (outcome * eta - exposure * libm::exp(*eta))).sum()
}

fn average_rate(observations: &Observations, exposures: &[f64]) -> f64 {
    let total = |values: &[f64]| -> f64 {
        values.iter().zip(observations.weights()).map(|(value, weight)| value * weight).sum()
    };
    total(observations.outcomes()) / total(exposures)
}

/// Why the iteration did not end.
fn run_off(observations: &Observations, exposures: &[f64], coefficients: &[f64], iterations: usize) -> EstimateError {
    let ln_floor = libm::log(MEAN_SEPARATED * average_rate(observations, exposures));
    let separated = observations.predictor(coefficients).iter().any(|&eta| eta < ln_floor);
    if separated { EstimateError::Separated } else { EstimateError::NoConvergence { iterations } }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    fn two_groups(outcomes: [f64; 6]) -> Observations {
        let columns = [vec![1.0; 6], vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0]];
        Observations::new(&columns, outcomes.to_vec(), vec![1.0; 6], &[1, 2, 3, 1, 2, 3]).unwrap()
    }

    #[test]
    fn two_groups_give_the_ratio_of_their_rates() {
        let fit = poisson(&two_groups([1.0, 2.0, 3.0, 5.0, 0.0, 4.0]), &[1.0, 2.0, 1.0, 1.0, 1.0, 1.0]).unwrap();
        // 9 / 3 against 6 / 4.
        assert!((fit.coefficients()[1] - std::f64::consts::LN_2).abs() < 1e-12);
        assert!(fit.iterations() < 10);
    }

    #[test]
    fn a_group_of_zeros_is_separated() {
        let separated = poisson(&two_groups([1.0, 2.0, 3.0, 0.0, 0.0, 0.0]), &[1.0; 6]);
        assert_eq!(separated, Err(EstimateError::Separated));
        assert_eq!(poisson(&two_groups([0.0; 6]), &[1.0; 6]), Err(EstimateError::Separated));
    }

    #[test]
    fn faulty_rows_are_named() {
        let negative = poisson(&two_groups([1.0, -2.0, 3.0, 0.0, 0.0, 0.0]), &[1.0; 6]);
        assert_eq!(negative, Err(EstimateError::NegativeOutcome { row: 1 }));
        let no_exposure = poisson(&two_groups([1.0; 6]), &[1.0, 1.0, 0.0, 1.0, 1.0, 1.0]);
        assert_eq!(no_exposure, Err(EstimateError::Exposure { row: 2 }));
        assert!(poisson(&two_groups([1.0; 6]), &[1.0]).is_err());
    }
}
