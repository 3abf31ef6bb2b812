//! Fits the linkage model to a histogram of patterns, by expectation maximisation.
//!
//! In: how many pairs show each [`Pattern`], and how many pairs there are that share no token at all. Out: the
//! [`Parameters`] and how the fit went.
//!
//! The model is Fellegi and Sunter's (1969): within a class of pairs, fields agree or differ independently. What is seen,
//! though, is not which fields agree but which *tokens* do, each of several fields. So the agreement vector is hidden as
//! well as the class, and a pattern's likelihood is the sum over the vectors that explain it: exact, and still a function
//! of the histogram alone (Dempster, Laird and Rubin 1977, incomplete data).
//!
//! **Every pair is counted.** Pairs that share no token are most of all pairs and are never looked at one by one; how
//! many there are follows from the rows, and they are a pattern like any other: no token agrees. Leaving them out, as is
//! done where a model is fitted to blocked pairs only, would teach it that strangers often share a birthday.
//!
//! Only sums, products, divisions and roots are used, which every machine rounds alike, in one order, so that the same histogram gives the same parameters everywhere.

mod counts;

use std::collections::BTreeMap;

use counts::Counts;

use crate::bands::{Bands, Differing};
use crate::evidence::Evidence;
use crate::parameters::{CLASSES, MATCH, MATCH_WEIGHT, Parameters, RELATED, UNRELATED, likeness_of};
use crate::vectors::{AgreementVector, UNKNOWN, explain};
use crate::weight::log2;

/// What is seen of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Pattern {
    /// Tokens that both rows hold.
    pub(crate) comparable: u64,
    /// Those that agree.
    pub(crate) agreeing: u64,
    /// Band of the CLKs' similarity; nothing when a row has no CLK.
    pub(crate) band: Option<u8>,
}

/// Most iterations. A fit that needs more is used, and says that it did not converge.
const ITERATIONS_MAX: u32 = 500;

/// The fit has converged when a step moves the share of matches, and no probability of theirs, by more than this. What is
/// learnt of strangers and relatives may go on changing in the last places: no link depends on it.
const TOLERANCE: f64 = 2e-6;

/// Pairs without a shared token are reckoned for the commonest sets of comparable tokens, up to this share of them.
const ZERO_SHARE: f64 = 0.999;

/// And for at most so many sets.
const ZERO_SETS_MAX: usize = 64;

/// How a fit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FitEnd {
    /// The parameters stand still.
    Converged,
    /// They still moved when the iterations ran out.
    StillMoving,
    /// The files did not support a model of their own (too few pairs, or more matches than rows): what is believed of
    /// people in general stands, and only the share of matches is fitted.
    Believed,
}

/// What a fit learns from the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Learn {
    Everything,
    /// The shares of the classes; all else stays as it is believed.
    SharesAlone,
}

/// A fitted model.
#[derive(Debug)]
pub(crate) struct Fit {
    pub(crate) parameters: Parameters,
    pub(crate) end: FitEnd,
    pub(crate) iterations: u32,
    /// Matches expected among the pairs that share a token.
    pub(crate) matches_meeting: f64,
    /// Matches expected among the pairs that share none, by the tokens that both rows hold.
    pub(crate) apart: BTreeMap<u64, f64>,
    /// By class, field and state: pairs expected.
    pub(crate) expected: [Vec<Vec<f64>>; CLASSES],
}

impl Fit {
    /// Matches expected in all.
    pub(crate) fn matches(&self) -> f64 {
        self.matches_meeting + self.apart.values().sum::<f64>()
    }

    /// No more matches than there can be, each kind in proportion. At the bound of its share, what is believed may still
    /// see more in the pairs than the bound leaves.
    fn keep_within(&mut self, matches_max: f64) {
        let scale = matches_max / self.matches();
        if scale < 1.0 {
            self.matches_meeting *= scale;
            self.apart.values_mut().for_each(|matches| *matches *= scale);
            self.expected[MATCH].iter_mut().flatten().for_each(|pairs| *pairs *= scale);
        }
    }
}

/// All that is seen, with the agreement vectors behind it.
pub(crate) struct Observed<'a> {
    evidence: &'a Evidence,
    vectors: Vec<AgreementVector>,
    sets: Vec<Set>,
    pairs: f64,
    matches_max: f64,
}

/// Patterns with the same tokens, and their vectors.
struct Set {
    vectors: std::ops::Range<usize>,
    /// A token that differs forbids a match.
    forbidden: bool,
    seen: Seen,
}

enum Seen {
    /// Pairs that share no token, of those that both rows hold.
    Apart { comparable: u64, pairs: f64 },
    /// Pairs by band.
    Meeting { bands: Vec<SeenBand> },
}

struct SeenBand {
    pattern: usize,
    pairs: f64,
    /// By vector of the set: where its likeness stands, if any feature differs.
    likeness: Vec<Option<(u32, u8)>>,
}

/// A pattern's number, band and pairs.
type Banded = (usize, Option<u8>, u64);

/// Likelihood of one pattern among matches and among all others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Likelihood {
    pub(crate) matches: f64,
    pub(crate) others: f64,
    /// Of `others`, what unrelated people contribute.
    pub(crate) unrelated: f64,
}

