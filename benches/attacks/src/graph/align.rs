//! The rotation that lays one cloud of points on the other, found without knowing one pair.

use std::collections::BTreeMap;

use super::nearest::{Nearest, nearest};
use super::turns::turns;
use crate::bits::BitRows;
use crate::linear::{Matrix, dot, jacobi, top_eigen};
use crate::random::Random;

/// How hard to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Principal axes looked at.
    pub axes: usize,
    /// Encoded rows that rounds before the last look at.
    pub sample: usize,
    /// Rows of the list that the first rounds look at.
    pub list_sample: usize,
    /// Ways tried straight from the strongest axes.
    pub straight: usize,
    /// Starts followed to the last trial.
    pub starts: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { axes: 128, sample: 6_000, list_sample: 15_000, straight: 3, starts: 2 }
    }
}

impl Effort {
    fn soft(self) -> Soft {
        Soft { rounds: 24, directions: LAST_DIRECTIONS, sample: self.sample, list_sample: self.list_sample }
    }
}

/// How many strongest axes moments may lay on each other, and ways of each that are tried, first as
/// they are and then with neighbouring axes mixed at random: axes of nearly one strength come out in any mixture.
const FIRST_AXES: [usize; 4] = [4, 5, 6, 8];
const TURNS_TRIED: usize = 3;
const MIXTURES: usize = 3;
/// Trials of every start, then of the best ones from their surest directions, then of the best.
const TRIAL: Soft = Soft { rounds: 14, directions: 14, sample: 2_000, list_sample: 4_000 };
const SECOND_TRIAL: Soft = Soft { rounds: 16, directions: 18, sample: 4_000, list_sample: 10_000 };
const SECOND_TRIALS: usize = 4;
const SECOND_FROM: usize = 7;
const LAST_FROM: usize = 10;
const LAST_DIRECTIONS: usize = 24;
/// A consistency below this is what chance makes.
const CONSISTENCY_MIN: f32 = 0.16;
/// One above this needs no more trials.
const CONSISTENCY_SURE: f32 = 0.7;
const AGAIN_MAX: usize = 3;
const AGAIN_ROUNDS: usize = 8;
/// Strongest axes from which the straight way begins, in the order tried.
const STRAIGHT_AXES: [usize; 3] = [6, 8, 4];
/// Rounds in which the clearest half of the pairs counts, and axes more each.
const CLEAR_ROUNDS: usize = 24;
const CLEAR_AXES_STEP: usize = 6;
/// After this many clear rounds the attack gives up unless this share of the pairs, per mille, is the last round's.
const PATIENCE: usize = 10;
const KEPT_MIN_PERMILLE: usize = 100;

/// Rounds in which every pair counts, however unclear.
#[derive(Clone, Copy)]
struct Soft {
    rounds: usize,
    directions: usize,
    sample: usize,
    list_sample: usize,
}

/// Both clouds, in coordinates of unit variance.
pub(super) struct Clouds {
    encoded: Matrix,
    list: Matrix,
    order: Vec<u32>,
    list_order: Vec<u32>,
}

/// Directions in both clouds that are taken to be the same: `axes` rows, one column each.
struct Rotation {
    encoded: Matrix,
    list: Matrix,
}

impl Clouds {
    /// Lays out both sides.
    pub(super) fn new(encoded: &BitRows, list: &BitRows, effort: Effort, seed: u64) -> Self {
        let axes = effort.axes.min(encoded.len() / 8).max(FIRST_AXES[FIRST_AXES.len() - 1]);
        let mut random = Random::new(seed, 33);
        let mut order = |length: usize| {
            let mut order: Vec<u32> = (0..u32::try_from(length).expect("fewer rows than 2^32")).collect();
            random.shuffle(&mut order);
            order
        };
        let (order, list_order) = (order(encoded.len()), order(list.len()));
        Self { encoded: cloud(encoded, axes, seed), list: cloud(list, axes, seed + 1), order, list_order }
    }

