//! What a study's file says of people, codes and windows, as lists for the checklist.
//!
//! In: the study that was released. Out: lists with names. Absent on purpose: what comes out, and the clinical codes behind an extract's
//! event codes, which its custodian has.

use counterfoil_model::{
    Again, Alternative, Attainment, Code, Comparison, Eligible, MatchingMethod, MatchingTerms, Measure, MeasureRole,
    Score, Study, Subgroup, SubgroupKind, TotalUnit, Uptake, in_months,
};

/// A name, and what is listed under it.
pub(super) type List = (String, Vec<String>);

/// How people were selected (RECORD 6.1).
pub(super) fn people(study: &Study) -> Vec<List> {
    let (cohort, usage, index_date) = (&study.cohort, &study.usage, &study.index_date);
    let mut counted = vec![
        format!(
            "linked with {usage}, and with a {index_date}, which is day 0; somebody there several times counts once"
        ),
        format!(
            "{} before day 0 and {} from it on lie inside the days for which {usage} is complete, less {} days by which records come \
             late",
            in_months(study.look_back_months),
            in_months(study.follow_up_months),
            study.lag_days
        ),
    ];
    counted.extend(study.observed_from.iter().map(|from| format!("under observation on day 0, from {from} on")));
    if let Some(completers) = &study.completers {
        let (variable, codes) = (&completers.variable, list(&completers.codes, " or "));
        counted.push(format!("completed: {variable} is {codes} ({})", completers.definition));
    }
    let mut lists = vec![(format!("People of {cohort}"), counted)];
    if !study.censoring.is_empty() {
        let ends = study.censoring.iter().map(|of| format!("{}: {}", of.reason.label(), of.variable));
        lists.push(("Observation ends early, of participants and comparison alike".to_owned(), ends.collect()));
    }
    if let Some(comparison) = &study.comparison {
        lists.extend(eligible(comparison, usage.as_str()));
    }
    lists
}

fn eligible(comparison: &Comparison, usage: &str) -> Vec<List> {
    let alternatives = comparison.alternatives.iter().map(|of| (of.label.as_str(), &of.matching.others));
    let of_others = std::iter::once(("", &comparison.matching.others)).chain(alternatives);
    let both = (format!("Compared, by {usage}"), comparison.eligible.iter().map(rule).collect::<Vec<_>>());
    let others = of_others.map(|(label, others)| {
        let beside = if label.is_empty() { String::new() } else { format!(", where compared with {label}") };
        (format!("Of the others only{beside}"), others.iter().map(rule).collect())
    });
    std::iter::once(both).chain(others).filter(|(_, rules)| !rules.is_empty()).collect()
}

/// Codes of outcomes and confounders, and windows (RECORD 7.1).
pub(super) fn codes(study: &Study) -> Vec<List> {
    let mut lists = vec![("Windows".to_owned(), windows(study))];
    let outcomes = study.measures.iter().map(measure);
    let outcomes = outcomes.chain(study.scores.iter().map(score)).chain(study.attainments.iter().map(attainment));
    let outcomes = outcomes.chain(study.uptakes.iter().map(uptake)).chain(study.again.iter().map(again));
    lists.push((
        format!("Outcomes: events of {}, scores and codes of {}", study.usage, study.cohort),
        outcomes.collect(),
    ));
    if let Some(comparison) = &study.comparison {
        lists.push(("Confounders".to_owned(), confounders(&comparison.matching)));
        let of_alternative =
            |of: &Alternative| (format!("Confounders, where compared with {}", of.label), confounders(&of.matching));
        lists.extend(comparison.alternatives.iter().map(of_alternative));
        if !comparison.subgroups.is_empty() {
            lists.push(("Groups".to_owned(), comparison.subgroups.iter().map(subgroup).collect()));
        }
    }
    lists.retain(|(_, listed)| !listed.is_empty());
    lists
}

fn windows(study: &Study) -> Vec<String> {
    let dip = match study.dip_months {
        0 => String::new(),
        months => format!(" without the last {} (the dip)", in_months(months)),
    };
    let mut windows = vec![
        format!("before: the {} that end with the day before day 0{dip}", in_months(study.look_back_months)),
        format!("after: the {} from day 0 on", in_months(study.follow_up_months)),
    ];
    let left_out = study.comparison.iter().flat_map(|comparison| &comparison.left_out);
    windows.extend(
        left_out.map(|of| format!("left out beside the planned result, {}: {} to {}", of.label, of.from, of.to)),
    );
    windows
}

