//! What makes a comparison stand by itself, before anybody's data is there.
//!
//! In: the comparison of a study, with its alternatives, times left out and subgroups. Out: nothing, or the place that cannot stand.
//! Absent on purpose: whether its variables are shared, which the agreement says.

use std::collections::BTreeSet;

use super::check::is_plain_text;
use super::{Comparison, Controls, MatchingMethod, MatchingTerms, Replacement, Study, StudyError, refuse};
use crate::code::Code;

const CONTROLS_MAX: u32 = 20;
const DRAWS_MIN: u32 = 2_000;
const DRAWS_MAX: u32 = 20_000;
/// Each is another matching of everybody.
const ALTERNATIVES_MAX: usize = 7;
const LEFT_OUT_MAX: usize = 4;
/// A label beside a measure's makes a row heading.
const ROW_LABEL_BYTES_MAX: usize = 40;

impl Study {
    pub(super) fn check_comparison(&self, comparison: &Comparison) -> Result<(), StudyError> {
        let place = "comparison";
        if self.measures.is_empty() {
            return refuse(place, "needs at least one measure to compare");
        }
        self.check_matching(place, &comparison.matching)?;
        for alternative in &comparison.alternatives {
            self.check_matching("comparison.alternative", &alternative.matching)?;
        }
        if comparison.eligible.iter().any(|of| !of.is_one_rule()) {
            return refuse("comparison.eligible", "has codes, or min or max");
        }
        if !(DRAWS_MIN..=DRAWS_MAX).contains(&comparison.draws) {
            return refuse(place, "draws is 2,000 to 20,000");
        }
        let baseline = self.dip_months + 1..self.look_back_months;
        if comparison.placebo_months.is_some_and(|months| !baseline.contains(&months)) {
            return refuse(place, "placebo_months lies between the dip and the start of the look-back");
        }
        if comparison.winsorise_permille.is_some_and(|permille| !(900..1_000).contains(&permille)) {
            return refuse(place, "winsorise_permille is 900 to 999");
        }
        if comparison.wash_in_months.is_some_and(|months| !(1..self.follow_up_months).contains(&months)) {
            return refuse(place, "wash_in_months is at least 1 and less than follow_up_months");
        }
        check_beside(comparison)
    }

    fn check_matching(&self, place: &str, terms: &MatchingTerms) -> Result<(), StudyError> {
        let by_distance = matches!(terms.method, MatchingMethod::Propensity | MatchingMethod::Mahalanobis);
        let weighs = terms.method == MatchingMethod::EntropyBalance;
        match terms.controls {
            Controls::PerParticipant(number) if (1..=CONTROLS_MAX).contains(&number) && !weighs => {}
            Controls::All if !by_distance => {}
            _ => {
                return refuse(
                    place,
                    "controls is 1 to 20, or \"all\" for a stratified or a coarsened matching; for entropy balancing it is \"all\"",
                );
            }
        }
        let close = terms.covariates.len() + terms.trajectory.as_ref().map_or(0, |of| of.measures.len());
        if (by_distance || weighs) && close == 0 {
            return refuse(place, "this method needs a covariate or a trajectory");
        }
        if terms.method == MatchingMethod::Stratified && close > 0 {
            return refuse(place, "a stratified matching has no covariate and no trajectory: name variables in exact");
        }
        if by_distance != terms.caliper_permille.is_some_and(|caliper| (1..=5_000).contains(&caliper)) {
            return refuse(
                place,
                "caliper_permille is 1 to 5,000 for a matching by distance, and not there for another",
            );
        }
        let coarsened = terms.method == MatchingMethod::Coarsened;
        for covariate in &terms.covariates {
            let cuts = &covariate.cut_points;
            if coarsened == cuts.is_empty() || !ascends(cuts) {
                return refuse("comparison.covariate", "cut_points ascend, for a coarsened matching and for no other");
            }
        }
        if coarsened && terms.trajectory.is_some() {
            return refuse(place, "a coarsened matching has no trajectory: choose another method for it");
        }
        let named = terms.exact.iter().chain(terms.covariates.iter().map(|covariate| &covariate.variable));
        if !distinct(named) {
            return refuse(place, "exact and covariate name each variable once");
        }
        if (terms.controls, terms.replacement) == (Controls::All, Replacement::With) {
            return refuse(place, "controls = \"all\" has nothing to replace: write replacement = \"without\"");
        }
        if terms.others.iter().any(|of| !of.is_one_rule()) {
            return refuse("comparison.others", "has codes, or min or max");
        }
        self.check_trajectory(terms)
    }

    fn check_trajectory(&self, terms: &MatchingTerms) -> Result<(), StudyError> {
        let Some(trajectory) = &terms.trajectory else { return Ok(()) };
        let stretch = trajectory.stretch_months;
        if self.dip_months == 0 || stretch == 0 || !self.dip_months.is_multiple_of(stretch) {
            return refuse(
                "comparison.trajectory",
                "is of the dip: dip_months is more than 0, and stretch_months divides it. What is matched on cannot also be \
                 what the change is measured from",
            );
        }
        if stretch != self.stretch_months() {
            return refuse("comparison.trajectory", "stretch_months is the same in every trajectory of a study");
        }
        let known = |id: &Code| self.measures.iter().any(|measure| measure.id == *id);
        if trajectory.measures.is_empty() || !trajectory.measures.iter().all(known) {
            return refuse("comparison.trajectory", "measures names measures of the study");
        }
        Ok(())
    }
}

/// What stands beside the planned result.
fn check_beside(comparison: &Comparison) -> Result<(), StudyError> {
    let alternatives = comparison.alternatives.iter().map(|of| &of.label);
    let labels = || alternatives.clone().chain(comparison.left_out.iter().map(|of| &of.label));
    if !distinct(labels()) || labels().any(|label| label.len() > ROW_LABEL_BYTES_MAX || !is_plain_text(label)) {
        return refuse(
            "comparison.alternative, comparison.left_out",
            "have labels of 1 to 40 bytes, each once, which begin with none of = + - @ and have no control character",
        );
    }
    if comparison.alternatives.len() > ALTERNATIVES_MAX || comparison.left_out.len() > LEFT_OUT_MAX {
        return refuse("comparison", "has at most 7 alternatives and 4 times that are left out");
    }
    if comparison.left_out.iter().any(|of| of.from > of.to) {
        return refuse("comparison.left_out", "from is not after to");
    }
    if comparison.subgroups.iter().any(|of| !ascends(&of.cut_points)) {
        return refuse("comparison.subgroup", "cut_points ascend");
    }
    Ok(())
}

impl super::Eligible {
    fn is_one_rule(&self) -> bool {
        (self.min.is_some() || self.max.is_some()) == self.codes.is_empty()
    }
}

fn ascends(cuts: &[i32]) -> bool {
    cuts.is_sorted_by(|lower, higher| lower < higher)
}

fn distinct<'a, T: Ord + 'a>(items: impl Iterator<Item = &'a T>) -> bool {
    let mut seen = BTreeSet::new();
    items.into_iter().all(|item| seen.insert(item))
}
