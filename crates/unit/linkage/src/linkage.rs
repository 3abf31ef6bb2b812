//! The whole linkage, in two steps: compare once, decide as often as one likes.
//!
//! In: two extracts and a schema. Out: [`Compared`] (match-key links and the scored pairs of the rest) and, from it and
//! a [`ClkRule`], a [`Linkage`]. [`link`] is both steps under the schema's own decision; an evaluation compares once
//! with a low rule and then decides under every threshold.

use std::sync::atomic::{AtomicU64, Ordering};

use counterfoil_model::{Decision, EncodedPeople, LinkageSchema, PEOPLE_MAX, Permille};

use crate::Progress;
use crate::assign::assign;
use crate::blocks::{Blocks, BlocksLeftOut};
use crate::compare::{Comparer, ScoredPair};
use crate::error::{LinkageError, Side};
use crate::passes::{PassCount, Passed};
use crate::similarity::ClkScale;

/// What made a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkedBy {
    /// The token of this match key, which one unlinked row on each side held.
    MatchKey(usize),
    /// The token of this match key, which several rows held, and the CLK among them.
    AmbiguousMatchKey(usize),
    /// The CLK, within a block, at this similarity.
    Clk(Permille),
}

/// Two rows that are one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// Row of the left extract.
    pub left: u32,
    /// Row of the right extract.
    pub right: u32,
    /// The evidence.
    pub how: LinkedBy,
}

/// A pair that may be a link: one that a match key linked, or one that blocking proposed and the CLKs support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CandidatePair {
    /// Row of the left extract.
    pub left: u32,
    /// Row of the right extract.
    pub right: u32,
    /// The best evidence.
    pub how: LinkedBy,
}

/// When a CLK similarity is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClkRule {
    /// Least similarity of a link.
    pub similarity_min: Permille,
    /// How much a link must be above every other standing pair of its rows. At 0 it must still be above.
    pub runner_up_margin: Permille,
}

impl ClkRule {
    /// The schema's own.
    pub fn of(decision: &Decision) -> Self {
        Self { similarity_min: decision.clk_similarity_min, runner_up_margin: decision.runner_up_margin }
    }

    /// Least similarity that can matter: a pair just too weak to be a link, yet strong enough to contest one.
    pub fn reach(self) -> Permille {
        Permille(self.similarity_min.0.saturating_sub(self.strict_margin() - 1))
    }

    pub(crate) fn beats(self, similarity: Permille, rival: Permille) -> bool {
        similarity.0 >= rival.0.saturating_add(self.strict_margin())
    }

    /// The margin, at least 1, so that a tie is contested.
    fn strict_margin(self) -> u16 {
        self.runner_up_margin.0.max(1)
    }
}

/// Which rows are one person, and how the linkage went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linkage {
    /// By left row, then right row; each row at most once on its side.
    pub links: Vec<Link>,
    /// One entry a match key.
    pub passes: Vec<PassCount>,
    /// Links made by CLK within blocks.
    pub links_by_clk: u64,
    /// Pairs with an equal token in a pass, and pairs that blocking proposed, each once within its stage.
    pub candidate_pairs: u64,
    /// CLK comparisons, in ambiguous groups and in blocks.
    pub comparisons: u64,
    /// Left rows, ascending, with a blocked pair good enough for a link but not clearly better than another.
    pub contested_left: Vec<u32>,
    /// The same on the right.
    pub contested_right: Vec<u32>,
    /// Blocks too large to compare, for each rule that has any.
    pub blocks_left_out: Vec<BlocksLeftOut>,
}

/// Two extracts compared, before any decision on the CLK's word.
#[derive(Debug)]
pub struct Compared {
    left_rows: usize,
    right_rows: usize,
    passed: Passed,
    /// Blocked pairs, best first.
    pairs: Vec<ScoredPair>,
    blocked_pairs: u64,
    kept_from: Permille,
    left_out: Vec<BlocksLeftOut>,
}

