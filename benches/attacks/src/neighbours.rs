//! Attack by near pairs: what diffusion leaves.
//!
//! In: the CLKs of both sides. Out: [`Claims`]. Between people who are much alike (twins, members of a household, the
//! same person twice) a diffused distance still says how alike. Two such pairs, one on each side, are taken for the same
//! when no other pair has a distance so near theirs.
//! Absent on purpose: everything about rows that are near nobody.

use rayon::prelude::*;

use crate::bits::BitRows;
use crate::score::Claims;

/// Unrelated rows of a diffused CLK differ in half of the bits, give or take half the root of the length; this many of
/// those below the middle is near.
const DEVIATIONS: f64 = 6.5;
/// Pairs looked at, nearest first.
const PAIRS_MAX: usize = 3_000;
/// Rows of a side that are compared with all: all pairs of 12,000 are 72 million.
const ROWS_MAX: usize = 12_000;

/// Attacks.
pub fn attack(encoded: &BitRows, list: &BitRows, rows: usize) -> Claims {
    let mut claims = Claims(vec![None; rows]);
    let (ours, theirs) = (near_pairs(encoded), near_pairs(list));
    let mut used = vec![false; list.len()];
    for (place, (distance, one, other)) in ours.iter().enumerate() {
        // The nearest pair of the list, among as many as there are in proportion.
        let at = theirs.partition_point(|(d, _, _)| d < distance);
        let candidates = at.saturating_sub(1)..(at + 1).min(theirs.len());
        let found = candidates
            .filter(|at| !used[theirs[*at].1 as usize] && !used[theirs[*at].2 as usize])
            .min_by_key(|at| theirs[*at].0.abs_diff(*distance));
        let Some(at) = found else { continue };
        let (_, left, right) = theirs[at];
        // Which of the two is which shows in their weight, if in anything.
        let heavier = |bits: &BitRows, a: u32, b: u32| weight(bits, a) >= weight(bits, b);
        let straight = heavier(encoded, *one, *other) == heavier(list, left, right);
        let (first, second) = if straight { (left, right) } else { (right, left) };
        let _ = place;
        for (row, named) in [(*one, first), (*other, second)] {
            let row = encoded.rows[row as usize] as usize;
            if claims.0[row].is_none() {
                claims.0[row] = Some(list.rows[named as usize]);
                used[named as usize] = true;
            }
        }
    }
    claims
}

fn weight(bits: &BitRows, row: u32) -> u32 {
    bits.row(row as usize).iter().map(|word| word.count_ones()).sum()
}

/// Pairs nearer than chance makes them, nearest first: distance and both rows.
fn near_pairs(bits: &BitRows) -> Vec<(u32, u32, u32)> {
    let length = (bits.words * 64) as f64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive number below the length")]
    let distance_max = (length / 2.0 - DEVIATIONS * length.sqrt() / 2.0).max(0.0) as u32;
    let rows = u32::try_from(bits.len().min(ROWS_MAX)).expect("at most ROWS_MAX");
    let of_row = |left: u32| {
        let own = bits.row(left as usize);
        let distance = move |right: u32| -> u32 {
            own.iter().zip(bits.row(right as usize)).map(|(l, r)| (l ^ r).count_ones()).sum()
        };
        let mut near: Vec<(u32, u32, u32)> = (left + 1..rows)
            .map(|right| (distance(right), left, right))
            .filter(|(distance, _, _)| *distance <= distance_max)
            .collect();
        near.sort_unstable();
        near.truncate(4);
        near
    };
    let mut pairs: Vec<_> = (0..rows).into_par_iter().flat_map_iter(of_row).collect();
    pairs.sort_unstable();
    pairs.truncate(PAIRS_MAX);
    pairs
}
