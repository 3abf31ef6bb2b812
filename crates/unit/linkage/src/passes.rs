//! Match-key passes: equal tokens, key by key, strictest first as the schema orders them.
//!
//! In: both sides. Out: links, and the rows that none was found for.
//! In each pass the unlinked rows of both sides are joined on that key's token. A value held by one row on each side is
//! a link. A value held by more is *ambiguous* (twins, a duplicate record, a number used for two people): if every row
//! that holds it has a CLK, the CLKs decide within the group by the schema's own threshold and margin. If one has none,
//! nobody in the group can be shown to be its best partner, and all of it is left to later passes.

use counterfoil_model::EncodedPeople;

use crate::assign::assign;
use crate::compare::{Comparer, Scored};
use crate::join::{Group, join};
use crate::linkage::{ClkRule, Link, LinkedBy};

/// What one match-key pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PassCount {
    /// Pairs of unlinked rows with an equal token. A pair met in two passes counts in both.
    pub candidate_pairs: u64,
    /// Links by a token that one row on each side held.
    pub links: u64,
    /// Links by an ambiguous token and the CLK.
    pub links_by_clk: u64,
    /// Left rows with an ambiguous token that the pass left unlinked.
    pub ambiguous_left: u64,
    /// Right rows with an ambiguous token that the pass left unlinked.
    pub ambiguous_right: u64,
    /// Ambiguous groups with more pairs than the schema's `block_pairs_max`, which were not compared.
    pub groups_left_out: u64,
}

/// What the passes leave behind.
#[derive(Debug)]
pub(crate) struct Passed {
    /// In the order of the passes.
    pub(crate) links: Vec<Link>,
    pub(crate) counts: Vec<PassCount>,
    pub(crate) comparisons: u64,
    /// By row: whether it is still without a link.
    pub(crate) free_left: Vec<bool>,
    pub(crate) free_right: Vec<bool>,
}

impl Passed {
    /// Nothing linked yet.
    pub(crate) fn none(left: &EncodedPeople, right: &EncodedPeople) -> Self {
        Self {
            links: Vec::new(),
            counts: Vec::new(),
            comparisons: 0,
            free_left: vec![true; left.len()],
            free_right: vec![true; right.len()],
        }
    }

    /// The pass of one match key.
    pub(crate) fn pass(
        &mut self,
        match_key: usize,
        (left, right): (&EncodedPeople, &EncodedPeople),
        comparer: Option<&Comparer<'_>>,
        rule: ClkRule,
        pairs_max: u64,
    ) {
        let groups = join((left.tokens(match_key), &self.free_left), (right.tokens(match_key), &self.free_right));
        let mut count = PassCount::default();
        for group in groups.iter() {
            count.candidate_pairs = count.candidate_pairs.saturating_add(group.pairs());
            if let (&[left], &[right]) = (group.left, group.right) {
                self.link(left, right, LinkedBy::MatchKey(match_key));
                count.links += 1;
            } else {
                count.ambiguous_left += group.left.len() as u64;
                count.ambiguous_right += group.right.len() as u64;
                count.groups_left_out += u64::from(group.pairs() > pairs_max);
            }
        }
        if let Some(comparer) = comparer {
            let comparable = |group: &Group<'_>| (2..=pairs_max).contains(&group.pairs()) && comparer.covers(*group);
            let scored = comparer.score(groups.iter().filter(comparable), rule.reach(), &|_, _| false, &|| ());
            count.links_by_clk = self.resolve(match_key, &scored, rule);
        }
        count.ambiguous_left -= count.links_by_clk;
        count.ambiguous_right -= count.links_by_clk;
        self.counts.push(count);
    }

    fn resolve(&mut self, match_key: usize, scored: &Scored, rule: ClkRule) -> u64 {
        self.comparisons += scored.comparisons;
        if scored.pairs.is_empty() {
            return 0;
        }
        let mut links = assign(&scored.pairs, rule, self.free_left.len(), self.free_right.len()).links;
        // The assignment finds the same links whatever the order of rows, but finds them in an order of its own.
        links.sort_unstable_by_key(|pair| (pair.left, pair.right));
        for pair in &links {
            self.link(pair.left, pair.right, LinkedBy::AmbiguousMatchKey(match_key));
        }
        links.len() as u64
    }

    fn link(&mut self, left: u32, right: u32, how: LinkedBy) {
        self.free_left[left as usize] = false;
        self.free_right[right as usize] = false;
        self.links.push(Link { left, right, how });
    }
}