    /// For each encoded row its row on the list.
    pub(super) fn align(&self, effort: Effort, seed: u64) -> Vec<Option<u32>> {
        let axes = self.encoded.columns;
        // Straight from the strongest axes with many rows, and then, if that fails, from the best of many trials with few.
        let mut best: Option<(f32, Rotation)> = None;
        for first in STRAIGHT_AXES.into_iter().take(effort.straight) {
            let Some((_, turn)) = turns(&self.encoded, &self.list, first).into_iter().next() else { continue };
            let start = Rotation::start(&turn, axes);
            let tried = self.finish(self.trial(start, first, effort.soft()), effort);
            if best.as_ref().is_none_or(|(consistency, _)| tried.0 > *consistency) {
                best = Some(tried);
            }
            if best.as_ref().is_some_and(|(consistency, _)| *consistency >= CONSISTENCY_SURE) {
                break;
            }
        }
        if effort.starts > 0 && best.as_ref().is_none_or(|(consistency, _)| *consistency < CONSISTENCY_SURE) {
            for start in self.best_starts(axes, effort, seed) {
                let tried = self.finish(start, effort);
                if best.as_ref().is_none_or(|(consistency, _)| tried.0 > *consistency) {
                    best = Some(tried);
                }
            }
        }
        best.map_or_else(|| vec![None; self.encoded.rows], |(_, rotation)| self.names(&rotation))
    }

    /// From the rotation that fits these pairs best: what it names, and what it names after the attack's own rounds.
    pub(super) fn told_pairs(&self, pairs: &[(u32, u32)], effort: Effort) -> (Vec<Option<u32>>, Vec<Option<u32>>) {
        let (rows, named): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
        let (points, theirs) = (self.encoded.pick_rows(&rows), self.list.pick_rows(&named));
        let rotation = Rotation::fit(&points, &theirs, self.encoded.columns);
        let straight = self.names(&rotation);
        let (_, rotation) = self.sharpen(rotation, effort.soft());
        (straight, self.names(&rotation))
    }

    /// Each encoded row's nearest row of the list, each of these for the row that it is nearest to.
    fn names(&self, rotation: &Rotation) -> Vec<Option<u32>> {
        let found = nearest(&self.encoded.times(&rotation.encoded), &self.list.times(&rotation.list));
        let mut named = vec![None; self.encoded.rows];
        for (at, row) in one_to_one(&found) {
            named[row] = Some(at);
        }
        named
    }

    /// The most consistent of many trials.
    fn best_starts(&self, axes: usize, effort: Effort, seed: u64) -> Vec<(f32, Rotation)> {
        let trial = |(first, start)| self.trial(start, first, TRIAL);
        let mut tried: Vec<(f32, Rotation)> = self.starts(axes, seed).into_iter().map(trial).collect();
        for (from, soft, kept) in
            [(SECOND_FROM, SECOND_TRIAL, SECOND_TRIALS), (LAST_FROM, effort.soft(), effort.starts)]
        {
            tried.sort_by(|a, b| b.0.total_cmp(&a.0));
            tried.truncate(kept);
            for start in &mut tried {
                let again = self.trial(start.1.surest(from), from, soft);
                if again.0 > start.0 {
                    *start = again;
                }
            }
        }
        tried.sort_by(|a, b| b.0.total_cmp(&a.0));
        tried
    }

    /// Follows a rotation to its end; the consistency there says whether it is the right one.
    fn finish(&self, (mut consistency, mut rotation): (f32, Rotation), effort: Effort) -> (f32, Rotation) {
        if consistency < CONSISTENCY_MIN {
            return (consistency, rotation);
        }
        // Again with the whole list, as long as that helps.
        for _ in 0..AGAIN_MAX {
            let soft = Soft { list_sample: self.list.rows, rounds: AGAIN_ROUNDS, ..effort.soft() };
            let again = self.trial(rotation.surest(LAST_FROM), LAST_FROM, soft);
            let better = again.0 > consistency * 1.03;
            if again.0 > consistency {
                (consistency, rotation) = again;
            }
            if !better || consistency > CONSISTENCY_SURE {
                break;
            }
        }
        let (_, rotation) = self.sharpen(rotation, effort.soft());
        (self.consistency(&rotation), rotation)
    }

