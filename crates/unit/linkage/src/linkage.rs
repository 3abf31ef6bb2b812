//! The whole linkage, in two steps: compare once, decide as often as one likes.
//!
//! In: two extracts and a schema. Out: [`Compared`] (a fitted model and the weighed pairs that can matter) and, from it
//! and a [`LinkRule`], a [`Linkage`]. [`link`] is both steps under the schema's own decision; an evaluation compares once
//! with a low rule and then decides under every threshold.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use counterfoil_model::{Decision, EncodedPeople, LinkageSchema, PEOPLE_MAX, Permille};

use crate::Progress;
use crate::agreements::{Agreements, GroupsLeftOut};
use crate::assign::{ScoredPair, WeightRule, assign};
use crate::bands::Bands;
use crate::compare::{Comparer, apart_by_left_row};
use crate::error::{LinkageError, Side};
use crate::evidence::Evidence;
use crate::fit::{Fit, Likelihood, Observed, Pattern};
use crate::join::row_number;
use crate::model::FittedModel;
use crate::probability::{Contest, Weighed};
use crate::quality::{ExpectedQuality, GroupQuality, by_group};
use crate::similarity::ClkScale;
use crate::weight::{floor, millibits, odds};

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
    /// Probability that the two are one person, in millionths, as the fitted model has it with all rivals of both rows.
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
    /// Bits of match weight by which a link must beat every other standing pair of its rows. At 0 it must still be above.
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

    fn margin(self) -> i32 {
        i32::try_from(self.runner_up_margin_bits).map_or(i32::MAX, |bits| bits.saturating_mul(1_000))
    }

    /// Least weight that can matter to this rule or to a stricter one.
    fn reach(self) -> i32 {
        WeightRule { min: millibits(odds(self.probability_min.0)), margin: self.margin() }.reach()
    }
}

/// Pairs are kept from this probability on whatever the rule: they are links missed, some of them.
const KEPT_FROM: Permille = Permille(1);

/// Which rows are one person, and how the linkage went.
#[derive(Debug, Clone, PartialEq)]
pub struct Linkage {
    /// By left row, then right row; each row at most once on its side.
    pub links: Vec<Link>,
    /// The least probability that was asked for in the end, in millionths: the rule's own, or what it rose to.
    pub probability_min_ppm: u32,
    /// Left rows, ascending, with a pair good enough for a link but not clearly better than another.
    pub contested_left: Vec<u32>,
    /// The same on the right.
    pub contested_right: Vec<u32>,
    /// What the model expects of these links: without truth, the best there is to say.
    pub expected: ExpectedQuality,
}

/// Two extracts compared, before any decision.
#[derive(Debug)]
pub struct Compared {
    left_rows: usize,
    right_rows: usize,
    /// By falling weight.
    pairs: Vec<Weighed>,
    /// By pair: with all its rivals standing.
    probabilities: Vec<f64>,
    kept_from: i32,
    candidate_pairs: u64,
    left_out: Vec<GroupsLeftOut>,
    /// Matches expected among the compared pairs that are too improbable to be kept.
    missed_below: f64,
    /// By left row: matches expected among its pairs that share no token.
    left_apart: Vec<f64>,
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
    let of = schema.match_keys().len() + schema.blocking_rules().len();
    let joined = |index| progress(Progress::Joining { done: index + 1, of });
    let agreements = Agreements::new(left, right, schema.decision().group_pairs_max, &joined);
    let clk = schema.clk().zip(scale).map(|(settings, scale)| (Bands::of(settings, &scale), scale));
    let comparer = Comparer { left, right, agreements: &agreements, clk: clk.map(|(bands, scale)| (scale, bands)) };

    let told = Told::new(agreements.tasks() as u64 * 2, progress);
    let patterns = comparer.histogram(&|| told.one());
    let evidence = Evidence::of(schema);
    let bands = comparer.clk.as_ref().map(|(_, bands)| bands);
    let matches_max = left.len().min(right.len()) as u64;
    let all = comparer.all_pairs();
    let apart = Comparer::apart(&all, &patterns);
    let observed = Observed::new(&evidence, bands, &patterns, &apart, matches_max);
    progress(Progress::Fitting);
    let fit = observed.fit();
    let likelihoods = observed.likelihoods(&fit.parameters, patterns.len());
    let prior = prior_odds(&fit, left.len(), right.len());
    let kept_from = least.reach().min(millibits(odds(KEPT_FROM.0)));
    let weights = weigh(&patterns, &likelihoods, prior, kept_from);
    let below = patterns.iter().zip(&likelihoods).filter(|((pattern, _), _)| !weights.contains_key(pattern));
    let missed_below = below.map(|((_, pairs), likelihood)| {
        let odds = odds_of(likelihood, prior);
        *pairs as f64 * odds / (1.0 + odds)
    });
    let missed_below: f64 = missed_below.sum();

