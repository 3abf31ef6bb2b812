//! The little linear algebra that the attacks need, on dense matrices in row order.
//!
//! In: matrices. Out: products, bases, eigenvectors. Absent on purpose: speed beyond what the attacks need.

use rayon::prelude::*;

use crate::random::Random;

/// A dense matrix in row order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// `rows * columns` values.
    pub values: Vec<f32>,
}

impl Matrix {
    /// All zero.
    pub fn zero(rows: usize, columns: usize) -> Self {
        Self { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// A row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// A row.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.values[row * self.columns..][..self.columns]
    }

    /// Rows become columns.
    pub fn transposed(&self) -> Self {
        let mut out = Self::zero(self.columns, self.rows);
        for row in 0..self.rows {
            for (column, value) in self.row(row).iter().enumerate() {
                out.values[column * self.rows + row] = *value;
            }
        }
        out
    }

    /// `self * other`.
    pub fn times(&self, other: &Self) -> Self {
        let mut out = Self::zero(self.rows, other.columns);
        out.values.par_chunks_mut(other.columns.max(1)).enumerate().for_each(|(row, target)| {
            for (value, line) in self.row(row).iter().zip(other.values.chunks_exact(other.columns)) {
                for (target, other) in target.iter_mut().zip(line) {
                    *target += value * other;
                }
            }
        });
        out
    }

    /// The first columns.
    pub fn first_columns(&self, columns: usize) -> Self {
        let columns = columns.min(self.columns);
        let values = (0..self.rows).flat_map(|row| self.row(row)[..columns].iter().copied()).collect();
        Self { rows: self.rows, columns, values }
    }

    /// Some rows, in this order.
    pub fn pick_rows(&self, rows: &[u32]) -> Self {
        let values = rows.iter().flat_map(|row| self.row(*row as usize).iter().copied()).collect();
        Self { rows: rows.len(), columns: self.columns, values }
    }

    /// `selfᵀ * other`, summed in row order in fixed pieces, so that threads change nothing.
    pub fn transposed_times(&self, other: &Self) -> Self {
        const PIECE: usize = 512;
        let pieces: Vec<Self> = (0..self.rows.div_ceil(PIECE))
            .into_par_iter()
            .map(|piece| {
                let mut sum = Self::zero(self.columns, other.columns);
                for row in piece * PIECE..((piece + 1) * PIECE).min(self.rows) {
                    let line = other.row(row);
                    for (value, target) in self.row(row).iter().zip(sum.values.chunks_exact_mut(other.columns)) {
                        for (target, other) in target.iter_mut().zip(line) {
                            *target += value * other;
                        }
                    }
                }
                sum
            })
            .collect();
        let mut out = Self::zero(self.columns, other.columns);
        for piece in pieces {
            for (target, value) in out.values.iter_mut().zip(piece.values) {
                *target += value;
            }
        }
        out
    }
}

/// Product of two vectors; eight sums at once.
pub fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (left_chunks, right_chunks) = (left.chunks_exact(8), right.chunks_exact(8));
    let rest: f32 = left_chunks.remainder().iter().zip(right_chunks.remainder()).map(|(l, r)| l * r).sum();
    for (left, right) in left_chunks.zip(right_chunks) {
        for i in 0..8 {
            sums[i] += left[i] * right[i];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Makes the rows of a matrix orthonormal, one after the other; a row that the former ones span becomes 0.
pub fn orthonormalise_rows(matrix: &mut Matrix) {
    for row in 0..matrix.rows {
        for _ in 0..2 {
            for former in 0..row {
                let (head, tail) = matrix.values.split_at_mut(row * matrix.columns);
                let (former, own) = (&head[former * matrix.columns..][..matrix.columns], &mut tail[..matrix.columns]);
                let share = dot(former, own);
                own.iter_mut().zip(former).for_each(|(own, former)| *own -= share * former);
            }
        }
        let own = matrix.row_mut(row);
        let length = dot(own, own).sqrt();
        let scale = if length > 1e-12 { 1.0 / length } else { 0.0 };
        for value in own {
            *value *= scale;
        }
    }
}

/// The greatest eigenvalues of a symmetric matrix and their eigenvectors (as rows), by subspace iteration.
pub fn top_eigen(symmetric: &Matrix, count: usize, iterations: usize, seed: u64) -> (Vec<f32>, Matrix) {
    let size = symmetric.rows;
    let block = (count + count / 3 + 4).min(size);
    let mut random = Random::new(seed, 11);
    let mut basis = Matrix::zero(block, size);
    basis.values.iter_mut().for_each(|value| *value = random.symmetric());
    orthonormalise_rows(&mut basis);
    for _ in 0..iterations {
        basis = basis.times(symmetric);
        orthonormalise_rows(&mut basis);
    }
    let image = basis.times(symmetric);
    let small = image.times(&basis.transposed());
    let (values, vectors) = jacobi(&small);
    let count = count.min(block);
    let mut rotation = Matrix::zero(count, block);
    for row in 0..count {
        rotation.row_mut(row).copy_from_slice(vectors.row(row));
    }
    (values[..count].to_vec(), rotation.times(&basis))
}

/// All eigenvalues of a symmetric matrix, greatest first, and the eigenvectors as rows (Jacobi 1846, cyclic).
#[allow(clippy::many_single_char_names, reason = "the names of the textbook")]
pub fn jacobi(symmetric: &Matrix) -> (Vec<f32>, Matrix) {
    let size = symmetric.rows;
    let mut a: Vec<f64> = symmetric.values.iter().map(|value| f64::from(*value)).collect();
    let mut v = vec![0.0f64; size * size];
    (0..size).for_each(|i| v[i * size + i] = 1.0);
    let total: f64 = a.iter().map(|value| value * value).sum();
    for _sweep in 0..30 {
        let off: f64 = (0..size).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i * size + j].powi(2)).sum();
        if off <= 1e-16 * total {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                let apq = a[p * size + q];
                if apq.abs() < 1e-300 {
                    continue;
                }
                let theta = (a[q * size + q] - a[p * size + p]) / (2.0 * apq);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for k in 0..size {
                    let (akp, akq) = (a[k * size + p], a[k * size + q]);
                    a[k * size + p] = c * akp - s * akq;
                    a[k * size + q] = s * akp + c * akq;
                }
                for k in 0..size {
                    let (apk, aqk) = (a[p * size + k], a[q * size + k]);
                    a[p * size + k] = c * apk - s * aqk;
                    a[q * size + k] = s * apk + c * aqk;
                    let (vpk, vqk) = (v[p * size + k], v[q * size + k]);
                    v[p * size + k] = c * vpk - s * vqk;
                    v[q * size + k] = s * vpk + c * vqk;
                }
            }
        }
    }
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|i, j| a[j * size + j].total_cmp(&a[i * size + i]).then(i.cmp(j)));
    #[allow(clippy::cast_possible_truncation, reason = "single precision is enough")]
    let narrow = |value: f64| value as f32;
    let values = order.iter().map(|i| narrow(a[i * size + i])).collect();
    let vectors = order.iter().flat_map(|i| v[i * size..][..size].iter().map(|value| narrow(*value))).collect();
    (values, Matrix { rows: size, columns: size, values: vectors })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: usize, columns: usize, values: &[f32]) -> Matrix {
        Matrix { rows, columns, values: values.to_vec() }
    }

    fn assert_near(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
        }
    }

    #[test]
    fn the_axes_of_a_known_covariance_are_found() {
        // [[2, 1], [1, 2]] stretches (1, 1) threefold and (1, -1) not; the third coordinate is its own axis.
        let covariance = matrix(3, 3, &[2.0, 1.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.5]);
        for (values, vectors) in [jacobi(&covariance), top_eigen(&covariance, 3, 40, 1)] {
            assert_near(&values, &[3.0, 1.0, 0.5]);
            let half = 0.5f32.sqrt();
            for (axis, expected) in [[half, half, 0.0], [half, -half, 0.0], [0.0, 0.0, 1.0]].iter().enumerate() {
                assert!((dot(vectors.row(axis), expected).abs() - 1.0).abs() < 1e-4, "axis {axis}");
            }
        }
    }

    #[test]
    fn products_are_those_of_hand_arithmetic() {
        let left = matrix(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let right = matrix(3, 2, &[7.0, 8.0, 9.0, 10.0, 11.0, 12.0]);
        assert_near(&left.times(&right).values, &[58.0, 64.0, 139.0, 154.0]);
        assert_eq!(left.transposed().transposed_times(&right), left.times(&right));
        assert_near(&left.pick_rows(&[1]).first_columns(2).values, &[4.0, 5.0]);
    }
}
