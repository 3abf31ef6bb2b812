//! Linear diffusion: every output bit is the XOR of `t` input bits that the key chooses (Armknecht, Heng and Schnell,
//! "Strengthening Privacy-Preserving Record Linkage using Diffusion", PoPETs 2023(2)).
//!
//! In: the filters of up to 64 rows, turned: one word a position, one bit a row. Out: as many bits, turned as well, whose
//! distance still grows with the distance of the filters, but in which no single bit stands for a q-gram.
//! So one XOR of two words serves 64 rows; to turn the result back costs less than to XOR row by row.
//! Published attacks by graph matching fail at t = 8 and above; a key-holder's dictionary does not.

use ring::hmac;

/// Rows that are diffused together: the bits of a word.
pub(crate) const ROWS_PER_BLOCK: usize = 64;

/// 64 positions of 64 rows: one word a position, one bit a row; or, transposed, one word a row.
pub(crate) type Block = [u64; ROWS_PER_BLOCK];

/// The chosen input bits of every output bit.
pub(crate) struct Diffusion {
    inputs: usize,
    chosen: Vec<u16>,
}

impl Diffusion {
    /// Chooses `inputs` distinct input bits for every output bit, from `HMAC-SHA256(key, output bit, block)` read as
    /// sixteen 16-bit numbers modulo `bits`, passing over a number already chosen. `bits` is a power of two, so the
    /// draws are uniform.
    pub(crate) fn new(key: &hmac::Key, bits: u32, inputs: u32) -> Self {
        let inputs = inputs as usize;
        let mut chosen = Vec::with_capacity(bits as usize * inputs);
        for output in 0..u16::try_from(bits).expect("a CLK has at most 4,096 bits") {
            choose(key, output, bits, inputs, &mut chosen);
        }
        Self { inputs, chosen }
    }

    /// The output bits of one word of the CLK, for all rows of a block.
    pub(crate) fn word(&self, word: usize, positions: &[u64]) -> Block {
        let of_word = &self.chosen[word * 64 * self.inputs..][..64 * self.inputs];
        let mut block = [0; ROWS_PER_BLOCK];
        for (out, chosen) in block.iter_mut().zip(of_word.chunks_exact(self.inputs)) {
            *out = chosen.iter().fold(0, |sum, input| sum ^ positions[usize::from(*input)]);
        }
        block
    }
}

/// Exchanges bit `j` of word `i` and bit `i` of word `j` (Warren, "Hacker's Delight", section 7-3), halves first.
pub(crate) fn transpose(block: &mut Block) {
    exchange::<32>(block, 0x0000_0000_ffff_ffff);
    exchange::<16>(block, 0x0000_ffff_0000_ffff);
    exchange::<8>(block, 0x00ff_00ff_00ff_00ff);
    exchange::<4>(block, 0x0f0f_0f0f_0f0f_0f0f);
    exchange::<2>(block, 0x3333_3333_3333_3333);
    exchange::<1>(block, 0x5555_5555_5555_5555);
}

fn exchange<const WIDTH: usize>(block: &mut Block, low: u64) {
    for pair in block.chunks_exact_mut(2 * WIDTH) {
        let (upper, lower) = pair.split_at_mut(WIDTH);
        for (upper, lower) in upper.iter_mut().zip(lower) {
            let differing = (*upper >> WIDTH ^ *lower) & low;
            *upper ^= differing << WIDTH;
            *lower ^= differing;
        }
    }
}

