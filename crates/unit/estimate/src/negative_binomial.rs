//! Negative binomial regression (NB2: variance = mean + dispersion x mean^2), beside the Poisson fit as sensitivity.
//!
//! In: observations of counts and the exposure of each row. Out: log rate ratios and the dispersion, both by maximum
//! likelihood with one cluster-robust covariance, which counts the dispersion among the parameters, as statsmodels
//! does. Cameron & Trivedi, Regression Analysis of Count Data, 2013, section 3.3. Absent on purpose: amounts of money,
//! whose dispersion means nothing.

use nalgebra::DMatrix;
use special::Gamma as _;

use crate::cholesky::{add_outer, inverse, times_vector};
use crate::poisson::{ITERATIONS_MAX, climb, largest, means, poisson_coefficients};
use crate::sandwich::{cluster_scores, covariance};
use crate::{EstimateError, Observations, Regression};

/// Counts up to this are summed term by term, which stays exact as the dispersion goes to 0; larger ones by digamma.
const TERMS_MAX: f64 = 512.0;

/// Largest relative step that still counts as settled.
const STEP_SETTLED: f64 = 1e-10;

/// Fits E(outcome) = exposure x exp(columns x coefficients) with variance = mean + dispersion x mean^2.
///
/// # Errors
///
/// As [`crate::poisson()`]; counts that are not overdispersed, for which the maximum lies at the Poisson fit.
pub fn negative_binomial(observations: &Observations, exposures: &[f64]) -> Result<Regression, EstimateError> {
    let (mut parameters, _) = poisson_coefficients(observations, exposures)?;
    parameters.push(first_dispersion(observations, &means(observations, exposures, &parameters))?);
    let model = Model { observations, exposures };
    let (parameters, iterations) = model.maximise(parameters)?;

    let (rows, curvature) = model.derivatives(&parameters);
    let bread = inverse(&-curvature).map_err(|column| EstimateError::Collinear { column })?;
    let scores = cluster_scores(observations.groups(), parameters.len(), |row, score| {
        score.iter_mut().zip(model.score(row, &rows[row])).for_each(|(sum, part)| *sum += part);
    });
    let (coefficients, dispersion) = model.split(&parameters);
    let magnitudes = observations.magnitudes(&means(observations, exposures, coefficients));
    Ok(Regression {
        coefficients: coefficients.to_vec(),
        covariance: covariance(&bread, &scores, &magnitudes, observations.rows_counted()),
        dispersion: Some(dispersion),
        clusters: observations.groups().count(),
        iterations,
    })
}

/// By moments. The numerator is twice the slope of the likelihood at dispersion 0: unless it rises there, it has no
/// maximum above.
fn first_dispersion(observations: &Observations, means: &[f64]) -> Result<f64, EstimateError> {
    let (mut excess, mut squares) = (0.0, 0.0);
    for ((outcome, mean), weight) in observations.outcomes().iter().zip(means).zip(observations.weights()) {
        excess += weight * ((outcome - mean) * (outcome - mean) - outcome);
        squares += weight * mean * mean;
    }
    if excess > 0.0 { Ok(excess / squares) } else { Err(EstimateError::NotOverdispersed) }
}

struct Model<'a> {
    observations: &'a Observations,
    exposures: &'a [f64],
}

/// First derivatives of one row's log-likelihood, weighted: by its linear predictor and by the dispersion.
struct RowScore {
    predictor: f64,
    dispersion: f64,
}

