//! Blocking: which pairs are worth a comparison.
//!
//! In: rows that no match key linked. Out: for each blocking rule the blocks to compare, and those left out because
//! they span too many pairs: reported, never silently cut.
//! A pair that several rules propose is compared under the first of them. Nothing remembers pairs for that: each row
//! carries the number of its block under each rule, and a pair whose rows agree under an earlier rule has been met.

use counterfoil_model::EncodedPeople;

use crate::join::{Group, Groups, join, row_number};

/// Blocks of one rule that were left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlocksLeftOut {
    /// Position of the blocking rule in the schema.
    pub rule: usize,
    /// Blocks with more pairs than the schema's `block_pairs_max`.
    pub blocks: u64,
    /// Pairs in them; another rule may have compared some.
    pub pairs: u64,
}

/// The blocks of every rule.
#[derive(Debug)]
pub(crate) struct Blocks {
    rules: Vec<Groups>,
    /// Block number by row and rule, rule fastest.
    left: Vec<u32>,
    right: Vec<u32>,
    pub(crate) left_out: Vec<BlocksLeftOut>,
}

/// In no block that is compared. Two values, so that rows in no block never agree.
const NONE_LEFT: u32 = u32::MAX;
const NONE_RIGHT: u32 = u32::MAX - 1;

impl Blocks {
    /// Blocks the rows marked `true`.
    pub(crate) fn new(
        rules: usize,
        pairs_max: u64,
        (left, left_taking_part): (&EncodedPeople, &[bool]),
        (right, right_taking_part): (&EncodedPeople, &[bool]),
    ) -> Self {
        let mut blocks = Self {
            rules: Vec::with_capacity(rules),
            left: vec![NONE_LEFT; left.len() * rules],
            right: vec![NONE_RIGHT; right.len() * rules],
            left_out: Vec::new(),
        };
        for rule in 0..rules {
            let all = join((left.blocking(rule), left_taking_part), (right.blocking(rule), right_taking_part));
            let mut left_out = BlocksLeftOut { rule, blocks: 0, pairs: 0 };
            let kept = all.filtered(|block| {
                let keep = block.pairs() <= pairs_max;
                if !keep {
                    left_out.blocks += 1;
                    left_out.pairs = left_out.pairs.saturating_add(block.pairs());
                }
                keep
            });
            for (number, block) in kept.iter().enumerate() {
                for row in block.left {
                    blocks.left[*row as usize * rules + rule] = row_number(number);
                }
                for row in block.right {
                    blocks.right[*row as usize * rules + rule] = row_number(number);
                }
            }
            blocks.rules.push(kept);
            blocks.left_out.extend((left_out.blocks > 0).then_some(left_out));
        }
        blocks
    }

    /// Number of blocks over all rules.
    pub(crate) fn len(&self) -> usize {
        self.rules.iter().map(Groups::len).sum()
    }

    /// Number of rules.
    pub(crate) fn rules(&self) -> usize {
        self.rules.len()
    }

    /// The blocks of one rule.
    pub(crate) fn of_rule(&self, rule: usize) -> impl Iterator<Item = Group<'_>> {
        self.rules[rule].iter()
    }

    /// Whether a rule before this one has the pair in a block.
    pub(crate) fn met_before(&self, rule: usize, left: u32, right: u32) -> bool {
        let rules = self.rules.len();
        let (left, right) = (left as usize * rules, right as usize * rules);
        let (left, right) = (&self.left[left..left + rule], &self.right[right..right + rule]);
        left.iter().zip(right).any(|(left, right)| left == right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Row, SchemaOf, people, row};

    fn blocks(left: &[Row], right: &[Row], pairs_max: u64) -> Blocks {
        let schema = SchemaOf::default().build();
        let (left, right) = (people(&schema, left), people(&schema, right));
        let (all_left, all_right) = (vec![true; left.len()], vec![true; right.len()]);
        Blocks::new(2, pairs_max, (&left, &all_left), (&right, &all_right))
    }

    fn pairs(blocks: &Blocks, rule: usize) -> Vec<(u32, u32)> {
        let of_block = |block: Group<'_>| -> Vec<_> {
            block.left.iter().flat_map(|left| block.right.iter().map(|right| (*left, *right))).collect()
        };
        let mut pairs: Vec<_> = blocks.of_rule(rule).flat_map(of_block).collect();
        pairs.retain(|(left, right)| !blocks.met_before(rule, *left, *right));
        pairs.sort_unstable();
        pairs
    }

    fn blocked(first: Option<u64>, second: Option<u64>) -> Row {
        row([None, None], [first, second], Some(0))
    }

    #[test]
    fn a_pair_is_proposed_by_the_first_rule_that_has_it() {
        let left = [blocked(Some(1), Some(5)), blocked(None, Some(5))];
        let right = [blocked(Some(1), Some(5)), blocked(Some(2), Some(5))];
        let blocks = blocks(&left, &right, 100);
        assert_eq!(pairs(&blocks, 0), [(0, 0)]);
        assert_eq!(pairs(&blocks, 1), [(0, 1), (1, 0), (1, 1)]);
        assert_eq!(blocks.left_out, []);
    }

    #[test]
    fn a_block_above_the_bound_is_reported_and_another_rule_may_have_its_pairs() {
        let left = [blocked(Some(1), Some(5)), blocked(Some(1), Some(6))];
        let right = [blocked(Some(1), Some(5)), blocked(Some(1), None)];
        let at_bound = blocks(&left, &right, 4);
        assert_eq!((pairs(&at_bound, 0).len(), at_bound.left_out.len()), (4, 0));
        let below = blocks(&left, &right, 3);
        assert_eq!(below.left_out, [BlocksLeftOut { rule: 0, blocks: 1, pairs: 4 }]);
        assert_eq!((pairs(&below, 0), pairs(&below, 1)), (vec![], vec![(0, 0)]));
    }

    #[test]
    fn rows_without_a_blocking_token_meet_nobody() {
        let nobody = blocks(&[blocked(None, None)], &[blocked(None, None)], 100);
        assert_eq!((nobody.len(), nobody.met_before(1, 0, 0)), (0, false));
    }
}
