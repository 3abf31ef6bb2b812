//! The probability of a pair, with its rivals.
//!
//! In: pairs with the odds that each is a match, by itself, against its rows being in no match. Out: probabilities.
//! A row has at most one partner, so a pair competes with every other pair of its rows:
//! `p = o / (1 + the odds of all pairs of its left row or its right row)`.
//! Many to one, a right row has as many partners as it has, and a pair competes with those of its left row only.

use counterfoil_model::Relationship;

use crate::assign::ScoredPair;

/// The two files as a linkage sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sides {
    pub(crate) left_rows: usize,
    pub(crate) right_rows: usize,
    pub(crate) relationship: Relationship,
}

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
    /// Nothing where nobody competes for a right row.
    right: Option<Vec<f64>>,
}

impl Contest {
    /// All pairs compete.
    pub(crate) fn of_all(pairs: &[Weighed], sides: Sides) -> Self {
        Self::of(pairs.iter(), sides)
    }

    /// After some pairs were linked: a pair whose rows are both linked to others competes no more. `linked` is ascending.
    /// Many to one, no link takes a right row from anybody, and all pairs compete on.
    pub(crate) fn after(pairs: &[Weighed], linked: &[(u32, u32)], sides: Sides) -> Self {
        if sides.relationship == Relationship::ManyToOne {
            return Self::of_all(pairs, sides);
        }
        let (mut left_taken, mut right_taken) = (vec![false; sides.left_rows], vec![false; sides.right_rows]);
        for (left, right) in linked {
            left_taken[*left as usize] = true;
            right_taken[*right as usize] = true;
        }
        let competes = |weighed: &&Weighed| {
            let (left, right) = (weighed.pair.left, weighed.pair.right);
            !(left_taken[left as usize] && right_taken[right as usize]) || linked.binary_search(&(left, right)).is_ok()
        };
        Self::of(pairs.iter().filter(competes), sides)
    }

    fn of<'a>(pairs: impl Iterator<Item = &'a Weighed>, sides: Sides) -> Self {
        let right = (sides.relationship == Relationship::OneToOne).then(|| vec![0.0; sides.right_rows]);
        let mut contest = Self { left: vec![0.0; sides.left_rows], right };
        for weighed in pairs {
            contest.left[weighed.pair.left as usize] += weighed.odds;
            if let Some(right) = &mut contest.right {
                right[weighed.pair.right as usize] += weighed.odds;
            }
        }
        contest
    }

    /// The probability of a pair that competes.
    pub(crate) fn probability(&self, weighed: &Weighed) -> f64 {
        let others = |of_row: f64| (of_row - weighed.odds).max(0.0);
        let left = others(self.left[weighed.pair.left as usize]);
        let right = self.right.as_ref().map_or(0.0, |right| others(right[weighed.pair.right as usize]));
        weighed.odds / (1.0 + weighed.odds + left + right)
    }

    pub(crate) fn probabilities(&self, pairs: &[Weighed]) -> Vec<f64> {
        pairs.iter().map(|weighed| self.probability(weighed)).collect()
    }
}
