//! Which way each principal axis points.
//!
//! In: coordinates along the first axes, of unit variance. Out: signs for the list's axes, most likely first.

use rayon::prelude::*;

use crate::linear::Matrix;

/// Mean products of three coordinates, for all triples.
fn third_moments(coordinates: &Matrix, axes: usize) -> Vec<f64> {
    const PIECE: usize = 512;
    let pieces: Vec<Vec<f64>> = (0..coordinates.rows.div_ceil(PIECE))
        .into_par_iter()
        .map(|piece| {
            let mut sums = vec![0.0; axes * axes * axes];
            for row in piece * PIECE..((piece + 1) * PIECE).min(coordinates.rows) {
                let row = &coordinates.row(row)[..axes];
                for (pair, sums) in sums.chunks_exact_mut(axes).enumerate() {
                    let product = row[pair / axes] * row[pair % axes];
                    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(product * value));
                }
            }
            sums
        })
        .collect();
    let mut moments = vec![0.0; axes * axes * axes];
    for piece in pieces {
        moments.iter_mut().zip(piece).for_each(|(sum, value)| *sum += value / coordinates.rows as f64);
    }
    moments
}

/// All choices of signs, best first: those under which the third moments of both sides agree most.
pub(super) fn signs(encoded: &Matrix, list: &Matrix, axes: usize) -> Vec<Vec<f32>> {
    let (left, right) = (third_moments(encoded, axes), third_moments(list, axes));
    let products: Vec<f64> = left.iter().zip(&right).map(|(left, right)| left * right).collect();
    let sign = |choice: u32, axis: usize| if choice >> axis & 1 == 1 { -1.0 } else { 1.0 };
    let value = |choice: u32| -> f64 {
        let signed = |(place, product): (usize, &f64)| {
            let (i, j, l) = (place / axes / axes, place / axes % axes, place % axes);
            product * sign(choice, i) * sign(choice, j) * sign(choice, l)
        };
        products.iter().enumerate().map(signed).sum()
    };
    let mut choices: Vec<(f64, u32)> = (0..1 << axes).map(|choice| (value(choice), choice)).collect();
    choices.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    #[allow(clippy::cast_possible_truncation, reason = "the values are 1 and -1")]
    let as_signs = |(_, choice): (f64, u32)| (0..axes).map(|axis| sign(choice, axis) as f32).collect();
    choices.into_iter().map(as_signs).collect()
}
