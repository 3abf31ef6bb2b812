//! Every pair within a threshold.
//!
//! In: two sets of rows, a [`Search`]. Out: the hits in the order of left and right rows, or the count of them if they
//! are too many. Absent on purpose: blocking, sampling, anything that could lose a pair; clocks and randomness.
//!
//! Both sides are sorted by set bits. A task is a rectangle of rows of one side and slices of 512 rows of the other; a slice
//! stays in the first two caches while the rows of the task pass it. A slice is left out for rows whose set bits alone put
//! every pair beyond the threshold. What a kernel finds is compared in full, here.
//!
//! Why looking at some of a row's set bits first loses nothing: with `p` of its `|a|` set bits looked at, the rest can add at
//! most `|a| - p` shared bits, so a pair that needs `c` must share `c - (|a| - p)` of those looked at.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::kernel::{Kernel, Ready};
use crate::rows::Sorted;
use crate::scan::{Candidate, Job, LANES, Plane, Positions, Starts, WORDS};
use crate::threshold::{Needs, Threshold};
use crate::{Filters, SimilarityError, plan};

/// Rows of a task at the most: the positions of their set bits fit the second cache beside a slice.
const ROWS_MAX: usize = 1_024;
/// And at the least: finding the positions is less than adding them up.
const ROWS_MIN: usize = 64;
/// Tasks that a thread should find, so that all end at about the same time.
const TASKS_PER_THREAD: usize = 8;
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
    /// Whether to look at a part of each row first; the hits are the same.
    pub skipping: Skipping,
    /// The most hits there is room for, 12 bytes each, and up to as much again while they are gathered.
    pub hits_max: usize,
}

/// What to do about pairs that are far from near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipping {
    /// Count all shared bits of every pair whose numbers of set bits allow a hit.
    Off,
    /// Count the rarest set bits of a row first, as many as a sample of the pairs says, and compare whole rows where enough
    /// of them are shared. Loses nothing.
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
/// Memory beside the rows and the hits: two copies of both sets, one of them filled up to 512 rows; 8 bytes a row; and about a
/// megabyte a thread.
///
/// # Errors
/// [`SimilarityError::LengthsDiffer`], [`SimilarityError::DiceThreshold`], [`SimilarityError::KernelMissing`]; and
/// [`SimilarityError::TooManyHits`] with the whole count, counted without keeping them.
pub fn all_pairs(left: Filters<'_>, right: Filters<'_>, search: &Search) -> Result<Vec<Hit>, SimilarityError> {
    compare(left, right, search, |left, right, order, needs| match search.skipping {
        Skipping::Off => usize::MAX,
        Skipping::RarestFirst => plan::positions(search.kernel, left, right, order, needs),
    })
}

/// Compares with as many positions of a row looked at first as `plan` says.
pub(crate) fn compare(
    left: Filters<'_>,
    right: Filters<'_>,
    search: &Search,
    plan: impl FnOnce(&Sorted<'_>, &Sorted<'_>, &[usize], &Needs) -> usize,
) -> Result<Vec<Hit>, SimilarityError> {
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
    let positions_max = plan(&left, &right, &order, &needs);
    let (left, right) = rayon::join(|| Side::new(left, &order), || Side::new(right, &order));
    let found = Found { hits: Mutex::new(Vec::new()), count: AtomicU64::new(0), hits_max: search.hits_max };
    // Each pair is met once: from the row with fewer set bits, and from the left one if they have as many.
    let hit = |few: u32, many: u32, distance| Hit { left: few, right: many, distance };
    Pass { kernel, positions_max, needs: &needs, few: &left, many: &right, more: 0, hit }.run(&found);
    let hit = |few: u32, many: u32, distance| Hit { left: many, right: few, distance };
    Pass { kernel, positions_max, needs: &needs, few: &right, many: &left, more: 1, hit }.run(&found);
    found.sorted()
}

/// One set, standing and lying, with the rarest bits first.
struct Side<'a> {
    sorted: Sorted<'a>,
    rows: Vec<u64>,
    slices: Vec<Plane>,
}

impl<'a> Side<'a> {
    fn new(sorted: Sorted<'a>, order: &[usize]) -> Self {
        let (rows, slices) = rayon::join(|| sorted.reordered(order), || sorted.slices(order));
        Self { sorted, rows, slices }
    }

    fn rows(&self, rows: &Range<usize>) -> &[u64] {
        let words = self.sorted.filters.words_per_row();
        &self.rows[rows.start * words..rows.end * words]
    }
}

/// The pairs whose row on one side has fewer set bits than that on the other, or as many.
struct Pass<'a, H> {
    kernel: Ready,
    positions_max: usize,
    needs: &'a Needs,
    /// The side whose set bits are added up. Of two rows that differ in so many bits, the one with fewer set bits has fewer
    /// that the other lacks, so that it shows earlier that the pair is far.
    few: &'a Side<'a>,
    many: &'a Side<'a>,
    /// How many set bits more the other row must have.
    more: u32,
    hit: H,
}

