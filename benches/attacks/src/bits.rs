//! The CLKs of one side.
//!
//! In: encoded people. Out: their filters as words, and how often bits are set together.

use counterfoil::model::EncodedPeople;
use rayon::prelude::*;

use crate::linear::Matrix;

/// CLKs in row order; rows without one are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BitRows {
    /// Words of a row.
    pub words: usize,
    /// `rows.len() * words` words.
    pub data: Vec<u64>,
    /// For each row here its row in the extract.
    pub rows: Vec<u32>,
}

impl BitRows {
    /// The CLKs of an extract.
    pub fn of(people: &EncodedPeople) -> Self {
        let mut bits = Self { words: 0, data: Vec::new(), rows: Vec::new() };
        for (row, index) in (0..people.len()).zip(0u32..) {
            if let Some(clk) = people.clk(row) {
                bits.words = clk.len();
                bits.data.extend_from_slice(clk);
                bits.rows.push(index);
            }
        }
        bits
    }

    /// The same rows' CLKs under another key, put beside these: chance similarities of two keys even out.
    pub fn beside(&self, other: &Self) -> Self {
        let words = self.words + other.words;
        let both = |row: usize| self.row(row).iter().chain(other.row(row)).copied();
        Self { words, data: (0..self.len()).flat_map(both).collect(), rows: self.rows.clone() }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The words of a row.
    pub fn row(&self, row: usize) -> &[u64] {
        &self.data[row * self.words..][..self.words]
    }

    /// For each bit, which rows have it.
    pub fn columns(&self) -> Vec<Vec<u64>> {
        let length = self.len().div_ceil(64);
        let column = |bit: usize| {
            let mut words = vec![0u64; length];
            for row in 0..self.len() {
                words[row / 64] |= (self.data[row * self.words + bit / 64] >> (bit % 64) & 1) << (row % 64);
            }
            words
        };
        (0..self.words * 64).into_par_iter().map(column).collect()
    }

    /// Share of the rows that have each bit.
    pub fn means(&self) -> Vec<f32> {
        let count = |column: &Vec<u64>| column.iter().map(|word| word.count_ones()).sum::<u32>();
        self.columns().iter().map(|column| count(column) as f32 / self.len().max(1) as f32).collect()
    }

    /// Covariance of the bits.
    pub fn covariance(&self) -> Matrix {
        let (columns, rows) = (self.columns(), self.len().max(1) as f32);
        let size = columns.len();
        let together =
            |left: &[u64], right: &[u64]| -> u32 { left.iter().zip(right).map(|(l, r)| (l & r).count_ones()).sum() };
        let means: Vec<f32> = columns.iter().map(|column| together(column, column) as f32 / rows).collect();
        let mut out = Matrix::zero(size, size);
        out.values.par_chunks_mut(size).enumerate().for_each(|(i, line)| {
            for (j, value) in line.iter_mut().enumerate().skip(i) {
                *value = together(&columns[i], &columns[j]) as f32 / rows - means[i] * means[j];
            }
        });
        for i in 0..size {
            for j in 0..i {
                out.values[i * size + j] = out.values[j * size + i];
            }
        }
        out
    }

    /// Coordinates of every row along directions (as rows), from the middle of `means`.
    pub fn along(&self, directions: &Matrix, means: &[f32]) -> Matrix {
        let by_bit = directions.transposed();
        let mut origin = vec![0.0f32; directions.rows];
        for (bit, mean) in means.iter().enumerate() {
            origin.iter_mut().zip(by_bit.row(bit)).for_each(|(sum, value)| *sum += mean * value);
        }
        let mut out = Matrix::zero(self.len(), directions.rows);
        out.values.par_chunks_mut(directions.rows.max(1)).enumerate().for_each(|(row, target)| {
            target.iter_mut().zip(&origin).for_each(|(target, origin)| *target = -origin);
            for (place, word) in self.row(row).iter().enumerate() {
                let mut left = *word;
                while left != 0 {
                    let bit = place * 64 + left.trailing_zeros() as usize;
                    left &= left - 1;
                    target.iter_mut().zip(by_bit.row(bit)).for_each(|(target, value)| *target += value);
                }
            }
        });
        out
    }
}
