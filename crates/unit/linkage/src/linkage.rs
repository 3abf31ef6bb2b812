//! The whole linkage, in two steps: compare once, decide as often as one likes.
//!
//! In: two extracts and a schema. Out: [`Compared`] (a fitted model and the weighed pairs that can matter) and, from it
//! and a [`LinkRule`], a [`Linkage`]. [`link`] is both steps under the schema's own decision; an evaluation compares once
//! with a low rule and then decides under every threshold.
//!
//! Whether several left rows may be one right row is the schema's choice. One to one, every other pair of either row is a
//! rival: evidence that a left row is another right row's is evidence against. Many to one, a right row has room for as many
//! left rows as there are, so a pair's rivals are those of its left row alone; whoever was referred twice stands in the
//! cohort twice, and both rows find the one record of care. Only the left extract may repeat a person.

use counterfoil_model::{Decision, EncodedPeople, LinkageSchema, Permille};

use crate::Progress;
use crate::agreements::GroupsLeftOut;
use crate::assign::WeightRule;
use crate::compare::apart_by_left_row;
use crate::error::{LinkageError, Side};
use crate::examine::{Files, check, examine};
use crate::model::FittedModel;
use crate::probability::{Contest, Sides, Weighed};
use crate::quality::ExpectedQuality;
use crate::similarity::ClkScale;
use crate::weight::{millibits, odds};

/// Two rows that are one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// Row of the left extract.
    pub left: u32,
    /// Row of the right extract.
    pub right: u32,
    /// Tokens that agree: bit `n` is token `n`, match keys in the schema's order, then blocking rules.
    pub agreeing: u64,
    /// Match weight in thousandths of a bit: how much the evidence speaks for one person, prior odds included.
    pub weight_millibits: i32,
    /// Probability that the two are one person, in millionths, as the fitted model has it with all rivals of both rows; many
    /// to one, of the left row.
    pub probability_ppm: u32,
}

/// A pair that may be a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CandidatePair {
    /// Row of the left extract.
    pub left: u32,
    /// Row of the right extract.
    pub right: u32,
    /// Match weight in thousandths of a bit, prior odds included.
    pub weight_millibits: i32,
}

/// When a pair is a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkRule {
    /// Least probability.
    pub probability_min: Permille,
    /// Links expected to be false, of all links: the least probability rises until they are at most so many.
    pub false_links_max: Permille,
    /// Bits of match weight by which a link must beat every other standing pair of its rows; many to one, of its left row.
    /// At 0 it must still be above.
    pub runner_up_margin_bits: u32,
}

impl Link {
    /// Whether the two rows share a token, by the token's number.
    pub fn shares(&self, token: usize) -> bool {
        self.agreeing >> token & 1 == 1
    }
}

impl LinkRule {
    /// The schema's own.
    pub fn of(decision: &Decision) -> Self {
        Self {
            probability_min: decision.link_probability_min,
            false_links_max: decision.false_links_max,
            runner_up_margin_bits: decision.runner_up_margin_bits,
        }
    }

    pub(crate) fn margin(self) -> i32 {
        i32::try_from(self.runner_up_margin_bits).map_or(i32::MAX, |bits| bits.saturating_mul(1_000))
    }

    /// Least weight that can matter to this rule or to a stricter one.
    pub(crate) fn reach(self) -> i32 {
        WeightRule { min: millibits(odds(self.probability_min.0)), margin: self.margin() }.reach()
    }
}

/// Which rows are one person, and how the linkage went.
#[derive(Debug, Clone, PartialEq)]
pub struct Linkage {
    /// By left row, then right row; each left row at most once, and, one to one, each right row too.
    pub links: Vec<Link>,
    /// The least probability that was asked for in the end, in millionths: the rule's own, or what it rose to.
    pub probability_min_ppm: u32,
    /// Left rows, ascending, with a pair good enough for a link but not clearly better than another.
    pub contested_left: Vec<u32>,
    /// The same on the right; none where a right row may have several left rows, since there is nothing to choose.
    pub contested_right: Vec<u32>,
    /// What the model expects of these links: without truth, the best there is to say.
    pub expected: ExpectedQuality,
}