impl<'a> Observed<'a> {
    /// `patterns` with their pairs, ascending; `apart` by comparable tokens.
    pub(crate) fn new(
        evidence: &'a Evidence,
        bands: Option<&Bands>,
        patterns: &[(Pattern, u64)],
        apart: &BTreeMap<u64, u64>,
        matches_max: u64,
    ) -> Self {
        let mut observed =
            Self { evidence, vectors: Vec::new(), sets: Vec::new(), pairs: 0.0, matches_max: matches_max as f64 };
        let (apart, scale) = commonest(apart);
        let mut by_comparable: BTreeMap<u64, BTreeMap<u64, Vec<Banded>>> = BTreeMap::new();
        for (number, (pattern, pairs)) in patterns.iter().enumerate() {
            let set = by_comparable.entry(pattern.comparable).or_default();
            set.entry(pattern.agreeing).or_default().push((number, pattern.band, *pairs));
        }
        for comparable in apart.keys() {
            by_comparable.entry(*comparable).or_default();
        }
        for (comparable, seen) in by_comparable {
            let mut wanted: Vec<u64> = seen.keys().copied().collect();
            if apart.contains_key(&comparable) && !wanted.contains(&0) {
                wanted.push(0);
            }
            let explained = explain(evidence, comparable, &wanted);
            let forbidden = |agreeing| evidence.forbids(agreeing, comparable);
            if let Some(pairs) = apart.get(&comparable) {
                let seen = Seen::Apart { comparable, pairs: *pairs as f64 * scale };
                observed.add(&explained[&0], forbidden(0), seen);
            }
            for (agreeing, found) in seen {
                let vectors = &explained[&agreeing];
                let differing: Vec<_> = vectors.iter().map(|vector| Differing::of(evidence, vector)).collect();
                let seen_bands = found.into_iter().map(|(pattern, band, pairs)| {
                    let likeness = differing.iter().map(|differing| {
                        let (differing, bands, band) = ((*differing)?, bands?, band?);
                        let table = u32::try_from(differing.table).expect("few features");
                        let category = u8::try_from(differing.category(bands, band)).expect("few categories");
                        Some((table, category))
                    });
                    SeenBand { pattern, pairs: pairs as f64, likeness: likeness.collect() }
                });
                let seen = Seen::Meeting { bands: seen_bands.collect() };
                observed.add(vectors, forbidden(agreeing), seen);
            }
        }
        observed
    }

    fn add(&mut self, vectors: &[AgreementVector], forbidden: bool, seen: Seen) {
        let start = self.vectors.len();
        self.vectors.extend_from_slice(vectors);
        self.pairs += match &seen {
            Seen::Apart { pairs, .. } => *pairs,
            Seen::Meeting { bands } => bands.iter().map(|band| band.pairs).sum(),
        };
        self.sets.push(Set { vectors: start..self.vectors.len(), forbidden, seen });
    }

    /// Fits the model.
    pub(crate) fn fit(&self) -> Fit {
        self.fit_within(TOLERANCE)
    }

    fn fit_within(&self, tolerance: f64) -> Fit {
        let believed = Parameters::believed(self.evidence, self.pairs.max(1.0), self.matches_max.max(1.0));
        let mut fit = self.run(&believed, tolerance, Learn::Everything);
        let plausible = fit.matches() <= self.matches_max * 1.02 + 1.0
            && fit.parameters.states[MATCH].iter().all(|states| states[0] > 0.3);
        if !plausible || fit.matches_meeting < MATCH_WEIGHT {
            fit = self.run(&believed, tolerance, Learn::SharesAlone);
            fit.end = FitEnd::Believed;
            fit.keep_within(self.matches_max);
        }
        fit
    }

    /// The greatest share of matches: every row of the smaller file in one.
    fn share_max(&self) -> f64 {
        (self.matches_max.max(1.0) / self.pairs.max(1.0)).min(1.0)
    }

    /// Pairs of steps, each pair carried on along its curve (SQUAREM: Varadhan and Roland 2008), until a step stands still.
    fn run(&self, believed: &Parameters, tolerance: f64, learn: Learn) -> Fit {
        // Where all is learnt, more matches than rows show that the fit went wrong. Where belief stands, they are an ordinary
        // bound on what is left to learn: the likelihood of shares has one hill, and its best place within the bound is there.
        let share_max = if learn == Learn::SharesAlone { self.share_max() } else { 1.0 };
        let maximise = |counts: &Counts, before: &Parameters| {
            counts.maximise(self.evidence, before, believed, learn).with_matches_at_most(share_max)
        };
        let step = |parameters: &Parameters| {
            let counts = self.expect(parameters);
            let next = maximise(&counts, parameters);
            (counts, next)
        };
        let (mut parameters, mut iterations) = (believed.clone(), 0);
        let (_, mut first) = step(&parameters);
        loop {
            let (first_counts, second) = step(&first);
            iterations += 2;
            // A share that falls towards nought moves for ever; below a thousandth of a pair it has arrived.
            let none_left = second.shares[MATCH] * self.pairs < 1e-3;
            let settled = none_left || first.matches_moved(&second) < tolerance;
            if settled || iterations >= ITERATIONS_MAX {
                let end = if settled { FitEnd::Converged } else { FitEnd::StillMoving };
                return Fit {
                    parameters: second,
                    end,
                    iterations,
                    matches_meeting: first_counts.matches_meeting,
                    apart: first_counts.apart,
                    expected: first_counts.states,
                };
            }
            // An extrapolation that leads downhill is not followed.
            parameters = second.extrapolated(&parameters, &first).with_matches_at_most(share_max);
            let mut counts = self.expect(&parameters);
            let here = first_counts.objective(self.evidence, &first, believed);
            if counts.objective(self.evidence, &parameters, believed) < here {
                (counts, parameters) = (self.expect(&second), second);
                iterations += 1;
            }
            first = maximise(&counts, &parameters);
        }
    }