fn measure(measure: &Measure) -> String {
    let what = match &measure.total {
        None => "number of".to_owned(),
        Some(total) => match (total.unit, &total.tariff) {
            (TotalUnit::Days, _) => format!("{} (days) of", total.variable),
            (TotalUnit::Pence, None) => format!("{} (pence) of", total.variable),
            (TotalUnit::Pence, Some(tariff)) => format!("{} (pence at {tariff}) of", total.variable),
        },
    };
    let only =
        measure.only.iter().map(|only| format!(", only where {} is {}", only.variable, list(&only.codes, " or ")));
    let from = measure.recorded_from.iter().map(|from| format!(", recorded from {from} on"));
    let control = (measure.role == MeasureRole::NegativeControl).then(|| " (negative control)".to_owned());
    let conditions: String = only.chain(from).chain(control).collect();
    format!("{}: {what} {}{conditions}", measure.label, list(&measure.events, ", "))
}

fn score(score: &Score) -> String {
    let at: Vec<String> = score.at_months.iter().map(|months| in_months(*months)).collect();
    format!(
        "{}: score {} at the start and {} later, the nearest within {} days; improved: {}",
        score.label,
        score.measure,
        at.join(" and "),
        score.window_days,
        score.improvement_in_words()
    )
}

fn attainment(of: &Attainment) -> String {
    format!("{}: {} is {}", of.label, of.variable, list(&of.codes, " or "))
}

fn uptake(of: &Uptake) -> String {
    format!(
        "{}: {} within {} to the end of each year, {} to {}",
        of.label,
        list(&of.events, ", "),
        in_months(of.within_months),
        of.from_year,
        of.to_year
    )
}

fn again(of: &Again) -> String {
    format!("{}: {}, again within {}", of.label, list(&of.events, ", "), in_months(of.within_months))
}

fn confounders(terms: &MatchingTerms) -> Vec<String> {
    let how = match terms.method {
        MatchingMethod::Stratified | MatchingMethod::Coarsened => "",
        MatchingMethod::Propensity => " (propensity)",
        MatchingMethod::Mahalanobis => " (Mahalanobis distance)",
        MatchingMethod::EntropyBalance => " (entropy balancing)",
    };
    let mut listed = vec!["the calendar month of day 0, exactly".to_owned()];
    listed.extend(terms.exact.iter().map(|of| format!("{of}, exactly")));
    for covariate in &terms.covariates {
        let cuts: Vec<String> = covariate.cut_points.iter().map(ToString::to_string).collect();
        let bands = if cuts.is_empty() { String::new() } else { format!(", in bands from {} on", cuts.join(", ")) };
        listed.push(format!("{}, closely{how}{bands}", covariate.variable));
    }
    if let Some(trajectory) = &terms.trajectory {
        let stretch = in_months(trajectory.stretch_months);
        listed.push(format!(
            "use in the dip in stretches of {stretch}, closely{how}: {}",
            list(&trajectory.measures, ", ")
        ));
    }
    listed
}

fn subgroup(of: &Subgroup) -> String {
    let cuts: Vec<String> = of.cut_points.iter().map(ToString::to_string).collect();
    let bands = if cuts.is_empty() { String::new() } else { format!(", in bands from {} on", cuts.join(", ")) };
    let dose = if of.kind == SubgroupKind::Dose { " (a dose)" } else { "" };
    format!("{}: {} of {}{bands}{dose}", of.label, of.variable, of.dataset)
}

/// `birth_year is 1948 to 2004`
fn rule(of: &Eligible) -> String {
    let bounds = match (of.min, of.max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => list(&of.codes, " or "),
    };
    format!("{} is {bounds}", of.variable)
}