/// Links two extracts under the schema's own decision.
///
/// # Errors
/// [`LinkageError`] when an extract has not the schema's shape.
pub fn link(
    schema: &LinkageSchema,
    left: &EncodedPeople,
    right: &EncodedPeople,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Linkage, LinkageError> {
    let rule = ClkRule::of(schema.decision());
    compare(schema, left, right, rule, progress)?.decide(rule)
}

/// Runs the match-key passes, which always decide by the schema's own rule, then compares what they leave and keeps
/// every pair that matters to `least` or to a stricter rule. A pair kept costs 12 bytes: with a rule that reaches 0
/// every candidate pair is kept.
///
/// # Errors
/// [`LinkageError`] when an extract has not the schema's shape.
pub fn compare(
    schema: &LinkageSchema,
    left: &EncodedPeople,
    right: &EncodedPeople,
    least: ClkRule,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Compared, LinkageError> {
    let scale = schema.clk().map(ClkScale::new);
    check(Side::Left, left, schema, scale.as_ref())?;
    check(Side::Right, right, schema, scale.as_ref())?;
    let comparer = scale.map(|scale| Comparer::new(scale, left, right));
    let (rule, pairs_max) = (ClkRule::of(schema.decision()), schema.decision().block_pairs_max);

    let mut passed = Passed::none(left, right);
    let of = schema.match_keys().len();
    for index in 0..of {
        progress(Progress::Pass { index, of });
        passed.pass(index, (left, right), comparer.as_ref(), rule, pairs_max);
    }
    let mut compared = Compared {
        left_rows: left.len(),
        right_rows: right.len(),
        passed,
        pairs: Vec::new(),
        blocked_pairs: 0,
        kept_from: least.reach(),
        left_out: Vec::new(),
    };
    if let Some(comparer) = comparer {
        let taking_part = |people: &EncodedPeople, free: &[bool]| -> Vec<_> {
            free.iter().enumerate().map(|(row, free)| *free && people.clk(row).is_some()).collect()
        };
        let left_part = taking_part(left, &compared.passed.free_left);
        let right_part = taking_part(right, &compared.passed.free_right);
        let rules = schema.blocking_rules().len();
        let blocks = Blocks::new(rules, pairs_max, (left, &left_part), (right, &right_part));
        compared.compare_blocks(&comparer, blocks, progress);
    }
    Ok(compared)
}

impl Compared {
    /// Decides which of the compared pairs are links. The match-key links stand as they are: a rule for CLKs moves only
    /// what the CLKs alone support, so decisions under different rules can be set side by side.
    ///
    /// # Errors
    /// [`LinkageError::NotKept`] for a rule that reaches lower than the one compared with.
    pub fn decide(&self, rule: ClkRule) -> Result<Linkage, LinkageError> {
        if rule.reach() < self.kept_from {
            return Err(LinkageError::NotKept { needed: rule.reach(), kept: self.kept_from });
        }
        let assignment = assign(&self.pairs, rule, self.left_rows, self.right_rows);
        let mut links = self.passed.links.clone();
        links.extend(assignment.links.iter().map(|pair| Link {
            left: pair.left,
            right: pair.right,
            how: LinkedBy::Clk(pair.similarity),
        }));
        links.sort_unstable();
        let token_pairs: u64 = self.passed.counts.iter().map(|count| count.candidate_pairs).sum();
        Ok(Linkage {
            links,
            passes: self.passed.counts.clone(),
            links_by_clk: assignment.links.len() as u64,
            candidate_pairs: token_pairs.saturating_add(self.blocked_pairs),
            comparisons: self.passed.comparisons + self.blocked_pairs,
            contested_left: assignment.contested_left,
            contested_right: assignment.contested_right,
            blocks_left_out: self.left_out.clone(),
        })
    }

    /// The match-key links, then every blocked pair that was kept, best first: what an evaluation against known truth
    /// draws its curve from. For use within one process; similarities must not leave the unit.
    pub fn candidates(&self) -> impl Iterator<Item = CandidatePair> {
        let linked = self.passed.links.iter().map(|Link { left, right, how }| (*left, *right, *how));
        let compared = self.pairs.iter().map(|pair| (pair.left, pair.right, LinkedBy::Clk(pair.similarity)));
        linked.chain(compared).map(|(left, right, how)| CandidatePair { left, right, how })
    }

    fn compare_blocks(&mut self, comparer: &Comparer<'_>, blocks: Blocks, progress: &(dyn Fn(Progress) + Sync)) {
        let of = blocks.len() as u64;
        let step = (of / 100).max(1);
        let done = AtomicU64::new(0);
        let block_done = || {
            let done_blocks = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done_blocks.is_multiple_of(step) || done_blocks == of {
                progress(Progress::Comparing { done_blocks, of });
            }
        };
        for rule in 0..blocks.rules() {
            let met = |left, right| blocks.met_before(rule, left, right);
            let mut scored = comparer.score(blocks.of_rule(rule), self.kept_from, &met, &block_done);
            self.blocked_pairs += scored.comparisons;
            self.pairs.append(&mut scored.pairs);
        }
        self.pairs.sort_unstable_by_key(ScoredPair::best_first);
        self.left_out = blocks.left_out;
    }
}

fn check(
    side: Side,
    people: &EncodedPeople,
    schema: &LinkageSchema,
    scale: Option<&ClkScale>,
) -> Result<(), LinkageError> {
    let rows = people.len() as u64;
    if rows > PEOPLE_MAX {
        return Err(LinkageError::Rows { side, rows });
    }
    for (what, found, declared) in [
        ("tokens", people.match_keys(), schema.match_keys().len()),
        ("blocking tokens", people.blocking_rules(), schema.blocking_rules().len()),
    ] {
        if found != declared {
            return Err(LinkageError::Columns { side, what, found, declared });
        }
    }
    let Some(declared) = scale.map(ClkScale::words) else { return Ok(()) };
    match (0..people.len()).find_map(|row| people.clk(row)) {
        Some(words) if words.len() != declared => {
            Err(LinkageError::ClkBits { side, found: words.len() * 64, declared: declared * 64 })
        }
        _ => Ok(()),
    }
}
