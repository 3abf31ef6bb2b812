//! Colour refinement of both sides at once.

use std::collections::HashMap;

use rayon::prelude::*;

use super::groups::{Groups, NONE};
use crate::score::Claims;

/// Rounds: a colour then tells of rows twelve shared tokens away.
const ROUNDS: usize = 12;

/// Names rows whose colour is one row's alone on both sides, at the earliest round in which it is: an earlier colour
/// tells of less, and so bears a difference elsewhere.
pub(super) fn claims(encoded: &Groups, list: &Groups) -> Claims {
    let mut claims = Claims(vec![None; encoded.rows]);
    // Colours tell of exact sizes, and a part of a list has other sizes.
    if encoded.rows * 100 < list.rows * 97 {
        return claims;
    }
    let mut taken = vec![false; list.rows];
    let (mut left, mut right) = (start(encoded), start(list));
    for _ in 0..ROUNDS {
        let (singles, others) = (single(&left), single(&right));
        for (colour, row) in &singles {
            let (Some(row), Some(Some(named))) = (row, others.get(colour)) else { continue };
            if claims.0[*row as usize].is_none() && !taken[*named as usize] {
                claims.0[*row as usize] = Some(*named);
                taken[*named as usize] = true;
            }
        }
        left = refine(encoded, &left);
        right = refine(list, &right);
    }
    claims
}

fn start(side: &Groups) -> Vec<u64> {
    side.presence.iter().map(|presence| mix(*presence)).collect()
}

fn refine(side: &Groups, colours: &[u64]) -> Vec<u64> {
    let of_group = |members: &Vec<u32>| {
        // A sum does not depend on the order.
        members.iter().fold(members.len() as u64, |sum, row| sum.wrapping_add(mix(colours[*row as usize])))
    };
    let groups: Vec<Vec<u64>> =
        side.columns.par_iter().map(|column| column.members.iter().map(of_group).collect()).collect();
    let of_row = |row: usize| {
        side.columns.iter().zip(&groups).fold(colours[row], |colour, (column, groups)| {
            let group = column.group_of[row];
            let token = if group == NONE { 0 } else { groups[group as usize] };
            mix(colour.rotate_left(7) ^ mix(token))
        })
    };
    (0..side.rows).into_par_iter().map(of_row).collect()
}

/// The row of each colour that one row has.
fn single(colours: &[u64]) -> HashMap<u64, Option<u32>> {
    let mut single = HashMap::with_capacity(colours.len());
    for (row, colour) in (0u32..).zip(colours) {
        single.entry(*colour).and_modify(|only| *only = None).or_insert(Some(row));
    }
    single
}

/// The finaliser of `SplitMix64`.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
