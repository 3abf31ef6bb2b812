//! Which tokens two rows share, as bits.
//!
//! In: the token columns of both sides, match keys first and then blocking rules; a position in that order is a *token's
//! number* from here on. Out: every candidate pair exactly once (the pairs of rows that share at least one token), with a
//! mask of the tokens that agree and one of those that both rows hold.
//!
//! Nothing remembers pairs. Each left row carries, for each of its tokens, whom it meets by it: as a rule one right row,
//! which stands there itself, or else the number of a group. So a left row's candidates and their agreements are read
//! off in one place of memory, and a pair belongs to the first token under which it meets.
//!
//! **Values left out.** A token value that spans more pairs than the schema allows proposes none, and the rows that hold it
//! count as not holding the token at all. Most pairs that share it are met by no other token and are known by subtraction
//! only, as pairs in which nothing that both rows hold agrees; were the value still held, the fit would count it as differing
//! in every one of them and learn that strangers never share what strangers share most. What is lost is little: that such a
//! value differs from another. It cannot veto a link either, since a number that thousands share is nobody's.

use counterfoil_model::EncodedPeople;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::examine::Files;
use crate::former::resolved;
use crate::join::{Groups, join, row_number};

/// Values of one token that were left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupsLeftOut {
    /// The token's number: match keys in the schema's order, then blocking rules.
    pub token: usize,
    /// Values that more pairs share than the schema's `group_pairs_max`.
    pub groups: u64,
    /// Pairs that share them; other tokens may have proposed some. The rows count as lacking the token.
    pub pairs: u64,
}

/// Two rows that share a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meeting {
    pub(crate) left: u32,
    pub(crate) right: u32,
    /// Bit `n`: both hold token `n`, and it is the same.
    pub(crate) agreeing: u64,
    /// Bit `n`: both hold token `n`, and neither a value of it that was left out.
    pub(crate) comparable: u64,
}

/// The tokens of both sides by whom they meet.
#[derive(Debug)]
pub(crate) struct Agreements {
    tokens: usize,
    /// Whom a left row meets, by row and token, token fastest: [`ONE`] and a right row, a group's number, or [`NOBODY`].
    left: Vec<u32>,
    /// The group of a right row, in the same layout; for those that stand in `left` themselves [`LEFT_ROWS`] and how many
    /// left rows meet them.
    right: Vec<u32>,
    left_held: Vec<u64>,
    right_held: Vec<u64>,
    /// By token.
    groups: Vec<TokenGroups>,
    pub(crate) left_out: Vec<GroupsLeftOut>,
    /// Former tokens that say nothing for certain.
    pub(crate) former_unclear: u64,
    /// Both sides are one file, in which a row meets itself, and everybody else from both ends.
    each_pair_twice: bool,
}

/// The groups of one token that have several right rows.
#[derive(Debug, Default)]
struct TokenGroups {
    /// Right rows, group by group.
    rows: Vec<u32>,
    /// By group: where its right rows end, and how many left rows it has.
    ends: Vec<(u32, u32)>,
}

const ONE: u32 = 1 << 30;
const LEFT_ROWS: u32 = 1 << 31;
/// Two values, so that rows that meet nobody never agree.
const NOBODY: u32 = u32::MAX;
const NO_GROUP: u32 = u32::MAX - 1;

/// Left rows of one piece of work.
const TASK_ROWS: usize = 256;

impl Agreements {
    /// Joins every column.
    pub(crate) fn new(files: Files<'_>, pairs_max: u64, column_done: &(dyn Fn(usize) + Sync)) -> Self {
        let (left, right) = (files.left(), files.right());
        let (keys, rules) = (left.match_keys(), left.blocking_rules());
        let tokens = keys + rules;
        let mut agreements = Self {
            tokens,
            left: vec![NOBODY; left.len() * tokens],
            right: vec![NO_GROUP; right.len() * tokens],
            left_held: held(left),
            right_held: held(right),
            groups: Vec::with_capacity(tokens),
            left_out: Vec::new(),
            former_unclear: 0,
            each_pair_twice: matches!(files, Files::One(_)),
        };
        for token in 0..tokens {
            let groups = match token.checked_sub(keys) {
                None => {
                    let resolved = resolved(left, right, token);
                    agreements.former_unclear += resolved.unclear;
                    join(&resolved.left, &resolved.right)
                }
                Some(rule) => join(left.blocking(rule), right.blocking(rule)),
            };
            agreements.take(token, &groups, files, pairs_max);
            column_done(token);
        }
        agreements
    }

