//! How the strongest principal axes of both sides lie to each other.
//!
//! In: coordinates along the first axes, of unit variance. Out: orthogonal matrices that lay the list's axes on the
//! encoded side's, most likely first. An axis and its mirror image differ in skewness, and axes of nearly one strength
//! come out in any mixture: so third and fourth moments are laid on each other, from every choice of signs that third
//! moments bear out, by turning two axes at a time. Absent on purpose: anything about single rows.

use rayon::prelude::*;

use crate::linear::Matrix;

/// Choices of signs that are followed.
const SIGNS_FOLLOWED: usize = 32;
/// Rounds over all pairs of axes.
const SWEEPS: usize = 14;
/// Angles tried either way, radians.
const ANGLES: [f64; 6] = [0.02, 0.06, 0.15, 0.35, 0.785, 1.2];
/// Two agreements nearer than this come of the same turn.
const SAME: f64 = 1e-3;

/// Mean products of three coordinates, and of four less what a normal distribution has.
#[derive(Clone)]
struct Moments {
    axes: usize,
    third: Vec<f64>,
    fourth: Vec<f64>,
}

/// Turns of the list's axes (a row for each of the encoded side's), best first, and how well the moments agree (2: fully).
pub(super) fn turns(encoded: &Matrix, list: &Matrix, axes: usize) -> Vec<(f64, Matrix)> {
    let (left, right) = (Moments::of(encoded, axes), Moments::of(list, axes));
    let mut signs: Vec<(f64, u32)> = (0..1u32 << axes)
        .into_par_iter()
        .map(|choice| {
            let mut mirrored = right.clone();
            mirrored.mirror(choice);
            (left.agreement(&mirrored), choice)
        })
        .collect();
    signs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    signs.truncate(SIGNS_FOLLOWED);
    let mut turns: Vec<(f64, Matrix)> =
        signs.into_par_iter().map(|(_, choice)| ascend(&left, &right, choice)).collect();
    turns.sort_by(|a, b| b.0.total_cmp(&a.0));
    turns.dedup_by(|next, kept| kept.0 - next.0 < SAME);
    turns
}

/// From signs uphill.
fn ascend(left: &Moments, right: &Moments, choice: u32) -> (f64, Matrix) {
    let axes = left.axes;
    let mut turned = right.clone();
    turned.mirror(choice);
    let mut turn = Matrix::zero(axes, axes);
    (0..axes).for_each(|axis| turn.row_mut(axis)[axis] = if choice >> axis & 1 == 1 { -1.0 } else { 1.0 });
    let mut best = left.agreement(&turned);
    for _ in 0..SWEEPS {
        let before = best;
        for (one, other) in (0..axes).flat_map(|one| (one + 1..axes).map(move |other| (one, other))) {
            let tries = ANGLES.iter().flat_map(|angle| [*angle, -angle]).map(|angle| {
                let mut tried = turned.clone();
                tried.turn(one, other, angle);
                (left.agreement(&tried), angle, tried)
            });
            let Some((agreement, angle, tried)) = tries.max_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
            if agreement > best {
                (best, turned) = (agreement, tried);
                #[allow(clippy::cast_possible_truncation, reason = "single precision is enough")]
                let (sine, cosine) = (angle.sin() as f32, angle.cos() as f32);
                for column in 0..axes {
                    let (a, b) = (turn.row(one)[column], turn.row(other)[column]);
                    turn.row_mut(one)[column] = cosine * a - sine * b;
                    turn.row_mut(other)[column] = sine * a + cosine * b;
                }
            }
        }
        if best - before < SAME / 10.0 {
            break;
        }
    }
    (best, turn)
}