/// Appends the inputs of one output bit.
fn choose(key: &hmac::Key, output: u16, bits: u32, inputs: usize, all: &mut Vec<u16>) {
    let first = all.len();
    let mask = u16::try_from(bits - 1).expect("a CLK has at most 4,096 bits, a power of two");
    let output = output.to_be_bytes();
    for block in 0u16.. {
        let [high, low] = block.to_be_bytes();
        let tag = hmac::sign(key, &[output[0], output[1], high, low]);
        for pair in tag.as_ref().chunks_exact(2) {
            if all.len() - first == inputs {
                return;
            }
            let input = u16::from_be_bytes([pair[0], pair[1]]) & mask;
            if !all[first..].contains(&input) {
                all.push(input);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BITS: usize = 1_024;
    const INPUTS: usize = 10;

    fn diffusion() -> Diffusion {
        Diffusion::new(&hmac::Key::new(hmac::HMAC_SHA256, b"test"), 1_024, 10)
    }

    /// Chance that `inputs` distinct positions out of `bits` hold an odd number of the `differing` ones.
    fn odd_chance(differing: usize) -> f64 {
        let choose = |n: usize, k: usize| (0..k).fold(1.0, |product, i| product * (n - i) as f64 / (i + 1) as f64);
        let odd = (1..=INPUTS.min(differing)).step_by(2);
        odd.map(|k| choose(differing, k) * choose(BITS - differing, INPUTS - k)).sum::<f64>() / choose(BITS, INPUTS)
    }

    impl Diffusion {
        /// One filter's diffused form; it stands in the place of one row of a block, and the other rows are empty.
        fn apply(&self, filter: &[u64]) -> Vec<u64> {
            const ROW: usize = 37;
            let bit = |position: usize| filter[position / 64] >> (position % 64) & 1;
            let positions: Vec<u64> = (0..filter.len() * 64).map(|position| bit(position) << ROW).collect();
            let diffused = |word| {
                let mut block = self.word(word, &positions);
                transpose(&mut block);
                assert!(block.iter().enumerate().all(|(row, word)| row == ROW || *word == 0));
                block[ROW]
            };
            (0..filter.len()).map(diffused).collect()
        }
    }

    #[test]
    fn every_output_bit_has_its_number_of_inputs() {
        let diffusion = diffusion();
        let mut outputs = vec![0; BITS];
        for input in 0..BITS {
            let mut filter = vec![0u64; 16];
            filter[input / 64] = 1 << (input % 64);
            let column = diffusion.apply(&filter);
            for (output, count) in outputs.iter_mut().enumerate() {
                *count += column[output / 64] >> (output % 64) & 1;
            }
        }
        assert_eq!(outputs, vec![INPUTS as u64; BITS]);
    }

    #[test]
    fn transposing_moves_every_bit_to_its_mirror_place() {
        for (word, bit) in [(0, 0), (0, 63), (63, 0), (5, 40), (17, 17), (31, 32)] {
            let mut block = [0; ROWS_PER_BLOCK];
            block[word] = 1 << bit;
            transpose(&mut block);
            let found: Vec<_> = block.iter().enumerate().filter(|(_, word)| **word != 0).collect();
            assert_eq!(found, [(bit, &(1 << word))]);
        }
        let every: Block = std::array::from_fn(|word| 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(2 * word as u64 + 1));
        let mut turned = every;
        transpose(&mut turned);
        for (row, word) in every.iter().enumerate() {
            for (column, mirrored) in turned.iter().enumerate() {
                assert_eq!(word >> column & 1, mirrored >> row & 1);
            }
        }
    }

    #[test]
    fn flips_follow_the_hypergeometric_formula() {
        let diffusion = diffusion();
        for differing in [1, 8, 32, 64, 128, 256] {
            let mut flipped = 0;
            let trials = 40;
            for trial in 0..trials {
                let mut filter = vec![0u64; 16];
                // An odd stride over a power of two visits distinct places.
                for step in 0..differing {
                    let place = (trial * 97 + step * (2 * trial + 5)) % BITS;
                    filter[place / 64] |= 1 << (place % 64);
                }
                flipped += diffusion.apply(&filter).iter().map(|word| word.count_ones()).sum::<u32>();
            }
            let rate = f64::from(flipped) / (trials * BITS) as f64;
            // Five standard errors of 40,960 draws at one half are 0.0124.
            assert!((rate - odd_chance(differing)).abs() < 0.0124, "{differing}: {rate} {}", odd_chance(differing));
        }
    }

    #[test]
    fn it_is_linear_and_depends_on_the_key() {
        let one: Vec<u64> = (0..16).map(|i| 0x0123_4567_89ab_cdef << i).collect();
        let other: Vec<u64> = (0..16).map(|i| 0x0f1e_2d3c_4b5a_6978 >> i).collect();
        let both: Vec<u64> = one.iter().zip(&other).map(|(a, b)| a ^ b).collect();
        let diffusion = diffusion();
        let sum: Vec<u64> = diffusion.apply(&one).iter().zip(&diffusion.apply(&other)).map(|(a, b)| a ^ b).collect();
        assert_eq!(diffusion.apply(&both), sum);
        assert!(diffusion.apply(&[0; 16]).iter().all(|word| *word == 0));
        let rekeyed = Diffusion::new(&hmac::Key::new(hmac::HMAC_SHA256, b"tess"), 1_024, 10);
        assert_ne!(diffusion.apply(&one), rekeyed.apply(&one));
    }
}