/// What a thread keeps from task to task, so as not to ask for it again.
#[derive(Default)]
struct Scratch {
    positions: Positions,
    starts: Starts,
    candidates: Vec<Candidate>,
    hits: Vec<Hit>,
}

impl<H: Fn(u32, u32, u32) -> Hit + Sync> Pass<'_, H> {
    fn run(&self, found: &Found) {
        let (rows, slices) = (self.few.sorted.rows(), self.many.sorted.rows().div_ceil(LANES));
        let of_task = (rows / (rayon::current_num_threads() * TASKS_PER_THREAD)).clamp(ROWS_MIN, ROWS_MAX);
        let across = slices.div_ceil(SLICES);
        let tasks = rows.div_ceil(of_task) * across;
        (0..tasks).into_par_iter().for_each_init(Scratch::default, |scratch, task| {
            let first = task / across * of_task;
            let rows = first..(first + of_task).min(rows);
            let first = task % across * SLICES;
            self.rectangle(&rows, first..(first + SLICES).min(slices), scratch, found);
            found.take(&mut scratch.hits);
        });
    }

    /// Rows against slices.
    fn rectangle(&self, rows: &Range<usize>, slices: Range<usize>, scratch: &mut Scratch, found: &Found) {
        let filters = self.few.sorted.filters;
        let (fewest, most) = (self.few.sorted.ones[rows.start], self.few.sorted.ones[rows.end - 1]);
        // The slices with fewer set bits come first, and have no part in this.
        let ones = |slice: usize| self.many.sorted.ones[self.lanes(slice).end - 1];
        let slices =
            slices.start + slices.clone().take_while(|slice| ones(*slice) < fewest + self.more).count()..slices.end;
        if slices.is_empty() {
            return;
        }
        let of_rows = self.few.rows(rows).chunks_exact(filters.words_per_row());
        scratch.positions.fill(of_rows, filters.bits(), self.positions_max.min(most as usize));
        for slice in slices {
            self.start(rows, self.lanes(slice), &scratch.positions, &mut scratch.starts);
            let planes = filters.bits() + 1;
            let job = Job::new(&scratch.positions, &scratch.starts, &self.many.slices[slice * planes..][..planes]);
            self.kernel.scan(job, &mut scratch.candidates);
            for candidate in &scratch.candidates {
                self.decide(rows.start + candidate.left, slice, candidate.lanes, &mut scratch.hits);
                if scratch.hits.len() >= HITS {
                    found.take(&mut scratch.hits);
                }
            }
        }
    }

    /// The rows of a slice.
    fn lanes(&self, slice: usize) -> Range<usize> {
        slice * LANES..(slice * LANES + LANES).min(self.many.sorted.rows())
    }

    /// Begins each lane's counter so that it reaches the mark with what it must share of a row's first positions.
    fn start(&self, rows: &Range<usize>, lanes: Range<usize>, positions: &Positions, starts: &mut Starts) {
        starts.planes.clear();
        starts.of_row.clear();
        let mut next = 0;
        // Rows with the same number of set bits stand together.
        for same in self.few.sorted.ones[rows.clone()].chunk_by(|a, b| a == b) {
            let is_possible = self.start_of(same[0], lanes.clone(), positions, &mut starts.planes);
            starts.of_row.extend(same.iter().map(|_| is_possible.then_some(next)));
            next += u32::from(is_possible);
        }
    }

    /// Counters for rows with so many set bits; false, and none, if no row of the slice can be near, or none is of this
    /// pass.
    fn start_of(&self, ones: u32, lanes: Range<usize>, positions: &Positions, planes: &mut Vec<Plane>) -> bool {
        let looked_at = ones.min(u32::try_from(positions.per_row()).expect("at most 4,096"));
        let of_slice = planes.len();
        let mut lane = 0;
        for same in self.many.sorted.ones[lanes].chunk_by(|a, b| a == b) {
            let shared = self.needs.of(ones + same[0]);
            if same[0] >= ones + self.more && shared <= ones {
                if planes.len() == of_slice {
                    planes.resize(of_slice + positions.planes(), Plane::EMPTY);
                }
                let begin = positions.mark() - shared.saturating_sub(ones - looked_at);
                for (at, plane) in planes[of_slice..].iter_mut().enumerate() {
                    if begin >> at & 1 == 1 {
                        set_lanes(plane, lane..lane + same.len());
                    }
                }
            }
            lane += same.len();
        }
        planes.len() > of_slice
    }

    /// Compares candidates in full.
    fn decide(&self, few: usize, slice: usize, lanes: [u64; WORDS], hits: &mut Vec<Hit>) {
        let row = self.few.rows(&(few..few + 1));
        for (at, mut lanes) in lanes.into_iter().enumerate() {
            while lanes != 0 {
                let many = slice * LANES + at * 64 + lanes.trailing_zeros() as usize;
                lanes &= lanes - 1;
                let both = self.few.sorted.ones[few] + self.many.sorted.ones[many];
                let distance = self.kernel.hamming(row, self.many.rows(&(many..many + 1)));
                if (both - distance) / 2 >= self.needs.of(both) {
                    hits.push((self.hit)(self.few.sorted.position[few], self.many.sorted.position[many], distance));
                }
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
