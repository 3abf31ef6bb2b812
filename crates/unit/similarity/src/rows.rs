//! Rows made ready to be compared: sorted by their set bits, and the positions of bits in the order of rarity.
//!
//! In: the caller's rows. Out: left rows whose rarest positions come first, and right rows on their side, in slices of
//! 512. Nothing is lost or added: a position is moved for all rows alike, and the last slice is filled up with empty rows.

use rayon::prelude::*;

use crate::Filters;
use crate::scan::{LANES, Plane, WORDS};

/// Right rows that the rarity of a position is counted in; it decides about time alone.
const SAMPLE: usize = 1_024;

/// One set's rows by their number of set bits, fewest first, then by position.
#[derive(Debug)]
pub(crate) struct Sorted<'a> {
    pub(crate) filters: Filters<'a>,
    /// Position of each row in the caller's set.
    pub(crate) position: Vec<u32>,
    /// Set bits of each row.
    pub(crate) ones: Vec<u32>,
}

impl<'a> Sorted<'a> {
    pub(crate) fn new(filters: Filters<'a>) -> Self {
        let ones_of: Vec<u32> = filters.iter().map(|row| row.iter().map(|word| word.count_ones()).sum()).collect();
        let mut position: Vec<u32> = (0..=u32::MAX).take(ones_of.len()).collect();
        position.sort_unstable_by_key(|&row| (ones_of[row as usize], row));
        let ones = position.iter().map(|&row| ones_of[row as usize]).collect();
        Self { filters, position, ones }
    }

    pub(crate) fn rows(&self) -> usize {
        self.position.len()
    }

    pub(crate) fn row(&self, row: usize) -> &'a [u64] {
        self.filters.row(self.position[row] as usize)
    }

    /// The positions of bits, those that the fewest rows have set first.
    pub(crate) fn rarest_first(&self) -> Vec<usize> {
        let mut set = vec![0_u32; self.filters.bits()];
        for row in (0..self.rows()).step_by(self.rows().div_ceil(SAMPLE)) {
            for (word, counts) in self.row(row).iter().zip(set.chunks_exact_mut(64)) {
                for (bit, count) in counts.iter_mut().enumerate() {
                    *count += u32::from(word >> bit & 1 == 1);
                }
            }
        }
        let mut order: Vec<usize> = (0..set.len()).collect();
        order.sort_by_key(|&bit| set[bit]);
        order
    }

    /// The rows, with the bits in this order.
    pub(crate) fn reordered(&self, order: &[usize]) -> Vec<u64> {
        let words = self.filters.words_per_row();
        let mut rows = vec![0; self.rows() * words];
        rows.par_chunks_mut(64 * words).enumerate().for_each(|(block, rows)| {
            let bits = self.on_their_side(block);
            for (at, positions) in order.chunks_exact(64).enumerate() {
                let mut square: [u64; 64] = std::array::from_fn(|bit| bits[positions[bit]]);
                transpose(&mut square);
                for (row, word) in rows.chunks_exact_mut(words).zip(square) {
                    row[at] = word;
                }
            }
        });
        rows
    }

    /// The rows on their side, with the bits in this order and an empty plane behind the last, slice after slice.
    pub(crate) fn slices(&self, order: &[usize]) -> Vec<Plane> {
        let mut planes = vec![Plane::EMPTY; self.rows().div_ceil(LANES) * (order.len() + 1)];
        planes.par_chunks_mut(order.len() + 1).enumerate().for_each(|(slice, planes)| {
            for word in 0..WORDS {
                let bits = self.on_their_side(slice * WORDS + word);
                for (plane, &position) in planes.iter_mut().zip(order) {
                    plane.0[word] = bits[position];
                }
            }
        });
        planes
    }

    /// Sixty-four rows: a word for each bit, with that bit of each row.
    fn on_their_side(&self, block: usize) -> Vec<u64> {
        let rows: Vec<&[u64]> = (block * 64..self.rows().min(block * 64 + 64)).map(|row| self.row(row)).collect();
        let mut bits = Vec::with_capacity(self.filters.bits());
        for word in 0..self.filters.words_per_row() {
            let mut square: [u64; 64] = std::array::from_fn(|row| rows.get(row).map_or(0, |row| row[word]));
            transpose(&mut square);
            bits.extend(square);
        }
        bits
    }
}

/// Bit `j` of word `i` becomes bit `i` of word `j` (Warren, Hacker's Delight, 7-3).
fn transpose(square: &mut [u64; 64]) {
    let (mut half, mut mask) = (32, u64::from(u32::MAX));
    while half > 0 {
        for upper in (0..64).filter(|at| at & half == 0) {
            let swap = (square[upper] >> half ^ square[upper + half]) & mask;
            square[upper] ^= swap << half;
            square[upper + half] ^= swap;
        }
        half /= 2;
        mask ^= mask << half;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(words: usize) -> Vec<u64> {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 32
        };
        (0..words).map(|_| next() << 32 | next()).collect()
    }

    #[test]
    fn a_square_lies_on_its_side() {
        let before: [u64; 64] = noise(64).try_into().expect("64 words");
        let mut after = before;
        transpose(&mut after);
        for (i, word) in before.iter().enumerate() {
            for (j, other) in after.iter().enumerate() {
                assert_eq!(word >> j & 1, other >> i & 1, "{i} {j}");
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many bits for an interpreter")]
    fn rows_and_slices_hold_every_bit_where_the_order_says() {
        let words = noise(3 * 700);
        let sorted = Sorted::new(Filters::new(&words, 3).expect("whole rows"));
        assert!(sorted.ones.is_sorted());
        let order = sorted.rarest_first();
        let (rows, slices) = (sorted.reordered(&order), sorted.slices(&order));
        assert_eq!(slices.len(), 2 * 193);
        for row in 0..700 {
            for (at, &position) in order.iter().enumerate() {
                let bit = sorted.row(row)[position / 64] >> (position % 64) & 1;
                assert_eq!(rows[row * 3 + at / 64] >> (at % 64) & 1, bit, "{row} {at}");
                let plane = &slices[row / LANES * 193 + at];
                assert_eq!(plane.0[row % LANES / 64] >> (row % 64) & 1, bit, "{row} {at}");
            }
        }
        assert!(slices.iter().skip(192).step_by(193).all(|plane| plane.0 == [0; WORDS]), "the empty planes");
    }

    #[test]
    fn the_rarest_bits_come_first() {
        // Bit 5 is set in every row, bit 3 in one row of two, the others in none.
        let words: Vec<u64> = (0..10).map(|row| 1 << 5 | (row % 2) << 3).collect();
        let order = Sorted::new(Filters::new(&words, 1).expect("whole rows")).rarest_first();
        assert_eq!(order[..3], [0, 1, 2]);
        assert_eq!(order[62..], [3, 5]);
    }
}