impl Moments {
    fn of(coordinates: &Matrix, axes: usize) -> Self {
        const PIECE: usize = 512;
        let square = axes * axes;
        let pieces: Vec<(Vec<f64>, Vec<f64>)> = (0..coordinates.rows.div_ceil(PIECE))
            .into_par_iter()
            .map(|piece| {
                let (mut third, mut fourth) = (vec![0.0; square * axes], vec![0.0; square * square]);
                for row in piece * PIECE..((piece + 1) * PIECE).min(coordinates.rows) {
                    let row: Vec<f64> = coordinates.row(row)[..axes].iter().copied().map(f64::from).collect();
                    let pairs: Vec<f64> = row.iter().flat_map(|a| row.iter().map(move |b| a * b)).collect();
                    for (pair, sums) in pairs.iter().zip(third.chunks_exact_mut(axes)) {
                        sums.iter_mut().zip(&row).for_each(|(sum, value)| *sum += pair * value);
                    }
                    for (pair, sums) in pairs.iter().zip(fourth.chunks_exact_mut(square)) {
                        sums.iter_mut().zip(&pairs).for_each(|(sum, value)| *sum += pair * value);
                    }
                }
                (third, fourth)
            })
            .collect();
        let (mut third, mut fourth) = (vec![0.0; square * axes], vec![0.0; square * square]);
        let rows = coordinates.rows.max(1) as f64;
        for piece in pieces {
            third.iter_mut().zip(piece.0).for_each(|(sum, value)| *sum += value / rows);
            fourth.iter_mut().zip(piece.1).for_each(|(sum, value)| *sum += value / rows);
        }
        let same = |a: usize, b: usize| f64::from(u8::from(a == b));
        for (place, value) in fourth.iter_mut().enumerate() {
            let [i, j, l, m] = [place / axes / square, place / square % axes, place / axes % axes, place % axes];
            *value -= same(i, j) * same(l, m) + same(i, l) * same(j, m) + same(i, m) * same(j, l);
        }
        Self { axes, third, fourth }
    }

    /// Correlation of the third moments, and of the fourth.
    fn agreement(&self, other: &Self) -> f64 {
        let dot = |left: &[f64], right: &[f64]| -> f64 { left.iter().zip(right).map(|(l, r)| l * r).sum() };
        let correlation = |left: &[f64], right: &[f64]| {
            dot(left, right) / (dot(left, left) * dot(right, right)).sqrt().max(f64::MIN_POSITIVE)
        };
        correlation(&self.third, &other.third) + correlation(&self.fourth, &other.fourth)
    }

    /// Turns the axes of `choice`'s bits round.
    fn mirror(&mut self, choice: u32) {
        let axes = self.axes;
        let sign = |axis: usize| if choice >> (axis % axes) & 1 == 1 { -1.0 } else { 1.0 };
        for (place, value) in self.third.iter_mut().enumerate() {
            *value *= sign(place) * sign(place / axes) * sign(place / axes / axes);
        }
        for (place, value) in self.fourth.iter_mut().enumerate() {
            *value *= sign(place) * sign(place / axes) * sign(place / axes / axes) * sign(place / axes / axes / axes);
        }
    }

    /// Turns two axes into each other.
    fn turn(&mut self, one: usize, other: usize, angle: f64) {
        let (sine, cosine) = angle.sin_cos();
        for (tensor, order) in [(&mut self.third, 3), (&mut self.fourth, 4)] {
            for mode in 0..order {
                let stride = self.axes.pow(mode);
                for place in (0..tensor.len()).filter(|place| place / stride % self.axes == one) {
                    let beside = place + (other - one) * stride;
                    let (a, b) = (tensor[place], tensor[beside]);
                    tensor[place] = cosine * a - sine * b;
                    tensor[beside] = sine * a + cosine * b;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Independent coordinates of unit variance and distinct skewness.
    fn skewed(rows: usize, seed: u64) -> Matrix {
        let mut random = Random::new(seed, 1);
        let mut out = Matrix::zero(rows, 3);
        for row in 0..rows {
            for (axis, per_mille) in [100usize, 200, 350].into_iter().enumerate() {
                let share = per_mille as f32 / 1_000.0;
                let set = f32::from(u8::from(random.below(1_000) < per_mille));
                out.row_mut(row)[axis] = (set - share) / (share * (1.0 - share)).sqrt();
            }
        }
        out
    }

    #[test]
    fn a_turn_and_a_mirror_are_undone() {
        let encoded = skewed(8_000, 1);
        // Other draws of the same distribution; the first two axes are turned by half a radian, the third is mirrored.
        let mut list = skewed(8_000, 2);
        let (sine, cosine) = 0.5f32.sin_cos();
        for row in 0..list.rows {
            let [a, b, c] = [0, 1, 2].map(|axis| list.row(row)[axis]);
            list.row_mut(row).copy_from_slice(&[cosine * a - sine * b, sine * a + cosine * b, -c]);
        }
        let found = turns(&encoded, &list, 3);
        let expected = [[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, -1.0]];
        for (axis, expected) in expected.iter().enumerate() {
            for (found, expected) in found[0].1.row(axis).iter().zip(expected) {
                assert!((found - expected).abs() < 0.1, "{found} is not {expected}");
            }
        }
        assert!(found[0].0 > 1.9, "{}", found[0].0);
    }
}
