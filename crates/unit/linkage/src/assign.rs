//! Scored pairs to links, one to one or many to one, by a rule that knows no order.
//!
//! In: pairs by falling match weight, and a [`WeightRule`]. Out: links, and the rows that are contested.
//!
//! **The rule.** A pair *stands* while neither of its rows is linked. A standing pair is *clear* when its match weight is
//! at least the threshold and beats every other standing pair of either of its rows, also those below the threshold,
//! by at least the margin; with a margin of 0 it must still be strictly better, so that a tie is never broken by chance.
//! Clear pairs become links, which takes the other pairs of their rows away; that may make further pairs clear; and so
//! on until none is. A row that is left with a standing pair at or above the threshold is *contested*.
//!
//! **Why no order matters.** Two clear pairs never share a row, since each would have to beat the other. So linking one
//! leaves the other standing; and as pairs are only ever taken away, what is clear stays clear until it is linked.
//! Whatever order is taken, the same pairs become links (a monotone closure has one fixed point).
//!
//! **Many to one** a right row takes nothing from anybody: a pair stands while its *left* row is not linked, and is clear
//! when it is at least the threshold and beats every other pair of its left row. Right rows are never contested.
//!
//! **Why a contested pair keeps its rivals out.** A row that cannot choose between two is not out of the way: one of
//! the two it cannot choose between is probably itself. A weaker pair of either would be a guess, so it stays unlinked.

use std::cmp::Reverse;

use counterfoil_model::Relationship;

use crate::probability::Sides;

/// Two rows and the evidence that they are one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScoredPair {
    pub(crate) left: u32,
    pub(crate) right: u32,
    /// Match weight with the prior odds, in thousandths of a bit.
    pub(crate) millibits: i32,
}

impl ScoredPair {
    /// The order in which pairs are kept.
    pub(crate) fn best_first(&self) -> (Reverse<i32>, u32, u32) {
        (Reverse(self.millibits), self.left, self.right)
    }
}

/// When a match weight is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WeightRule {
    /// Least weight of a link.
    pub(crate) min: i32,
    /// How much a link must be above every other standing pair of its rows. At 0 it must still be above.
    pub(crate) margin: i32,
}

impl WeightRule {
    /// Least weight that can matter: a pair just too weak to be a link, yet strong enough to contest one.
    pub(crate) fn reach(self) -> i32 {
        self.min.saturating_sub(self.strict_margin() - 1)
    }

    fn beats(self, weight: i32, rival: i32) -> bool {
        weight >= rival.saturating_add(self.strict_margin())
    }

    /// The margin, at least 1, so that a tie is contested.
    fn strict_margin(self) -> i32 {
        self.margin.max(1)
    }
}

/// What became of the pairs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) links: Vec<ScoredPair>,
    /// Ascending.
    pub(crate) contested_left: Vec<u32>,
    /// Ascending.
    pub(crate) contested_right: Vec<u32>,
}

/// Assigns pairs, which come by falling match weight, between the rows of both sides.
pub(crate) fn assign(pairs: &[ScoredPair], rule: WeightRule, sides: Sides) -> Assignment {
    let reaching = &pairs[..pairs.partition_point(|pair| pair.millibits >= rule.reach())];
    match sides.relationship {
        Relationship::OneToOne => one_to_one(reaching, rule, sides.left_rows, sides.right_rows),
        Relationship::ManyToOne => many_to_one(reaching, rule, sides.left_rows),
    }
}

/// Each left row by itself: its best pair, and the weight of the next.
fn many_to_one(pairs: &[ScoredPair], rule: WeightRule, left_rows: usize) -> Assignment {
    let mut best: Vec<Option<(ScoredPair, Option<i32>)>> = vec![None; left_rows];
    for pair in pairs {
        match &mut best[pair.left as usize] {
            none @ None => *none = Some((*pair, None)),
            Some((_, next @ None)) => *next = Some(pair.millibits),
            Some(_) => {}
        }
    }
    let mut assignment = Assignment::default();
    for (pair, next) in best.into_iter().flatten().filter(|(pair, _)| pair.millibits >= rule.min) {
        if next.is_none_or(|next| rule.beats(pair.millibits, next)) {
            assignment.links.push(pair);
        } else {
            assignment.contested_left.push(pair.left);
        }
    }
    assignment
}