    let mut pairs: Vec<Weighed> = comparer
        .select(&|pattern| weights.get(pattern).copied(), &|| told.one())
        .into_iter()
        .map(|(left, right, (odds, agreeing, millibits))| Weighed {
            pair: ScoredPair { left, right, millibits },
            odds,
            agreeing,
        })
        .collect();
    pairs.sort_unstable_by_key(|weighed| weighed.pair.best_first());
    let probabilities = Contest::of_all(&pairs, left.len(), right.len()).probabilities(&pairs);
    Ok(Compared {
        left_rows: left.len(),
        right_rows: right.len(),
        probabilities,
        pairs,
        kept_from,
        candidate_pairs: patterns.iter().map(|(_, pairs)| pairs).sum(),
        left_out: agreements.left_out.clone(),
        missed_below,
        left_apart: apart_by_left_row(agreements.held(), &all, &fit.apart),
        model: FittedModel::new(&evidence, &fit),
    })
}

/// Odds, before any evidence, that a left and a right row are the one pair to add to the expected matches: of the rows
/// that are in no match, any two. Where nearly every row of a side is expected to match, one that does not is rare, so
/// the odds are higher than the share of matches among all pairs. At least one row in fifty is taken to have no partner, and of few rows
/// at least their root and one more.
fn prior_odds(fit: &Fit, left_rows: usize, right_rows: usize) -> f64 {
    let matches = fit.matches();
    let free = |rows: f64| (rows - matches).max(rows / 50.0).max(rows.sqrt() + 1.0);
    matches / (free(left_rows as f64) * free(right_rows as f64))
}

/// Far above any probability that can be told from one, and far below what a sum could not hold.
const ODDS_MAX: f64 = 1e200;

fn odds_of(likelihood: &Likelihood, prior: f64) -> f64 {
    (prior * likelihood.matches / likelihood.others.max(f64::MIN_POSITIVE)).min(ODDS_MAX)
}

/// Odds, agreeing tokens and weight of the patterns that matter.
fn weigh(
    patterns: &[(Pattern, u64)],
    likelihoods: &[Likelihood],
    prior: f64,
    kept_from: i32,
) -> HashMap<Pattern, (f64, u64, i32)> {
    let weighed = patterns.iter().zip(likelihoods).map(|((pattern, _), likelihood)| {
        let odds = odds_of(likelihood, prior);
        (*pattern, (odds, pattern.agreeing, millibits(odds)))
    });
    weighed.filter(|(_, (_, _, millibits))| *millibits >= kept_from).collect()
}

impl Compared {
    /// Decides which of the compared pairs are links.
    ///
    /// # Errors
    /// [`LinkageError::NotKept`] for a rule that reaches lower than the one compared with.
    pub fn decide(&self, rule: LinkRule) -> Result<Linkage, LinkageError> {
        if rule.reach() < self.kept_from {
            return Err(LinkageError::NotKept { needed_millibits: rule.reach(), kept_millibits: self.kept_from });
        }
        let scored: Vec<_> = self.pairs.iter().map(|weighed| weighed.pair).collect();
        let weights = WeightRule { min: millibits(odds(rule.probability_min.0)), margin: rule.margin() };
        let assignment = assign(&scored, weights, self.left_rows, self.right_rows);

        let mut linked: Vec<_> = assignment.links.iter().map(|pair| (pair.left, pair.right)).collect();
        linked.sort_unstable();
        let contest = Contest::after(&self.pairs, &linked, self.left_rows, self.right_rows);
        let is_link = |weighed: &&Weighed| linked.binary_search(&(weighed.pair.left, weighed.pair.right)).is_ok();
        let mut links: Vec<Link> = self
            .pairs
            .iter()
            .filter(is_link)
            .map(|weighed| Link {
                left: weighed.pair.left,
                right: weighed.pair.right,
                agreeing: weighed.agreeing,
                weight_millibits: weighed.pair.millibits,
                probability_ppm: ppm(contest.probability(weighed)),
            })
            .collect();
        links.sort_unstable();
        let least = least_probability_ppm(&links, rule);
        links.retain(|link| link.probability_ppm >= least);
        let is_linked = |pair: &ScoredPair| {
            let place = links.binary_search_by_key(&(pair.left, pair.right), |link| (link.left, link.right));
            place.is_ok()
        };
        let unlinked = self.pairs.iter().zip(&self.probabilities).filter(|(weighed, _)| !is_linked(&weighed.pair));
        let missed: f64 = unlinked.map(|(_, probability)| probability).sum();
        Ok(Linkage {
            expected: ExpectedQuality::new(&links, missed + self.missed_below, self.left_apart.iter().sum()),
            links,
            probability_min_ppm: least.min(1_000_000),
            contested_left: assignment.contested_left,
            contested_right: assignment.contested_right,
        })
    }

