//! Candidate pairs to patterns.
//!
//! In: two extracts. Out: how many pairs show each pattern; and, once the model says which patterns matter, those pairs.
//! The pairs are met twice and stored only the second time, and then only those that can matter, so the memory does not
//! depend on how many pairs share a token.

use std::collections::{BTreeMap, HashMap};

use crate::agreements::{Agreements, Meeting};
use crate::bands::Bands;
use crate::examine::Files;
use crate::fit::Pattern;
use crate::similarity::ClkScale;

/// Both sides, ready to be compared.
pub(crate) struct Comparer<'a> {
    pub(crate) files: Files<'a>,
    pub(crate) agreements: &'a Agreements,
    pub(crate) clk: Option<(ClkScale, Bands)>,
}

impl Comparer<'_> {
    /// What is seen of a pair.
    fn pattern(&self, meeting: Meeting) -> Pattern {
        let band = self.clk.as_ref().and_then(|(scale, bands)| {
            let (left, right) =
                (self.files.left().clk(meeting.left as usize)?, self.files.right().clk(meeting.right as usize)?);
            let (left_held, right_held) = self.agreements.held();
            let held = (left_held[meeting.left as usize], right_held[meeting.right as usize]);
            Some(bands.band(scale.similarity(left, right).0, held.0, held.1))
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
                let pairs = match self.files {
                    Files::Two { .. } => left_rows * right_rows,
                    // Each two rows once: of two kinds of rows taken one way round, of one kind as they are.
                    Files::One(_) if left < right => left_rows * right_rows,
                    Files::One(_) if left == right => self.files.pairs(*left_rows, *left_rows),
                    Files::One(_) => continue,
                };
                *all.entry(left & right).or_default() += pairs;
            }
        }
        all
    }

    /// How many of them were not met: those that share no token, but for values that too many share.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TwoFiles, people, person, schema, two};

    #[test]
    fn the_pairs_of_one_file_are_each_two_rows_once() {
        let mut rows = TwoFiles::new(3, 60, 0, 0).left;
        rows.iter_mut().step_by(7).for_each(|row| row[4].clear());
        rows.iter_mut().step_by(5).for_each(|row| row[2].clear());
        let people = people(&schema(), &rows);
        let held = |files| {
            let agreements = Agreements::new(files, u64::MAX, &|_| ());
            Comparer { files, agreements: &agreements, clk: None }.all_pairs()
        };
        let (once, twice) = (held(Files::One(&people)), held(two(&people, &people)));
        assert_eq!(once.values().sum::<u64>(), 60 * 59 / 2);
        assert!(once.len() > 3, "rows lack this and that: {once:?}");
        // Both ways round, and each row with itself.
        let agreements = Agreements::new(Files::One(&people), u64::MAX, &|_| ());
        let themselves = tally(agreements.held().0);
        for (held, pairs) in twice {
            assert_eq!(pairs, 2 * once.get(&held).copied().unwrap_or(0) + themselves.get(&held).copied().unwrap_or(0));
        }
    }

    #[test]
    fn a_value_that_was_left_out_does_not_differ_in_the_pairs_that_share_it() {
        // Of each row only the home is known: twenty by twenty pairs share one, and a pair of others shares another.
        let home = |postcode: &str| person(["", "SMITH", "", "", postcode, ""]);
        let rows: Vec<_> = (0..20).map(|_| home("DN31 1AA")).chain([home("DN32 2BB")]).collect();
        let side = people(&schema(), &rows);
        let counted = |pairs_max| {
            let files = two(&side, &side);
            let agreements = Agreements::new(files, pairs_max, &|_| ());
            let comparer = Comparer { files, agreements: &agreements, clk: None };
            let patterns = comparer.histogram(&|| ());
            let all = comparer.all_pairs();
            let met: Vec<_> = patterns.iter().map(|(pattern, pairs)| (pattern.agreeing, *pairs)).collect();
            (met, Comparer::apart(&all, &patterns))
        };
        let home = 1 << 8;
        assert_eq!(counted(400), (vec![(home, 401)], [(home, 40)].into()));
        // Left out, the four hundred pairs show nothing, and so do those of one who holds the value with one who does not.
        assert_eq!(counted(399), (vec![(home, 1)], [(0, 440), (home, 0)].into()));
    }
}
