//! Rows of both sides that hold an equal token.
//!
//! In: one token column of each side. Out: [`Groups`], in an order that means nothing.
//! A hash join in partitions that fit the cache. Tokens are HMAC output, but nothing keeps a custodian from sending others:
//! many that share their first or last bits, and would all want one place in a table. So a place is taken from a hash of
//! all bits under a [`Seed`] that nobody knows who does not know both sides' rows. The seed moves the order of the groups
//! and nothing else.

use counterfoil_model::{BlockingToken, Token};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// A token as two integers.
pub(crate) trait Joined: Copy + Sync {
    fn key(self) -> (u64, u64);
}

impl Joined for Token {
    fn key(self) -> (u64, u64) {
        let word = |from: usize| u64::from_be_bytes(std::array::from_fn(|byte| self.as_bytes()[from + byte]));
        (word(0), word(8))
    }
}

impl Joined for BlockingToken {
    fn key(self) -> (u64, u64) {
        (u64::from_be_bytes(*self.as_bytes()), 0)
    }
}

/// The rows, at least one a side, that hold one token value; ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group<'a> {
    pub(crate) left: &'a [u32],
    pub(crate) right: &'a [u32],
}

/// All groups of one column.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Groups {
    left: Vec<u32>,
    right: Vec<u32>,
    /// Where each group ends in `left` and in `right`; row numbers fit in 32 bits, so do these.
    ends: Vec<(u32, u32)>,
}

impl Groups {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Group<'_>> {
        (0..self.len()).map(|number| self.get(number))
    }

    pub(crate) fn get(&self, number: usize) -> Group<'_> {
        let start = number.checked_sub(1).map_or((0, 0), |before| self.ends[before]);
        let end = self.ends[number];
        Group {
            left: &self.left[start.0 as usize..end.0 as usize],
            right: &self.right[start.1 as usize..end.1 as usize],
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    fn append(&mut self, other: &Self) {
        let (left, right) = (row_number(self.left.len()), row_number(self.right.len()));
        self.left.extend_from_slice(&other.left);
        self.right.extend_from_slice(&other.right);
        self.ends.extend(other.ends.iter().map(|end| (left + end.0, right + end.1)));
    }
}

/// Rows of the smaller side in one partition: its table of 16 bytes a row stays in the first two caches.
const PARTITION_ROWS: usize = 1 << 13;

/// Most partitions: more would be written to than a processor keeps pages for at hand.
const PARTITIONS_MAX: usize = 1 << 10;

/// What the hash of a run depends on beside the token.
#[derive(Debug, Clone, Copy)]
struct Seed(u64, u64);

/// Tokens of each side that a seed is made of: those of honest people can no more be guessed than their HMAC.
const SEED_TOKENS: usize = 64;

impl Seed {
    /// From the first tokens of both sides. A table is built of the side with fewer rows; a custodian whose tokens fill
    /// it does not know those of the other, longer side.
    fn of<T: Joined>(left: &[Option<T>], right: &[Option<T>]) -> Self {
        // The fractions of the golden ratio and of the root of two: nothing up the sleeve.
        let mut seed = Self(0x9e37_79b9_7f4a_7c15, 0x6a09_e667_f3bc_c908);
        for side in [left, right] {
            for token in side.iter().flatten().take(SEED_TOKENS) {
                let hash = seed.hash(token.key());
                seed = Self(seed.1 ^ hash, hash.rotate_left(32).wrapping_add(seed.0));
            }
        }
        seed
    }

    /// A hash of all bits: the two halves of a product, folded.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the low half is meant")]
    fn hash(self, (first, second): (u64, u64)) -> u64 {
        let product = u128::from(first ^ self.0) * u128::from(second ^ self.1);
        (product ^ product >> 64) as u64
    }
}

/// Groups the rows of both sides by equal token.
pub(crate) fn join<T: Joined>(left: &[Option<T>], right: &[Option<T>]) -> Groups {
    let seed = Seed::of(left, right);
    let smaller = left.len().min(right.len());
    let partitions = smaller.div_ceil(PARTITION_ROWS).next_power_of_two().min(PARTITIONS_MAX);
    let (left, right) =
        rayon::join(|| Partitioned::new(left, partitions, seed), || Partitioned::new(right, partitions, seed));
    let joined: Vec<Groups> = (0..partitions)
        .into_par_iter()
        .map(|number| join_partition(left.get(number), right.get(number), seed))
        .collect();
    let mut groups = Groups::default();
    for part in &joined {
        groups.append(part);
    }
    groups
}

/// A position as a row number.
pub(crate) fn row_number(position: usize) -> u32 {
    u32::try_from(position).expect("an extract's rows were counted at the door")
}

