use super::*;

const STUDY: &str = r#"
format = "counterfoil-study-2"
id = "use"
title = "Use of hospital"
cohort = "programme"
usage = "nhs-usage"
index_date = "start_date"
look_back_months = 24
dip_months = 0
follow_up_months = 24
lag_days = 0
measure = [{ id = "ae", label = "A&E", events = ["ae_attendance"] }]
"#;

#[test]
fn a_study_is_read_and_its_digest_is_of_its_bytes() {
    let study = Study::parse(STUDY).expect("valid");
    assert_eq!(study.measures.len(), 1);
    assert_eq!(study.digest, StudyDigest(Digest::of(STUDY.as_bytes())));
}

#[test]
fn what_cannot_stand_is_refused() {
    for (from, to, said) in [
        ("study-2\"", "study-1\"", "format"),
        ("look_back_months = 24", "look_back_months = 0", "1 to 240"),
        ("lag_days = 0\n", "", "missing field"),
        ("follow_up_months = 24", "follow_up_months = 241", "1 to 240"),
        ("[\"ae_attendance\"]", "[]", "at least one code"),
        ("measure = [", "nothing = [", "unknown field"),
        ("[{ id = \"ae\", label = \"A&E\", events = [\"ae_attendance\"] }]", "[]", "1 to 64"),
        ("id = \"use\"", "id = \"Use\"", "lower-case"),
        ("label = \"A&E\"", "label = \"\"", "1 to 150 bytes"),
        ("label = \"A&E\"", "label = \"=A&E\"", "begin with none of"),
        ("label = \"A&E\"", "label = \"+A&E\"", "begin with none of"),
        ("label = \"A&E\"", "label = \"-A&E\"", "begin with none of"),
        ("title = \"Use of hospital\"", "title = \"@hospital\"", "begin with none of"),
        ("label = \"A&E\"", "label = \"A\\nE\"", "no control character"),
        ("label = \"A&E\"", "label = \"A\\u202eE\"", "no control character"),
        ("label = \"A&E\"", "label = \"A\\u2067E\"", "no control character"),
        ("}]", "}, { id = \"again\", label = \"A&E\", events = [\"ae_arrival\"] }]", "each label once"),
    ] {
        let changed = STUDY.replacen(from, to, 1);
        assert_ne!(changed, STUDY, "{from}");
        let error = Study::parse(&changed).expect_err(to).to_string();
        assert!(error.contains(said), "{error}");
    }
}

/// A study with all that a comparison can have.
const COMPARED: &str = r#"
format = "counterfoil-study-2"
id = "outcomes"
title = "Outcomes"
cohort = "programme"
usage = "nhs-usage"
index_date = "start_date"
look_back_months = 24
dip_months = 3
follow_up_months = 24
lag_days = 60
observed_from = "registration_start"
completers = { variable = "outcome", codes = ["completed"], definition = "the plan was carried out" }
censoring = [{ reason = "died", variable = "died_on" }, { reason = "moved_out", variable = "moved_out_on" }]

[[measure]]
id = "ae"
label = "A&E"
events = ["ae_attendance"]

[[measure]]
id = "cost"
label = "Hospital cost"
events = ["emergency_admission"]
only = [{ variable = "admission_method", codes = ["21"] }]
total = { variable = "cost_pence", unit = "pence", tariff = "nhsps-2024-25" }
recorded_from = "practice_since"
role = "negative-control"

[[breakdown]]
id = "deprivation"
label = "Deprivation"
dataset = "nhs-usage"
variable = "imd_decile"

[comparison]
method = "propensity"
controls = 3
replacement = "without"
caliper_permille = 200
exact = ["recorded_sex"]
covariate = [{ variable = "birth_year" }]
trajectory = { measures = ["ae"], stretch_months = 3 }
eligible = [{ variable = "conditions", min = 1 }]
cluster = "practice"
draws = 2000
placebo_months = 12
winsorise_permille = 990
"#;

#[test]
fn a_study_with_a_comparison_is_read() {
    let study = Study::parse(COMPARED).expect("valid");
    let comparison = study.comparison.as_ref().expect("it has one");
    let planned = &comparison.matching;
    assert_eq!((planned.method, planned.controls), (MatchingMethod::Propensity, Controls::PerParticipant(3)));
    assert_eq!(study.measures_of(true).map(|measure| measure.id.as_str()).collect::<Vec<_>>(), ["cost"]);
    assert_eq!(study.measures[1].role, MeasureRole::NegativeControl);
    let all = COMPARED.replace("\"propensity\"", "\"stratified\"").replace("controls = 3", "controls = \"all\"");
    let all = all.replace("caliper_permille = 200\n", "").replace("covariate = [{ variable = \"birth_year\" }]\n", "");
    let all = all.replace("trajectory = { measures = [\"ae\"], stretch_months = 3 }\n", "");
    assert_eq!(Study::parse(&all).expect("valid").comparison.map(|of| of.matching.controls), Some(Controls::All));
}

