//! Every pair within a threshold.
//!
//! In: two sets of rows, a [`Search`]. Out: the hits in the order of left and right rows, or the count of them if they
//! are too many. Absent on purpose: blocking, sampling, anything that could lose a pair; clocks and randomness.
//!
//! Both sides are sorted by set bits. A task is a rectangle of left rows and slices of 512 right rows; a slice stays in the
//! first two caches while the left rows of the task pass it. A slice is left out for left rows whose set bits alone put
//! every pair beyond the threshold. What a kernel finds is compared in full, here.
//!
//! Why looking at some of a left row's set bits first loses nothing: with `p` of its `|a|` set bits looked at, the rest can
//! add at most `|a| - p` shared bits, so a pair that needs `c` must share `c - (|a| - p)` of those looked at.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::kernel::{Kernel, Ready};
use crate::rows::Sorted;
use crate::scan::{Candidate, Job, LANES, Plane, Positions, Starts};
use crate::threshold::{Needs, Threshold};
use crate::{Filters, SimilarityError, plan};

/// Left rows of a task: the positions of their set bits fit the second cache.
const LEFT_ROWS: usize = 256;
/// Slices of a task.
const SLICES: usize = 256;
/// Hits that a task keeps to itself.
const HITS: usize = 4_096;

/// How to search.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// When a pair is a hit.
    pub threshold: Threshold,
    /// Which instructions to use; the hits are the same with each.
    pub kernel: Kernel,
    /// Whether to look at a sketch first; the hits are the same.
    pub skipping: Skipping,
    /// The most hits there is room for, 12 bytes each.
    pub hits_max: usize,
}

/// What to do about pairs that are far from near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipping {
    /// Count all shared bits of every pair whose numbers of set bits allow a hit.
    Off,
    /// Count the rarest set bits of each left row first, as many as a sample of the pairs says, and compare whole rows
    /// where enough of them are shared. Loses nothing.
    RarestFirst,
}

/// A pair within the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hit {
    /// Row of the left set.
    pub left: u32,
    /// Row of the right set.
    pub right: u32,
    /// Bits in which they differ; [`crate::dice`] makes a coefficient of it.
    pub distance: u32,
}

/// Every pair of a left and a right row within the threshold, by left row and then by right row. The kernel, the
/// skipping and the number of threads change nothing but the time.
///
/// Memory beside the rows and the hits: a copy of both sets, the right one filled up to 512 rows; 8 bytes a row; and some
/// megabytes a thread.
///
/// # Errors
/// [`SimilarityError::LengthsDiffer`], [`SimilarityError::DiceThreshold`], [`SimilarityError::KernelMissing`]; and
/// [`SimilarityError::TooManyHits`] with the whole count, counted without keeping them.
pub fn all_pairs(left: Filters<'_>, right: Filters<'_>, search: &Search) -> Result<Vec<Hit>, SimilarityError> {
    if left.words_per_row() != right.words_per_row() {
        return Err(SimilarityError::LengthsDiffer { left_bits: left.bits(), right_bits: right.bits() });
    }
    let needs = Needs::new(search.threshold, left.bits())?;
    let kernel = search.kernel.ready()?;
    let pairs = left.rows() as u64 * right.rows() as u64;
    if pairs == 0 {
        return Ok(Vec::new());
    }
    if needs.take_everything() && pairs > search.hits_max as u64 {
        return Err(SimilarityError::TooManyHits { hits: pairs, hits_max: search.hits_max });
    }
    let (left, right) = rayon::join(|| Sorted::new(left), || Sorted::new(right));
    let order = right.rarest_first();
    let positions_max = match search.skipping {
        Skipping::Off => usize::MAX,
        Skipping::RarestFirst => plan::positions(search.kernel, &left, &right, &order, &needs),
    };
    let positions_max = std::env::var("K").map_or(positions_max, |k| k.parse().unwrap()); eprintln!("K {positions_max}");
    let (rows, slices) = rayon::join(|| left.reordered(&order), || right.slices(&order));
    let found = Found { hits: Mutex::new(Vec::new()), count: AtomicU64::new(0), hits_max: search.hits_max };
    Comparison { kernel, positions_max, needs, left, right, rows, slices }.run(&found);
    eprintln!("cand {}", CAND.swap(0, Ordering::Relaxed));
    found.sorted()
}

struct Comparison<'a> {
    kernel: Ready,
    positions_max: usize,
    needs: Needs,
    left: Sorted<'a>,
    right: Sorted<'a>,
    /// Left rows with their rarest bits first.
    rows: Vec<u64>,
    slices: Vec<Plane>,
}

/// What a thread keeps from task to task, so as not to ask for it again.
#[derive(Default)]
struct Scratch {
    positions: Positions,
    starts: Starts,
    candidates: Vec<Candidate>,
    hits: Vec<Hit>,
}

