//! Candidate pairs to patterns.
//!
//! In: two extracts. Out: how many pairs show each pattern; and, once the model says which patterns matter, those pairs.
//! The pairs are met twice and stored only the second time, and then only those that can matter, so the memory does not
//! depend on how many pairs share a token.

use std::collections::{BTreeMap, HashMap};

use counterfoil_model::EncodedPeople;

use crate::agreements::{Agreements, Meeting};
use crate::bands::Bands;
use crate::fit::Pattern;
use crate::similarity::ClkScale;

/// Both sides, ready to be compared.
pub(crate) struct Comparer<'a> {
    pub(crate) left: &'a EncodedPeople,
    pub(crate) right: &'a EncodedPeople,
    pub(crate) agreements: &'a Agreements,
    pub(crate) clk: Option<(ClkScale, Bands)>,
}

impl Comparer<'_> {
    /// What is seen of a pair.
    fn pattern(&self, meeting: Meeting) -> Pattern {
        let band = self.clk.as_ref().and_then(|(scale, bands)| {
            let (left, right) = (self.left.clk(meeting.left as usize)?, self.right.clk(meeting.right as usize)?);
            Some(bands.band(scale.similarity(left, right).0))
        });
        Pattern { comparable: meeting.comparable, agreeing: meeting.agreeing, band }
    }

    /// How many pairs show each pattern, by pattern.
    pub(crate) fn histogram(&self, task_done: &(impl Fn() + Sync)) -> Vec<(Pattern, u64)> {
        let count =
            |counts: &mut HashMap<Pattern, u64>, meeting| *counts.entry(self.pattern(meeting)).or_default() += 1;
        let mut all = BTreeMap::new();
        for counts in self.agreements.fold(&HashMap::new, &count, task_done) {
            for (pattern, pairs) in counts {
                *all.entry(pattern).or_default() += pairs;
            }
        }
        all.into_iter().collect()
    }

    /// Pairs whose pattern `keep` finds worth it, with what it says of them; in no order.
    pub(crate) fn select<T: Copy + Send>(
        &self,
        keep: &(impl Fn(&Pattern) -> Option<T> + Sync),
        task_done: &(impl Fn() + Sync),
    ) -> Vec<(u32, u32, T)> {
        let add = |kept: &mut Vec<(u32, u32, T)>, meeting: Meeting| {
            if let Some(value) = keep(&self.pattern(meeting)) {
                kept.push((meeting.left, meeting.right, value));
            }
        };
        self.agreements.fold(&Vec::new, &add, task_done).concat()
    }

    /// How many pairs there are, by the tokens that both rows hold.
    pub(crate) fn all_pairs(&self) -> BTreeMap<u64, u64> {
        let (left, right) = self.agreements.held();
        let (left, right) = (tally(left), tally(right));
        let mut all: BTreeMap<u64, u64> = BTreeMap::new();
        for (left, left_rows) in &left {
            for (right, right_rows) in &right {
                *all.entry(left & right).or_default() += left_rows * right_rows;
            }
        }
        all
    }

    /// How many of them were not met: those that share no token, or only a value that too many share.
    pub(crate) fn apart(all: &BTreeMap<u64, u64>, patterns: &[(Pattern, u64)]) -> BTreeMap<u64, u64> {
        let mut apart = all.clone();
        for (pattern, pairs) in patterns {
            *apart.get_mut(&pattern.comparable).expect("a pattern's rows were tallied") -= pairs;
        }
        apart
    }
}

/// Matches expected among the pairs of each left row that share no token, by what the row and everybody on the right hold:
/// each set's matches spread evenly over all its pairs.
pub(crate) fn apart_by_left_row(
    (left, right): (&[u64], &[u64]),
    pairs: &BTreeMap<u64, u64>,
    matches: &BTreeMap<u64, f64>,
) -> Vec<f64> {
    let right = tally(right);
    let rate = |comparable: u64| {
        let (pairs, matches) =
            (pairs.get(&comparable).copied().unwrap_or(0), matches.get(&comparable).copied().unwrap_or(0.0));
        if pairs == 0 { 0.0 } else { matches / pairs as f64 }
    };
    let of = |left: u64| right.iter().map(|(right, rows)| *rows as f64 * rate(left & right)).sum::<f64>();
    let by_held: BTreeMap<u64, f64> = tally(left).into_keys().map(|left| (left, of(left))).collect();
    left.iter().map(|held| by_held[held]).collect()
}

fn tally(held: &[u64]) -> BTreeMap<u64, u64> {
    let mut tally = BTreeMap::new();
    for held in held {
        *tally.entry(*held).or_default() += 1;
    }
    tally
}
