//! A comparison in plain words.
//!
//! In: the study's comparison. Out: a statement a line; those that belong to one before are indented.
//! Absent on purpose: labels of rows, which the list of tables has.

use counterfoil_model::{
    Code, Comparison, Controls, Eligible, MatchingMethod, MatchingTerms, Replacement, Subgroup, SubgroupKind, in_months,
};

pub(super) fn in_words(comparison: &Comparison) -> Vec<String> {
    let mut words = matching_in_words("Comparison", &comparison.matching);
    words.extend(comparison.eligible.iter().map(|of| format!("  only people whose {}", rule_in_words(of))));
    words.push(format!(
        "  intervals of 95 % take people of one {} as alike, and {} draws of whole groups stand beside them; the seed comes from the \
         log, after the data are fixed",
        comparison.cluster, comparison.draws
    ));
    if let Some(months) = comparison.placebo_months {
        words.push(format!("Check: the effect at a placebo date {} earlier, which should be none.", in_months(months)));
    }
    if let Some(months) = comparison.wash_in_months {
        words.push(format!("Check: the effect without the first {} after the start.", in_months(months)));
    }
    if let Some(permille) = comparison.winsorise_permille {
        let percent = format!("{}.{}", permille / 10, permille % 10);
        words.push(format!("Check: money with amounts above those of {percent} % of people cut down to them."));
    }
    for left_out in &comparison.left_out {
        words.push(format!("Check: the effect without {} ({} to {}).", left_out.label, left_out.from, left_out.to));
    }
    for alternative in &comparison.alternatives {
        words.extend(matching_in_words(&format!("Check, compared with {}", alternative.label), &alternative.matching));
    }
    words.push(
        "Checks by model: counts as negative binomial; money in two parts, people with any and amount of each."
            .to_owned(),
    );
    words.extend(comparison.subgroups.iter().map(subgroup_in_words));
    words
}

fn matching_in_words(what: &str, terms: &MatchingTerms) -> Vec<String> {
    let how = match terms.method {
        MatchingMethod::Stratified => "drawn at random among those who agree",
        MatchingMethod::Coarsened => "among those who agree in bands",
        MatchingMethod::Propensity => "nearest by the propensity to take part",
        MatchingMethod::Mahalanobis => "nearest by Mahalanobis distance",
        MatchingMethod::EntropyBalance => "weighed until their means are those of participants (entropy balancing)",
    };
    let number = match terms.controls {
        Controls::All => "all comparable people".to_owned(),
        Controls::PerParticipant(1) => "one comparable person".to_owned(),
        Controls::PerParticipant(number) => format!("up to {number} comparable people"),
    };
    let again = match terms.replacement {
        Replacement::Without => "nobody is compared twice",
        Replacement::With => "somebody may be compared with several participants",
    };
    let same = match list(&mut terms.exact.iter()) {
        nothing if nothing.is_empty() => String::new(),
        exact => format!(", with the same {exact}"),
    };
    let mut words =
        vec![format!("{what}: each participant gets {number}, {how}, of the same calendar month{same}; {again}.")];
    if !terms.covariates.is_empty() {
        words.push(format!("  close in {}", list(&mut terms.covariates.iter().map(|of| &of.variable))));
    }
    if let Some(trajectory) = &terms.trajectory {
        words.push(format!(
            "  close in what they used in the dip, in stretches of {}: {}",
            in_months(trajectory.stretch_months),
            list(&mut trajectory.measures.iter())
        ));
    }
    if let Some(caliper) = terms.caliper_permille {
        words.push(format!("  never further apart than {}.{:03} (caliper)", caliper / 1_000, caliper % 1_000));
    }
    words.extend(terms.others.iter().map(|of| format!("  compared are only people whose {}", rule_in_words(of))));
    words
}

fn rule_in_words(eligible: &Eligible) -> String {
    let bounds = match (eligible.min, eligible.max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => list(&mut eligible.codes.iter()),
    };
    format!("{} is {bounds}", eligible.variable)
}

fn subgroup_in_words(subgroup: &Subgroup) -> String {
    let kind = match subgroup.kind {
        SubgroupKind::AtStart => "as it was at the start",
        SubgroupKind::Dose => "a dose, which came about after the start",
    };
    format!("The effect by {} ({} of {}, {kind}).", subgroup.label, subgroup.variable, subgroup.dataset)
}

fn list(codes: &mut dyn Iterator<Item = &Code>) -> String {
    codes.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
