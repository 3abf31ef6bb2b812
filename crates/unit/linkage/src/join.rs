//! Rows of both sides that hold an equal token.
//!
//! In: one token column of each side, and which rows take part. Out: [`Groups`], in the order of the tokens.
//! By sorting, because an order needs no hash seed: the same rows make the same groups on every machine.

use counterfoil_model::{BlockingToken, Token};
use rayon::slice::ParallelSliceMut;

/// A token as an integer, for a fast comparison.
pub(crate) trait Joined: Copy {
    type Key: Ord + Copy + Send;
    fn key(self) -> Self::Key;
}

impl Joined for Token {
    /// Two words and not one `u128`, which would be padded to 32 bytes beside its row.
    type Key = (u64, u64);

    fn key(self) -> Self::Key {
        let word = |from: usize| u64::from_be_bytes(std::array::from_fn(|byte| self.as_bytes()[from + byte]));
        (word(0), word(8))
    }
}

impl Joined for BlockingToken {
    type Key = u64;

    fn key(self) -> Self::Key {
        u64::from_be_bytes(*self.as_bytes())
    }
}

/// The rows, at least one a side, that hold one token value; ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group<'a> {
    pub(crate) left: &'a [u32],
    pub(crate) right: &'a [u32],
}

impl Group<'_> {
    /// Pairs that the group spans.
    pub(crate) fn pairs(&self) -> u64 {
        self.left.len() as u64 * self.right.len() as u64
    }
}

/// All groups of one column.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    left: Vec<u32>,
    right: Vec<u32>,
    /// Where each group ends in `left` and in `right`; row numbers fit in 32 bits, so do these.
    ends: Vec<(u32, u32)>,
}

impl Groups {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Group<'_>> {
        let starts = std::iter::once((0, 0)).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| Group {
            left: &self.left[start.0 as usize..end.0 as usize],
            right: &self.right[start.1 as usize..end.1 as usize],
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The groups that `keep` accepts, in the same order.
    pub(crate) fn filtered(&self, mut keep: impl FnMut(Group<'_>) -> bool) -> Self {
        let mut kept = Self::default();
        for group in self.iter().filter(|group| keep(*group)) {
            kept.push(group.left.iter().copied(), group.right.iter().copied());
        }
        kept
    }

    fn push(&mut self, left: impl Iterator<Item = u32>, right: impl Iterator<Item = u32>) {
        self.left.extend(left);
        self.right.extend(right);
        self.ends.push((row_number(self.left.len()), row_number(self.right.len())));
    }
}

/// Groups the rows marked `true` on each side by equal token.
pub(crate) fn join<T: Joined>(
    (left, left_taking_part): (&[Option<T>], &[bool]),
    (right, right_taking_part): (&[Option<T>], &[bool]),
) -> Groups {
    let left = sorted(left, left_taking_part);
    let right = sorted(right, right_taking_part);
    let mut groups = Groups::default();
    let (mut l, mut r) = (left.as_slice(), right.as_slice());
    while let (Some(&(left_key, _)), Some(&(right_key, _))) = (l.first(), r.first()) {
        let (left_run, right_run) = (run_length(l, &left_key), run_length(r, &right_key));
        match left_key.cmp(&right_key) {
            std::cmp::Ordering::Less => l = &l[left_run..],
            std::cmp::Ordering::Greater => r = &r[right_run..],
            std::cmp::Ordering::Equal => {
                groups.push(l[..left_run].iter().map(|entry| entry.1), r[..right_run].iter().map(|entry| entry.1));
                (l, r) = (&l[left_run..], &r[right_run..]);
            }
        }
    }
    groups
}

/// A position as a row number.
pub(crate) fn row_number(position: usize) -> u32 {
    u32::try_from(position).expect("an extract's rows were counted at the door")
}

fn sorted<T: Joined>(column: &[Option<T>], taking_part: &[bool]) -> Vec<(T::Key, u32)> {
    let mut entries: Vec<_> = (0..)
        .zip(column.iter().zip(taking_part))
        .filter_map(|(row, (token, part))| token.filter(|_| *part).map(|token| (token.key(), row)))
        .collect();
    entries.par_sort_unstable();
    entries
}

fn run_length<K: Ord>(entries: &[(K, u32)], key: &K) -> usize {
    entries.iter().take_while(|entry| entry.0 == *key).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::token;

    #[test]
    fn groups_hold_every_row_of_a_shared_token_and_no_other() {
        let left = [Some(token(1)), Some(token(2)), None, Some(token(1)), Some(token(3))];
        let right = [Some(token(3)), Some(token(1)), Some(token(4)), None, Some(token(3))];
        let groups = join((&left, &[true; 5]), (&right, &[true; 5]));
        let mut seen: Vec<_> = groups.iter().map(|group| (group.left.to_vec(), group.right.to_vec())).collect();
        seen.sort();
        assert_eq!(seen, [(vec![0, 3], vec![1]), (vec![4], vec![0, 4])]);
    }

    #[test]
    fn rows_that_take_no_part_are_not_seen() {
        let column = [Some(token(1)), Some(token(1))];
        let groups = join((&column, &[false, true]), (&column, &[true, false]));
        assert_eq!(groups.iter().collect::<Vec<_>>(), [Group { left: &[1], right: &[0] }]);
        assert_eq!(join((&column, &[false, false]), (&column, &[true, true])).len(), 0);
    }

    #[test]
    fn missing_tokens_never_meet() {
        let column: [Option<Token>; 3] = [None; 3];
        assert_eq!(join((&column, &[true; 3]), (&column, &[true; 3])).len(), 0);
    }
}