fn one_to_one(pairs: &[ScoredPair], rule: WeightRule, left_rows: usize, right_rows: usize) -> Assignment {
    let mut board = Board::new(pairs, rule, left_rows, right_rows);
    let mut links = Vec::new();
    // Only a row whose pairs have changed can have come to a clear pair: first all rows, then those beside a new link.
    let mut waiting: Vec<usize> = (0..left_rows).rev().collect();
    while let Some(node) = waiting.pop() {
        if let Some(pair) = board.clear_pair(node) {
            board.link(pair, &mut waiting);
            links.push(pair);
        }
    }
    let contested: Vec<_> = (0..left_rows + right_rows).map(|node| board.is_contested(node)).collect();
    let numbers = |flags: &[bool]| (0..).zip(flags).filter_map(|(row, flag)| flag.then_some(row)).collect();
    Assignment {
        links,
        contested_left: numbers(&contested[..left_rows]),
        contested_right: numbers(&contested[left_rows..]),
    }
}

/// Every row as a node: left rows first, then right rows; each with its pairs, best first.
struct Board<'a> {
    pairs: &'a [ScoredPair],
    rule: WeightRule,
    left_rows: usize,
    /// Pairs of node `n`: `adjacent[starts[n]..starts[n + 1]]`.
    starts: Vec<usize>,
    adjacent: Vec<usize>,
    /// Positions in `adjacent` before which no pair of the node stands, and, after the best, none but the best.
    best: Vec<usize>,
    next: Vec<usize>,
    linked: Vec<bool>,
}

