//! Every kernel and every way of looking against a plain double loop over rows and bits.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::all_pairs::compare;
use crate::scan::{Candidate, Job, LANES, Plane, Positions, Starts};
use crate::{Filters, Hit, Kernel, Search, SimilarityError, Skipping, Threshold, all_pairs, dice, hamming};

/// The definition, bit by bit.
fn naive(left: &[u64], right: &[u64], words: usize, threshold: Threshold) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (left_row, a) in left.chunks(words).enumerate() {
        for (right_row, b) in right.chunks(words).enumerate() {
            let bit = |row: &[u64], at: usize| row[at / 64] >> (at % 64) & 1 == 1;
            let count =
                |is: &dyn Fn(bool, bool) -> bool| (0..words * 64).filter(|&at| is(bit(a, at), bit(b, at))).count();
            let (both, distance) = (count(&|a, b| a && b), count(&|a, b| a != b));
            let (ones_a, ones_b) = (count(&|a, _| a), count(&|_, b| b));
            let is_hit = match threshold {
                Threshold::Hamming(most) => distance <= most as usize,
                Threshold::Dice(least) if ones_a + ones_b == 0 => least <= 0.0,
                Threshold::Dice(least) => (2 * both) as f64 / (ones_a + ones_b) as f64 >= least,
            };
            if is_hit {
                let row = |row: usize| u32::try_from(row).unwrap();
                hits.push(Hit { left: row(left_row), right: row(right_row), distance: row(distance) });
            }
        }
    }
    hits
}

/// Noise from a seed: `SplitMix64`.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    /// Rows of this density of eighths; some empty, some full, some near a row of `like`.
    fn rows(&mut self, rows: usize, words: usize, eighths: usize, like: &[u64]) -> Vec<u64> {
        let mut made = Vec::with_capacity(rows * words);
        for _ in 0..rows {
            match self.below(12) {
                0 => made.extend((0..words).map(|_| 0)),
                1 => made.extend((0..words).map(|_| u64::MAX)),
                2..5 if !like.is_empty() => {
                    let first = self.below(like.len() / words) * words;
                    let mut row = like[first..first + words].to_vec();
                    for _ in 0..self.below(words * 8) {
                        let at = self.below(words * 64);
                        row[at / 64] ^= 1 << (at % 64);
                    }
                    made.extend(row);
                }
                _ => made.extend((0..words).map(|_| self.word(eighths))),
            }
        }
        made
    }

    fn word(&mut self, eighths: usize) -> u64 {
        (0..64).fold(0, |word, at| word | u64::from(self.below(8) < eighths) << at)
    }
}

fn every_way(left: &[u64], right: &[u64], words: usize, threshold: Threshold, positions: &[usize]) {
    let expected = naive(left, right, words, threshold);
    let (left, right) = (Filters::new(left, words).unwrap(), Filters::new(right, words).unwrap());
    for kernel in Kernel::available() {
        let search = Search { threshold, kernel, skipping: Skipping::Off, hits_max: expected.len() };
        for &positions in positions {
            let found = compare(left, right, &search, |_, _, _, _| positions).unwrap();
            assert_eq!(found, expected, "{kernel:?} {threshold:?} {words} words, {positions} positions");
        }
        for skipping in [Skipping::Off, Skipping::RarestFirst] {
            let found = all_pairs(left, right, &Search { skipping, ..search }).unwrap();
            assert_eq!(found, expected, "{kernel:?} {threshold:?} {words} words, {skipping:?}");
        }
    }
}