    /// Where to begin, and with how many directions.
    fn starts(&self, axes: usize, seed: u64) -> Vec<(usize, Rotation)> {
        let mut random = Random::new(seed, 34);
        let mut starts = Vec::new();
        let found = FIRST_AXES.map(|first| (first, turns(&self.encoded, &self.list, first)));
        for mixture in 0..MIXTURES {
            for (first, found) in &found {
                let first = *first;
                for (_, turn) in found.iter().take(TURNS_TRIED) {
                    let mut start = Rotation::start(turn, axes);
                    if mixture > 0 {
                        (1..first).for_each(|axis| start.mix(axis, random.symmetric()));
                    }
                    starts.push((first, start));
                }
            }
        }
        starts
    }

    fn trial(&self, rotation: Rotation, first: usize, soft: Soft) -> (f32, Rotation) {
        let rotation = self.soften(rotation, first, soft);
        (self.consistency(&rotation), rotation)
    }

    /// Rounds in which every pair counts, from `first` directions to `soft.directions`.
    fn soften(&self, mut rotation: Rotation, first: usize, soft: Soft) -> Rotation {
        let points = self.encoded.pick_rows(&self.order[..soft.sample.min(self.order.len())]);
        let some = &self.list_order[..soft.list_sample.min(self.list_order.len())];
        let few = self.list.pick_rows(some);
        for round in 1..=soft.rounds {
            let found = nearest(&points.times(&rotation.encoded), &few.times(&rotation.list));
            let named: Vec<u32> = found.iter().map(|found| found.at).collect();
            let directions = first + (soft.directions - first) * round / soft.rounds;
            rotation = Rotation::fit(&points, &few.pick_rows(&named), directions);
        }
        rotation
    }

    /// Whether rows that were not used agree in some directions when they are paired by the others: the correlation.
    fn consistency(&self, rotation: &Rotation) -> f32 {
        let rows = self.order.len();
        let fresh = &self.order[TRIAL.sample.min(rows / 2)..(TRIAL.sample * 2).min(rows)];
        let some = &self.list_order[..(TRIAL.list_sample * 2).min(self.list_order.len())];
        let (points, few) = (self.encoded.pick_rows(fresh), self.list.pick_rows(some));
        let (points, few) = (points.times(&rotation.encoded), few.times(&rotation.list));
        let every_other = |matrix: &Matrix, from: usize| -> Matrix {
            let columns: Vec<usize> = (from..matrix.columns).step_by(2).collect();
            let values = (0..matrix.rows).flat_map(|row| columns.iter().map(move |c| matrix.row(row)[*c])).collect();
            Matrix { rows: matrix.rows, columns: columns.len(), values }
        };
        let halves = [0, 1].map(|from| (every_other(&points, from), every_other(&few, from)));
        let agreement = |by: &(Matrix, Matrix), of: &(Matrix, Matrix)| -> f32 {
            let found = nearest(&by.0, &by.1);
            let (mut both, mut left, mut right) = (0.0, 0.0, 0.0);
            for (row, found) in found.iter().enumerate() {
                let (own, named) = (of.0.row(row), of.1.row(found.at as usize));
                both += dot(own, named);
                left += dot(own, own);
                right += dot(named, named);
            }
            both / (left * right).sqrt().max(1e-9)
        };
        agreement(&halves[0], &halves[1]) + agreement(&halves[1], &halves[0])
    }

    /// Rounds in which the clearest half of the pairs counts. How many of them the last round had in common with the one
    /// before, and its rotation.
    fn sharpen(&self, mut rotation: Rotation, soft: Soft) -> (usize, Rotation) {
        let points = self.encoded.pick_rows(&self.order[..soft.sample.min(self.order.len())]);
        let (mut kept, mut before) = (0, BTreeMap::new());
        for round in 0..CLEAR_ROUNDS {
            let found = nearest(&points.times(&rotation.encoded), &self.list.times(&rotation.list));
            let clear = clearest(&found);
            kept = clear.iter().filter(|(row, at)| before.get(row) == Some(at)).count();
            let hopeless = round == PATIENCE && kept * 1_000 < clear.len() * KEPT_MIN_PERMILLE;
            if kept * 1_000 >= clear.len() * 995 || hopeless {
                break;
            }
            let (rows, named): (Vec<u32>, Vec<u32>) = clear.iter().copied().unzip();
            let directions = soft.directions + CLEAR_AXES_STEP * (round + 1);
            rotation = Rotation::fit(&points.pick_rows(&rows), &self.list.pick_rows(&named), directions);
            before = clear.into_iter().collect();
        }
        (kept, rotation)
    }
}

