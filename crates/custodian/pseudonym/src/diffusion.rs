//! Linear diffusion: every output bit is the XOR of `t` input bits that the key chooses (Armknecht, Heng and Schnell,
//! "Strengthening Privacy-Preserving Record Linkage using Diffusion", PoPETs 2023(2)).
//!
//! In: the filter of a row. Out: as many bits, whose distance still grows with the distance of the filters, but in
//! which no single bit stands for a q-gram.
//! Published attacks by graph matching fail at t = 8 and above; a key-holder's dictionary does not.

use ring::hmac;

/// The chosen input bits, kept by column: which output bits each input bit turns.
pub(crate) struct Diffusion {
    words: usize,
    columns: Vec<u64>,
}

impl Diffusion {
    /// Chooses `inputs` distinct input bits for every output bit, from `HMAC-SHA256(key, output bit, block)` read as
    /// sixteen 16-bit numbers modulo `bits`, passing over a number already chosen. `bits` is a power of two, so the
    /// draws are uniform.
    pub(crate) fn new(key: &hmac::Key, bits: u32, inputs: u32) -> Self {
        let (bits, words) = (bits as usize, bits as usize / 64);
        let mut columns = vec![0; bits * words];
        let mut chosen = Vec::new();
        for output in 0..bits {
            choose(key, output, bits, inputs as usize, &mut chosen);
            for input in &chosen {
                columns[input * words + output / 64] |= 1 << (output % 64);
            }
        }
        Self { words, columns }
    }

    /// Turns a filter into its diffused form.
    pub(crate) fn apply(&self, filter: &[u64]) -> Box<[u64]> {
        let mut out = vec![0; self.words].into_boxed_slice();
        for (place, word) in filter.iter().enumerate() {
            let mut left = *word;
            while left != 0 {
                let input = place * 64 + left.trailing_zeros() as usize;
                left &= left - 1;
                let column = &self.columns[input * self.words..][..self.words];
                for (out, bits) in out.iter_mut().zip(column) {
                    *out ^= bits;
                }
            }
        }
        out
    }
}

fn choose(key: &hmac::Key, output: usize, bits: usize, inputs: usize, chosen: &mut Vec<usize>) {
    chosen.clear();
    let output = u16::try_from(output).expect("a CLK has at most 4,096 bits").to_be_bytes();
    for block in 0u16.. {
        let [high, low] = block.to_be_bytes();
        let tag = hmac::sign(key, &[output[0], output[1], high, low]);
        for pair in tag.as_ref().chunks_exact(2) {
            if chosen.len() == inputs {
                return;
            }
            let input = usize::from(u16::from_be_bytes([pair[0], pair[1]])) % bits;
            if !chosen.contains(&input) {
                chosen.push(input);
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

    #[test]
    fn every_output_bit_has_its_number_of_inputs() {
        let diffusion = diffusion();
        for output in 0..BITS {
            let taps = (0..BITS).filter(|input| diffusion.columns[input * 16 + output / 64] >> (output % 64) & 1 == 1);
            assert_eq!(taps.count(), INPUTS, "output bit {output}");
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
        let sum: Vec<u64> = diffusion.apply(&one).iter().zip(&*diffusion.apply(&other)).map(|(a, b)| a ^ b).collect();
        assert_eq!(*diffusion.apply(&both), *sum);
        assert!(diffusion.apply(&[0; 16]).iter().all(|word| *word == 0));
        let rekeyed = Diffusion::new(&hmac::Key::new(hmac::HMAC_SHA256, b"tess"), 1_024, 10);
        assert_ne!(diffusion.apply(&one), rekeyed.apply(&one));
    }
}