fn list(codes: &[Code], between: &str) -> String {
    codes.iter().map(Code::as_str).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::super::tables::tests::{COMPARISON, study};
    use super::*;

    fn lines(lists: &[List]) -> String {
        let list = |(name, listed): &List| format!("{name}:\n- {}\n", listed.join("\n- "));
        lists.iter().map(list).collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_study_without_a_comparison_has_people_windows_and_outcomes() {
        let study = study("");
        assert_eq!(
            lines(&people(&study)),
            "People of programme:\n\
             - linked with records, and with a start_date, which is day 0; somebody there several times counts once\n\
             - 24 months before day 0 and 24 months from it on lie inside the days for which records is complete, less 0 days by which \
             records come late\n"
        );
        assert_eq!(
            lines(&codes(&study)),
            "Windows:\n\
             - before: the 24 months that end with the day before day 0 without the last 3 months (the dip)\n\
             - after: the 24 months from day 0 on\n\
             Outcomes: events of records, scores and codes of programme:\n\
             - A&E: number of ae\n\
             - Falls: number of fall\n\
             - Cost: pence (pence at t) of ae\n"
        );
    }

    #[test]
    fn everything_by_which_people_are_chosen_and_compared_is_listed() {
        let more = r#"
observed_from = "registered"
completers = { variable = "ending", codes = ["done", "over"], definition = "stayed" }
censoring = [{ reason = "died", variable = "died_on" }]
score = [{ id = "star", label = "Star", measure = "star", at_months = [6, 12], window_days = 30, better = "lower", improvement_min = 2 }]
attainment = [{ id = "home", label = "Home", variable = "home", codes = ["kept"] }]
uptake = [{ id = "checks", label = "Checks", events = ["check"], from_year = 2023, to_year = 2024, within_months = 12 }]
again = [{ id = "back", label = "Back", events = ["ae"], within_months = 1 }]
"#;
        let beside = r#"
eligible = [{ variable = "age", min = 18, max = 75 }, { variable = "ill", min = 1 }, { variable = "poor", max = 5 }]
others = [{ variable = "practice", codes = ["p1", "p2"] }]
left_out = [{ label = "the lockdown", from = 2020-03-01, to = 2021-03-31 }]

[[comparison.alternative]]
label = "the nearest"
method = "mahalanobis"
controls = 1
replacement = "without"
caliper_permille = 200
exact = ["sex", "decile"]
covariate = [{ variable = "age" }]
trajectory = { measures = ["ae", "falls"], stretch_months = 3 }

[[comparison.alternative]]
label = "bands"
method = "coarsened"
controls = "all"
replacement = "without"
exact = ["sex"]
covariate = [{ variable = "age", cut_points = [30, 60] }]
others = [{ variable = "area", codes = ["east"] }]

[[comparison.subgroup]]
id = "by_age"
label = "age"
dataset = "records"
variable = "age"
cut_points = [30, 60]

[[comparison.subgroup]]
id = "by_visits"
label = "visits"
dataset = "programme"
variable = "visits"
kind = "dose"
"#;
        let study = study(&format!("{more}{COMPARISON}{beside}"));
        let (people, codes) = (lines(&people(&study)), lines(&codes(&study)));
        for said in [
            "- under observation on day 0, from registered on\n- completed: ending is done or over (stayed)\n",
            "Observation ends early, of participants and comparison alike:\n- Died: died_on\n",
            "Compared, by records:\n- age is 18 to 75\n- ill is at least 1\n- poor is at most 5\n",
            "Of the others only:\n- practice is p1 or p2\n",
            "Of the others only, where compared with bands:\n- area is east\n",
        ] {
            assert!(people.contains(said), "{said}\n{people}");
        }
        assert!(!people.contains("compared with the nearest"), "it has no such rule");
        for said in [
            "- left out beside the planned result, the lockdown: 2020-03-01 to 2021-03-31\n",
            "- Star: score star at the start and 6 months and 12 months later, the nearest within 30 days; improved: at least 2 points below \
             the score at the start\n- Home: home is kept\n- Checks: check within 12 months to the end of each year, 2023 to 2024\n\
             - Back: ae, again within 1 month\n",
            "\nConfounders:\n- the calendar month of day 0, exactly\n- sex, exactly\nConfounders, where",
            "where compared with the nearest:\n- the calendar month of day 0, exactly\n- sex, exactly\n- decile, exactly\n\
             - age, closely (Mahalanobis distance)\n- use in the dip in stretches of 3 months, closely (Mahalanobis distance): ae, falls\n",
            "where compared with bands:\n- the calendar month of day 0, exactly\n- sex, exactly\n- age, closely, in bands from 30, 60 on\n",
            "Groups:\n- age: age of records, in bands from 30, 60 on\n- visits: visits of programme (a dose)\n",
        ] {
            assert!(codes.contains(said), "{said}\n{codes}");
        }
    }

    #[test]
    fn conditions_on_events_stand_beside_them() {
        let measure = |more: &str| {
            let head = "format = \"counterfoil-study-2\"\nid = \"use\"\ntitle = \"Use\"\ncohort = \"programme\"\nusage = \"records\"\n\
                        index_date = \"start_date\"\nlook_back_months = 12\ndip_months = 0\nfollow_up_months = 12\nlag_days = 0\n";
            let of = "[[measure]]\nid = \"gp\"\nlabel = \"GP\"\nevents = [\"gp\", \"nurse\"]\n";
            let study = Study::parse(&format!("{head}{of}{more}")).unwrap();
            assert!(lines(&codes(&study)).contains("before day 0\n"), "there is no dip");
            super::measure(&study.measures[0])
        };
        assert_eq!(measure(""), "GP: number of gp, nurse");
        assert_eq!(
            measure(
                "only = [{ variable = \"attended\", codes = [\"yes\", \"late\"] }]\nrecorded_from = \"since\"\nrole = \"negative-control\"\n"
            ),
            "GP: number of gp, nurse, only where attended is yes or late, recorded from since on (negative control)"
        );
        assert_eq!(measure("total = { variable = \"beds\", unit = \"days\" }\n"), "GP: beds (days) of gp, nurse");
    }
}
