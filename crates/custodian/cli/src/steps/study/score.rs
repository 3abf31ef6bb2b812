//! A study's score in plain words.
//!
//! In: a score and the agreement's measure that it reads. Out: a statement that names the instrument, its range and direction, and how its
//! scores are transformed.
//! Absent on purpose: what the measure's dataset is called; that is said of the study.

use counterfoil_model::{Agreement, MeasureTerm, Score, Study, Threshold, in_months};

pub(super) fn in_words(agreement: &Agreement, study: &Study, score: &Score) -> String {
    let at: Vec<_> = score.at_months.iter().map(|months| in_months(*months)).collect();
    let threshold = match score.threshold {
        None => String::new(),
        Some(Threshold::AtLeast(points)) => format!("; whether it is at least {points}"),
        Some(Threshold::AtMost(points)) => format!("; whether it is at most {points}"),
    };
    let measures = agreement.dataset(&study.cohort).map(|cohort| cohort.measures.as_slice()).unwrap_or_default();
    let term = measures.iter().find(|term| term.code == score.measure);
    format!(
        "Score {} after {}: improved is {}{threshold}. {}",
        score.label,
        at.join(" and "),
        score.improvement_in_words(),
        term.map_or_else(|| format!("No such measure: {}.", score.measure), MeasureTerm::in_words)
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn terms() -> Agreement {
        let zero = "0".repeat(64);
        let terms = format!(
            r#"
format = "counterfoil-agreement-1"
id = "test"
version = 1
title = "A test"
purposes = ["service-evaluation"]
starts_on = 2026-01-01
ends_on = 2026-12-31
linkage = {{ schema_digest = "{zero}", key_epoch = 1, unhardened_clk = "refused" }}
disclosure = {{ suppress_below = 8, rounding_base = 5, releases_max = 4 }}
party = [{{ id = "icb", name = "The ICB", roles = ["custodian"] }}, {{ id = "unit", name = "The unit", roles = ["linkage-unit"] }}]
[[dataset]]
id = "programme"
custodian = "icb"
people_max = 9
measures = [
    {{ code = "short", instrument = "swemwbs", min = 7, max = 35 }},
    {{ code = "anxiety", instrument = "ons4-anxiety", min = 0, max = 10 }},
    {{ code = "own", min = 0, max = 40 }},
]
"#
        );
        Agreement::parse(&terms).unwrap()
    }

    fn said(measure: &str, more: &str) -> String {
        let study = format!(
            r#"
format = "counterfoil-study-2"
id = "use"
title = "Use"
cohort = "programme"
usage = "programme"
index_date = "start"
look_back_months = 1
dip_months = 0
follow_up_months = 1
lag_days = 0
[[score]]
id = "felt"
label = "How they felt"
measure = "{measure}"
at_months = [6, 12]
window_days = 30
{more}
"#
        );
        let study = Study::parse(&study).unwrap();
        in_words(&terms(), &study, &study.scores[0])
    }

    #[test]
    fn the_instrument_is_named_with_range_direction_and_table() {
        assert_eq!(
            said("short", "improvement_min = 2\nthreshold = { at_least = 20 }"),
            "Score How they felt after 6 months and 12 months: improved is at least 2 points above the score at the start; whether it is at \
             least 20. Short Warwick-Edinburgh Mental Wellbeing Scale (SWEMWBS), 7 to 35, more points are better: the sum of 7 items of 1 to \
             5. Each sum is turned into points of the metric scale, from 7.00 to 35.00, by the Rasch table of Stewart-Brown et al. 2009, \
             before anything is reckoned."
        );
        assert_eq!(
            said("anxiety", "better = \"lower\"\nimprovement_min = 1"),
            "Score How they felt after 6 months and 12 months: improved is at least 1 point below the score at the start. ONS4, anxiety, 0 \
             to 10, fewer points are better: one of four questions, which are never added up."
        );
    }

    #[test]
    fn what_has_no_instrument_is_said_to_have_none() {
        let own = said("own", "better = \"lower\"\nimprovement_min = 1\nthreshold = { at_most = 16 }");
        assert!(own.ends_with("whether it is at most 16. Points of no named instrument, 0 to 40."), "{own}");
        assert!(said("nothing", "improvement_min = 1").ends_with("No such measure: nothing."));
    }
}
