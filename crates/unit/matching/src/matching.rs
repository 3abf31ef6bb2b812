//! Who is compared with whom.
//!
//! In: both groups, a rule, a seed. Out: matched sets by row number, who found nobody and why, weights. Absent on purpose:
//! outcomes, which must not be known when controls are chosen.

use crate::coarsen::coarsen;
use crate::entropy::Weighed;
use crate::frame::Frame;
use crate::{BalancingModel, Controls, Covariates, MatchingError, Method, PropensityModel, Replacement, Rule, Seed};
use crate::{entropy, mahalanobis, propensity, stratified};

/// Treated and the controls they are compared with, as row numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedSet {
    /// One; with [`Controls::All`] every treated of the stratum.
    pub treated: Vec<u32>,
    /// At least one, in the order in which they were taken.
    pub controls: Vec<u32>,
    /// What each of the controls counts in this set, in their order: above 0, and together the number of the treated. Equal
    /// but for [`Method::EntropyBalance`].
    pub control_weights: Vec<f64>,
}

/// Why a treated row has no control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unmatched {
    /// Nobody among the candidates agrees exactly.
    NoCandidateInStratum,
    /// Somebody agrees, nobody is near enough.
    NoneWithinCaliper,
    /// Everybody who would do was taken by others.
    NoneLeft,
}

/// The result. It depends on keys, strata, numbers, rule and seed, and not on the order of the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Matching {
    sets: Vec<MatchedSet>,
    unmatched: Vec<(u32, Unmatched)>,
    score: Option<PropensityModel>,
    balancing: Option<BalancingModel>,
    treated_by_key: Vec<u32>,
    candidates_by_key: Vec<u32>,
}

/// What each row counts for an effect on the treated (ATT).
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// 1 for each matched treated row, otherwise 0.
    pub treated: Vec<f64>,
    /// In each set those of the controls sum to the number of its treated; a candidate of several sets has the sum.
    pub candidates: Vec<f64>,
}

/// What a treated place found.
pub(crate) type Found = Result<Vec<u32>, Unmatched>;

/// Chooses controls for the treated among the candidates.
///
/// # Errors
/// When the groups or the rule do not go together, a distance needs columns that vary, the propensity separates the groups, or no
/// weights balance them.
pub fn match_controls(
    treated: &Covariates,
    candidates: &Covariates,
    rule: &Rule,
    seed: &Seed,
) -> Result<Matching, MatchingError> {
    let mut frame = Frame::new(treated, candidates, seed)?;
    rule.check(treated.columns())?;
    if let Method::Coarsened { cut_points } = &rule.method {
        coarsen(&mut frame, cut_points);
    }
    let mut score = None;
    let sets = match rule.controls {
        Controls::All => whole_strata(&frame),
        Controls::PerTreated(number) => {
            let found = find(&frame, &rule.method, number.get(), rule.replacement, seed, &mut score)?;
            (0..).zip(found).map(|(place, controls)| (vec![place], controls)).collect()
        }
    };
    let weighed = match rule.method {
        Method::EntropyBalance => entropy::weigh(&frame, &sets)?,
        _ => None,
    };
    let mut matching = Matching::by_row(sets, score, treated, candidates);
    if let Some(Weighed { weights, model }) = weighed {
        for (set, weights) in matching.sets.iter_mut().zip(weights) {
            set.control_weights = weights;
        }
        matching.balancing = Some(model);
    }
    Ok(matching)
}

fn find(
    frame: &Frame,
    method: &Method,
    per_treated: u32,
    replacement: Replacement,
    seed: &Seed,
    score: &mut Option<PropensityModel>,
) -> Result<Vec<Found>, MatchingError> {
    match method {
        Method::Stratified | Method::Coarsened { .. } => {
            Ok(stratified::draw_controls(frame, per_treated, replacement, seed))
        }
        Method::Propensity { caliper_sd } => {
            let (found, model) = propensity::find_controls(frame, *caliper_sd, per_treated, replacement)?;
            *score = Some(model);
            Ok(found)
        }
        Method::Mahalanobis { caliper } => mahalanobis::find_controls(frame, *caliper, per_treated, replacement),
        Method::EntropyBalance => Err(MatchingError::WeighsAll),
    }
}

/// Each stratum is a set, its members in the order of their keys.
fn whole_strata(frame: &Frame) -> Vec<(Vec<u32>, Found)> {
    let mut sets: Vec<(Vec<u32>, Found)> = frame
        .by_stratum()
        .into_iter()
        .map(|mut stratum| {
            stratum.treated.sort_unstable();
            stratum.candidates.sort_unstable();
            let is_empty = stratum.candidates.is_empty();
            (stratum.treated, if is_empty { Err(Unmatched::NoCandidateInStratum) } else { Ok(stratum.candidates) })
        })
        .collect();
    sets.sort_unstable_by_key(|(treated, _)| treated[0]);
    sets
}

