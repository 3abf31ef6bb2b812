//! What a model is fitted to: columns, outcomes, weights, clusters.
//!
//! In: plain columns. Out: rows of a design whose numbers are finite and whose columns no other determines. Absent on
//! purpose: names of variables, formulae, a constant that nobody asked for.

use nalgebra::DMatrix;

use crate::EstimateError;
use crate::cholesky::{add_outer, inverse};
use crate::grouping::Groups;
use crate::panel::{check_length, check_rows, check_weights};
use crate::sandwich::cluster_scores;

/// Most columns of a model: a row of its design fits a page, and sixteen quarters of two arms are 32.
pub const COLUMNS_MAX: usize = 64;

/// Rows of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Observations {
    columns: usize,
    /// Row after row.
    design: Vec<f64>,
    outcomes: Vec<f64>,
    weights: Vec<f64>,
    groups: Groups,
    rows_counted: u64,
}

impl Observations {
    /// Checks the columns of a model; a constant, if wanted, is a column of ones. Weights are sampling weights.
    ///
    /// # Errors
    ///
    /// No rows or too many, columns of different lengths, numbers that are not finite, weights not above 0, no more
    /// rows than columns, columns that others determine, fewer than two clusters.
    pub fn new(
        columns: &[Vec<f64>],
        outcomes: Vec<f64>,
        weights: Vec<f64>,
        clusters: &[u32],
    ) -> Result<Self, EstimateError> {
        check_rows(outcomes.len())?;
        check_length("clusters", clusters.len(), outcomes.len())?;
        let rows_counted = outcomes.len() as u64;
        Self::aggregated(columns, outcomes, weights, Groups::of(clusters)?, rows_counted)
    }

    /// Rows that each stand for several with the same design, which add up to `rows_counted`. Scores and information of
    /// saturated models are those of the single rows; only the small-sample correction needs to know how many there
    /// were.
    pub(crate) fn aggregated(
        columns: &[Vec<f64>],
        outcomes: Vec<f64>,
        weights: Vec<f64>,
        groups: Groups,
        rows_counted: u64,
    ) -> Result<Self, EstimateError> {
        let rows = outcomes.len();
        check_rows(rows)?;
        if !(1..=COLUMNS_MAX).contains(&columns.len()) {
            return Err(EstimateError::Columns { columns: columns.len(), columns_max: COLUMNS_MAX });
        }
        check_finite("outcomes", &outcomes)?;
        for column in columns {
            check_length("design", column.len(), rows)?;
            check_finite("design", column)?;
        }
        check_length("weights", weights.len(), rows)?;
        check_weights(&weights)?;
        groups.check(rows)?;
        if rows_counted <= columns.len() as u64 {
            return Err(EstimateError::TooFewRows { rows: rows_counted, columns: columns.len() });
        }
        let design = (0..rows).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        let checked = Self { columns: columns.len(), design, outcomes, weights, groups, rows_counted };
        checked.information(|row| checked.weights[row]).map(|_| checked)
    }

    /// Rows given.
    pub fn rows(&self) -> usize {
        self.outcomes.len()
    }

    /// Columns of the design.
    pub fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.design[row * self.columns..][..self.columns]
    }

    pub(crate) fn outcomes(&self) -> &[f64] {
        &self.outcomes
    }

    pub(crate) fn weights(&self) -> &[f64] {
        &self.weights
    }

    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    pub(crate) fn rows_counted(&self) -> u64 {
        self.rows_counted
    }

    /// row x coefficients, for each row.
    pub(crate) fn predictor(&self, coefficients: &[f64]) -> Vec<f64> {
        (0..self.rows()).map(|row| self.row(row).iter().zip(coefficients).map(|(x, beta)| x * beta).sum()).collect()
    }

    /// Sum of factor x row row'.
    pub(crate) fn gram(&self, factor: impl Fn(usize) -> f64) -> DMatrix<f64> {
        let mut gram = DMatrix::zeros(self.columns, self.columns);
        for row in 0..self.rows() {
            add_outer(&mut gram, factor(row), self.row(row));
        }
        gram
    }

    /// Inverse of [`Self::gram`].
    pub(crate) fn information(&self, factor: impl Fn(usize) -> f64) -> Result<DMatrix<f64>, EstimateError> {
        inverse(&self.gram(factor)).map_err(|column| EstimateError::Collinear { column })
    }

    /// What the scores of each cluster are differences of: sums of weight x (|outcome| + |fitted|) x |row|.
    pub(crate) fn magnitudes(&self, fitted: &[f64]) -> Vec<Vec<f64>> {
        cluster_scores(&self.groups, self.columns, |row, sums| {
            let factor = self.weights[row] * (self.outcomes[row].abs() + fitted[row].abs());
            sums.iter_mut().zip(self.row(row)).for_each(|(sum, x)| *sum += factor * x.abs());
        })
    }

    /// Sum of factor x row.
    pub(crate) fn score(&self, factor: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut score = vec![0.0; self.columns];
        for row in 0..self.rows() {
            let factor = factor(row);
            score.iter_mut().zip(self.row(row)).for_each(|(sum, x)| *sum += factor * x);
        }
        score
    }
}

fn check_finite(column: &'static str, values: &[f64]) -> Result<(), EstimateError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(EstimateError::NotFinite { column, row }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(columns: &[Vec<f64>], outcomes: &[f64]) -> Result<Observations, EstimateError> {
        let rows = outcomes.len();
        let clusters: Vec<u32> = (0..).take(rows).collect();
        Observations::new(columns, outcomes.to_vec(), vec![1.0; rows], &clusters)
    }

    #[test]
    fn faults_are_named() {
        let ones = vec![1.0; 3];
        assert_eq!(of(&[], &[1.0; 3]), Err(EstimateError::Columns { columns: 0, columns_max: COLUMNS_MAX }));
        let nan = of(std::slice::from_ref(&ones), &[1.0, f64::NAN, 2.0]);
        assert_eq!(nan, Err(EstimateError::NotFinite { column: "outcomes", row: 1 }));
        let short = of(&[vec![1.0; 2]], &[1.0; 3]);
        assert_eq!(short, Err(EstimateError::LengthsDiffer { column: "design", rows: 2, expected: 3 }));
        let few = of(&[ones.clone(), vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0]], &[1.0; 3]);
        assert_eq!(few, Err(EstimateError::TooFewRows { rows: 3, columns: 3 }));
        let twice = of(&[ones.clone(), ones], &[1.0; 3]);
        assert_eq!(twice, Err(EstimateError::Collinear { column: 1 }));
    }
}
