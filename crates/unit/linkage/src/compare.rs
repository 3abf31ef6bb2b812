//! Groups of rows to scored pairs: every pair of every group, in parallel, keeping what is near enough.
//!
//! In: groups (blocks, or rows that share an ambiguous token), a floor, and which pairs to skip. Out: the pairs at or
//! above the floor, best first, and how many were compared. Nothing is allocated for a pair that is not kept.

use std::cmp::Reverse;

use counterfoil_model::{EncodedPeople, Permille};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use crate::join::Group;
use crate::similarity::{ClkScale, Near, dice, hamming, weight};

/// Two rows and how alike their CLKs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScoredPair {
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) similarity: Permille,
}

impl ScoredPair {
    /// The order in which pairs are kept.
    pub(crate) fn best_first(&self) -> (Reverse<Permille>, u32, u32) {
        (Reverse(self.similarity), self.left, self.right)
    }
}

/// Pairs of one task: enough work to be worth handing out, little enough that a large block is shared among threads.
const TASK_PAIRS: usize = 1 << 15;

/// The CLKs of both sides, ready to be compared.
pub(crate) struct Comparer<'a> {
    left: &'a EncodedPeople,
    right: &'a EncodedPeople,
    scale: ClkScale,
    /// Bits set in each row, for plain filters only.
    weights: Option<(Vec<u32>, Vec<u32>)>,
}

/// What a comparison brought.
#[derive(Debug, Default)]
pub(crate) struct Scored {
    /// By falling similarity, then by left and right row.
    pub(crate) pairs: Vec<ScoredPair>,
    pub(crate) comparisons: u64,
}

struct Task<'a> {
    rows: Group<'a>,
    ends_group: bool,
}

impl<'a> Comparer<'a> {
    pub(crate) fn new(scale: ClkScale, left: &'a EncodedPeople, right: &'a EncodedPeople) -> Self {
        let weights = scale.is_plain().then(|| (weights(left), weights(right)));
        Self { left, right, scale, weights }
    }

    /// Whether every row of the group has a CLK.
    pub(crate) fn covers(&self, group: Group<'_>) -> bool {
        group.left.iter().all(|row| self.left.clk(*row as usize).is_some())
            && group.right.iter().all(|row| self.right.clk(*row as usize).is_some())
    }

    /// Compares every pair of every group but those that `skip` names; `group_done` is called once a group.
    pub(crate) fn score<'g>(
        &self,
        groups: impl Iterator<Item = Group<'g>>,
        floor: Permille,
        skip: &(impl Fn(u32, u32) -> bool + Sync),
        group_done: &(impl Fn() + Sync),
    ) -> Scored {
        let near = self.scale.near(floor);
        let tasks: Vec<_> = groups.flat_map(tasks).collect();
        let mut scored = tasks
            .par_iter()
            .fold(Scored::default, |mut scored, task| {
                for left in task.rows.left {
                    let rights = task.rows.right.iter().copied().filter(|right| !skip(*left, *right));
                    self.score_row(*left, rights, near, &mut scored);
                }
                if task.ends_group {
                    group_done();
                }
                scored
            })
            .reduce(Scored::default, Scored::append);
        scored.pairs.par_sort_unstable_by_key(ScoredPair::best_first);
        scored
    }

    fn score_row(&self, left: u32, rights: impl Iterator<Item = u32>, near: Near<'_>, scored: &mut Scored) {
        let Some(left_words) = self.left.clk(left as usize) else { return };
        for right in rights {
            let Some(right_words) = self.right.clk(right as usize) else { continue };
            scored.comparisons += 1;
            let distance = hamming(left_words, right_words);
            let similarity = match (near, &self.weights) {
                (Near::Diffused { permille, distance_max }, _) if distance <= distance_max => {
                    permille[distance as usize]
                }
                (Near::Plain { floor }, Some((lefts, rights))) => {
                    let similarity = dice(lefts[left as usize] + rights[right as usize], distance);
                    if similarity < floor {
                        continue;
                    }
                    similarity
                }
                _ => continue,
            };
            scored.pairs.push(ScoredPair { left, right, similarity: Permille(similarity) });
        }
    }
}

impl Scored {
    fn append(mut self, mut other: Self) -> Self {
        self.pairs.append(&mut other.pairs);
        self.comparisons += other.comparisons;
        self
    }
}

fn weights(people: &EncodedPeople) -> Vec<u32> {
    (0..people.len()).map(|row| people.clk(row).map_or(0, weight)).collect()
}

fn tasks(group: Group<'_>) -> impl Iterator<Item = Task<'_>> {
    let lefts = (TASK_PAIRS / group.right.len().max(1)).max(1);
    let last = group.left.len().div_ceil(lefts);
    (1..=last)
        .zip(group.left.chunks(lefts))
        .map(move |(nth, left)| Task { rows: Group { left, right: group.right }, ends_group: nth == last })
}