impl Comparison<'_> {
    fn run(&self, found: &Found) {
        let slices = self.right.rows().div_ceil(LANES);
        let across = slices.div_ceil(SLICES);
        let tasks = self.left.rows().div_ceil(LEFT_ROWS) * across;
        (0..tasks).into_par_iter().for_each_init(Scratch::default, |scratch, task| {
            let first = task / across * LEFT_ROWS;
            let rows = first..(first + LEFT_ROWS).min(self.left.rows());
            let first = task % across * SLICES;
            self.rectangle(&rows, first..(first + SLICES).min(slices), scratch, found);
            found.take(&mut scratch.hits);
        });
    }

    /// Left rows against slices.
    fn rectangle(&self, rows: &Range<usize>, slices: Range<usize>, scratch: &mut Scratch, found: &Found) {
        let words = self.left.filters.words_per_row();
        let most = self.left.ones[rows.end - 1] as usize;
        let of_rows = self.rows[rows.start * words..rows.end * words].chunks_exact(words);
        let positions_max = most.min(self.positions_max).max(1);
        scratch.positions.fill(of_rows, self.left.filters.bits(), positions_max);
        for slice in slices {
            self.start(rows, slice, &scratch.positions, &mut scratch.starts);
            let planes = self.left.filters.bits() + 1;
            let job = Job::new(&scratch.positions, &scratch.starts, &self.slices[slice * planes..][..planes]);
            scratch.candidates.clear();
            self.kernel.scan(job, &mut scratch.candidates);
            CAND.fetch_add(scratch.candidates.iter().map(|c| c.lanes.count_ones() as u64).sum(), Ordering::Relaxed);
            for candidate in &scratch.candidates {
                self.decide(rows.start, slice, *candidate, &mut scratch.hits);
                if scratch.hits.len() >= HITS {
                    found.take(&mut scratch.hits);
                }
            }
        }
    }

    /// Begins each right row's counter so that it reaches the mark with what it must share of a left row's first positions.
    fn start(&self, rows: &Range<usize>, slice: usize, positions: &Positions, starts: &mut Starts) {
        let lanes = slice * LANES..(slice * LANES + LANES).min(self.right.rows());
        starts.planes.clear();
        starts.of_row.clear();
        let mut next = 0;
        // Left rows with the same number of set bits stand together.
        for same in self.left.ones[rows.clone()].chunk_by(|a, b| a == b) {
            let is_possible = self.start_of(same[0], lanes.clone(), positions, &mut starts.planes);
            starts.of_row.extend(same.iter().map(|_| is_possible.then_some(next)));
            next += u32::from(is_possible);
        }
    }

    /// Counters for left rows with so many set bits; false, and none, if no right row can be near.
    fn start_of(&self, ones: u32, lanes: Range<usize>, positions: &Positions, planes: &mut Vec<Plane>) -> bool {
        let looked_at = ones.min(u32::try_from(positions.per_row()).expect("at most 4,096"));
        let of_slice = planes.len();
        let mut lane = 0;
        // So do right rows.
        for same in self.right.ones[lanes].chunk_by(|a, b| a == b) {
            let shared = self.needs.of(ones + same[0]);
            if shared <= ones.min(same[0]) {
                if planes.len() == of_slice {
                    planes.resize(of_slice + positions.planes(), Plane::EMPTY);
                }
                let begin = positions.mark() - shared.saturating_sub(ones - looked_at);
                for (_, plane) in planes[of_slice..].iter_mut().enumerate().filter(|(at, _)| begin >> at & 1 == 1) {
                    set_lanes(plane, lane..lane + same.len());
                }
            }
            lane += same.len();
        }
        planes.len() > of_slice
    }

    /// Compares candidates in full. The rows that fill up the last slice are no rows.
    fn decide(&self, first: usize, slice: usize, candidate: Candidate, hits: &mut Vec<Hit>) {
        let left = first + candidate.left;
        let (row, mut lanes) = (self.left.row(left), candidate.lanes);
        while lanes != 0 {
            let right = slice * LANES + candidate.word * 64 + lanes.trailing_zeros() as usize;
            lanes &= lanes - 1;
            let Some(ones) = self.right.ones.get(right) else { return };
            let both = self.left.ones[left] + ones;
            let distance = self.kernel.hamming(row, self.right.row(right));
            if (both - distance) / 2 >= self.needs.of(both) {
                hits.push(Hit { left: self.left.position[left], right: self.right.position[right], distance });
            }
        }
    }
}

/// Sets the columns of these right rows.
fn set_lanes(plane: &mut Plane, lanes: Range<usize>) {
    for (at, word) in plane.0.iter_mut().enumerate() {
        let (first, end) = (lanes.start.clamp(at * 64, at * 64 + 64), lanes.end.clamp(at * 64, at * 64 + 64));
        if first < end {
            *word |= u64::MAX >> (64 - (end - first)) << (first % 64);
        }
    }
}

/// The hits of all tasks, as long as there is room for them.
struct Found {
    hits: Mutex<Vec<Hit>>,
    count: AtomicU64,
    hits_max: usize,
}

impl Found {
    fn take(&self, hits: &mut Vec<Hit>) {
        let more = hits.len() as u64;
        let count = self.count.fetch_add(more, Ordering::Relaxed) + more;
        let mut all = self.hits.lock().unwrap_or_else(PoisonError::into_inner);
        if count <= self.hits_max as u64 {
            all.append(hits);
        } else {
            // Too many: they are counted from here on, and not kept.
            *all = Vec::new();
            hits.clear();
        }
    }

    fn sorted(self) -> Result<Vec<Hit>, SimilarityError> {
        let hits = self.count.into_inner();
        if hits > self.hits_max as u64 {
            return Err(SimilarityError::TooManyHits { hits, hits_max: self.hits_max });
        }
        let mut hits = self.hits.into_inner().unwrap_or_else(PoisonError::into_inner);
        hits.par_sort_unstable();
        Ok(hits)
    }
}

static CAND: AtomicU64 = AtomicU64::new(0);
