//! Means, sums of products and what follows from them, each summed in one fixed order.
//!
//! In: columns of both groups, by place. Out: columns on a common scale, their products, and which of them say something new.
//! The sums are ours, in the order of the keys; nalgebra only factorises small matrices (its Cholesky has no code that is
//! chosen by the processor).

use nalgebra::{Cholesky, DMatrix, DVector};

/// A column follows from those before it when less than this share of its variance is its own.
const OWN_VARIANCE_MIN: f64 = 1e-10;

/// Rows of equally many numbers, one after the other.
pub(crate) struct Rows {
    pub(crate) width: usize,
    pub(crate) numbers: Vec<f64>,
}

impl Rows {
    /// Rows from columns of equal length: `number(column, row)`.
    pub(crate) fn from_columns(columns: &[&[f64]], number: impl Fn(usize, f64) -> f64) -> Self {
        let rows = columns.first().map_or(0, |column| column.len());
        let mut numbers = Vec::with_capacity(rows * columns.len());
        for row in 0..rows {
            numbers.extend(columns.iter().enumerate().map(|(column, values)| number(column, values[row])));
        }
        Self { width: columns.len(), numbers }
    }

    pub(crate) fn row(&self, row: u32) -> &[f64] {
        &self.numbers[row as usize * self.width..][..self.width]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.numbers.chunks_exact(self.width)
    }
}

/// The sum of products of two rows.
pub(crate) fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).fold(0.0, |sum, (one, other)| sum + one * other)
}

/// The mean, and the sum of squares around it. `values` must not be empty.
pub(crate) fn centre(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let (count, sum) = values.clone().fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
    let mean = sum / count;
    let squares = values.fold(0.0, |squares, value| squares + (value - mean) * (value - mean));
    (mean, squares)
}

/// Adds `weight` times the products of a row with itself to the lower triangle of `products` (width by width, by rows).
pub(crate) fn add_products(products: &mut [f64], row: &[f64], weight: f64) {
    for (first, line) in products.chunks_exact_mut(row.len()).enumerate() {
        let weighted = weight * row[first];
        for (second, sum) in line[..=first].iter_mut().enumerate() {
            *sum += weighted * row[second];
        }
    }
}

/// A symmetric matrix from its lower triangle.
pub(crate) fn symmetric(width: usize, lower: &[f64]) -> DMatrix<f64> {
    DMatrix::from_fn(width, width, |row, column| lower[row.max(column) * width + row.min(column)])
}

/// Of columns with these correlations, from the first on, those that do not follow from the kept ones before them.
pub(crate) fn independent(correlations: &DMatrix<f64>) -> Vec<bool> {
    let mut kept: Vec<usize> = Vec::new();
    let is_independent = |column| {
        let is_independent = own_variance(correlations, &kept, column) >= OWN_VARIANCE_MIN;
        if is_independent {
            kept.push(column);
        }
        is_independent
    };
    (0..correlations.nrows()).map(is_independent).collect()
}

/// 1 minus the squared multiple correlation of a column with the kept ones.
fn own_variance(correlations: &DMatrix<f64>, kept: &[usize], column: usize) -> f64 {
    let among = DMatrix::from_fn(kept.len(), kept.len(), |row, other| correlations[(kept[row], kept[other])]);
    let with = DVector::from_fn(kept.len(), |row, _| correlations[(kept[row], column)]);
    let Some(factor) = Cholesky::new(among) else { return 0.0 };
    let slopes = factor.solve(&with);
    let explained = slopes.iter().zip(with.iter()).fold(0.0, |sum, (slope, with)| sum + slope * with);
    correlations[(column, column)] - explained
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_follows_from_those_before_it_is_not_kept() {
        // Correlations of a, b and c = a + b with a and b uncorrelated: 1 / sqrt(2).
        let half = 0.5_f64.sqrt();
        let three = DMatrix::from_row_slice(3, 3, &[1.0, 0.0, half, 0.0, 1.0, half, half, half, 1.0]);
        assert_eq!(independent(&three), [true, true, false]);
        let turned = DMatrix::from_row_slice(3, 3, &[1.0, half, half, half, 1.0, 0.0, half, 0.0, 1.0]);
        assert_eq!(independent(&turned), [true, true, false]);
        let alike = DMatrix::from_row_slice(2, 2, &[1.0, -1.0, -1.0, 1.0]);
        assert_eq!(independent(&alike), [true, false]);
        let near = DMatrix::from_row_slice(2, 2, &[1.0, 0.9999, 0.9999, 1.0]);
        assert_eq!(independent(&near), [true, true]);
    }

    #[test]
    fn products_fill_the_lower_triangle() {
        let mut products = [0.0; 4];
        add_products(&mut products, &[2.0, 3.0], 0.5);
        add_products(&mut products, &[1.0, -1.0], 2.0);
        assert_eq!(symmetric(2, &products), DMatrix::from_row_slice(2, 2, &[4.0, 1.0, 1.0, 6.5]));
    }
}