#[derive(Clone, Copy, Default)]
struct Entry {
    key: (u64, u64),
    row: u32,
}

/// Entries by partition, rows ascending in each.
struct Partitioned {
    entries: Vec<Entry>,
    ends: Vec<usize>,
}

impl Partitioned {
    fn new<T: Joined>(column: &[Option<T>], partitions: usize, seed: Seed) -> Self {
        let held = || (0..).zip(column).filter_map(|(row, token)| token.map(|token| Entry { key: token.key(), row }));
        if partitions == 1 {
            let entries: Vec<_> = held().collect();
            return Self { ends: vec![entries.len()], entries };
        }
        let of = |entry: &Entry| low(seed.hash(entry.key) >> (64 - partitions.ilog2()));
        let mut ends = vec![0; partitions];
        held().for_each(|entry| ends[of(&entry)] += 1);
        let mut before = 0;
        for end in &mut ends {
            before += std::mem::replace(end, before);
        }
        let mut entries = vec![Entry::default(); before];
        for entry in held() {
            let place = &mut ends[of(&entry)];
            entries[*place] = entry;
            *place += 1;
        }
        Self { entries, ends }
    }

    fn get(&self, partition: usize) -> &[Entry] {
        let start = partition.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.entries[start..self.ends[partition]]
    }
}

/// Joins one partition: a table of the smaller side's keys, which the larger side probes.
fn join_partition(left: &[Entry], right: &[Entry], seed: Seed) -> Groups {
    let left_is_smaller = left.len() <= right.len();
    let (built, probed) = if left_is_smaller { (left, right) } else { (right, left) };
    if built.is_empty() {
        return Groups::default();
    }
    let table = Table::new(built, seed);
    // For each entry of the probed side that meets somebody, the number of the key that it meets.
    let met: Vec<(u32, u32)> =
        probed.iter().filter_map(|entry| table.find(entry.key).map(|number| (number, entry.row))).collect();
    let mut sizes = vec![(0_u32, 0_u32); built.len()];
    for (number, _) in &met {
        sizes[*number as usize].1 += 1;
    }
    for number in &table.numbers {
        sizes[*number as usize].0 += 1;
    }

    // Sizes become starts, for keys that somebody met; the rest hold nobody.
    let (mut starts, mut ends) = ((0, 0), Vec::new());
    let mut place = sizes;
    for size in &mut place {
        if size.1 > 0 {
            let start = starts;
            starts = (starts.0 + size.0, starts.1 + size.1);
            ends.push(starts);
            *size = start;
        } else {
            *size = (NOWHERE, NOWHERE);
        }
    }
    let (mut holding, mut meeting) = (vec![0; starts.0 as usize], vec![0; starts.1 as usize]);
    for (number, entry) in table.numbers.iter().zip(built) {
        let place = &mut place[*number as usize].0;
        if *place != NOWHERE {
            holding[*place as usize] = entry.row;
            *place += 1;
        }
    }
    for (number, row) in met {
        let place = &mut place[number as usize].1;
        meeting[*place as usize] = row;
        *place += 1;
    }
    if left_is_smaller {
        Groups { left: holding, right: meeting, ends }
    } else {
        Groups { left: meeting, right: holding, ends: ends.into_iter().map(|(held, met)| (met, held)).collect() }
    }
}

/// No start: nobody on the other side holds the key.
const NOWHERE: u32 = u32::MAX;

/// The low bits of a hash: all that a position needs.
#[allow(clippy::cast_possible_truncation, reason = "the low bits are meant")]
fn low(bits: u64) -> usize {
    bits as usize
}

/// Open addressing with linear probing, at most half full.
struct Table<'a> {
    seed: Seed,
    entries: &'a [Entry],
    /// Position of an entry plus one; 0 is free.
    slots: Vec<u32>,
    /// For each entry, the position of the first entry with the same key.
    numbers: Vec<u32>,
}

impl<'a> Table<'a> {
    fn new(entries: &'a [Entry], seed: Seed) -> Self {
        let slots = (entries.len() * 2).next_power_of_two();
        let mut table = Self { seed, entries, slots: vec![0; slots], numbers: Vec::with_capacity(entries.len()) };
        for (position, entry) in (0..).zip(entries) {
            let slot = table.slot_of(entry.key);
            if table.slots[slot] == 0 {
                table.slots[slot] = position + 1;
                table.numbers.push(position);
            } else {
                table.numbers.push(table.slots[slot] - 1);
            }
        }
        table
    }

    fn find(&self, key: (u64, u64)) -> Option<u32> {
        self.slots[self.slot_of(key)].checked_sub(1)
    }