    /// The expectation step: pairs expected in every class and state.
    fn expect(&self, parameters: &Parameters) -> Counts {
        let mut counts = Counts::zero(parameters);
        let mut joint: Vec<[f64; CLASSES]> = Vec::new();
        let mut sums: Vec<[f64; CLASSES]> = Vec::new();
        for set in &self.sets {
            let vectors = &self.vectors[set.vectors.clone()];
            joint.clear();
            joint.extend(vectors.iter().map(|vector| self.joint(parameters, vector, set.forbidden)));
            match &set.seen {
                Seen::Apart { comparable, pairs } => {
                    let total: f64 = joint.iter().flatten().sum();
                    if total <= 0.0 {
                        continue;
                    }
                    let scale = pairs / total;
                    counts.likelihood += pairs * log2(total);
                    joint.iter_mut().flatten().for_each(|share| *share *= scale);
                    counts.apart.insert(*comparable, joint.iter().map(|classes| classes[MATCH]).sum());
                    counts.add(vectors, &joint);
                }
                Seen::Meeting { bands } => {
                    sums.clear();
                    sums.resize(vectors.len(), [0.0; CLASSES]);
                    for band in bands {
                        counts.expect_band(parameters, band, &joint, &mut sums);
                    }
                    counts.matches_meeting += sums.iter().map(|classes| classes[MATCH]).sum::<f64>();
                    counts.add(vectors, &sums);
                }
            }
        }
        counts
    }

    /// Probability of each class together with this vector.
    fn joint(&self, parameters: &Parameters, vector: &AgreementVector, forbidden: bool) -> [f64; CLASSES] {
        let mut classes = parameters.shares;
        if forbidden {
            classes[MATCH] = 0.0;
        }
        for (field, state) in vector[..self.evidence.fields.len()].iter().enumerate() {
            if *state != UNKNOWN {
                for (class, share) in classes.iter_mut().enumerate() {
                    *share *= parameters.states[class][field][*state as usize];
                }
            }
        }
        classes
    }

    /// Likelihood of every pattern, by its number.
    pub(crate) fn likelihoods(&self, parameters: &Parameters, patterns: usize) -> Vec<Likelihood> {
        let mut likelihoods = vec![Likelihood { matches: 0.0, others: 1.0, unrelated: 1.0 }; patterns];
        let others = parameters.shares[UNRELATED] + parameters.shares[RELATED];
        for set in &self.sets {
            let Seen::Meeting { bands } = &set.seen else { continue };
            let vectors = &self.vectors[set.vectors.clone()];
            for band in bands {
                let mut classes = [0.0; CLASSES];
                for (vector, likeness) in vectors.iter().zip(&band.likeness) {
                    let joint = self.joint(parameters, vector, set.forbidden);
                    for (class, sum) in classes.iter_mut().enumerate() {
                        let like = likeness.map_or(1.0, |(table, category)| {
                            parameters.likeness[likeness_of(class)][table as usize][category as usize]
                        });
                        *sum += joint[class] * like;
                    }
                }
                likelihoods[band.pattern] = Likelihood {
                    matches: classes[MATCH] / parameters.shares[MATCH],
                    others: (classes[UNRELATED] + classes[RELATED]) / others,
                    unrelated: classes[UNRELATED] / others,
                };
            }
        }
        likelihoods
    }
}

/// The commonest sets of comparable tokens, and what to multiply them by so that they stand for all.
fn commonest(apart: &BTreeMap<u64, u64>) -> (BTreeMap<u64, u64>, f64) {
    let mut sets: Vec<(u64, u64)> =
        apart.iter().filter(|(_, pairs)| **pairs > 0).map(|(set, pairs)| (*pairs, *set)).collect();
    sets.sort_unstable_by(|one, next| next.cmp(one));
    let all: f64 = sets.iter().map(|(pairs, _)| *pairs as f64).sum();
    let mut kept = BTreeMap::new();
    let mut sum = 0.0;
    for (pairs, set) in sets.into_iter().take(ZERO_SETS_MAX) {
        if sum >= ZERO_SHARE * all {
            break;
        }
        sum += pairs as f64;
        kept.insert(set, pairs);
    }
    (kept, if sum > 0.0 { all / sum } else { 1.0 })
}

#[cfg(test)]
mod tests;
