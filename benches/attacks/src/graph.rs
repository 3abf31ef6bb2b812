//! Attack by matching similarity graphs.
//!
//! In: the CLKs of both sides, each under its own key. Out: for each encoded row the list's row that it looks like most.
//! Only similarities within a side are used, as in Vidanage and others 2020 and Schäfer and others 2024: the attacker's
//! own key gives similarities that agree with the target's up to chance.
//!
//! A table of similarities is a matrix of inner products, so each side is a cloud of points, known up to a rotation.
//! The clouds are the same people's. First the few strongest principal axes are put side by side, their directions
//! and mixture chosen by third and fourth moments (an axis and its mirror image differ in skewness). Then, as in iterated closest point: each
//! encoded row's nearest row of the list, from these the best rotation in all axes, of which the most certain one more
//! is used in the next round. A right rotation makes more right pairs, and these a better rotation, until all fit.
//! Absent on purpose: tokens, and anything that the schema does not tell.

mod align;
mod nearest;
mod turns;

use std::collections::{BTreeMap, BTreeSet};

use crate::bits::BitRows;
use crate::score::Claims;

pub use align::Effort;

/// What the right rotation, fitted to half of the true pairs, gives for the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Names as it stands; the told half is left out.
    pub straight: Claims,
    /// Names after the attack's own rounds from there; the told half is left out.
    pub refined: Claims,
    /// Correlation of the two sides' Hamming distances, over pairs of rows.
    pub correlation: f64,
}

/// Both sides' clouds of points.
pub struct Prepared<'a> {
    encoded: &'a BitRows,
    list: &'a BitRows,
    effort: Effort,
    seed: u64,
    clouds: Option<align::Clouds>,
}

impl<'a> Prepared<'a> {
    /// Lays out both clouds along their principal axes.
    pub fn new(encoded: &'a BitRows, list: &'a BitRows, effort: Effort, seed: u64) -> Self {
        let some = !encoded.is_empty() && !list.is_empty();
        let clouds = some.then(|| align::Clouds::new(encoded, list, effort, seed));
        Self { encoded, list, effort, seed, clouds }
    }

    /// Attacks; `rows` is how many rows the encoded extract has.
    pub fn attack(&self, rows: usize) -> Claims {
        let mut claims = Claims(vec![None; rows]);
        let Some(clouds) = &self.clouds else { return claims };
        for (row, named) in self.encoded.rows.iter().zip(clouds.align(self.effort, self.seed)) {
            claims.0[*row as usize] = named.map(|named| self.list.rows[named as usize]);
        }
        claims
    }

    /// Not an attack: the truth of every other row is told, so that a start not found differs from no start to be found.
    pub fn told(&self, truth: &[u32]) -> Told {
        let (encoded, list) = (self.encoded, self.list);
        let place: BTreeMap<u32, u32> = list.rows.iter().copied().zip(0..).collect();
        let pairs: Vec<(u32, u32)> = (0u32..)
            .zip(&encoded.rows)
            .filter_map(|(row, of)| Some((row, *place.get(&truth[*of as usize])?)))
            .collect();
        let (half, others): (Vec<_>, Vec<_>) = pairs.iter().partition(|(row, _)| row % 2 == 0);
        let open: BTreeSet<u32> = others.iter().map(|(row, _): &(u32, u32)| *row).collect();
        let claims = |named: Vec<Option<u32>>| {
            let mut claims = Claims(vec![None; truth.len()]);
            for ((row, of), named) in (0u32..).zip(&encoded.rows).zip(named) {
                if open.contains(&row) {
                    claims.0[*of as usize] = named.map(|named| list.rows[named as usize]);
                }
            }
            claims
        };
        let nothing = || vec![None; encoded.len()];
        let named = self.clouds.as_ref().map(|clouds| clouds.told_pairs(&half, self.effort));
        let (straight, refined) = named.unwrap_or_else(|| (nothing(), nothing()));
        Told { straight: claims(straight), refined: claims(refined), correlation: correlation(encoded, list, &pairs) }
    }
}

/// Pairs of rows whose distances are compared: each row with this many others.
const OTHERS: usize = 200;

fn correlation(encoded: &BitRows, list: &BitRows, pairs: &[(u32, u32)]) -> f64 {
    let distance = |bits: &BitRows, a: u32, b: u32| -> u32 {
        bits.row(a as usize).iter().zip(bits.row(b as usize)).map(|(a, b)| (a ^ b).count_ones()).sum()
    };
    let mut sums = [0.0f64; 6];
    for (place, (row, named)) in pairs.iter().enumerate() {
        for step in 1..=OTHERS.min(pairs.len() - 1) {
            let (other, other_named) = pairs[(place + step * 7) % pairs.len()];
            let (x, y) = (distance(encoded, *row, other), distance(list, *named, other_named));
            let (x, y) = (f64::from(x), f64::from(y));
            for (sum, value) in sums.iter_mut().zip([1.0, x, y, x * x, y * y, x * y]) {
                *sum += value;
            }
        }
    }
    let [n, x, y, xx, yy, xy] = sums;
    (n * xy - x * y) / ((n * xx - x * x) * (n * yy - y * y)).sqrt().max(1e-9)
}

/// Prepares and attacks.
pub fn attack(encoded: &BitRows, list: &BitRows, rows: usize, effort: Effort, seed: u64) -> Claims {
    Prepared::new(encoded, list, effort, seed).attack(rows)
}
