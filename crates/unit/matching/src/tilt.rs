//! Weights that grow exponentially with the columns, and make their means zero.
//!
//! In: rows of controls on a common scale, as differences from the mean of the treated of their stratum. Out: one slope a column,
//! so that the means of the rows are zero under weights `n exp(slopes . row) / sum of exp over the stratum`, `n` being the
//! stratum's treated; or why there are none.
//!
//! The slopes minimise the convex dual of Hainmueller's problem (*Political Analysis* 2012), in which each stratum's own constraint is
//! solved already: the mean over the treated of `log sum exp(slopes . row)` of their stratum. By Newton's method; where a
//! whole step goes too far, first by the share `ln(1 + d) / d` of it that suits sums of exponentials, `d` being the range of what
//! the step adds to the rows of a stratum (Sun & Tran-Dinh, *Mathematical Programming* 2019), then by halves of that.

use nalgebra::{Cholesky, DVector};

use crate::moments::{Rows, add_products, dot, symmetric};

/// Ten to forty steps are needed where there is an answer.
const STEPS_MAX: u32 = 200;
/// A last step this small, squared and measured in standard deviations of the weighted rows, is followed by rounding only.
const CONVERGED: f64 = 1e-18;
/// Near an answer each step squares what is left to gain. Below this ...
const SMALL: f64 = 1e-12;
/// ... what shrinks by less than this follows weights that fade away, each step by the same factor: the answer has none of them.
const FADES: f64 = 0.01;
const HALVINGS_MAX: u32 = 60;

/// A stratum: its share of the treated, and how many of the rows are its controls.
#[derive(Clone)]
pub(crate) struct Block {
    pub(crate) share: f64,
    pub(crate) controls: usize,
}

/// The controls of all strata, one stratum after the other.
pub(crate) struct Blocks {
    pub(crate) rows: Rows,
    pub(crate) blocks: Vec<Block>,
}

/// Slopes, and how they were reached.
pub(crate) struct Tilt {
    pub(crate) slopes: Vec<f64>,
    pub(crate) steps: u32,
}

/// Where no weights balance: the column that moves most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreachable {
    pub(crate) column: usize,
}

impl Blocks {
    /// Each stratum with the numbers of its rows.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Block, &[f64])> {
        let mut rest = &self.rows.numbers[..];
        self.blocks.iter().map(move |block| {
            let (own, others) = rest.split_at(block.controls * self.rows.width);
            rest = others;
            (block, own)
        })
    }

    /// The same with some of the columns.
    pub(crate) fn only(&self, columns: &[usize]) -> Self {
        let rows = self.rows.iter().flat_map(|row| columns.iter().map(|&column| row[column]));
        Self { rows: Rows { width: columns.len(), numbers: rows.collect() }, blocks: self.blocks.clone() }
    }

    /// The rows' covariance within the strata under equal weights, lower triangle.
    pub(crate) fn covariance(&self) -> Vec<f64> {
        Point::new(vec![0.0; self.rows.width], self).curvature
    }

    /// The slopes under which all means are zero. The covariance must have an inverse.
    pub(crate) fn tilt(&self) -> Result<Tilt, Unreachable> {
        let mut at = Point::new(vec![0.0; self.rows.width], self);
        let mut gain_before = f64::INFINITY;
        for steps in 1..=STEPS_MAX {
            // One control of each stratum has all its weight: the others have been left behind.
            let step = at.newton_step().ok_or_else(|| Unreachable { column: largest(&at.slopes) })?;
            let gain = -dot(&step, &at.gradient);
            if gain <= SMALL && gain > FADES * gain_before {
                return Err(Unreachable { column: largest(&step) });
            }
            at = at.moved(&step, gain, self);
            if gain <= CONVERGED {
                return Ok(Tilt { slopes: at.slopes, steps });
            }
            gain_before = gain;
        }
        Err(Unreachable { column: largest(&at.slopes) })
    }

    /// What each control of a stratum weighs, stratum after stratum; they sum to 1 in each.
    pub(crate) fn weights(&self, slopes: &[f64]) -> Vec<Vec<f64>> {
        let weights = self.iter().map(|(_, rows)| {
            let (mut weights, total, _) = exponentials(rows, slopes);
            for weight in &mut weights {
                *weight /= total;
            }
            weights
        });
        weights.collect()
    }

    /// The greatest range of what the step adds to the rows of one stratum.
    fn range(&self, step: &[f64]) -> f64 {
        let of_block = |rows: &[f64]| {
            let added = rows.chunks_exact(step.len()).map(|row| dot(step, row));
            let (least, most) =
                added.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), a| (a.min(least), a.max(most)));
            most - least
        };
        self.iter().fold(0.0, |range: f64, (_, rows)| range.max(of_block(rows)))
    }
}

