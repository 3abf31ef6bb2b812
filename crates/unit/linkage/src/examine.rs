//! Candidate pairs of two files, or of one with itself, to a fitted model and the weighed pairs that can matter.
//!
//! In: [`Files`] and a schema. Out: [`Examined`]. What is decided of it is [`crate::decide`]'s and [`crate::duplicates`]'.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use counterfoil_model::{EncodedPeople, LinkageSchema, PEOPLE_MAX, Permille, Relationship};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::Progress;
use crate::agreements::Agreements;
use crate::assign::ScoredPair;
use crate::bands::Bands;
use crate::compare::Comparer;
use crate::error::{LinkageError, Side};
use crate::evidence::Evidence;
use crate::fit::{Fit, Likelihood, Observed, Pattern};
use crate::join::row_number;
use crate::model::FittedModel;
use crate::probability::{Sides, Weighed};
use crate::rarity::Rarity;
use crate::similarity::ClkScale;
use crate::weight::{millibits, odds};

/// What is compared.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Files<'a> {
    /// Every row of one file with every row of another.
    Two { left: &'a EncodedPeople, right: &'a EncodedPeople, sides: Sides },
    /// Every row of one file with every later row.
    One(&'a EncodedPeople),
}

impl<'a> Files<'a> {
    pub(crate) fn left(self) -> &'a EncodedPeople {
        match self {
            Self::Two { left, .. } => left,
            Self::One(people) => people,
        }
    }

    pub(crate) fn right(self) -> &'a EncodedPeople {
        match self {
            Self::Two { right, .. } => right,
            Self::One(people) => people,
        }
    }

    /// Pairs that so many rows of each side make, when the rows of one file are the same rows.
    pub(crate) fn pairs(self, left_rows: u64, right_rows: u64) -> u64 {
        match self {
            Self::Two { .. } => left_rows * right_rows,
            Self::One(_) => left_rows * left_rows.saturating_sub(1) / 2,
        }
    }

    /// Most matches that there can be. Of one file, as many as if every person stood there three times: more would say
    /// that the fit has taken strangers for matches, and not that the file is full of repeats.
    fn matches_max(self) -> u64 {
        match self {
            Self::Two { sides: Sides { relationship: Relationship::ManyToOne, .. }, left, .. } => left.len() as u64,
            Self::Two { left, right, .. } => left.len().min(right.len()) as u64,
            Self::One(people) => people.len() as u64,
        }
    }

    /// Odds, before any evidence, that two rows are the one pair to add to the expected matches: of the rows that are in no
    /// match, any two. Where nearly every row of a side is expected to match, one that does not is rare, so the odds are
    /// higher than the share of matches among all pairs. At least one row in fifty is taken to have no partner, and of few
    /// rows at least their root and one more. A right row that may have several partners is always free; and in one file no
    /// pair takes anything from another, so the odds are the share's.
    fn prior_odds(self, fit: &Fit) -> f64 {
        let matches = fit.matches();
        let free = |rows: f64| (rows - matches).max(rows / 50.0).max(rows.sqrt() + 1.0);
        match self {
            Self::Two { left, right, sides } => {
                let (left, right) = (left.len() as f64, right.len() as f64);
                matches
                    / match sides.relationship {
                        Relationship::OneToOne => free(left) * free(right),
                        Relationship::ManyToOne => free(left) * right.max(1.0),
                    }
            }
            Self::One(people) => {
                let rows = people.len() as u64;
                let pairs = self.pairs(rows, rows) as f64;
                matches / (pairs - matches).max(pairs / 50.0).max(1.0)
            }
        }
    }
}

/// Files compared, and the model fitted.
pub(crate) struct Examined {
    pub(crate) agreements: Agreements,
    pub(crate) evidence: Evidence,
    /// By falling weight.
    pub(crate) pairs: Vec<Weighed>,
    pub(crate) kept_from: i32,
    pub(crate) candidate_pairs: u64,
    /// All pairs by the tokens that both rows hold.
    pub(crate) all_pairs: BTreeMap<u64, u64>,
    /// Matches expected among the compared pairs that are too improbable to be kept.
    pub(crate) missed_below: f64,
    pub(crate) fit: Fit,
    pub(crate) model: FittedModel,
}

/// Pairs are kept from this probability on whatever the rule: they are links missed, some of them.
const KEPT_FROM: Permille = Permille(1);