impl<'a> Board<'a> {
    fn new(pairs: &'a [ScoredPair], rule: WeightRule, left_rows: usize, right_rows: usize) -> Self {
        let nodes = left_rows + right_rows;
        let mut starts = vec![0; nodes + 1];
        for pair in pairs {
            starts[pair.left as usize + 1] += 1;
            starts[left_rows + pair.right as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut ends = starts.clone();
        let mut adjacent = vec![0; 2 * pairs.len()];
        for (number, pair) in pairs.iter().enumerate() {
            for node in [pair.left as usize, left_rows + pair.right as usize] {
                adjacent[ends[node]] = number;
                ends[node] += 1;
            }
        }
        let best = starts[..nodes].to_vec();
        let next = starts[..nodes].iter().map(|start| start + 1).collect();
        Self { pairs, rule, left_rows, starts, adjacent, best, next, linked: vec![false; nodes] }
    }

    fn nodes(&self, pair: ScoredPair) -> [usize; 2] {
        [pair.left as usize, self.left_rows + pair.right as usize]
    }

    /// First standing pair of the node at or after a position. Pairs never stand again, so positions only grow and the
    /// whole work is bounded by the number of pairs.
    fn standing_from(&self, node: usize, mut position: usize) -> usize {
        let end = self.starts[node + 1];
        while position < end && self.nodes(self.pairs[self.adjacent[position]]).iter().any(|node| self.linked[*node]) {
            position += 1;
        }
        position
    }

    /// The node's best standing pair, and the weight of the one after it.
    fn best_two(&mut self, node: usize) -> Option<(usize, Option<i32>)> {
        let end = self.starts[node + 1];
        self.best[node] = self.standing_from(node, self.best[node]);
        self.next[node] = self.standing_from(node, self.next[node].max(self.best[node] + 1).min(end));
        let pair = |position: usize| (position < end).then(|| self.adjacent[position]);
        let next = pair(self.next[node]).map(|number| self.pairs[number].millibits);
        pair(self.best[node]).map(|best| (best, next))
    }

    /// The node's clear pair, if it has one: its best standing pair, and the best of the other node too.
    fn clear_pair(&mut self, node: usize) -> Option<ScoredPair> {
        let (number, _) = self.best_two(node)?;
        let pair = self.pairs[number];
        let clear = pair.millibits >= self.rule.min
            && self.nodes(pair).into_iter().all(|node| {
                self.best_two(node).is_some_and(|(best, next)| {
                    best == number && next.is_none_or(|next| self.rule.beats(pair.millibits, next))
                })
            });
        clear.then_some(pair)
    }

    /// Links a clear pair; the rows at the far ends of the pairs that fall are worth another look.
    fn link(&mut self, pair: ScoredPair, waiting: &mut Vec<usize>) {
        let nodes = self.nodes(pair);
        for node in nodes {
            self.linked[node] = true;
        }
        for node in nodes {
            for position in self.starts[node]..self.starts[node + 1] {
                let ends = self.nodes(self.pairs[self.adjacent[position]]);
                waiting.extend(ends.into_iter().filter(|end| !self.linked[*end]));
            }
        }
    }

    fn is_contested(&mut self, node: usize) -> bool {
        let rule = self.rule;
        !self.linked[node] && self.best_two(node).is_some_and(|(best, _)| self.pairs[best].millibits >= rule.min)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn rule(min: i32, margin: i32) -> WeightRule {
        WeightRule { min, margin }
    }

    fn scored(pairs: &[(u32, u32, i32)]) -> Vec<ScoredPair> {
        let pair = |(left, right, millibits)| ScoredPair { left, right, millibits };
        let mut pairs: Vec<_> = pairs.iter().copied().map(pair).collect();
        pairs.sort_unstable_by_key(ScoredPair::best_first);
        pairs
    }

    type Outcome = (BTreeSet<(u32, u32)>, Vec<u32>, Vec<u32>);

    fn outcome(pairs: &[(u32, u32, i32)], rule: WeightRule) -> Outcome {
        outcome_of(pairs, rule, Relationship::OneToOne)
    }

    fn outcome_of(pairs: &[(u32, u32, i32)], rule: WeightRule, relationship: Relationship) -> Outcome {
        let sides = Sides { left_rows: 10, right_rows: 10, relationship };
        let assignment = assign(&scored(pairs), rule, sides);
        let links = assignment.links.iter().map(|pair| (pair.left, pair.right)).collect();
        (links, assignment.contested_left, assignment.contested_right)
    }

    fn expected(links: &[(u32, u32)], contested_left: &[u32], contested_right: &[u32]) -> Outcome {
        (links.iter().copied().collect(), contested_left.to_vec(), contested_right.to_vec())
    }

    #[test]
    fn a_pair_needs_the_threshold() {
        assert_eq!(outcome(&[(0, 0, 800), (1, 1, 799)], rule(800, 0)), expected(&[(0, 0)], &[], &[]));
        assert_eq!(outcome(&[], rule(800, 0)), expected(&[], &[], &[]));
    }

    #[test]
    fn a_tie_is_contested_even_without_a_margin() {
        let tied = [(0, 0, 900), (0, 1, 900)];
        assert_eq!(outcome(&tied, rule(800, 0)), expected(&[], &[0], &[0, 1]));
        let apart = [(0, 0, 901), (0, 1, 900)];
        assert_eq!(outcome(&apart, rule(800, 0)), expected(&[(0, 0)], &[], &[]));
    }

    #[test]
    fn the_margin_is_reached_at_its_value_and_not_below() {
        let pairs = |second| [(0, 0, 900), (0, 1, second)];
        assert_eq!(outcome(&pairs(880), rule(800, 20)), expected(&[(0, 0)], &[], &[]));
        assert_eq!(outcome(&pairs(881), rule(800, 20)), expected(&[], &[0], &[0, 1]));
    }

    #[test]
    fn the_margin_counts_on_the_right_side_too() {
        assert_eq!(outcome(&[(0, 0, 900), (1, 0, 890)], rule(800, 20)), expected(&[], &[0, 1], &[0]));
    }

    #[test]
    fn a_rival_below_the_threshold_still_contests() {
        // 805 is a link by the threshold, but 790 is within 20 of it; 785 is not.
        assert_eq!(outcome(&[(0, 0, 805), (0, 1, 790)], rule(800, 20)), expected(&[], &[0], &[0]));
        assert_eq!(outcome(&[(0, 0, 805), (0, 1, 785)], rule(800, 20)), expected(&[(0, 0)], &[], &[]));
    }

    #[test]
    fn a_rival_that_is_linked_elsewhere_contests_no_more() {
        let pairs = [(0, 0, 900), (0, 1, 895), (1, 1, 990)];
        assert_eq!(outcome(&pairs, rule(800, 20)), expected(&[(0, 0), (1, 1)], &[], &[]));
    }

    #[test]
    fn links_free_a_chain_from_its_end() {
        // Only (2,2) is clear at first; it frees (1,1), which frees (0,0).
        let pairs = [(0, 0, 890), (0, 1, 895), (1, 1, 920), (1, 2, 930), (2, 2, 960)];
        assert_eq!(outcome(&pairs, rule(800, 20)), expected(&[(0, 0), (1, 1), (2, 2)], &[], &[]));
    }

    #[test]
    fn a_row_contested_by_two_keeps_a_weaker_pair_of_either_unlinked() {
        let pairs = [(0, 0, 950), (0, 1, 945), (1, 0, 820)];
        assert_eq!(outcome(&pairs, rule(800, 20)), expected(&[], &[0, 1], &[0, 1]));
    }

    #[test]
    fn no_row_is_linked_twice() {
        let pairs = [(0, 0, 990), (0, 1, 900), (1, 0, 900)];
        assert_eq!(outcome(&pairs, rule(800, 20)), expected(&[(0, 0)], &[], &[]));
    }

    #[test]
    fn many_left_rows_may_be_one_right_row_and_no_left_row_two() {
        let many = |pairs: &[(u32, u32, i32)]| outcome_of(pairs, rule(800, 20), Relationship::ManyToOne);
        // Three left rows of one right row, two of them as good as each other.
        assert_eq!(many(&[(0, 0, 900), (1, 0, 900), (2, 0, 805)]), expected(&[(0, 0), (1, 0), (2, 0)], &[], &[]));
        // A left row's own rivals count, by the margin and below the threshold, also where they are better off elsewhere.
        assert_eq!(many(&[(0, 0, 900), (0, 1, 881), (1, 1, 990)]), expected(&[(1, 1)], &[0], &[]));
        assert_eq!(many(&[(0, 0, 900), (0, 1, 880)]), expected(&[(0, 0)], &[], &[]));
        assert_eq!(many(&[(0, 0, 805), (0, 1, 790)]), expected(&[], &[0], &[]));
        assert_eq!(many(&[(0, 0, 799)]), expected(&[], &[], &[]));
    }

    /// The rule as the head of this file words it, without any care for time.
    fn by_the_book(pairs: &[(u32, u32, i32)], min: i32, margin: i32) -> Outcome {
        let mut standing: Vec<_> = pairs.to_vec();
        let mut links = BTreeSet::new();
        loop {
            let clear = |pair: &(u32, u32, i32)| {
                let rivals = standing.iter().filter(|rival| *rival != pair && (rival.0 == pair.0 || rival.1 == pair.1));
                let beaten = |rival: &(u32, u32, i32)| pair.2 > rival.2 && pair.2 - rival.2 >= margin;
                pair.2 >= min && rivals.into_iter().all(beaten)
            };
            let Some(found) = standing.iter().rfind(|pair| clear(pair)).copied() else { break };
            links.insert((found.0, found.1));
            standing.retain(|pair| pair.0 != found.0 && pair.1 != found.1);
        }
        standing.retain(|pair| pair.2 >= min);
        let contested = |of: fn(&(u32, u32, i32)) -> u32| standing.iter().map(of).collect::<BTreeSet<_>>();
        (links, contested(|pair| pair.0).into_iter().collect(), contested(|pair| pair.1).into_iter().collect())
    }

    proptest! {
        #[test]
        fn the_assignment_is_the_rule(
            cells in proptest::collection::btree_map((0_u32..10, 0_u32..10), -20_i32..20, 0..60),
            min in -15_i32..15,
            margin in 0_i32..8,
        ) {
            let pairs: Vec<_> = cells.into_iter().map(|((left, right), weight)| (left, right, weight)).collect();
            let found = outcome(&pairs, rule(min, margin));
            prop_assert_eq!(found, by_the_book(&pairs, min, margin));
        }
    }
}