/// Thresholds, among them those on which some of these pairs lie exactly.
fn thresholds(noise: &mut Noise, left: &[u64], right: &[u64], words: usize) -> Vec<Threshold> {
    let mut of = vec![Threshold::Dice(0.0), Threshold::Dice(1.0), Threshold::Dice(0.8), Threshold::Hamming(0)];
    if !left.is_empty() && !right.is_empty() {
        for _ in 0..2 {
            let a = &left[noise.below(left.len() / words) * words..][..words];
            let b = &right[noise.below(right.len() / words) * words..][..words];
            let ones = |row: &[u64]| row.iter().map(|word| word.count_ones()).sum();
            of.push(Threshold::Hamming(hamming(a, b)));
            of.push(Threshold::Dice(dice(hamming(a, b), ones(a), ones(b))));
        }
    }
    of
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 1 } else { 32 }, ..ProptestConfig::default() })]

    #[test]
    fn every_kernel_finds_what_a_double_loop_finds(
        seed in any::<u64>(),
        words in prop::sample::select(if cfg!(miri) { vec![1, 2] } else { vec![1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 64] }),
        left_rows in 0_usize..if cfg!(miri) { 4 } else { 24 },
        right_rows in 0_usize..if cfg!(miri) { 5 } else { 24 },
        eighths in 0_usize..=8,
        positions in 1_usize..300,
    ) {
        let mut noise = Noise(seed);
        let left = noise.rows(left_rows, words, eighths, &[]);
        let right = noise.rows(right_rows, words, eighths, &left);
        for threshold in thresholds(&mut noise, &left, &right, words) {
            every_way(&left, &right, words, threshold, &[positions, 1, 16, words * 32]);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too many pairs for an interpreter")]
fn slices_and_tasks_end_anywhere() {
    for (left_rows, right_rows) in [(1, 513), (257, 512), (300, 1_030)] {
        let mut noise = Noise(right_rows as u64);
        let left = noise.rows(left_rows, 2, 4, &[]);
        let right = noise.rows(right_rows, 2, 4, &left);
        for threshold in [Threshold::Dice(0.7), Threshold::Hamming(30)] {
            every_way(&left, &right, 2, threshold, &[32, 48, 128]);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too many pairs for an interpreter")]
fn a_plan_from_a_sample_loses_nothing() {
    // Rows with a quarter to a half of their bits, and enough pairs for a sample; the naive loop is that of words.
    let mut noise = Noise(7);
    let left = noise.rows(900, 16, 3, &[]);
    let right = noise.rows(1_100, 16, 3, &left);
    for threshold in [Threshold::Dice(0.8), Threshold::Dice(0.6), Threshold::Dice(0.4), Threshold::Hamming(300)] {
        let (left, right) = (Filters::new(&left, 16).unwrap(), Filters::new(&right, 16).unwrap());
        let search =
            Search { threshold, kernel: Kernel::Portable, skipping: Skipping::RarestFirst, hits_max: usize::MAX };
        let mut expected = Vec::new();
        for a in 0..900 {
            for b in 0..1_100 {
                let distance: u32 = left.row(a).iter().zip(right.row(b)).map(|(a, b)| (a ^ b).count_ones()).sum();
                let ones = |row: &[u64]| row.iter().map(|word| word.count_ones()).sum();
                let is_hit = match threshold {
                    Threshold::Dice(least) => dice(distance, ones(left.row(a)), ones(right.row(b))) >= least,
                    Threshold::Hamming(most) => distance <= most,
                };
                if is_hit {
                    expected.push(Hit { left: u32::try_from(a).unwrap(), right: u32::try_from(b).unwrap(), distance });
                }
            }
        }
        assert!(expected.len() > 100, "{threshold:?} has something to lose");
        for kernel in Kernel::available() {
            assert_eq!(
                all_pairs(left, right, &Search { kernel, ..search }).unwrap(),
                expected,
                "{kernel:?} {threshold:?}"
            );
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "threads")]
fn threads_and_the_order_of_rows_change_nothing() {
    let mut noise = Noise(3);
    let left = noise.rows(600, 4, 4, &[]);
    let right = noise.rows(700, 4, 4, &left);
    let search = Search {
        threshold: Threshold::Dice(0.75),
        kernel: Kernel::detect(),
        skipping: Skipping::RarestFirst,
        hits_max: usize::MAX,
    };
    let run = |right: &[u64], threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (left, right) = (Filters::new(&left, 4).unwrap(), Filters::new(right, 4).unwrap());
        pool.install(|| all_pairs(left, right, &search)).unwrap()
    };
    let one = run(&right, 1);
    assert!(one.len() > 100 && one.is_sorted());
    for threads in [2, 3, 8] {
        assert_eq!(run(&right, threads), one);
    }
    let backwards: Vec<u64> = right.chunks(4).rev().flatten().copied().collect();
    let turned = run(&backwards, 2).into_iter().map(|hit| Hit { right: 699 - hit.right, ..hit });
    assert_eq!(turned.collect::<BTreeSet<_>>(), one.into_iter().collect());
}

#[test]
#[cfg_attr(miri, ignore = "threads")]
fn too_many_hits_are_counted_to_the_last_and_not_kept() {
    let mut noise = Noise(5);
    let left = noise.rows(300, 1, 4, &[]);
    let right = noise.rows(300, 1, 4, &left);
    for threshold in [Threshold::Hamming(20), Threshold::Dice(0.0), Threshold::Hamming(64)] {
        let hits = naive(&left, &right, 1, threshold).len();
        let (left, right) = (Filters::new(&left, 1).unwrap(), Filters::new(&right, 1).unwrap());
        for hits_max in [0, 1, hits - 1, hits] {
            let search = Search { threshold, kernel: Kernel::detect(), skipping: Skipping::Off, hits_max };
            let found = all_pairs(left, right, &search);
            if hits_max == hits {
                assert_eq!(found.unwrap().len(), hits);
            } else {
                assert_eq!(found.unwrap_err(), SimilarityError::TooManyHits { hits: hits as u64, hits_max });
            }
        }
    }
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let search =
        Search { threshold: Threshold::Dice(0.8), kernel: Kernel::Portable, skipping: Skipping::Off, hits_max: 9 };
    let (one, two) = (Filters::new(&[1, 2], 1).unwrap(), Filters::new(&[1, 2], 2).unwrap());
    let error = all_pairs(one, two, &search).unwrap_err();
    assert_eq!(error, SimilarityError::LengthsDiffer { left_bits: 64, right_bits: 128 });
    for threshold in [-0.5, 1.5, f64::NAN] {
        let search = Search { threshold: Threshold::Dice(threshold), ..search };
        let error = all_pairs(one, one, &search).unwrap_err();
        assert!(matches!(error, SimilarityError::DiceThreshold { .. }), "{error}");
    }
    for kernel in [Kernel::Avx2, Kernel::Avx512, Kernel::Neon] {
        if !Kernel::available().contains(&kernel) {
            let error = all_pairs(one, one, &Search { kernel, ..search }).unwrap_err();
            assert_eq!(error, SimilarityError::KernelMissing { kernel: kernel.name() });
        }
    }
}

#[test]
fn empty_rows_are_like_each_other_by_distance_and_not_by_dice() {
    // anonlink: the Dice coefficient of two empty rows is 0.
    let rows = [0, 0, 1];
    let pairs =
        |threshold| naive(&rows, &rows, 1, threshold).iter().map(|hit| (hit.left, hit.right)).collect::<Vec<_>>();
    assert_eq!(pairs(Threshold::Dice(0.5)), [(2, 2)]);
    assert_eq!(pairs(Threshold::Hamming(0)), [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)]);
    for threshold in [Threshold::Dice(0.5), Threshold::Hamming(0), Threshold::Dice(0.0)] {
        every_way(&rows, &rows, 1, threshold, &[1, 64]);
        every_way(&[], &rows, 1, threshold, &[1]);
        every_way(&rows, &[], 1, threshold, &[1]);
    }
}

/// The counters themselves: a kernel that counts too much would find the same hits in the end, and take longer.
#[test]
fn every_kernel_counts_to_the_bit() {
    let cases = [(1, 16), (2, 33), (1, 64), (2, 31), (8, 512)];
    for (words, per_row) in cases.into_iter().take(if cfg!(miri) { 2 } else { cases.len() }) {
        let mut noise = Noise(per_row as u64);
        let bits = words * 64;
        let rows: Vec<u64> = (0..4 * words).map(|at| if at < words { u64::MAX } else { noise.next() }).collect();
        let mut slice: Vec<Plane> = (0..bits).map(|_| Plane([0; 8].map(|_: u64| noise.next()))).collect();
        slice.push(Plane::EMPTY);
        let mut positions = Positions::default();
        positions.fill(rows.chunks(words), bits, per_row);
        let begins: Vec<u32> =
            (0..LANES).map(|_| positions.mark() - u32::try_from(noise.below(per_row + 1)).unwrap()).collect();
        let mut starts =
            Starts { planes: vec![Plane::EMPTY; positions.planes()], of_row: vec![Some(0), None, Some(0), Some(0)] };
        for (lane, begin) in begins.iter().enumerate() {
            for (at, plane) in starts.planes.iter_mut().enumerate() {
                plane.0[lane / 64] |= u64::from(begin >> at & 1) << (lane % 64);
            }
        }
        let mut expected = Vec::new();
        for (left, row) in rows.chunks(words).enumerate().filter(|(left, _)| *left != 1) {
            let set = (0..bits).filter(|at| row[at / 64] >> (at % 64) & 1 == 1).take(per_row.next_multiple_of(16));
            let set: Vec<usize> = set.collect();
            let mut lanes = [0; 8];
            for (lane, begin) in begins.iter().enumerate() {
                let shared: u64 = set.iter().map(|at| slice[*at].0[lane / 64] >> (lane % 64) & 1).sum();
                lanes[lane / 64] |= u64::from(u64::from(*begin) + shared >= u64::from(positions.mark())) << (lane % 64);
            }
            if lanes != [0; 8] {
                expected.push(Candidate { left, lanes });
            }
        }
        assert!(expected.len() > 1, "there is something to find");
        for kernel in Kernel::available() {
            let mut found = vec![Candidate::NONE; 9];
            kernel.ready().unwrap().scan(Job::new(&positions, &starts, &slice), &mut found);
            assert_eq!(found, expected, "{kernel:?}, {words} words, {per_row} positions");
        }
    }
}

#[test]
fn a_distance_by_hand() {
    assert_eq!(hamming(&[0b1010, u64::MAX], &[0b0110, 0]), 66);
    let (a, b): (Vec<u64>, Vec<u64>) = ((0..19).collect(), (1..20).collect());
    let expected: u32 = a.iter().zip(&b).map(|(a, b)| (a ^ b).count_ones()).sum();
    assert_eq!(hamming(&a, &b), expected);
    assert_eq!(hamming(&[], &[]), 0);
}
