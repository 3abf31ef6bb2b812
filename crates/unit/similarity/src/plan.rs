//! How many of a left row's set bits to look at first: chosen from a sample of the pairs, by counted cycles and never
//! by a clock, so that the same sets are always searched in the same way. Whatever is chosen, the hits are the same.

use crate::kernel::Kernel;
use crate::rows::Sorted;
use crate::scan::{BLOCK, LANES};
use crate::threshold::{NEVER, Needs};

/// Fewer pairs than this are not worth a sample.
const PAIRS_MIN: usize = 1 << 16;
/// One pair in so many is looked at, between these bounds.
const PAIRS_PER_SAMPLE: usize = 1 << 18;
const SAMPLES_MIN: usize = 256;
const SAMPLES_MAX: usize = 4_096;

/// Cycles to compare one pair in full, with the jump that was not foreseen and the row that was not in the cache.
const VERIFY: f64 = 60.0;

/// The number of set bits, rarest first, after which the fewest cycles are left to do.
pub(crate) fn positions(
    kernel: Kernel,
    left: &Sorted<'_>,
    right: &Sorted<'_>,
    order: &[usize],
    needs: &Needs,
) -> usize {
    let most = [left, right].map(|side| side.ones.last().map_or(0, |ones| *ones as usize));
    let most = most[0].min(most[1]).next_multiple_of(BLOCK).max(BLOCK);
    let pairs = left.rows().saturating_mul(right.rows());
    if pairs < PAIRS_MIN {
        return most;
    }
    let mut margins = vec![Margin::default(); most / BLOCK];
    for (left_row, right_row) in sample(left, right, (pairs / PAIRS_PER_SAMPLE).clamp(SAMPLES_MIN, SAMPLES_MAX)) {
        let (left_ones, right_ones) = (left.ones[left_row], right.ones[right_row]);
        let needed = needs.of(left_ones + right_ones);
        if needed == NEVER {
            continue;
        }
        let (left, right) = (left.row(left_row), right.row(right_row));
        let (few, many) = if left_ones <= right_ones { (left, right) } else { (right, left) };
        let is_set = |row: &[u64], position: usize| row[position / 64] >> (position % 64) & 1 == 1;
        let mut missed = order.iter().filter(|&&position| is_set(few, position)).map(|&at| !is_set(many, at));
        // As many of the set bits of one row may be missing in the other.
        let may_miss = f64::from(left_ones.min(right_ones)) - f64::from(needed);
        let mut misses = 0_u32;
        for margin in &mut margins {
            misses += missed.by_ref().take(BLOCK).map(u32::from).sum::<u32>();
            margin.add(f64::from(misses) - may_miss);
        }
    }
    let per_position = cycles_per_position(kernel);
    let cost = |blocks: usize, margin: &Margin| {
        per_position * (blocks * BLOCK) as f64 + VERIFY * LANES as f64 * margin.remaining()
    };
    let costs = margins.iter().enumerate().map(|(at, margin)| (cost(at + 1, margin), (at + 1) * BLOCK));
    costs.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(most, |(_, positions)| positions)
}

/// Cycles for 512 pairs, as measured on one processor of 2024; Neon by its instructions.
fn cycles_per_position(kernel: Kernel) -> f64 {
    match kernel {
        Kernel::Avx512 => 1.2,
        Kernel::Avx2 => 3.2,
        Kernel::Neon => 5.0,
        Kernel::Portable => 9.0,
    }
}

/// Pairs, spread over both sets.
fn sample(left: &Sorted<'_>, right: &Sorted<'_>, samples: usize) -> impl Iterator<Item = (usize, usize)> {
    let (left, right) = (left.rows(), right.rows());
    // Multiples of two fractions of a turn, those of the golden ratio and of pi, are spread evenly and unlike each other.
    let place = |at: usize, step: u64, rows: usize| {
        let turn = (at as u64 + 1).wrapping_mul(step);
        usize::try_from((u128::from(turn) * rows as u128) >> 64).expect("less than the rows")
    };
    (0..samples).map(move |at| (place(at, 0x9e37_79b9_7f4a_7c15, left), place(at, 0x243f_6a88_85a3_08d3, right)))
}

/// By how many set bits the sampled pairs miss the threshold; more than 0 is beyond it.
#[derive(Debug, Clone, Copy, Default)]
struct Margin {
    pairs: u32,
    near: u32,
    sum: f64,
    squares: f64,
}

impl Margin {
    fn add(&mut self, beyond: f64) {
        self.pairs += 1;
        self.near += u32::from(beyond <= 0.0);
        self.sum += beyond;
        self.squares += beyond * beyond;
    }

    /// Share of the pairs that are not beyond: as sampled, and not less than a normal distribution of the same mean and
    /// spread would leave, because a small sample has no tail.
    fn remaining(&self) -> f64 {
        if self.pairs == 0 {
            return 0.0;
        }
        let count = f64::from(self.pairs);
        let mean = self.sum / count;
        let spread = (self.squares / count - mean * mean).max(0.25).sqrt();
        (f64::from(self.near) / count).max(beyond_normal(mean / spread))
    }
}

/// Share of a normal distribution beyond `z` (Börjesson and Sundberg 1979), and one half for anything below 0.
fn beyond_normal(z: f64) -> f64 {
    let z = z.max(0.0);
    let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    density / (0.661 * z + 0.339 * (z * z + 5.51).sqrt())
}