#[test]
fn the_course_has_the_dip_apart() {
    let stretches = |text: &str| Study::parse(text).expect("valid").stretches();
    let quarters: Vec<(i64, i64)> = (-8..8).map(|quarter| (3 * quarter, 3 * quarter + 3)).collect();
    assert_eq!(stretches(COMPARED), quarters);
    assert_eq!(Study::parse(COMPARED).expect("valid").dip_stretches(), [(-3, 0)]);
    // A year of dip, in stretches of 4 months; before it 12 months, after it 24.
    let year =
        COMPARED.replace("dip_months = 3", "dip_months = 12").replace("stretch_months = 3", "stretch_months = 4");
    let year = year.replace("placebo_months = 12", "placebo_months = 18");
    let thirds: Vec<(i64, i64)> = (-6..6).map(|third| (4 * third, 4 * third + 4)).collect();
    assert_eq!(stretches(&year), thirds);
    // Without a trajectory in half-years, the first of the 21 months before the dip being shorter.
    let none = COMPARED.replace("trajectory = { measures = [\"ae\"], stretch_months = 3 }\n", "");
    let expected = [(-24, -21), (-21, -15), (-15, -9), (-9, -3), (-3, 0), (0, 6), (6, 12), (12, 18), (18, 24)];
    assert_eq!(stretches(&none), expected);
    // And without a dip.
    let none = none.replace("dip_months = 3", "dip_months = 0");
    let expected = [(-24, -18), (-18, -12), (-12, -6), (-6, 0), (0, 6), (6, 12), (12, 18), (18, 24)];
    assert_eq!(stretches(&none), expected);
}

#[test]
fn comparisons_that_cannot_stand_are_refused() {
    for (from, to, said) in [
        ("dip_months = 3", "dip_months = 24", "less than look_back_months"),
        ("lag_days = 60", "lag_days = 367", "0 to 366"),
        ("reason = \"moved_out\"", "reason = \"died\"", "each reason once"),
        ("reason = \"moved_out\"", "reason = \"bored\"", "unknown variant"),
        ("codes = [\"completed\"]", "codes = []", "completers"),
        ("the plan was carried out", "", "completers"),
        ("codes = [\"21\"]", "codes = []", "at least one code"),
        ("unit = \"pence\"", "unit = \"pounds\"", "unknown variant"),
        (", tariff = \"nhsps-2024-25\"", "", "names its tariff"),
        ("unit = \"pence\"", "unit = \"days\"", "no other total has one"),
        ("controls = 3", "controls = 0", "1 to 20"),
        ("controls = 3", "controls = 21", "1 to 20"),
        ("controls = 3", "controls = \"all\"", "1 to 20"),
        ("controls = 3", "controls = \"some\"", "a number, or"),
        ("method = \"propensity\"", "method = \"stratified\"", "no covariate"),
        ("method = \"propensity\"", "method = \"coarsened\"", "caliper_permille"),
        ("caliper_permille = 200\n", "", "caliper_permille"),
        ("caliper_permille = 200", "caliper_permille = 0", "caliper_permille"),
        ("exact = [\"recorded_sex\"]", "exact = [\"birth_year\"]", "each variable once"),
        ("{ variable = \"birth_year\" }", "{ variable = \"birth_year\", cut_points = [1950] }", "cut_points"),
        ("stretch_months = 3", "stretch_months = 2", "divides"),
        ("stretch_months = 3", "stretch_months = 0", "divides"),
        ("dip_months = 3", "dip_months = 0", "divides"),
        ("measures = [\"ae\"]", "measures = [\"gp\"]", "measures of the study"),
        ("min = 1", "codes = [\"a\"], min = 1", "has codes, or"),
        ("variable = \"conditions\", min = 1", "variable = \"conditions\"", "has codes, or"),
        ("draws = 2000", "draws = 1999", "2,000"),
        ("draws = 2000", "draws = 20001", "2,000"),
        ("placebo_months = 12", "placebo_months = 24", "placebo_months"),
        ("placebo_months = 12", "placebo_months = 3", "placebo_months"),
        ("winsorise_permille = 990", "winsorise_permille = 1000", "winsorise_permille"),
        ("id = \"deprivation\"", "id = \"balance\"", "table of studies"),
        ("[comparison]", "[comparison]\nseed = 1", "unknown field"),
    ] {
        let changed = COMPARED.replacen(from, to, 1);
        assert_ne!(changed, COMPARED, "{from}");
        let error = Study::parse(&changed).expect_err(to).to_string();
        assert!(error.contains(said), "{to}: {error}");
    }
}