impl Matching {
    /// Turns places, which are positions in the order of the keys, into rows.
    fn by_row(
        sets: Vec<(Vec<u32>, Found)>,
        score: Option<PropensityModel>,
        treated: &Covariates,
        candidates: &Covariates,
    ) -> Self {
        let rows =
            |places: &[u32], by_key: &[u32]| places.iter().map(|&place| by_key[place as usize]).collect::<Vec<_>>();
        let mut matching = Self {
            sets: Vec::with_capacity(sets.len()),
            unmatched: Vec::new(),
            score: score.map(|mut model| {
                model.treated_logits = at_rows(&model.treated_logits, treated.by_key());
                model.candidate_logits = at_rows(&model.candidate_logits, candidates.by_key());
                model
            }),
            balancing: None,
            treated_by_key: treated.by_key().to_vec(),
            candidates_by_key: candidates.by_key().to_vec(),
        };
        for (places, found) in sets {
            let treated = rows(&places, treated.by_key());
            match found {
                Ok(controls) => {
                    let controls = rows(&controls, candidates.by_key());
                    let control_weights = vec![treated.len() as f64 / controls.len() as f64; controls.len()];
                    matching.sets.push(MatchedSet { treated, controls, control_weights });
                }
                Err(reason) => matching.unmatched.extend(treated.into_iter().map(|row| (row, reason))),
            }
        }
        // Sets of many treated leave theirs set by set; what is told is by key.
        let mut place_of = vec![0_usize; matching.treated_by_key.len()];
        for (place, &row) in matching.treated_by_key.iter().enumerate() {
            place_of[row as usize] = place;
        }
        matching.unmatched.sort_unstable_by_key(|&(row, _)| place_of[row as usize]);
        matching
    }

    /// The sets, in the order of the keys of their first treated.
    pub fn sets(&self) -> &[MatchedSet] {
        &self.sets
    }

    /// Treated rows without a control, in the order of their keys, and why. Their number belongs beside every estimate: those
    /// who found somebody are another population.
    pub fn unmatched(&self) -> &[(u32, Unmatched)] {
        &self.unmatched
    }

    /// The score, where the rule has one.
    pub fn score(&self) -> Option<&PropensityModel> {
        self.score.as_ref()
    }

    /// What the weights follow, where the rule is [`Method::EntropyBalance`] and some treated share a stratum with candidates.
    pub fn balancing(&self) -> Option<&BalancingModel> {
        self.balancing.as_ref()
    }

    /// What each row counts.
    pub fn weights(&self) -> Weights {
        let mut weights = Weights {
            treated: vec![0.0; self.treated_by_key.len()],
            candidates: vec![0.0; self.candidates_by_key.len()],
        };
        for set in &self.sets {
            for &row in &set.treated {
                weights.treated[row as usize] = 1.0;
            }
            for (&row, weight) in set.controls.iter().zip(&set.control_weights) {
                weights.candidates[row as usize] += weight;
            }
        }
        weights
    }

    /// Treated rows in the order of their keys.
    pub(crate) fn treated_by_key(&self) -> &[u32] {
        &self.treated_by_key
    }

    /// Candidate rows in the order of their keys.
    pub(crate) fn candidates_by_key(&self) -> &[u32] {
        &self.candidates_by_key
    }
}

impl Weights {
    /// Treated of weight 1 that would say as much (Kish): as each counts 1, those who are matched. None if nobody is.
    pub fn effective_treated(&self) -> Option<f64> {
        effective(&self.treated)
    }

    /// Controls of weight 1 that would say as much: the square of the sum over the sum of squares (Kish). None without controls.
    pub fn effective_controls(&self) -> Option<f64> {
        effective(&self.candidates)
    }
}

fn effective(weights: &[f64]) -> Option<f64> {
    // In rising order, so that the sum does not depend on the order of the rows.
    let mut weights: Vec<f64> = weights.iter().copied().filter(|&weight| weight > 0.0).collect();
    weights.sort_unstable_by(f64::total_cmp);
    let (sum, squares) = weights.iter().fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    (squares > 0.0).then(|| sum * sum / squares)
}

fn at_rows(by_place: &[f64], by_key: &[u32]) -> Vec<f64> {
    let mut by_row = vec![0.0; by_place.len()];
    for (value, &row) in by_place.iter().zip(by_key) {
        by_row[row as usize] = *value;
    }
    by_row
}