    fn take(&mut self, token: usize, groups: &Groups, files: Files<'_>, pairs_max: u64) {
        let mut left_out = GroupsLeftOut { token, groups: 0, pairs: 0 };
        let TokenGroups { mut rows, mut ends } = TokenGroups::default();
        for group in groups.iter() {
            let pairs = files.pairs(group.left.len() as u64, group.right.len() as u64);
            if pairs == 0 {
                // Of one file: a row that meets itself alone.
                continue;
            }
            if pairs > pairs_max {
                left_out.groups += 1;
                left_out.pairs = left_out.pairs.saturating_add(pairs);
                for (held, rows) in [(&mut self.left_held, group.left), (&mut self.right_held, group.right)] {
                    for row in rows {
                        held[*row as usize] &= !(1 << token);
                    }
                }
                continue;
            }
            let left_rows = row_number(group.left.len());
            let mark = if let &[right] = group.right {
                self.right[right as usize * self.tokens + token] = LEFT_ROWS | left_rows;
                ONE | right
            } else {
                rows.extend_from_slice(group.right);
                ends.push((row_number(rows.len()), left_rows));
                let number = row_number(ends.len() - 1);
                for row in group.right {
                    self.right[*row as usize * self.tokens + token] = number;
                }
                number
            };
            for row in group.left {
                self.left[*row as usize * self.tokens + token] = mark;
            }
        }
        if left_out.groups > 0 {
            self.left_out.push(left_out);
        }
        self.groups.push(TokenGroups { rows, ends });
    }

    /// Folds over every candidate pair in parallel, each pair once. What comes back is a few accumulators, whose number
    /// and order depend on the threads: what is made of them must not.
    pub(crate) fn fold<A: Send>(
        &self,
        new: &(impl Fn() -> A + Sync),
        add: &(impl Fn(&mut A, Meeting) + Sync),
        task_done: &(impl Fn() + Sync),
    ) -> Vec<A> {
        let folded = (0..self.tasks()).into_par_iter().fold(new, |mut all, task| {
            let rows = task * TASK_ROWS..((task + 1) * TASK_ROWS).min(self.left_held.len());
            for left in rows.map(row_number) {
                self.visit(left, &mut |meeting| add(&mut all, meeting));
            }
            task_done();
            all
        });
        folded.collect()
    }

    /// Pieces of work of one fold.
    pub(crate) fn tasks(&self) -> usize {
        self.left_held.len().div_ceil(TASK_ROWS)
    }

    /// Everybody whom a left row meets.
    fn visit(&self, left: u32, see: &mut impl FnMut(Meeting)) {
        let met = self.row(&self.left, left);
        for (token, mark) in met.iter().copied().enumerate() {
            let one = [mark & !ONE];
            let rights = match mark {
                NOBODY => continue,
                _ if mark & ONE != 0 => one.as_slice(),
                number => self.group(token, number),
            };
            for right in rights {
                if self.each_pair_twice && *right <= left {
                    continue;
                }
                let groups = self.row(&self.right, *right);
                if agreeing(&met[..token], &groups[..token], *right) == 0 {
                    see(Meeting {
                        left,
                        right: *right,
                        agreeing: agreeing(met, groups, *right),
                        comparable: self.left_held[left as usize] & self.right_held[*right as usize],
                    });
                }
            }
        }
    }

    fn row<'a>(&self, marks: &'a [u32], row: u32) -> &'a [u32] {
        let start = row as usize * self.tokens;
        &marks[start..start + self.tokens]
    }

    fn group(&self, token: usize, number: u32) -> &[u32] {
        let TokenGroups { rows, ends } = &self.groups[token];
        let start = number.checked_sub(1).map_or(0, |before| ends[before as usize].0);
        &rows[start as usize..ends[number as usize].0 as usize]
    }

    /// How many rows of each side hold the value of a token in which these two agree.
    pub(crate) fn rows_sharing(&self, token: usize, left: u32, right: u32) -> (u32, u32) {
        match self.row(&self.left, left)[token] {
            mark if mark & ONE != 0 => (self.row(&self.right, right)[token] & !LEFT_ROWS, 1),
            number => (self.groups[token].ends[number as usize].1, row_number(self.group(token, number).len())),
        }
    }

    /// Whether any two of these rows of one file hold other values of one of these tokens.
    pub(crate) fn differ_in(&self, tokens: u64, rows: &[u32]) -> bool {
        (0..self.tokens).filter(|token| tokens >> token & 1 == 1).any(|token| {
            let mut marks = rows
                .iter()
                .filter(|row| self.left_held[**row as usize] >> token & 1 == 1)
                .map(|row| self.row(&self.left, *row)[token]);
            // Of one file, a value that nobody else holds has no group: two of them are two values.
            marks.next().is_some_and(|first| marks.any(|mark| mark == NOBODY || mark != first))
        })
    }

    /// Match keys and blocking rules.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    /// By row of each side: which tokens it holds, but for values that were left out.
    pub(crate) fn held(&self) -> (&[u64], &[u64]) {
        (&self.left_held, &self.right_held)
    }
}

/// Tokens by which a left row meets this right row.
#[inline]
fn agreeing(met: &[u32], groups: &[u32], right: u32) -> u64 {
    let mut agreeing = 0;
    for (token, (mark, group)) in met.iter().zip(groups).enumerate() {
        agreeing |= u64::from(*mark == ONE | right || mark == group) << token;
    }
    agreeing
}