    /// What the model expects of a linkage's links by group of left rows: `groups` has one entry a left row.
    ///
    /// # Panics
    /// When `groups` has another number of entries.
    pub fn expected_by_group<G: Ord + Copy>(&self, linkage: &Linkage, groups: &[Option<G>]) -> Vec<GroupQuality<G>> {
        assert_eq!(groups.len(), self.left_rows, "one group a left row");
        let linked: Vec<_> = linkage.links.iter().map(|link| (link.left, link.right)).collect();
        let unlinked = self
            .pairs
            .iter()
            .zip(&self.probabilities)
            .filter(|(weighed, _)| linked.binary_search(&(weighed.pair.left, weighed.pair.right)).is_err());
        let missed = unlinked.map(|(weighed, probability)| (weighed.pair.left, *probability));
        // A row that is linked is not missed: what is expected apart is the unlinked rows'.
        let is_linked = |row: usize| linked.binary_search_by_key(&row, |(left, _)| *left as usize).is_ok();
        let apart = || self.left_apart.iter().enumerate().filter(|(row, _)| !is_linked(*row));
        let (all, unlinked) =
            (self.left_apart.iter().sum::<f64>() + self.missed_below, apart().map(|(_, matches)| matches).sum::<f64>());
        let scale = if unlinked > 0.0 { all / unlinked } else { 0.0 };
        let apart = apart().map(|(row, matches)| (row_number(row), matches * scale));
        by_group(&linkage.links, missed.chain(apart), groups)
    }

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

    /// What was learnt from the two extracts.
    pub fn model(&self) -> &FittedModel {
        &self.model
    }
}

/// The rule's own least probability, or what it must rise to so that no more links than allowed are expected to be false:
/// links are taken by falling probability as long as the mean stays high enough, those of one probability together.
fn least_probability_ppm(links: &[Link], rule: LinkRule) -> u32 {
    let own = u32::from(rule.probability_min.0) * 1_000;
    let mut probable: Vec<u32> = links.iter().map(|link| link.probability_ppm).filter(|ppm| *ppm >= own).collect();
    probable.sort_unstable_by(|one, next| next.cmp(one));
    let allowed_ppm = u64::from(rule.false_links_max.0) * 1_000;
    let (mut false_ppm, mut count, mut least) = (0, 0, None);
    for same in probable.chunk_by(|one, next| one == next) {
        count += same.len() as u64;
        false_ppm += same.len() as u64 * u64::from(1_000_000 - same[0]);
        if false_ppm <= allowed_ppm * count {
            least = Some((same[0], count));
        }
    }
    match least {
        Some((_, kept)) if kept == probable.len() as u64 => own,
        Some((least, _)) => least,
        None if probable.is_empty() => own,
        None => 1_000_001,
    }
}

fn ppm(probability: f64) -> u32 {
    u32::try_from(floor(probability.clamp(0.0, 1.0) * 1e6)).expect("at most a million")
}

/// Tells about a hundred times how far the comparison is.
struct Told<'a> {
    of: u64,
    done: AtomicU64,
    progress: &'a (dyn Fn(Progress) + Sync),
}

impl<'a> Told<'a> {
    fn new(of: u64, progress: &'a (dyn Fn(Progress) + Sync)) -> Self {
        Self { of, done: AtomicU64::new(0), progress }
    }

    fn one(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of((self.of / 100).max(1)) || done == self.of {
            (self.progress)(Progress::Comparing { done, of: self.of });
        }
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