/// Coordinates along the principal axes, each of unit variance.
fn cloud(bits: &BitRows, axes: usize, seed: u64) -> Matrix {
    let (values, mut directions) = top_eigen(&bits.covariance(), axes, 12, seed);
    for (axis, value) in values.iter().enumerate() {
        let scale = 1.0 / value.max(1e-6).sqrt();
        directions.row_mut(axis).iter_mut().for_each(|weight| *weight *= scale);
    }
    bits.along(&directions, &bits.means())
}

impl Rotation {
    fn start(turn: &Matrix, axes: usize) -> Self {
        let (mut encoded, mut list) = (Matrix::zero(axes, turn.rows), Matrix::zero(axes, turn.rows));
        for axis in 0..turn.rows {
            encoded.row_mut(axis)[axis] = 1.0;
            for (from, share) in turn.row(axis).iter().enumerate() {
                list.row_mut(from)[axis] = *share;
            }
        }
        Self { encoded, list }
    }

    /// Turns the list's axis and the next one into each other; an angle of 1 is a right angle.
    fn mix(&mut self, axis: usize, angle: f32) {
        let (sine, cosine) = (angle * std::f32::consts::FRAC_PI_2).sin_cos();
        for column in 0..self.list.columns {
            let (one, next) = (self.list.row(axis)[column], self.list.row(axis + 1)[column]);
            self.list.row_mut(axis)[column] = cosine * one - sine * next;
            self.list.row_mut(axis + 1)[column] = sine * one + cosine * next;
        }
    }

    /// The first directions alone: those that agree most.
    fn surest(&self, directions: usize) -> Self {
        Self { encoded: self.encoded.first_columns(directions), list: self.list.first_columns(directions) }
    }

    /// The directions in which paired points agree most, weighted by how much (singular vectors of their covariance:
    /// orthogonal Procrustes, Schönemann 1966).
    fn fit(encoded: &Matrix, list: &Matrix, directions: usize) -> Self {
        let axes = encoded.columns;
        let directions = directions.min(axes);
        let mut cross = encoded.transposed_times(list);
        let scale = 1.0 / encoded.rows.max(1) as f32;
        cross.values.iter_mut().for_each(|value| *value *= scale);
        let (squares, left) = jacobi(&cross.times(&cross.transposed()));
        let right = left.times(&cross);
        let mut out = Self { encoded: Matrix::zero(axes, directions), list: Matrix::zero(axes, directions) };
        for (direction, square) in squares.iter().take(directions).enumerate() {
            let strength = square.max(1e-12).sqrt();
            let weight = strength.min(1.0).sqrt();
            for axis in 0..axes {
                out.encoded.row_mut(axis)[direction] = left.row(direction)[axis] * weight;
                out.list.row_mut(axis)[direction] = right.row(direction)[axis] / strength * weight;
            }
        }
        out
    }
}

/// Each row of the list with the encoded row that is nearest among those that name it.
fn one_to_one(found: &[Nearest]) -> BTreeMap<u32, usize> {
    let mut best: BTreeMap<u32, usize> = BTreeMap::new();
    for (row, nearest) in found.iter().enumerate() {
        let holder = best.entry(nearest.at).or_insert(row);
        if nearest.distance < found[*holder].distance {
            *holder = row;
        }
    }
    best
}

/// The half of the pairs whose runner-up is farthest behind: encoded row and row of the list.
fn clearest(found: &[Nearest]) -> Vec<(u32, u32)> {
    let ratio = |row: usize| found[row].distance / found[row].next.max(1e-9);
    let mut pairs: Vec<(f32, u32, u32)> = one_to_one(found)
        .into_iter()
        .map(|(at, row)| (ratio(row), u32::try_from(row).expect("fewer rows than 2^32"), at))
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    pairs.truncate(pairs.len().div_ceil(2));
    pairs.into_iter().map(|(_, row, at)| (row, at)).collect()
}
