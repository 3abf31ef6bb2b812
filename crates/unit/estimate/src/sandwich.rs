//! Cluster-robust covariance: bread, meat, bread.
//!
//! In: the inverse information, the score of each row, the cluster of each row. Out: the covariance of the coefficients
//! (Liang & Zeger, Biometrika 73, 1986), times G/(G-1) x (N-1)/(N-K) with G clusters, N rows and K parameters: the
//! correction of statsmodels' `cov_type="cluster"` and of Stata. Absent on purpose: other corrections.

use nalgebra::DMatrix;

use crate::cholesky::{add_outer, times};
use crate::grouping::Groups;

/// Adds up the scores of each cluster. `score(row, into)` adds the score of a row.
pub(crate) fn cluster_scores(groups: &Groups, size: usize, score: impl Fn(usize, &mut [f64])) -> Vec<Vec<f64>> {
    let mut scores = vec![vec![0.0; size]; groups.count()];
    for (row, &group) in groups.of_row().iter().enumerate() {
        score(row, &mut scores[group]);
    }
    scores
}

/// Part of the magnitudes that rounding may leave of scores that are zero.
const ROUNDING: f64 = 1e-13;

/// `magnitudes` are what the scores are differences of. A variance that rounding alone could leave of them is put down
/// as 0: the clusters do not differ.
pub(crate) fn covariance(
    bread: &DMatrix<f64>,
    scores: &[Vec<f64>],
    magnitudes: &[Vec<f64>],
    rows: u64,
) -> DMatrix<f64> {
    let size = bread.nrows();
    let mut meat = DMatrix::zeros(size, size);
    for score in scores {
        add_outer(&mut meat, 1.0, score);
    }
    let (clusters, rows, parameters) = (scores.len() as f64, rows as f64, size as f64);
    let correction = clusters / (clusters - 1.0) * ((rows - 1.0) / (rows - parameters));
    let mut covariance = times(&times(bread, &meat), bread) * correction;
    for column in 0..size {
        let reach = |sums: &Vec<f64>| -> f64 {
            sums.iter().enumerate().map(|(row, sum)| (bread[(column, row)] * sum).abs()).sum::<f64>() * ROUNDING
        };
        if covariance[(column, column)] <= magnitudes.iter().map(|sums| reach(sums) * reach(sums)).sum() {
            covariance[(column, column)] = 0.0;
        }
    }
    covariance
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use crate::{Observations, Undefined, linear, poisson};

    #[test]
    fn clusters_that_do_not_differ_have_no_standard_error() {
        // Every cluster has the same people, in thirds, so that nothing is exact in binary.
        let columns = [vec![1.0; 12], [0.0, 0.0, 1.0, 1.0].repeat(3)];
        let outcomes = [1.0 / 3.0, 2.0 / 3.0, 4.0 / 3.0, 7.0 / 3.0].repeat(3);
        let clusters = [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3];
        let same = Observations::new(&columns, outcomes, vec![0.1; 12], &clusters).unwrap();
        for fit in [linear(&same), poisson(&same, &[0.7; 12])] {
            assert_eq!(fit.unwrap().standard_error(1), Err(Undefined::NoVariation.into()));
        }
    }
}
