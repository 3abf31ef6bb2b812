//! The kernel of any processor, without `unsafe`. The others are tested against it, and it against a plain double loop.

use crate::scan::{Block, Candidate, Job, Plane, WORDS, scan_over_these};

/// Two words, because most processors have vectors of 128 bits and compilers know how to use them.
type Word = [u64; WIDTH];
const WIDTH: usize = 2;

scan_over_these!();

/// Bits in which two rows differ.
pub(crate) fn hamming(left: &[u64], right: &[u64]) -> u32 {
    left.iter().zip(right).map(|(left, right)| (left ^ right).count_ones()).sum()
}

/// The plane that begins with the word in the lowest 16 bits.
fn load(slice: &[Plane], pass: usize, first_word: u64) -> Word {
    plane(&slice[(first_word & 0xffff) as usize / WORDS], pass)
}

fn plane(plane: &Plane, pass: usize) -> Word {
    [plane.0[pass * WIDTH], plane.0[pass * WIDTH + 1]]
}

fn xor(a: Word, b: Word) -> Word {
    [a[0] ^ b[0], a[1] ^ b[1]]
}

fn and(a: Word, b: Word) -> Word {
    [a[0] & b[0], a[1] & b[1]]
}

fn add(a: Word, b: Word, c: Word) -> (Word, Word) {
    let differ = xor(a, b);
    let (both, more) = (and(a, b), and(differ, c));
    (xor(differ, c), [both[0] | more[0], both[1] | more[1]])
}

fn any(word: Word) -> bool {
    word[0] | word[1] != 0
}

fn words(word: Word) -> [u64; WIDTH] {
    word
}
