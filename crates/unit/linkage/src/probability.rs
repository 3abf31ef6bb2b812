//! The probability of a pair, with its rivals.
//!
//! In: pairs with the odds that each is a match, by itself, against its rows being in no match. Out: probabilities.
//! A row has at most one partner, so a pair competes with every other pair of its rows:
//! `p = o / (1 + the odds of all pairs of its left row or its right row)`.

use crate::assign::ScoredPair;

/// A pair and its odds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Weighed {
    pub(crate) pair: ScoredPair,
    pub(crate) odds: f64,
    pub(crate) agreeing: u64,
}

/// For every row the odds of the pairs that compete for it.
pub(crate) struct Contest {
    left: Vec<f64>,
    right: Vec<f64>,
}

impl Contest {
    /// All pairs compete.
    pub(crate) fn of_all(pairs: &[Weighed], left_rows: usize, right_rows: usize) -> Self {
        Self::of(pairs.iter(), left_rows, right_rows)
    }

    /// After some pairs were linked: a pair whose rows are both linked to others competes no more. `linked` is ascending.
    pub(crate) fn after(pairs: &[Weighed], linked: &[(u32, u32)], left_rows: usize, right_rows: usize) -> Self {
        let (mut left_taken, mut right_taken) = (vec![false; left_rows], vec![false; right_rows]);
        for (left, right) in linked {
            left_taken[*left as usize] = true;
            right_taken[*right as usize] = true;
        }
        let competes = |weighed: &&Weighed| {
            let (left, right) = (weighed.pair.left, weighed.pair.right);
            !(left_taken[left as usize] && right_taken[right as usize]) || linked.binary_search(&(left, right)).is_ok()
        };
        Self::of(pairs.iter().filter(competes), left_rows, right_rows)
    }

    fn of<'a>(pairs: impl Iterator<Item = &'a Weighed>, left_rows: usize, right_rows: usize) -> Self {
        let mut contest = Self { left: vec![0.0; left_rows], right: vec![0.0; right_rows] };
        for weighed in pairs {
            contest.left[weighed.pair.left as usize] += weighed.odds;
            contest.right[weighed.pair.right as usize] += weighed.odds;
        }
        contest
    }

    /// The probability of a pair that competes.
    pub(crate) fn probability(&self, weighed: &Weighed) -> f64 {
        let others = |of_row: f64| (of_row - weighed.odds).max(0.0);
        let (left, right) = (self.left[weighed.pair.left as usize], self.right[weighed.pair.right as usize]);
        weighed.odds / (1.0 + weighed.odds + others(left) + others(right))
    }

    pub(crate) fn probabilities(&self, pairs: &[Weighed]) -> Vec<f64> {
        pairs.iter().map(|weighed| self.probability(weighed)).collect()
    }
}
