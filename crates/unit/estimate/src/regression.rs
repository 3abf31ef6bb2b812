//! A fitted model: coefficients, their cluster-robust covariance, tests of one and of several.
//!
//! In: what the fits hand over. Out: standard errors, intervals, p-values, the joint test. Absent on purpose: how it
//! was fitted.

use nalgebra::DMatrix;

use crate::cholesky::inverse;
use crate::distribution::{chi_squared_upper, f_upper};
use crate::{EstimateError, FewClusters, Interval, Level, Reference, Undefined};

/// Coefficients in the order of the columns, with their covariance.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    pub(crate) coefficients: Vec<f64>,
    pub(crate) covariance: DMatrix<f64>,
    pub(crate) dispersion: Option<f64>,
    pub(crate) clusters: usize,
    pub(crate) iterations: usize,
}

/// A joint test that several coefficients are zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wald {
    /// b' V^-1 b.
    pub statistic: f64,
    /// Coefficients tested.
    pub conditions: usize,
    /// Upper tail of F with (conditions, clusters - conditions) degrees of freedom at statistic x (clusters - conditions) / (conditions x
    /// (clusters - 1)), as of Hotelling's T squared: the one to report. With few clusters the next is small too often
    /// (`docs/outcomes.md`); with one condition they are the same.
    pub p_value_t_squared: f64,
    /// Upper tail of F with (conditions, clusters - 1) degrees of freedom at statistic / conditions, as other programs have it.
    pub p_value_f: f64,
    /// Upper tail of chi-squared, which few clusters make too small.
    pub p_value_chi_squared: f64,
}

impl Regression {
    /// Coefficients in the order of the columns.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// Cluster-robust standard error of a column's coefficient.
    ///
    /// # Errors
    ///
    /// No such column; clusters that do not differ, so that there is nothing to judge by.
    pub fn standard_error(&self, column: usize) -> Result<f64, EstimateError> {
        let variance = self.covariance(column, column)?;
        if variance > 0.0 && variance.is_finite() {
            Ok(libm::sqrt(variance))
        } else {
            Err(Undefined::NoVariation.into())
        }
    }

    /// Cluster-robust covariance of two coefficients.
    ///
    /// # Errors
    ///
    /// No such column.
    pub fn covariance(&self, row: usize, column: usize) -> Result<f64, EstimateError> {
        self.check(row)?;
        self.check(column)?;
        Ok(self.covariance[(row, column)])
    }

    /// Interval of a column's coefficient.
    ///
    /// # Errors
    ///
    /// As [`Regression::standard_error`].
    pub fn interval(&self, column: usize, level: Level, reference: Reference) -> Result<Interval<f64>, EstimateError> {
        let standard_error = self.standard_error(column)?;
        Ok(reference.interval(self.coefficients[column], standard_error, level, self.degrees_of_freedom()))
    }

    /// P of a coefficient as far from zero, if it were zero.
    ///
    /// # Errors
    ///
    /// As [`Regression::standard_error`].
    pub fn p_value(&self, column: usize, reference: Reference) -> Result<f64, EstimateError> {
        let statistic = self.coefficients[column] / self.standard_error(column)?;
        Ok(reference.two_sided_p(statistic, self.degrees_of_freedom()))
    }

    /// Tests that the coefficients of these columns are all zero.
    ///
    /// # Errors
    ///
    /// No such column; no columns or as many as clusters, or covariances that do not tell them apart.
    pub fn wald(&self, columns: &[usize]) -> Result<Wald, EstimateError> {
        columns.iter().try_for_each(|&column| self.check(column))?;
        let conditions = columns.len();
        if conditions == 0 || conditions >= self.clusters {
            return Err(Undefined::TooManyConditions { conditions, clusters: self.clusters }.into());
        }
        let block =
            DMatrix::from_fn(conditions, conditions, |row, column| self.covariance[(columns[row], columns[column])]);
        let precision = inverse(&block).map_err(|_| Undefined::NoVariation)?;
        let beta = |at: usize| self.coefficients[columns[at]];
        let statistic: f64 = (0..conditions)
            .map(|row| beta(row) * (0..conditions).map(|column| precision[(row, column)] * beta(column)).sum::<f64>())
            .sum();
        let (df, rest) = (conditions as f64, (self.clusters - conditions) as f64);
        Ok(Wald {
            statistic,
            conditions,
            p_value_t_squared: f_upper(statistic * rest / (df * self.degrees_of_freedom()), df, rest),
            p_value_f: f_upper(statistic / df, df, self.degrees_of_freedom()),
            p_value_chi_squared: chi_squared_upper(statistic, df),
        })
    }

    /// Dispersion of a negative binomial: variance = mean + dispersion x mean^2.
    pub fn dispersion(&self) -> Option<f64> {
        self.dispersion
    }

    /// Clusters.
    pub fn clusters(&self) -> usize {
        self.clusters
    }

    /// Iterations of the fit.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// A warning, where there is reason for one.
    pub fn few_clusters(&self) -> Option<FewClusters> {
        FewClusters::of(self.clusters)
    }

    fn check(&self, column: usize) -> Result<(), EstimateError> {
        let columns = self.coefficients.len();
        if column < columns { Ok(()) } else { Err(EstimateError::NoSuchColumn { column, columns }) }
    }

    fn degrees_of_freedom(&self) -> f64 {
        self.clusters as f64 - 1.0
    }
}
