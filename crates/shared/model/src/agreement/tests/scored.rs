//! Instruments in terms, and scores of studies that must fit them.

use super::*;
use crate::Instrument;

/// Terms whose dataset has these measures.
fn with(measures: &str) -> String {
    terms().replace("people_max = 1000\n", &format!("people_max = 1000\nmeasures = [{measures}]\n"))
}

fn instruments(measures: &str) -> Vec<Option<Instrument>> {
    let agreement = Agreement::parse(&with(measures)).unwrap();
    agreement.datasets[0].measures.iter().map(|term| term.instrument).collect()
}

fn refused(measures: &str) -> String {
    Agreement::parse(&with(measures)).unwrap_err().to_string()
}

#[test]
fn a_measure_may_name_its_instrument() {
    let both = r#"{ code = "star", instrument = "well-being-star", min = 8, max = 40 }, { code = "points", min = -3, max = 3 }"#;
    assert_eq!(instruments(both), [Some(Instrument::WellBeingStar), None]);
    // Two concerns and wellbeing are three codes of one instrument.
    let one = |code: &str| format!(r#"{{ code = "{code}", instrument = "mycaw", min = 0, max = 6 }}"#);
    let three = [one("concern_1"), one("concern_2"), one("wellbeing")].join(", ");
    assert_eq!(instruments(&three), [Some(Instrument::Mycaw); 3]);
    let terms = Agreement::parse(&with(both)).unwrap().datasets.remove(0).measures;
    assert_eq!(terms[1].in_words(), "Points of no named instrument, -3 to 3.");
    assert_eq!(
        terms[0].in_words(),
        "Well-being Star, 8 to 40, more points are better: the total of 8 areas of 1 to 5."
    );
}

#[test]
fn a_range_that_is_not_the_instruments_is_refused_with_the_right_one() {
    for (instrument, min, max, said) in [
        ("well-being-star", 0, 40, "measure m: a score of Well-being Star has min = 8, max = 40"),
        ("well-being-star", 8, 39, "min = 8, max = 40"),
        ("well-being-star", 1, 5, "min = 8, max = 40"),
        ("well-being-star-area", 8, 40, "min = 1, max = 5"),
        ("wemwbs", 7, 35, "min = 14, max = 70"),
        ("swemwbs", 14, 70, "min = 7, max = 35"),
        ("swemwbs", 0, 28, "min = 7, max = 35"),
        // A sum of the four questions, and their mean in hundredths.
        ("ons4-life-satisfaction", 0, 40, "min = 0, max = 10"),
        ("ons4-worthwhile", 0, 1000, "min = 0, max = 10"),
        ("ons4-happiness", 1, 10, "min = 0, max = 10"),
        // Already turned round, or the variant with four options.
        ("ons4-anxiety", -10, 0, "min = 0, max = 10"),
        ("ons4-anxiety", 1, 4, "min = 0, max = 10"),
        ("pam", 1, 4, "min = 0, max = 100"),
        ("pam", 13, 52, "min = 0, max = 100"),
        ("mycaw", 0, 18, "min = 0, max = 6"),
        ("mycaw", 6, 0, "min not above max"),
    ] {
        let error = refused(&format!(r#"{{ code = "m", instrument = "{instrument}", min = {min}, max = {max} }}"#));
        assert!(error.contains(said), "{instrument} {min} {max}: {error}");
    }
}

#[test]
fn a_total_of_the_four_questions_has_no_name() {
    for name in ["ons4", "ons4-total", "eq-5d-5l"] {
        let error = refused(&format!(r#"{{ code = "m", instrument = "{name}", min = 0, max = 40 }}"#));
        assert!(error.contains("unknown variant") && error.contains("ons4-anxiety"), "{error}");
    }
}

/// Checks a study with one score against terms with one measure.
fn checked(measure: &str, score: &str) -> Result<(), String> {
    let study = format!(
        r#"
format = "counterfoil-study-2"
id = "use"
title = "Use"
cohort = "nhs-usage"
usage = "nhs-usage"
index_date = "start"
look_back_months = 1
dip_months = 0
follow_up_months = 1
lag_days = 0
[[score]]
id = "felt"
label = "How they felt"
measure = "m"
at_months = [12]
window_days = 30
{score}
"#
    );
    let zero = format!("id = \"use\"\ndigest = \"{}\"", "0".repeat(64));
    let digest = format!("id = \"use\"\ndigest = \"{}\"", Digest::of(study.as_bytes()));
    let terms = with(&format!("{{ code = \"m\", {measure} }}")).replace(&zero, &digest);
    let study = Study::parse(&study).map_err(|error| error.to_string())?;
    Agreement::parse(&terms).unwrap().check_study(&study).map_err(|error| error.to_string())
}

const STAR: &str = r#"instrument = "well-being-star", min = 8, max = 40"#;
const ANXIETY: &str = r#"instrument = "ons4-anxiety", min = 0, max = 10"#;
const SWEMWBS: &str = r#"instrument = "swemwbs", min = 7, max = 35"#;
const OWN: &str = "min = -5, max = 5";

#[test]
fn a_score_that_fits_its_instrument_stands() {
    for (measure, score) in [
        (STAR, "improvement_min = 1"),
        (STAR, "better = \"higher\"\nimprovement_min = 32\nthreshold = { at_least = 40 }"),
        (STAR, "improvement_min = 1\nthreshold = { at_most = 8 }"),
        (ANXIETY, "better = \"lower\"\nimprovement_min = 10\nthreshold = { at_most = 1 }"),
        (SWEMWBS, "improvement_min = 28\nthreshold = { at_least = 20 }"),
        // Without an instrument either way is the parties' to say.
        (OWN, "better = \"lower\"\nimprovement_min = 10\nthreshold = { at_most = -5 }"),
        (OWN, "better = \"higher\"\nimprovement_min = 1\nthreshold = { at_least = 5 }"),
    ] {
        assert_eq!(checked(measure, score), Ok(()), "{measure} {score}");
    }
}

#[test]
fn a_score_that_does_not_fit_its_instrument_is_refused() {
    for (measure, score, said) in [
        (ANXIETY, "improvement_min = 1", "score felt: of ONS4, anxiety, lower is better: write better = \"lower\""),
        (ANXIETY, "better = \"higher\"\nimprovement_min = 1", "write better = \"lower\""),
        (STAR, "better = \"lower\"\nimprovement_min = 1", "write better = \"higher\""),
        (SWEMWBS, "better = \"lower\"\nimprovement_min = 1", "write better = \"higher\""),
        (STAR, "improvement_min = 0", "improvement_min is at least 1"),
        (STAR, "improvement_min = 33", "nobody can improve by 33 points between 8 and 40"),
        (ANXIETY, "better = \"lower\"\nimprovement_min = 11", "nobody can improve by 11 points"),
        (OWN, "improvement_min = 11", "nobody can improve by 11 points between -5 and 5"),
        (OWN, "improvement_min = 4294967295", "nobody can improve"),
        ("min = -2147483648, max = 2147483646", "improvement_min = 4294967295", "nobody can improve"),
        (STAR, "improvement_min = 1\nthreshold = { at_least = 41 }", "one side of the threshold"),
        (STAR, "improvement_min = 1\nthreshold = { at_least = 8 }", "one side of the threshold"),
        (STAR, "improvement_min = 1\nthreshold = { at_most = 7 }", "one side of the threshold"),
        (STAR, "improvement_min = 1\nthreshold = { at_most = 40 }", "one side of the threshold"),
        (OWN, "improvement_min = 1\nthreshold = { at_most = 5 }", "every score of m from -5 to 5"),
    ] {
        let error = checked(measure, score).expect_err(score);
        assert!(error.contains(said), "{error}");
    }
}
