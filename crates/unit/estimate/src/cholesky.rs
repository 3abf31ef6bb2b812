//! The inverse of a small symmetric positive definite matrix.
//!
//! In: a matrix of sums of squares and products. Out: its inverse, or the first column that the ones before it
//! determine. Absent on purpose: products of matrices by the library, which may choose its instructions by processor;
//! they are written out here.

use nalgebra::{Cholesky, DMatrix};

/// Least part of a column's sum of squares that the columns before it may leave unexplained. Rounding leaves about
/// 1e-15.
const PIVOT_MIN: f64 = 1e-11;

/// Inverts by Cholesky after scaling the diagonal to one, so that the test for collinear columns does not depend on
/// units.
pub(crate) fn inverse(matrix: &DMatrix<f64>) -> Result<DMatrix<f64>, usize> {
    let size = matrix.nrows();
    let scales: Vec<f64> = (0..size).map(|column| libm::sqrt(matrix[(column, column)])).collect();
    if let Some(column) = scales.iter().position(|scale| !(scale.is_finite() && *scale > 0.0)) {
        return Err(column);
    }
    let scaled = DMatrix::from_fn(size, size, |row, column| matrix[(row, column)] / (scales[row] * scales[column]));
    let inverse = factor(&scaled)?.inverse();
    Ok(DMatrix::from_fn(size, size, |row, column| {
        // Both halves, so that the result is symmetric to the bit.
        let (low, high) = (row.min(column), row.max(column));
        inverse[(high, low)] / (scales[row] * scales[column])
    }))
}

fn factor(scaled: &DMatrix<f64>) -> Result<Cholesky<f64, nalgebra::Dyn>, usize> {
    let size = scaled.nrows();
    let Some(cholesky) = Cholesky::new(scaled.clone()) else {
        let leading = |columns| Cholesky::new(scaled.view((0, 0), (columns, columns)).into_owned());
        return Err((1..=size).find(|&columns| leading(columns).is_none()).unwrap_or(size) - 1);
    };
    let lower = cholesky.l_dirty();
    match (0..size).find(|&column| lower[(column, column)] * lower[(column, column)] < PIVOT_MIN) {
        Some(column) => Err(column),
        None => Ok(cholesky),
    }
}

/// matrix x vector.
pub(crate) fn times_vector(matrix: &DMatrix<f64>, vector: &[f64]) -> Vec<f64> {
    (0..matrix.nrows())
        .map(|row| vector.iter().enumerate().map(|(column, value)| matrix[(row, column)] * value).sum())
        .collect()
}

/// left x right.
pub(crate) fn times(left: &DMatrix<f64>, right: &DMatrix<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(left.nrows(), right.ncols(), |row, column| {
        (0..left.ncols()).map(|inner| left[(row, inner)] * right[(inner, column)]).sum()
    })
}

/// matrix += factor x vector vector', both halves.
pub(crate) fn add_outer(matrix: &mut DMatrix<f64>, factor: f64, vector: &[f64]) {
    for (column, &right) in vector.iter().enumerate() {
        let scaled = factor * right;
        if scaled != 0.0 {
            for (row, &left) in vector.iter().enumerate() {
                matrix[(row, column)] += left * scaled;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn inverse_times_matrix_is_one() {
        let matrix = DMatrix::from_row_slice(3, 3, &[4.0, 2.0, 0.6, 2.0, 5.0, 1.5, 0.6, 1.5, 9e6]);
        let product = times(&inverse(&matrix).unwrap(), &matrix);
        for row in 0..3 {
            for column in 0..3 {
                let expected = if row == column { 1.0 } else { 0.0 };
                assert!((product[(row, column)] - expected).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn the_dependent_column_is_named() {
        // The third column is the sum of the first two; then an empty one.
        let dependent = DMatrix::from_row_slice(3, 3, &[1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 2.0]);
        assert_eq!(inverse(&dependent), Err(2));
        assert_eq!(inverse(&DMatrix::from_row_slice(2, 2, &[1.0, 0.0, 0.0, 0.0])), Err(1));
    }
}