/// By row: bit `n` says that the row holds token `n`.
fn held(people: &EncodedPeople) -> Vec<u64> {
    let mut held = vec![0; people.len()];
    let keys = people.match_keys();
    for key in 0..keys {
        mark(&mut held, key, people.tokens(key));
    }
    for rule in 0..people.blocking_rules() {
        mark(&mut held, keys + rule, people.blocking(rule));
    }
    held
}

fn mark<T>(held: &mut [u64], token: usize, column: &[Option<T>]) {
    for (held, value) in held.iter_mut().zip(column) {
        *held |= u64::from(value.is_some()) << token;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::testing::{TwoFiles, people, schema, two};

    /// Rows of each side that hold a left row's value, counted one by one.
    fn sharing(left: &EncodedPeople, right: &EncodedPeople, token: usize, row: usize) -> (u32, u32) {
        let count = |people: &EncodedPeople| match token.checked_sub(left.match_keys()) {
            None => people.tokens(token).iter().filter(|value| **value == left.tokens(token)[row]).count(),
            Some(rule) => people.blocking(rule).iter().filter(|value| **value == left.blocking(rule)[row]).count(),
        };
        (row_number(count(left)), row_number(count(right)))
    }

    /// Every pair of rows looked at one by one.
    fn by_looking(left: &EncodedPeople, right: &EncodedPeople, pairs_max: u64) -> BTreeMap<(u32, u32), (u64, u64)> {
        let keys = left.match_keys();
        let value = |people: &EncodedPeople, token: usize, row: usize| match token.checked_sub(keys) {
            None => people.tokens(token)[row].map(|token| token.as_bytes().to_vec()),
            Some(rule) => people.blocking(rule)[row].map(|token| token.as_bytes().to_vec()),
        };
        let tokens = keys + left.blocking_rules();
        let holders = |people: &EncodedPeople, token, held: &Vec<u8>| {
            (0..people.len()).filter(|row| value(people, token, *row).as_ref() == Some(held)).count() as u64
        };
        let mut met = BTreeMap::new();
        for l in 0..left.len() {
            for r in 0..right.len() {
                let (mut agreeing, mut comparable) = (0, 0);
                for token in 0..tokens {
                    if let (Some(one), Some(other)) = (value(left, token, l), value(right, token, r)) {
                        let is_left_out =
                            |value| holders(left, token, value) * holders(right, token, value) > pairs_max;
                        if is_left_out(&one) || is_left_out(&other) {
                            continue;
                        }
                        comparable |= 1 << token;
                        if one == other {
                            agreeing |= 1 << token;
                        }
                    }
                }
                if agreeing != 0 {
                    met.insert((row_number(l), row_number(r)), (agreeing, comparable));
                }
            }
        }
        met
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn every_pair_that_shares_a_token_is_met_exactly_once(seed in any::<u64>(), left in 0_usize..60, right in 0_usize..60, pairs_max in 1_u64..6) {
            let files = TwoFiles::new(seed, left, right, left.min(right) / 2);
            // Rows that are there twice, so that groups have several rows on both sides.
            let twice = |rows: &[crate::testing::Fields]| [rows, &rows[..rows.len() / 3]].concat();
            let (left, right) = (people(&schema(), &twice(&files.left)), people(&schema(), &twice(&files.right)));
            let agreements = Agreements::new(two(&left, &right), pairs_max, &|_| ());
            let add = |met: &mut Vec<Meeting>, meeting: Meeting| met.push(meeting);
            let met = agreements.fold(&Vec::new, &add, &|| ()).concat();
            let found: BTreeMap<_, _> = met.iter().map(|met| ((met.left, met.right), (met.agreeing, met.comparable))).collect();
            prop_assert_eq!(found.len(), met.len());
            prop_assert_eq!(found, by_looking(&left, &right, pairs_max));
            for met in met {
                for token in (0..9).filter(|token| met.agreeing >> token & 1 == 1) {
                    let sharing = sharing(&left, &right, token, met.left as usize);
                    prop_assert_eq!(agreements.rows_sharing(token, met.left, met.right), sharing);
                }
            }
        }

        #[test]
        fn every_two_rows_of_one_file_are_met_exactly_once(seed in any::<u64>(), rows in 0_usize..60) {
            let rows = TwoFiles::new(seed, rows, 0, 0).left;
            let people = people(&schema(), &[&rows[..], &rows[..rows.len() / 3]].concat());
            let agreements = Agreements::new(Files::One(&people), u64::MAX, &|_| ());
            let add = |met: &mut Vec<Meeting>, meeting: Meeting| met.push(meeting);
            let met = agreements.fold(&Vec::new, &add, &|| ()).concat();
            let found: BTreeMap<_, _> = met.iter().map(|met| ((met.left, met.right), (met.agreeing, met.comparable))).collect();
            prop_assert_eq!(found.len(), met.len());
            let mut expected = by_looking(&people, &people, u64::MAX);
            expected.retain(|(left, right), _| left < right);
            prop_assert_eq!(found, expected);
        }
    }
}
