//! The nearest of many points in a space of a few dimensions, by looking at all of them.
//!
//! In: members by rank, targets, the greatest squared distance. Out: for each target the members with the least squared distance,
//! of equal ones the lowest rank first. Eight members lie side by side, so that the compiler can reckon them together; each
//! one's distance is summed dimension by dimension, whatever the processor.

use rayon::prelude::*;

const LANES: usize = 8;
/// After so many dimensions, members that are already too far are left alone.
const DIMENSIONS_AT_ONCE: usize = 4;
/// Blocks that stay in the nearest cache while a few targets look at them: of 12 dimensions, 48 KiB.
const BLOCKS_AT_ONCE: usize = 64;
const TARGETS_AT_ONCE: usize = 16;

/// Members of a stratum.
pub(crate) struct Field {
    members: usize,
    width: usize,
    limit: f64,
    /// Blocks of LANES members: dimension by dimension, member by member. The last is filled up with the infinitely far.
    blocks: Vec<[f64; LANES]>,
}

impl Field {
    pub(crate) fn new<'a>(width: usize, members: impl ExactSizeIterator<Item = &'a [f64]>, limit: f64) -> Self {
        let count = members.len();
        let mut blocks = vec![[f64::INFINITY; LANES]; count.div_ceil(LANES) * width];
        for (member, row) in members.enumerate() {
            for (dimension, &value) in row.iter().enumerate() {
                blocks[member / LANES * width + dimension][member % LANES] = value;
            }
        }
        Self { members: count, width, limit, blocks }
    }

    pub(crate) fn len(&self) -> usize {
        self.members
    }

    /// For each target, up to `count` members within the limit, the nearest first.
    pub(crate) fn nearest(&self, targets: &[&[f64]], count: usize) -> Vec<Vec<usize>> {
        let lists = targets.par_chunks(TARGETS_AT_ONCE).flat_map_iter(|targets| {
            let mut lists: Vec<List> = targets.iter().map(|_| List::new(count, self.limit)).collect();
            for (tile, blocks) in self.blocks.chunks(BLOCKS_AT_ONCE * self.width).enumerate() {
                for (target, list) in targets.iter().zip(&mut lists) {
                    self.look(blocks, tile * BLOCKS_AT_ONCE * LANES, target, list, |_| true);
                }
            }
            lists.into_iter().map(List::members)
        });
        lists.collect()
    }

    /// The same for one target, among those who were not taken.
    pub(crate) fn nearest_left(&self, target: &[f64], count: usize, is_taken: &[bool]) -> Vec<usize> {
        let mut list = List::new(count, self.limit);
        self.look(&self.blocks, 0, target, &mut list, |member| !is_taken[member]);
        list.members()
    }

    fn look(
        &self,
        blocks: &[[f64; LANES]],
        first: usize,
        target: &[f64],
        list: &mut List,
        is_wanted: impl Fn(usize) -> bool,
    ) {
        for (number, block) in blocks.chunks_exact(self.width).enumerate() {
            let Some(distances) = distances(block, target, list.worst) else { continue };
            for (lane, &distance) in distances.iter().enumerate() {
                let member = first + number * LANES + lane;
                if distance <= list.worst && member < self.members && is_wanted(member) {
                    list.put(distance, member);
                }
            }
        }
    }
}

/// Squared distances of a block; none if all are beyond `worst`.
fn distances(block: &[[f64; LANES]], target: &[f64], worst: f64) -> Option<[f64; LANES]> {
    let mut sums = [0.0; LANES];
    for (values, target) in block.chunks(DIMENSIONS_AT_ONCE).zip(target.chunks(DIMENSIONS_AT_ONCE)) {
        for (values, target) in values.iter().zip(target) {
            for (sum, value) in sums.iter_mut().zip(values) {
                let difference = value - target;
                *sum += difference * difference;
            }
        }
        if sums.iter().all(|&sum| sum > worst) {
            return None;
        }
    }
    Some(sums)
}

/// The nearest so far, the nearest first. Members come by rank, so that of equal ones the first to come stays before.
struct List {
    count: usize,
    /// Nobody further away can enter.
    worst: f64,
    nearest: Vec<(f64, usize)>,
}

impl List {
    fn new(count: usize, limit: f64) -> Self {
        Self { count, worst: limit, nearest: Vec::with_capacity(count + 1) }
    }

    fn put(&mut self, distance: f64, member: usize) {
        let place = self.nearest.partition_point(|&(nearer, _)| nearer <= distance);
        if place >= self.count {
            return;
        }
        self.nearest.insert(place, (distance, member));
        self.nearest.truncate(self.count);
        if self.nearest.len() == self.count {
            self.worst = self.nearest[self.count - 1].0;
        }
    }

    fn members(self) -> Vec<usize> {
        self.nearest.into_iter().map(|(_, member)| member).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Small whole numbers, so that many distances are equal.
        #[test]
        fn finds_what_sorting_everybody_finds(
            members in prop::collection::vec(prop::collection::vec(-3_i8..3, 5), 0..600),
            targets in prop::collection::vec(prop::collection::vec(-3_i8..3, 5), 1..40),
            taken in prop::collection::vec(any::<bool>(), 600),
            count in 1_usize..20,
            limit in prop::option::of(0_u8..40),
        ) {
            let floats = |rows: &[Vec<i8>]| -> Vec<Vec<f64>> {
                rows.iter().map(|row| row.iter().map(|&value| f64::from(value)).collect()).collect()
            };
            let limit = limit.map_or(f64::INFINITY, f64::from);
            let (rows, goals) = (floats(&members), floats(&targets));
            let field = Field::new(5, rows.iter().map(Vec::as_slice), limit);
            let by_sorting = |goal: &[f64], is_wanted: &dyn Fn(usize) -> bool| -> Vec<usize> {
                let distance = |row: &[f64]| row.iter().zip(goal).map(|(one, other)| (one - other) * (one - other)).sum::<f64>();
                let mut all: Vec<(f64, usize)> = rows.iter().map(|row| distance(row)).zip(0..).collect();
                all.retain(|&(distance, member)| distance <= limit && is_wanted(member));
                all.sort_by(|one, other| one.partial_cmp(other).expect("finite"));
                all.into_iter().map(|(_, member)| member).take(count).collect()
            };
            let goals: Vec<&[f64]> = goals.iter().map(Vec::as_slice).collect();
            for (goal, list) in goals.iter().zip(field.nearest(&goals, count)) {
                prop_assert_eq!(list, by_sorting(goal, &|_| true));
            }
            let left = field.nearest_left(goals[0], count, &taken);
            prop_assert_eq!(left, by_sorting(goals[0], &|member| !taken[member]));
        }
    }
}