/// Two extracts compared, before any decision.
#[derive(Debug)]
pub struct Compared {
    pub(crate) sides: Sides,
    /// By falling weight.
    pub(crate) pairs: Vec<Weighed>,
    /// By pair: with all its rivals standing.
    pub(crate) probabilities: Vec<f64>,
    pub(crate) kept_from: i32,
    candidate_pairs: u64,
    left_out: Vec<GroupsLeftOut>,
    former_unclear: u64,
    /// Matches expected among the compared pairs that are too improbable to be kept.
    pub(crate) missed_below: f64,
    /// By left row: matches expected among its pairs that share no token.
    pub(crate) left_apart: Vec<f64>,
    model: FittedModel,
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
    let rule = LinkRule::of(schema.decision());
    compare(schema, left, right, rule, progress)?.decide(rule)
}

/// Joins the tokens of both sides, counts what each pair of rows that shares one has in common, fits the model to the
/// counts, and keeps every pair that matters to `least` or to a stricter rule. A pair kept costs 40 bytes.
///
/// # Errors
/// [`LinkageError`] when an extract has not the schema's shape.
pub fn compare(
    schema: &LinkageSchema,
    left: &EncodedPeople,
    right: &EncodedPeople,
    least: LinkRule,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Compared, LinkageError> {
    let scale = schema.clk().map(ClkScale::new);
    check(Side::Left, left, schema, scale.as_ref())?;
    check(Side::Right, right, schema, scale.as_ref())?;
    let sides = Sides { left_rows: left.len(), right_rows: right.len(), relationship: schema.decision().relationship };
    let files = Files::Two { left, right, sides };
    let examined = examine(schema, scale, files, least.reach(), progress);
    Ok(Compared {
        sides,
        probabilities: Contest::of_all(&examined.pairs, sides).probabilities(&examined.pairs),
        left_apart: apart_by_left_row(examined.agreements.held(), &examined.all_pairs, &examined.fit.apart),
        pairs: examined.pairs,
        kept_from: examined.kept_from,
        candidate_pairs: examined.candidate_pairs,
        left_out: examined.agreements.left_out,
        former_unclear: examined.agreements.former_unclear,
        missed_below: examined.missed_below,
        model: examined.model,
    })
}

impl Compared {
    /// Every pair that was kept, by falling weight: what an evaluation against known truth draws its curve from. For use
    /// within one process; weights must not leave the unit.
    pub fn candidates(&self) -> impl Iterator<Item = CandidatePair> {
        self.pairs.iter().map(|weighed| CandidatePair {
            left: weighed.pair.left,
            right: weighed.pair.right,
            weight_millibits: weighed.pair.millibits,
        })
    }

    /// Pairs of rows that share a token, each once.
    pub fn candidate_pairs(&self) -> u64 {
        self.candidate_pairs
    }

    /// Tokens with values that too many pairs share.
    pub fn groups_left_out(&self) -> &[GroupsLeftOut] {
        &self.left_out
    }

    /// What was left out of one token: nothing, as a rule.
    pub fn left_out_of(&self, token: usize) -> GroupsLeftOut {
        let found = self.left_out.iter().find(|left_out| left_out.token == token);
        found.copied().unwrap_or(GroupsLeftOut { token, groups: 0, pairs: 0 })
    }

    /// Former tokens, of all match keys together, that were not used: their side declares them of two people, or holds
    /// one of them as another row's current one.
    pub fn former_unclear(&self) -> u64 {
        self.former_unclear
    }

    /// What was learnt from the two extracts.
    pub fn model(&self) -> &FittedModel {
        &self.model
    }
}
