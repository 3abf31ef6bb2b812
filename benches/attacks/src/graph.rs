//! Attack by matching similarity graphs.
//!
//! In: the CLKs of both sides, each under its own key. Out: for each encoded row the list's row that it looks like most.
//! Only similarities within a side are used, as in Vidanage and others 2020 and Schäfer and others 2024: the attacker's
//! own key gives similarities that agree with the target's up to chance.
//!
//! A table of similarities is a matrix of inner products, so each side is a cloud of points, known up to a rotation.
//! The clouds are the same people's. First the few strongest principal axes are put side by side, their directions
//! chosen by third moments (an axis and its mirror image differ in skewness). Then, as in iterated closest point: each
//! encoded row's nearest row of the list, from these the best rotation in all axes, of which the most certain one more
//! is used in the next round. A right rotation makes more right pairs, and these a better rotation, until all fit.
//! Absent on purpose: tokens, and anything that the schema does not tell.

mod align;
mod nearest;
mod signs;

use crate::bits::BitRows;
use crate::score::Claims;

pub use align::Effort;

/// Attacks; `rows` is how many rows the encoded extract has.
pub fn attack(encoded: &BitRows, list: &BitRows, rows: usize, effort: Effort, seed: u64) -> Claims {
    let mut claims = Claims(vec![None; rows]);
    if encoded.is_empty() || list.is_empty() {
        return claims;
    }
    let named = align::align(encoded, list, effort, seed);
    for (row, named) in encoded.rows.iter().zip(named) {
        claims.0[*row as usize] = named.map(|named| list.rows[named as usize]);
    }
    claims
}
