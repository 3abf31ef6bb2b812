//! Weighted least squares with cluster-robust covariance.
//!
//! In: observations. Out: coefficients (X'WX)^-1 X'Wy. Absent on purpose: variances that assume independent rows.

use crate::cholesky::times_vector;
use crate::sandwich::{cluster_scores, covariance};
use crate::{EstimateError, Observations, Regression};

/// Fits outcome = columns x coefficients by weighted least squares.
///
/// # Errors
///
/// Columns that others determine.
pub fn linear(observations: &Observations) -> Result<Regression, EstimateError> {
    let (weights, outcomes) = (observations.weights(), observations.outcomes());
    let bread = observations.information(|row| weights[row])?;
    let mut coefficients = times_vector(&bread, &observations.score(|row| weights[row] * outcomes[row]));
    // One step of refinement: the residuals of the first solution are small, so that theirs lose no digits.
    let fitted = observations.predictor(&coefficients);
    let rest = times_vector(&bread, &observations.score(|row| weights[row] * (outcomes[row] - fitted[row])));
    coefficients.iter_mut().zip(rest).for_each(|(beta, step)| *beta += step);

    let fitted = observations.predictor(&coefficients);
    let scores = cluster_scores(observations.groups(), observations.columns(), |row, score| {
        let factor = weights[row] * (outcomes[row] - fitted[row]);
        score.iter_mut().zip(observations.row(row)).for_each(|(sum, x)| *sum += factor * x);
    });
    Ok(Regression {
        coefficients,
        covariance: covariance(&bread, &scores, &observations.magnitudes(&fitted), observations.rows_counted()),
        dispersion: None,
        clusters: observations.groups().count(),
        iterations: 1,
    })
}