/// The column that counts most: columns are on a common scale.
fn largest(moves: &[f64]) -> usize {
    let of = |most: usize, column: usize| if moves[column].abs() > moves[most].abs() { column } else { most };
    (0..moves.len()).fold(0, of)
}

/// Of each row the exponential over the largest of them, their sum, and the logarithm of the largest.
fn exponentials(rows: &[f64], slopes: &[f64]) -> (Vec<f64>, f64, f64) {
    let mut weights: Vec<f64> = rows.chunks_exact(slopes.len()).map(|row| dot(slopes, row)).collect();
    let highest = weights.iter().fold(f64::NEG_INFINITY, |highest: f64, eta| highest.max(*eta));
    let mut total = 0.0;
    for weight in &mut weights {
        *weight = libm::exp(*weight - highest);
        total += *weight;
    }
    (weights, total, highest)
}

/// Slopes with what the dual says there.
struct Point {
    slopes: Vec<f64>,
    dual: f64,
    /// The weighted means.
    gradient: Vec<f64>,
    /// The weighted covariance within the strata, lower triangle.
    curvature: Vec<f64>,
}

impl Point {
    fn new(slopes: Vec<f64>, blocks: &Blocks) -> Self {
        let width = slopes.len();
        let mut at = Self { gradient: vec![0.0; width], curvature: vec![0.0; width * width], dual: 0.0, slopes };
        let mut mean = vec![0.0; width];
        let mut centred = vec![0.0; width];
        for (block, rows) in blocks.iter() {
            let (weights, total, highest) = exponentials(rows, &at.slopes);
            at.dual += block.share * (highest + libm::log(total));
            mean.fill(0.0);
            for (row, weight) in rows.chunks_exact(width).zip(&weights) {
                mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
            }
            for (mean, sum) in mean.iter_mut().zip(&mut at.gradient) {
                *mean /= total;
                *sum += block.share * *mean;
            }
            for (row, weight) in rows.chunks_exact(width).zip(&weights) {
                for ((centred, value), mean) in centred.iter_mut().zip(row).zip(&mean) {
                    *centred = value - mean;
                }
                add_products(&mut at.curvature, &centred, block.share * weight / total);
            }
        }
        at
    }

    fn newton_step(&self) -> Option<Vec<f64>> {
        let width = self.gradient.len();
        let factor = Cholesky::new(symmetric(width, &self.curvature))?;
        let step: Vec<f64> =
            factor.solve(&DVector::from_column_slice(&self.gradient)).iter().map(|part| -part).collect();
        step.iter().all(|part| part.is_finite()).then_some(step)
    }

    /// A step on, or the first of its damped share and the halves of that which lowers the dual as it should, but for rounding.
    fn moved(&self, step: &[f64], gain: f64, blocks: &Blocks) -> Self {
        let rounding = 1e-12 * (self.dual.abs() + 1.0);
        let mut at = self.at_share(step, 1.0, blocks);
        if at.dual <= self.dual - 1e-4 * gain + rounding {
            return at;
        }
        let range = blocks.range(step);
        let mut share = if range > 0.0 { libm::log1p(range) / range } else { 0.5 };
        for _ in 0..HALVINGS_MAX {
            at = self.at_share(step, share, blocks);
            if at.dual <= self.dual - 1e-4 * share * gain + rounding {
                break;
            }
            share *= 0.5;
        }
        at
    }

    fn at_share(&self, step: &[f64], share: f64, blocks: &Blocks) -> Self {
        let slopes = self.slopes.iter().zip(step).map(|(here, step)| here + share * step).collect();
        Self::new(slopes, blocks)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::*;

    /// One column; strata with equal shares.
    fn blocks(strata: &[&[f64]]) -> Blocks {
        let share = 1.0 / strata.len() as f64;
        let blocks = strata.iter().map(|rows| Block { share, controls: rows.len() }).collect();
        Blocks { rows: Rows { width: 1, numbers: strata.concat() }, blocks }
    }

    fn slope(strata: &[&[f64]]) -> Result<f64, Unreachable> {
        blocks(strata).tilt().map(|tilt| tilt.slopes[0])
    }

    #[track_caller]
    fn assert_slope(strata: &[&[f64]], expected: f64) {
        let found = slope(strata).unwrap();
        assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} and {expected}");
    }