/// What stands beside the planned result.
const BESIDE: &str = r#"
wash_in_months = 3
left_out = [{ label = "the lockdowns", from = 2020-03-01, to = 2021-03-31 }]

[[comparison.alternative]]
label = "people of other places"
method = "entropy-balance"
controls = "all"
replacement = "without"
exact = []
covariate = [{ variable = "birth_year" }]
others = [{ variable = "practice", codes = ["b1", "b2"] }]

[[comparison.subgroup]]
id = "by_start"
label = "year of the start"
dataset = "programme"
variable = "start_date"
cut_points = [2021, 2022]

[[comparison.subgroup]]
id = "by_dose"
label = "contacts"
dataset = "programme"
variable = "contacts"
cut_points = [3, 6]
kind = "dose"
"#;

#[test]
fn what_stands_beside_the_planned_result_is_read() {
    let comparison = Study::parse(&format!("{COMPARED}{BESIDE}")).expect("valid").comparison.expect("it has one");
    assert_eq!((comparison.wash_in_months, comparison.left_out[0].label.as_str()), (Some(3), "the lockdowns"));
    assert_eq!(comparison.left_out[0].to.to_string(), "2021-03-31");
    let methods: Vec<_> = comparison.matchings().map(|terms| terms.method).collect();
    assert_eq!(methods, [MatchingMethod::Propensity, MatchingMethod::EntropyBalance]);
    assert_eq!(comparison.alternatives[0].matching.others[0].codes.len(), 2);
    let kinds: Vec<_> = comparison.subgroups.iter().map(|subgroup| (subgroup.kind, &subgroup.cut_points[..])).collect();
    assert_eq!(kinds, [(SubgroupKind::AtStart, &[2021, 2022][..]), (SubgroupKind::Dose, &[3, 6][..])]);
}

#[test]
fn what_cannot_stand_beside_the_planned_result_is_refused() {
    let both = format!("{COMPARED}{BESIDE}");
    for (from, to, said) in [
        ("wash_in_months = 3", "wash_in_months = 0", "wash_in_months"),
        ("wash_in_months = 3", "wash_in_months = 24", "wash_in_months"),
        ("from = 2020-03-01", "from = 2021-04-01", "from is not after to"),
        ("from = 2020-03-01", "from = 2020-03-01T00:00:00", "are dates"),
        ("from = 2020-03-01", "from = \"2020-03-01\"", "expected a TOML datetime"),
        ("label = \"the lockdowns\"", "label = \"=lockdowns\"", "begin with none of"),
        (
            "label = \"the lockdowns\"",
            "label = \"a label that is much too long beside a measure's own\"",
            "1 to 40 bytes",
        ),
        ("label = \"the lockdowns\"", "label = \"people of other places\"", "each once"),
        ("controls = \"all\"\nreplacement", "controls = 2\nreplacement", "entropy balancing it is"),
        (
            "controls = \"all\"\nreplacement = \"without\"",
            "controls = \"all\"\nreplacement = \"with\"",
            "nothing to replace",
        ),
        ("exact = []\ncovariate = [{ variable = \"birth_year\" }]", "exact = []", "needs a covariate or a trajectory"),
        ("exact = []", "exact = []\ncaliper_permille = 200", "not there for another"),
        ("exact = []", "exact = [\"birth_year\"]", "each variable once"),
        ("codes = [\"b1\", \"b2\"]", "codes = []", "comparison.others"),
        (
            "exact = []",
            "exact = []\ntrajectory = { measures = [\"ae\"], stretch_months = 1 }",
            "the same in every trajectory",
        ),
        ("exact = []", "exact = []\ncluster = \"practice\"", "unknown field"),
        ("cut_points = [3, 6]", "cut_points = [6, 3]", "cut_points ascend"),
        ("cut_points = [3, 6]", "cut_points = [3, 3]", "cut_points ascend"),
        ("kind = \"dose\"", "kind = \"amount\"", "unknown variant"),
        ("id = \"by_dose\"", "id = \"by_start\"", "each id once"),
        ("id = \"by_dose\"", "id = \"trend\"", "table of studies"),
        ("label = \"contacts\"", "label = \"-contacts\"", "begin with none of"),
    ] {
        let changed = both.replacen(from, to, 1);
        assert_ne!(changed, both, "{from}");
        let error = Study::parse(&changed).expect_err(to).to_string();
        assert!(error.contains(said), "{to}: {error}");
    }
}