impl Model<'_> {
    fn split<'p>(&self, parameters: &'p [f64]) -> (&'p [f64], f64) {
        let columns = self.observations.columns();
        (&parameters[..columns], parameters[columns])
    }

    fn maximise(&self, mut parameters: Vec<f64>) -> Result<(Vec<f64>, usize), EstimateError> {
        let mut fit = self.log_likelihood(&parameters);
        for iteration in 1..=ITERATIONS_MAX {
            let step = self.newton_step(&parameters)?;
            let (coefficients_step, dispersion_step) = self.split(&step);
            let moved = largest(&self.observations.predictor(coefficients_step))
                .max(dispersion_step.abs() / self.split(&parameters).1);
            (parameters, fit) = climb(&parameters, &step, fit, |at| self.log_likelihood(at));
            if moved <= STEP_SETTLED {
                return Ok((parameters, iteration));
            }
        }
        Err(EstimateError::NoConvergence { iterations: ITERATIONS_MAX })
    }

    /// Newton's step; where the likelihood is not concave, the mixed derivatives are left out and the last one is
    /// turned round.
    fn newton_step(&self, parameters: &[f64]) -> Result<Vec<f64>, EstimateError> {
        let (rows, curvature) = self.derivatives(parameters);
        let mut slope = vec![0.0; parameters.len()];
        for (row, derivative) in rows.iter().enumerate() {
            slope.iter_mut().zip(self.score(row, derivative)).for_each(|(sum, part)| *sum += part);
        }
        let last = parameters.len() - 1;
        let concave = inverse(&-&curvature).or_else(|_| {
            let mut blocks = -curvature;
            for column in 0..last {
                blocks[(column, last)] = 0.0;
                blocks[(last, column)] = 0.0;
            }
            blocks[(last, last)] = blocks[(last, last)].abs();
            inverse(&blocks)
        });
        let information = concave.map_err(|column| EstimateError::Collinear { column })?;
        Ok(times_vector(&information, &slope))
    }

    fn score(&self, row: usize, derivative: &RowScore) -> impl Iterator<Item = f64> {
        let by_columns = self.observations.row(row).iter().map(|x| x * derivative.predictor);
        by_columns.chain([derivative.dispersion])
    }

    /// Up to a constant; minus infinity outside the range.
    fn log_likelihood(&self, parameters: &[f64]) -> f64 {
        let (coefficients, alpha) = self.split(parameters);
        if alpha <= 0.0 {
            return f64::NEG_INFINITY;
        }
        let means = means(self.observations, self.exposures, coefficients);
        let rows = means.iter().zip(self.observations.outcomes()).zip(self.observations.weights());
        let fit: f64 = rows
            .map(|((&mean, &outcome), weight)| {
                weight
                    * (ln_terms(outcome, alpha) + outcome * libm::log(mean)
                        - (outcome + 1.0 / alpha) * libm::log1p(alpha * mean))
            })
            .sum();
        if fit.is_finite() { fit } else { f64::NEG_INFINITY }
    }

    /// Scores of the rows, and the matrix of second derivatives.
    fn derivatives(&self, parameters: &[f64]) -> (Vec<RowScore>, DMatrix<f64>) {
        let (coefficients, alpha) = self.split(parameters);
        let last = coefficients.len();
        let theta = 1.0 / alpha;
        let means = means(self.observations, self.exposures, coefficients);
        let mut curvature = DMatrix::zeros(last + 1, last + 1);
        let mut extended = vec![0.0; last + 1];
        let mut scores = Vec::with_capacity(means.len());
        for (row, &mean) in means.iter().enumerate() {
            let (outcome, weight) = (self.observations.outcomes()[row], self.observations.weights()[row]);
            let scale = 1.0 + alpha * mean;
            let (first, second) = sums(outcome, alpha);
            let ln_scale = libm::log1p(alpha * mean);
            let rest = mean / scale;
            scores.push(RowScore {
                predictor: weight * (outcome - mean) / scale,
                dispersion: weight * (first + theta * theta * ln_scale - (outcome + theta) * rest),
            });
            let by_alpha = -second - 2.0 * theta * theta * theta * ln_scale
                + 2.0 * theta * theta * rest
                + (outcome + theta) * rest * rest;
            extended[..last].copy_from_slice(self.observations.row(row));
            add_outer(&mut curvature, -weight * rest * (1.0 + alpha * outcome) / scale, &extended);
            let mixed = -weight * rest * (outcome - mean) / scale;
            for (column, x) in self.observations.row(row).iter().enumerate() {
                curvature[(column, last)] += mixed * x;
                curvature[(last, column)] += mixed * x;
            }
            curvature[(last, last)] += weight * by_alpha;
        }
        (scores, curvature)
    }
}

fn is_small_count(outcome: f64) -> bool {
    outcome <= TERMS_MAX && libm::floor(outcome) >= outcome
}

/// 0, 1, .. below the count.
fn below(outcome: f64) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(0.0), |k| Some(k + 1.0)).take_while(move |k| *k < outcome)
}

/// ln Gamma(y + 1/a) - ln Gamma(1/a) + y ln a = sum of ln(1 + a k) over k < y.
fn ln_terms(outcome: f64, alpha: f64) -> f64 {
    if is_small_count(outcome) {
        return below(outcome).map(|k| libm::log1p(alpha * k)).sum();
    }
    let theta = 1.0 / alpha;
    libm::lgamma(outcome + theta) - libm::lgamma(theta) + outcome * libm::log(alpha)
}

/// Sums over k < y of k / (1 + a k) and of its square: derivatives of [`ln_terms`] by a, the second with its sign
/// turned.
fn sums(outcome: f64, alpha: f64) -> (f64, f64) {
    if is_small_count(outcome) {
        return below(outcome).fold((0.0, 0.0), |(first, second), k| {
            let term = k / (1.0 + alpha * k);
            (first + term, second + term * term)
        });
    }
    let theta = 1.0 / alpha;
    let digammas = theta * ((outcome + theta).digamma() - theta.digamma());
    let trigammas = theta * theta * (theta.trigamma() - (outcome + theta).trigamma());
    (theta * (outcome - digammas), theta * theta * (outcome - 2.0 * digammas + trigammas))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn digamma_and_terms_agree() {
        // 512.0 is summed; half a count more is not a count, and the two lie on one smooth curve.
        for alpha in [0.05, 0.7, 3.0] {
            let (below, at, above) = (sums(511.5, alpha), sums(512.0, alpha), sums(512.5, alpha));
            assert!((at.0 - f64::midpoint(below.0, above.0)).abs() < 1e-4 * at.0);
            assert!((at.1 - f64::midpoint(below.1, above.1)).abs() < 1e-4 * at.1);
        }
    }

    #[test]
    fn equal_counts_are_not_overdispersed() {
        let constant = [vec![1.0; 4]];
        let equal = Observations::new(&constant, vec![3.0; 4], vec![1.0; 4], &[1, 2, 3, 4]).unwrap();
        assert_eq!(negative_binomial(&equal, &[1.0; 4]), Err(EstimateError::NotOverdispersed));
    }
}