/// Joins, compares, fits, and keeps every pair whose weight is `reach` or more.
pub(crate) fn examine(
    schema: &LinkageSchema,
    scale: Option<ClkScale>,
    files: Files<'_>,
    reach: i32,
    progress: &(dyn Fn(Progress) + Sync),
) -> Examined {
    let of = schema.match_keys().len() + schema.blocking_rules().len();
    let joined = |index| progress(Progress::Joining { done: index + 1, of });
    let agreements = Agreements::new(files, schema.decision().group_pairs_max, &joined);
    let evidence = Evidence::of(schema);
    let clk = schema.clk().zip(scale).map(|(settings, scale)| (Bands::of(settings, &scale, &evidence), scale));
    let comparer = Comparer { files, agreements: &agreements, clk: clk.map(|(bands, scale)| (scale, bands)) };

    let told = Told::new(agreements.tasks() as u64 * 2, progress);
    let patterns = comparer.histogram(&|| told.one());
    let bands = comparer.clk.as_ref().map(|(_, bands)| bands);
    let all_pairs = comparer.all_pairs();
    let apart = Comparer::apart(&all_pairs, &patterns);
    let observed = Observed::new(&evidence, bands, &patterns, &apart, files.matches_max());
    progress(Progress::Fitting);
    let fit = observed.fit();
    let likelihoods = observed.likelihoods(&fit.parameters, patterns.len());
    let prior = files.prior_odds(&fit);
    let kept_from = reach.min(millibits(odds(KEPT_FROM.0)));
    let rarity = Rarity::of(files, &agreements, &fit, &patterns, &likelihoods);
    // A pattern is kept if its pairs could matter with the rarest value.
    let highest = |agreeing| rarity.as_ref().map_or(1.0, |rarity| rarity.highest(agreeing));
    let mut kept: HashMap<Pattern, u32> = HashMap::new();
    let mut missed_below = 0.0;
    for (number, ((pattern, pairs), likelihood)) in patterns.iter().zip(&likelihoods).enumerate() {
        if millibits(odds_of(likelihood, prior, highest(pattern.agreeing))) >= kept_from {
            kept.insert(*pattern, row_number(number));
        } else {
            missed_below += *pairs as f64 * chance_of(odds_of(likelihood, prior, 1.0));
        }
    }
    let weighed = |(left, right, number): (u32, u32, u32)| {
        let agreeing = patterns[number as usize].0.agreeing;
        let factor = rarity.as_ref().map_or(1.0, |rarity| rarity.factor(&agreements, agreeing, left, right));
        let odds = odds_of(&likelihoods[number as usize], prior, factor);
        Weighed { pair: ScoredPair { left, right, millibits: millibits(odds) }, odds, agreeing }
    };
    let selected = comparer.select(&|pattern| kept.get(pattern).copied(), &|| told.one());
    let mut pairs: Vec<Weighed> = selected.into_par_iter().map(weighed).collect();
    pairs.sort_unstable_by_key(|weighed| weighed.pair.best_first());
    let reaching = pairs.partition_point(|weighed| weighed.pair.millibits >= kept_from);
    missed_below += pairs[reaching..].iter().map(|weighed| chance_of(weighed.odds)).sum::<f64>();
    pairs.truncate(reaching);
    Examined {
        pairs,
        kept_from,
        candidate_pairs: patterns.iter().map(|(_, pairs)| pairs).sum(),
        all_pairs,
        missed_below,
        model: FittedModel::new(&evidence, &fit),
        fit,
        evidence,
        agreements,
    }
}

/// Far above any probability that can be told from one, and far below what a sum could not hold.
const ODDS_MAX: f64 = 1e200;

/// The odds of a pair whose value says `factor` times as much against strangers as the average one.
fn odds_of(likelihood: &Likelihood, prior: f64, factor: f64) -> f64 {
    let others = (likelihood.others - likelihood.unrelated) + likelihood.unrelated / factor;
    (prior * likelihood.matches / others.max(f64::MIN_POSITIVE)).min(ODDS_MAX)
}

fn chance_of(odds: f64) -> f64 {
    odds / (1.0 + odds)
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

/// Whether an extract has the schema's shape.
pub(crate) fn check(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rarity_speaks_against_strangers_and_not_against_relatives() {
        let of = |unrelated| Likelihood { matches: 0.5, others: 0.25, unrelated };
        // 1 * .5 / (relatives + strangers / 4): all strangers, half of them, none.
        for (unrelated, expected) in [(0.25, 8.0), (0.125, 3.2), (0.0, 2.0)] {
            assert!((odds_of(&of(unrelated), 1.0, 4.0) - expected).abs() < 1e-12, "{unrelated}");
            assert!((odds_of(&of(unrelated), 1.0, 1.0) - 2.0).abs() < 1e-12, "{unrelated}");
        }
    }
}