/// What programmes count beside use: attainments, scores with a threshold, uptake, use again, prices.
const ATTAINED: &str = r#"
format = "counterfoil-study-2"
id = "attained"
title = "Attained"
cohort = "programme"
usage = "records"
index_date = "start_date"
look_back_months = 12
dip_months = 0
follow_up_months = 12
lag_days = 0
attainment = [{ id = "home", label = "Kept the home", variable = "home", codes = ["kept"] }]
again = [{ id = "support", label = "Support", events = ["support"], within_months = 6 }]
uptake = [{ id = "breast", label = "Breast screening", events = ["mammogram"], from_year = 2011, to_year = 2018, within_months = 24 }]
price = [{ outcome = "home", payer = "The council", pence_each = 250000 }]
value = { cost_pence = 100000000, source = "the contract", benefit = [{ outcome = "load", pence_each = 5000 }] }

[[score]]
id = "load"
label = "Viral load"
measure = "viral_load"
at_months = [6, 12]
window_days = 60
better = "lower"
improvement_min = 1
threshold = { at_most = 50 }
"#;

#[test]
fn other_outcomes_are_read() {
    let study = Study::parse(ATTAINED).expect("valid");
    assert_eq!((study.scores[0].better, study.scores[0].threshold), (Better::Lower, Some(Threshold::AtMost(50))));
    assert_eq!(study.prices[0].pence_each, 250_000);
    assert_eq!(study.uptakes[0].from_year..=study.uptakes[0].to_year, 2011..=2018);
    assert_eq!(study.value.map(|value| value.benefit.len()), Some(1));
}

#[test]
fn other_outcomes_that_cannot_stand_are_refused() {
    for (from, to, said) in [
        ("codes = [\"kept\"]", "codes = []", "attainment"),
        ("id = \"home\"", "id = \"load\"", "each id once"),
        ("id = \"breast\"", "id = \"again\"", "table of studies"),
        ("from_year = 2011", "from_year = 2019", "not after the last"),
        ("from_year = 2011", "from_year = 1989", "1990"),
        ("within_months = 24", "within_months = 0", "within_months"),
        ("within_months = 6", "within_months = 12", "within_months"),
        ("within_months = 6", "within_months = 0", "within_months"),
        ("events = [\"mammogram\"]", "events = []", "events"),
        ("events = [\"support\"]", "events = []", "events"),
        ("outcome = \"home\"", "outcome = \"support\"", "names an attainment or a score"),
        ("outcome = \"load\"", "outcome = \"nothing\"", "names an attainment or a score"),
        ("pence_each = 250000", "pence_each = 0", "at least 1"),
        ("pence_each = 250000", "pence_each = -1", "invalid"),
        ("cost_pence = 100000000", "cost_pence = 0", "cost_pence"),
        ("payer = \"The council\"", "payer = \"=1+1\"", "begin with none of"),
        ("better = \"lower\"", "better = \"worse\"", "unknown variant"),
        ("{ at_most = 50 }", "{ above = 50 }", "unknown variant"),
    ] {
        let changed = ATTAINED.replacen(from, to, 1);
        assert_ne!(changed, ATTAINED, "{from}");
        let error = Study::parse(&changed).expect_err(to).to_string();
        assert!(error.contains(said), "{to}: {error}");
    }
}

/// The page on the format has every key, and the sample with it is a study.
#[test]
fn the_documented_format_is_the_one_that_is_read() {
    let sample = include_str!("../../../../../docs/samples/study.toml");
    let page = include_str!("../../../../../docs/study-format.md");
    Study::parse(sample).expect("the sample is a study");
    let mut tables = vec![sample.parse::<toml::Table>().expect("TOML")];
    while let Some(table) = tables.pop() {
        for (key, value) in table {
            assert!(page.contains(&key), "{key} is not on the page");
            let inner = match value {
                toml::Value::Array(items) => items,
                one => vec![one],
            };
            tables.extend(inner.into_iter().filter_map(|value| value.as_table().cloned()));
        }
    }
    // A key that the sample lacks would not be looked for: the parser names all that it knows of a table when it refuses one.
    for table in [
        "id = \"every-key\"",
        "[[measure]]",
        "[[score]]",
        "[comparison]",
        "[[comparison.alternative]]",
        "[[comparison.subgroup]]",
    ] {
        let refused = Study::parse(&sample.replacen(table, &format!("{table}\nsurplus = 1"), 1)).expect_err(table);
        let text = refused.to_string();
        let (_, known) = text.split_once("expected one of").unwrap_or_else(|| panic!("{table}: {text}"));
        for key in known.lines().next().unwrap_or_default().split('`').skip(1).step_by(2) {
            assert!(page.contains(key) && sample.contains(key), "{table}: {key}");
        }
    }
}