    #[test]
    fn two_values_have_the_log_of_their_odds() {
        // At -1 and 3 the weights must be 3/4 and 1/4: with a and b rows of each, exp(4 slope) = (a / b) / 3.
        assert_slope(&[&[-1.0, 3.0]], (1.0_f64 / 3.0).ln() / 4.0);
        assert_slope(&[&[-1.0, 3.0, 3.0, 3.0, 3.0, 3.0]], (1.0_f64 / 15.0).ln() / 4.0);
        assert_slope(&[&[-1.0, -1.0, -1.0, 3.0]], 0.0);
        // The same, with a value in the middle that weighs as slope 0 would have it: symmetric.
        assert_slope(&[&[-2.0, 0.0, 2.0]], 0.0);
    }

    #[test]
    fn strata_need_not_balance_one_by_one() {
        // Means 1 and -1 at slope 0.
        assert_slope(&[&[-1.0, 3.0], &[1.0, -3.0]], 0.0);
        // All above in one, all below in the other: 2 and -2.
        assert_slope(&[&[1.0, 3.0], &[-3.0, -1.0]], 0.0);
        // One control at -5/3, so the others' mean (1 + 2y) / (1 + y), y = exp(slope), must be 5/3: y = 2.
        assert_slope(&[&[1.0, 2.0], &[-5.0 / 3.0]], 2.0_f64.ln());
    }

    #[test]
    fn a_whole_step_that_goes_much_too_far_is_damped() {
        // One in 100,000 must have nine tenths of the weight; Newton's first step is 90,000 times too long.
        let mut rows = vec![-0.9; 100_000];
        rows.push(0.1);
        assert_slope(&[&rows], 900_000.0_f64.ln());
    }

    #[test]
    fn an_outlier_fades_and_the_others_balance() {
        // The outlier weighs far less than rounding at the answer, so that it is that of the others alone.
        let found = slope(&[&[-1.0, 3.0, 1e4]]).unwrap();
        assert!((found - (1.0_f64 / 3.0).ln() / 4.0).abs() < 1e-12, "{found}");
    }

    #[test]
    fn what_cannot_be_zero_is_unreachable() {
        let unreachable = Err(Unreachable { column: 0 });
        assert_eq!(slope(&[&[1.0, 2.0, 3.0]]), unreachable, "all above");
        assert_eq!(slope(&[&[-1.0, -2.0]]), unreachable, "all below");
        assert_eq!(slope(&[&[0.0, 2.0, 3.0]]), unreachable, "only the edge, where others would weigh nothing");
        assert_eq!(slope(&[&[0.0, 0.0, 0.0, 1.0]]), unreachable);
        assert_eq!(slope(&[&[1.0, 2.0], &[-1.0, 0.5], &[1.0, 3.0]]), unreachable, "together above");
        assert!(slope(&[&[-1e-6, 2.0, 3.0]]).is_ok(), "just inside");
        assert!(slope(&[&[-1e-6, 2.0, 3.0], &[1e-7, 1e-7]]).is_ok(), "just inside together");
    }

    #[test]
    fn the_column_out_of_reach_is_named() {
        let numbers = vec![1.0, 0.0, -1.0, 0.5, 0.3, 2.0, -0.4, 1.0];
        let blocks = Blocks { rows: Rows { width: 2, numbers }, blocks: vec![Block { share: 1.0, controls: 4 }] };
        assert_eq!(blocks.tilt().err(), Some(Unreachable { column: 1 }));
    }

    #[test]
    fn weights_sum_to_one_in_each_stratum() {
        let blocks = blocks(&[&[1.0, 2.0], &[-5.0 / 3.0], &[0.0, 0.0, 0.0]]);
        let weights = blocks.weights(&[2.0_f64.ln()]);
        let expected = [vec![1.0 / 3.0, 2.0 / 3.0], vec![1.0], vec![1.0 / 3.0; 3]];
        for (ours, expected) in weights.concat().iter().zip(expected.concat()) {
            assert!((ours - expected).abs() < 1e-15, "{weights:?}");
        }
        assert_eq!(weights.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 3]);
    }
}