    /// The slot that holds the key, or the free one where it would stand. The low bits are taken: the high ones chose
    /// the partition.
    fn slot_of(&self, key: (u64, u64)) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = low(self.seed.hash(key)) & mask;
        while let Some(position) = self.slots[slot].checked_sub(1) {
            if self.entries[position as usize].key == key {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::testing::{blocking, token};

    fn groups_of(groups: &Groups) -> BTreeSet<(Vec<u32>, Vec<u32>)> {
        groups.iter().map(|group| (group.left.to_vec(), group.right.to_vec())).collect()
    }

    #[test]
    fn groups_hold_every_row_of_a_shared_token_and_no_other() {
        let left = [Some(token(1)), Some(token(2)), None, Some(token(1)), Some(token(3))];
        let right = [Some(token(3)), Some(token(1)), Some(token(4)), None, Some(token(3))];
        let seen = groups_of(&join(&left, &right));
        assert_eq!(seen, [(vec![0, 3], vec![1]), (vec![4], vec![0, 4])].into());
    }

    #[test]
    fn missing_tokens_never_meet() {
        let column: [Option<Token>; 3] = [None; 3];
        assert_eq!(join(&column, &column).len(), 0);
    }

    /// A token that its maker chose.
    #[derive(Clone, Copy)]
    struct Made(u64, u64);

    impl Joined for Made {
        fn key(self) -> (u64, u64) {
            (self.0, self.1)
        }
    }

    #[test]
    fn tokens_made_to_collide_are_found_as_fast_as_others() {
        let rows = 20_000_u64;
        // Equal low bits, equal high bits, and half of the bits all nought.
        let made: [fn(u64) -> Made; 4] =
            [|row| Made(row << 40, 0), |row| Made(row, 1), |row| Made(7, row << 32), |row| Made(7, row)];
        for made in made {
            let tokens: Vec<Option<Made>> = (0..rows).map(|row| Some(made(row))).collect();
            let others: Vec<Option<Token>> = (0..rows).map(|row| Some(token(row))).collect();
            let others: Vec<_> =
                others.iter().flatten().map(|token| Some(Made(token.key().0, token.key().1))).collect();
            let seed = Seed::of(&tokens, &others);
            let entries: Vec<_> =
                (0..).zip(&tokens).map(|(row, token)| Entry { key: token.expect("all").key(), row }).collect();
            let table = Table::new(&entries, seed);
            let mask = table.slots.len() - 1;
            let steps: usize = entries
                .iter()
                .map(|entry| table.slot_of(entry.key).wrapping_sub(low(seed.hash(entry.key))) & mask)
                .sum();
            assert!(steps < 2 * entries.len(), "{steps}");
            // And they are spread over the partitions.
            let parts = Partitioned::new(&tokens, 16, seed);
            assert!((0..16).all(|part| (800..1_700).contains(&parts.get(part).len())), "{:?}", parts.ends);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        /// Some thousand rows, so that there are several partitions.
        #[test]
        fn a_join_is_what_a_map_of_every_token_says(seed in any::<u64>(), values in 1_u64..40_000, rows in 0_usize..30_000) {
            let column = |side: u64, rows: usize| -> Vec<Option<u64>> {
                let mix = |row: u64| (row ^ seed ^ side << 60).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31) % (values + 1);
                (0..rows as u64).map(|row| mix(row).checked_sub(1)).collect()
            };
            let (left, right) = (column(1, rows), column(2, rows + rows / 3));
            let mut expected: BTreeMap<u64, (Vec<u32>, Vec<u32>)> = BTreeMap::new();
            for (row, value) in (0..).zip(&left) {
                if let Some(value) = value { expected.entry(*value).or_default().0.push(row); }
            }
            for (row, value) in (0..).zip(&right) {
                if let Some(value) = value { expected.entry(*value).or_default().1.push(row); }
            }
            let expected: BTreeSet<_> =
                expected.into_values().filter(|(left, right)| !left.is_empty() && !right.is_empty()).collect();
            let tokens: BTreeMap<u64, BlockingToken> = left.iter().chain(&right).flatten().map(|value| (*value, blocking(*value))).collect();
            let tokens = |column: &[Option<u64>]| -> Vec<_> { column.iter().map(|value| value.map(|value| tokens[&value])).collect() };
            let (left, right) = (tokens(&left), tokens(&right));
            prop_assert_eq!(groups_of(&join(&left, &right)), expected);
            // The larger side may stand on either side.
            let turned = groups_of(&join(&right, &left)).into_iter().map(|(right, left)| (left, right)).collect::<BTreeSet<_>>();
            prop_assert_eq!(turned, groups_of(&join(&left, &right)));
        }
    }
}
