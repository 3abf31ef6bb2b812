//! Whatever the study and whoever is there, the tables are those that were planned (`released` looks), their sums hold (the
//! review looks), and nothing panics.

use super::place::{AGE, BESIDE, COARSENED, DIED, HEAD, IMD, MEASURES, PRACTICE, Place, REGISTERED, SEX};
use super::*;

const COMMON: &str = "exact = [\"sex\"]\ncluster = \"practice\"\ndraws = 2000\n";

pub(super) fn stratified(controls: &str, replacement: &str) -> String {
    format!(
        "[comparison]\nmethod = \"stratified\"\ncontrols = {controls}\nreplacement = \"{replacement}\"\n{COMMON}placebo_months = 6\n"
    )
}

fn by_distance(method: &str, replacement: &str) -> String {
    format!(
        "[comparison]\nmethod = \"{method}\"\ncontrols = 2\nreplacement = \"{replacement}\"\ncaliper_permille = 5000\n{COMMON}\
         covariate = [{{ variable = \"age\" }}, {{ variable = \"imd\" }}]\ntrajectory = {{ measures = [\"gp\", \"hospital_cost\"], stretch_months = 1 }}\n"
    )
}

fn comparisons() -> Vec<String> {
    vec![
        format!("{COARSENED}{BESIDE}"),
        stratified("\"all\"", "without"),
        stratified("3", "without"),
        stratified("3", "with"),
        by_distance("propensity", "without"),
        by_distance("propensity", "with"),
        by_distance("mahalanobis", "without"),
        by_distance("mahalanobis", "with"),
        weighed(),
    ]
}

fn weighed() -> String {
    let nearest = by_distance("entropy-balance", "without").replace("controls = 2", "controls = \"all\"");
    nearest.replace("caliper_permille = 5000\n", "")
}

pub(super) fn of(comparison: &str) -> Place {
    Place::of(&format!("{HEAD}{MEASURES}{comparison}"))
}

/// Only some of the measures.
fn measures(wanted: impl Fn(&str) -> bool) -> String {
    let each = MEASURES.split("[[measure]]").skip(1).filter(|measure| wanted(measure));
    each.fold(String::new(), |all, measure| all + "[[measure]]" + measure)
}

/// The figures of a table, row by row, from its first column of figures.
pub(super) fn figures(body: &ReleaseBody, table: &str, first: usize) -> Vec<ReleasedCell> {
    body.table(table).unwrap().rows().flat_map(|(_, cells)| cells[first..].to_vec()).collect()
}

pub(super) fn column(body: &ReleaseBody, table: &str, at: usize) -> Vec<ReleasedCell> {
    body.table(table).unwrap().rows().map(|(_, cells)| cells[at]).collect()
}

#[test]
fn with_every_kind_of_comparison() {
    for comparison in comparisons() {
        let body = of(&comparison).released();
        let shown = figures(&body, "effect", 2).iter().filter(|cell| matches!(cell, ReleasedCell::Figure(_))).count();
        assert!(shown > 40, "{comparison}: {shown}");
    }
}

#[test]
fn with_every_kind_of_study() {
    let heads = [
        HEAD.to_owned(),
        HEAD.replace("dip_months = 3", "dip_months = 0"),
        HEAD.replace("look_back_months = 18", "look_back_months = 10"),
        HEAD.lines().filter(|line| !line.starts_with("completers")).collect::<Vec<_>>().join("\n"),
        HEAD.lines().filter(|line| !line.starts_with("censoring")).collect::<Vec<_>>().join("\n"),
        HEAD.lines().filter(|line| !line.starts_with("observed_from")).collect::<Vec<_>>().join("\n"),
    ];
    for head in &heads {
        Place::of(&format!("{head}\n{MEASURES}{COARSENED}{BESIDE}")).released();
        Place::of(&format!("{head}\n{MEASURES}")).released();
    }
    for kind in [measures(|of| of.contains("pence")), measures(|of| of.contains("\"ae\"\n"))] {
        Place::of(&format!("{HEAD}{kind}{COARSENED}{BESIDE}")).released();
    }
}

#[test]
fn nobody_at_all() {
    for comparison in comparisons() {
        let body = Place::empty(&format!("{HEAD}{MEASURES}{comparison}")).released();
        for table in body.tables() {
            let none = |cell: &ReleasedCell| {
                // What is said of how well nobody was linked looks like what may not be said.
                let hidden =
                    ["linkage", "sureness"].contains(&table.id().as_str()) && *cell == ReleasedCell::Suppressed;
                hidden || matches!(cell, ReleasedCell::Count(0) | ReleasedCell::Money(0) | ReleasedCell::NotEstimated)
            };
            assert!(table.rows().all(|(_, cells)| cells.iter().all(none)), "{}", table.id());
        }
    }
}

/// Rows of the frame.
const NOT_ELIGIBLE: usize = 2;
const NOT_OBSERVED: usize = 3;
const OTHERS_OFFERED: usize = 4;
const OTHERS_MATCHED: usize = 5;
const PARTICIPANTS: usize = 7;
const MATCHED: usize = 11;

#[test]
fn nobody_on_one_side() {
    let beside = || of(&format!("{COARSENED}{BESIDE}"));
    let no_others = || {
        beside().with_usage(|row, values| {
            if !Place::is_participant(row) {
                values[PRACTICE] = None;
            }
        })
    };
    let no_participants = || {
        beside().with_usage(|row, values| {
            if Place::is_participant(row) {
                values[IMD] = Some(Value::Integer(10));
            }
        })
    };
    let mut nobody_linked = beside();
    nobody_linked.links.clear();
    let mut nobody_covered = beside();
    nobody_covered.complete.1 = nobody_covered.complete.0;
    for place in [no_others(), no_participants(), nobody_linked, nobody_covered] {
        let body = place.released();
        let frame = column(&body, "frame", 0);
        assert_eq!([frame[OTHERS_MATCHED], frame[MATCHED]], [ReleasedCell::Count(0); 2]);
        for (table, first) in [
            ("effect", 2),
            ("effect_cost_completers", 2),
            ("balance", 0),
            ("course", 0),
            ("trend", 2),
            ("sensitivity", 2),
            ("by_status", 2),
            ("by_band", 2),
            ("by_year", 2),
        ] {
            let of_nobody = body.table(table).unwrap().rows().all(|(_, cells)| {
                let (people, figures) = cells.split_at(first);
                !figures.is_empty()
                    && people.iter().all(|cell| *cell == ReleasedCell::Count(0))
                    && figures.iter().all(|cell| *cell == ReleasedCell::NotEstimated)
            });
            assert!(of_nobody, "{table}");
        }
        assert!(figures(&body, "time", 0).iter().all(|cell| *cell == ReleasedCell::Count(0)));
    }
    // Whoever has no index date to be observed around is not said to be ineligible.
    let frame = column(&no_participants().released(), "frame", 0);
    assert_eq!([frame[OTHERS_OFFERED], frame[PARTICIPANTS]], [ReleasedCell::Count(0), ReleasedCell::Count(150)]);
    assert!(matches!(
        (frame[NOT_ELIGIBLE], frame[NOT_OBSERVED]),
        (ReleasedCell::Count(100..400), ReleasedCell::Count(1000..))
    ));
}

#[test]
fn nobody_who_agrees() {
    let apart = |row: usize, values: &mut Vec<Option<Value>>| {
        values[SEX] = Some(Value::Code(u16::from(Place::is_participant(row))));
    };
    for comparison in comparisons().into_iter().filter(|comparison| !comparison.contains("propensity")) {
        let body = of(&comparison).with_usage(apart).released();
        let frame = column(&body, "frame", 0);
        assert!(matches!(frame[OTHERS_OFFERED], ReleasedCell::Count(500..)));
        assert_eq!([frame[OTHERS_MATCHED], frame[MATCHED]], [ReleasedCell::Count(0); 2], "{comparison}");
        assert!(figures(&body, "effect", 2).iter().all(|cell| *cell == ReleasedCell::NotEstimated));
    }
}

#[test]
fn nobody_or_everybody_completed() {
    let all = |code| of(COARSENED).with_cohort(move |_, values| values[1] = code).released();
    for none in [None, Some(Value::Code(1))] {
        let body = all(none);
        assert!(figures(&body, "effect_completers", 2).iter().all(|cell| *cell == ReleasedCell::NotEstimated));
        assert_eq!(column(&body, "effect_completers", 0), [ReleasedCell::Count(0); 5]);
    }
    let body = all(Some(Value::Code(0)));
    assert_eq!(figures(&body, "effect_completers", 0), figures(&body, "effect", 0));
    assert_eq!(figures(&body, "effect_cost_completers", 0), figures(&body, "effect_cost", 0));
}

#[test]
fn no_events() {
    for comparison in comparisons() {
        let mut place = of(&comparison);
        place.events.clear();
        let body = place.released();
        let shown = figures(&body, "effect", 2);
        assert!(shown.iter().all(|cell| matches!(cell, ReleasedCell::NotEstimated | ReleasedCell::Suppressed)));
    }
}

#[test]
fn everybody_gone_on_the_index_date_or_the_day_before() {
    let place = |died: &str| {
        let died = Some(Value::Date(day(died)));
        let place = of(COARSENED).with_cohort(|_, values| values[0] = Some(Value::Date(day("2021-06-15"))));
        place.with_usage(|_, values| {
            values[REGISTERED] = None;
            values[DIED] = died;
        })
    };
    let body = place("2021-06-15").released();
    let time = body.table("time").unwrap();
    let (_, died) = time.rows().find(|(label, _)| *label == "Died").unwrap();
    let (_, all) = time.rows().next().unwrap();
    assert_eq!((died[0], died[2]), (all[0], all[2]), "all who had not moved away before");
    assert!(matches!(all[0], ReleasedCell::Count(100..)));
    assert!(column(&body, "effect", 2).iter().any(|cell| matches!(cell, ReleasedCell::Figure(_))));
    let frame = column(&place("2021-06-14").released(), "frame", 0);
    assert_eq!([frame[PARTICIPANTS], frame[MATCHED]], [ReleasedCell::Count(0); 2]);
}

#[test]
fn groups_without_overlap_are_an_error_with_its_reason() {
    use counterfoil_matching::MatchingError::{Separation, Singular};
    let refused = |method| {
        let place = of(&by_distance(method, "without")).with_usage(|row, values| {
            values[AGE] = Some(Value::Integer(if Place::is_participant(row) { 80 } else { 20 }));
        });
        place.tables().err().unwrap()
    };
    let error = refused("propensity");
    assert!(matches!(error, OutcomesError::Matching(Separation { .. })), "{error}");
    let error = refused("mahalanobis");
    assert!(matches!(error, OutcomesError::Matching(Singular { .. })), "{error}");
}

#[test]
fn a_comparison_without_a_seed_is_refused() {
    let place = of(COARSENED);
    let inputs = Inputs { seed: None, ..place.inputs() };
    let error = tabulate(&inputs, |sink| place.read_events(sink), |_| Ok(())).err().unwrap();
    assert!(matches!(error, OutcomesError::NoSeed), "{error}");
}

#[test]
fn amounts_beyond_what_can_be_added_up_are_an_error() {
    let with_great_events = |each: usize| {
        let mut place = of(COARSENED);
        for (cohort_row, usage_row) in place.links.clone() {
            let Some(Value::Date(date)) = place.cohort.values(0)[cohort_row as usize] else { continue };
            let values = [None, Some(Value::Integer(i32::MAX)), None];
            let great =
                EventRow { person: place.usage.refs()[usage_row as usize], event: AE, date, values: values.into() };
            place.events.extend(std::iter::repeat_n(great, each));
        }
        place.tables().err().unwrap()
    };
    // 465 times 2^31 pence are fewer than 10^12, 466 are more; beyond 10^15 no table holds their sum.
    let error = with_great_events(466);
    assert!(matches!(error, OutcomesError::Estimate(EstimateError::Amount { .. })), "{error}");
    let error = with_great_events(4_000);
    assert!(matches!(error, OutcomesError::Table(TableError::Impossible { .. })), "{error}");
}

#[test]
fn a_placebo_lies_between_the_dip_and_the_start_of_the_look_back() {
    let with = |months: u32| COARSENED.replace("placebo_months = 6", &format!("placebo_months = {months}"));
    for months in [0, 1, 3, 18, 19] {
        let error = Study::parse(&format!("{HEAD}{MEASURES}{}", with(months))).unwrap_err().to_string();
        assert!(error.contains("placebo_months"), "{error}");
    }
    for months in [4, 17] {
        let body = of(&with(months)).released();
        let rows = body.table("sensitivity").unwrap().rows();
        let placebo: Vec<_> = rows.filter(|(label, _)| label.contains("placebo")).collect();
        assert_eq!(placebo.len(), 7);
        // A month of either side is enough for somebody to have used something in.
        assert!(placebo.iter().all(|(_, cells)| !cells.contains(&ReleasedCell::NotEstimated)), "{months}");
    }
}

#[test]
fn groups_drawn_again_leave_the_estimate_and_change_the_interval() {
    for comparison in [COARSENED.to_owned(), stratified("3", "with"), by_distance("mahalanobis", "without")] {
        let body = of(&comparison).released();
        let rows: Vec<_> = body.table("sensitivity").unwrap().rows().collect();
        let of_kind = |kind: &str| -> Vec<_> {
            rows.iter().filter(|(label, _)| label.ends_with(kind)).map(|(_, cells)| *cells).collect()
        };
        let (planned, drawn) = (of_kind(": as planned"), of_kind(": interval by drawing groups again"));
        assert_eq!((planned.len(), drawn.len()), (7, 7));
        // People, the estimate and its E-value.
        for at in [0, 1, 2, 5] {
            assert!(planned.iter().zip(&drawn).all(|(one, other)| one[at] == other[at]), "{comparison}: {at}");
        }
        assert!(planned.iter().zip(&drawn).any(|(one, other)| one[3..5] != other[3..5]), "{comparison}");
        assert_ne!(planned, drawn, "{comparison}");
    }
}

#[test]
fn a_table_with_too_many_rows_is_refused_before_anything_is_read() {
    let head = HEAD.replace("look_back_months = 18", "look_back_months = 240");
    let trajectory = "method = \"mahalanobis\"\ncontrols = 1\nreplacement = \"without\"\ncaliper_permille = 1000\n\
                      trajectory = { measures = [\"gp\"], stretch_months = 1 }\n";
    let more = (0..8).fold(String::new(), |all, n| {
        all + &format!("[[measure]]\nid = \"m{n}\"\nlabel = \"M{n}\"\nevents = [\"gp\"]\n")
    });
    let place = Place::empty(&format!("{head}{MEASURES}{more}[comparison]\n{trajectory}{COMMON}"));
    let unread = |_: &mut dyn FnMut(EventRow)| -> Result<(), Infallible> { panic!("not read") };
    let error = tabulate(&place.inputs(), unread, |_| Ok(())).err().unwrap();
    assert!(matches!(error, OutcomesError::Table(TableError::Size { .. })), "{error}");
}

#[test]
fn the_order_of_rows_changes_no_byte() {
    let each = comparisons();
    for comparison in [&each[0], &each[3], &each[4], &each[7], &each[8]] {
        let place = of(comparison);
        let before = place.released();
        let mut turned = of(comparison);
        let last = |people: &EncodedPeople| u32::try_from(people.len() - 1).unwrap();
        let (last_cohort, last_usage) = (last(&place.cohort), last(&place.usage));
        turned.cohort = reversed(&place.cohort, 2);
        turned.usage = reversed(&place.usage, 8);
        turned.links = place.links.iter().map(|(one, other)| (last_cohort - one, last_usage - other)).collect();
        turned.links.reverse();
        turned.events.reverse();
        assert_eq!(turned.released(), before, "{comparison}");
        turned.seed = [43; 32];
        assert_ne!(turned.released(), before, "another seed draws others");
    }
}

fn reversed(people: &EncodedPeople, columns: usize) -> EncodedPeople {
    let mut made = EncodedPeople::new(&LinkageSchema::parse(SCHEMA).unwrap(), columns);
    for row in (0..people.len()).rev() {
        let values = (0..columns).map(|column| people.values(column)[row]).collect();
        made.push(&super::place::person_row(people.refs()[row].0, values));
    }
    made
}

const DOSE: &str = r#"
[[comparison.alternative]]
label = "others"
method = "stratified"
controls = "all"
replacement = "without"
exact = ["sex"]
[[comparison.subgroup]]
id = "wide"
label = "LABEL"
dataset = "nhs-usage"
variable = "wide"
kind = "dose"
"#;

/// Everything that stands in a note, as long as it can be.
#[test]
fn the_longest_notes_fit() {
    let (wide, long) = ("w".repeat(64), "L".repeat(146));
    let more = (10..16).fold(String::new(), |all, n| {
        all + &format!(
            "[[measure]]\nid = \"m{n}\"\nlabel = \"{long}{n}\"\nevents = [\"gp\"]\nrole = \"negative-control\"\n"
        )
    });
    let name = |n: usize| format!("{}{n}", &wide[..62]);
    let each = |count: usize, text: &dyn Fn(usize) -> String| -> Vec<String> { (0..count).map(text).collect() };
    let exact = |count: usize| each(count, &|n| format!("\"{}\"", name(n))).join(", ");
    let variables = |count: usize| {
        each(count, &|n| format!("{{ name = \"{}\", kind = \"integer\", min = 0, max = 1 }}, ", name(n))).concat()
    };
    let head = HEAD.replace("the plan was carried out", &"d".repeat(150));
    for (count, measures) in [(9, 2), (10, 2), (10, 3), (10, 6)] {
        let some: String = more.split_inclusive("negative-control\"\n").take(measures).collect();
        let comparison = by_distance("mahalanobis", "without")
            .replace("exact = [\"sex\"]", &format!("exact = [{}]", exact(count)))
            .replace("cluster = \"practice\"", &format!("cluster = \"{wide}\"\nplacebo_months = 4"));
        let left_out = |n| {
            format!("[[comparison.left_out]]\nlabel = \"{}{n}\"\nfrom = 2020-01-01\nto = 2020-12-31\n", &wide[..39])
        };
        let beside = each(4, &left_out).concat() + &DOSE.replace("wide", &wide).replace("LABEL", &long);
        let study = format!("{head}{MEASURES}{some}{comparison}winsorise_permille = 950\nwash_in_months = 1\n{beside}");
        let mut place = Place::empty(&format!("{HEAD}{MEASURES}"));
        let agreement = super::place::terms(&study)
            .replace("{ name = \"practice\"", &format!("{}{{ name = \"{wide}\"", variables(count)));
        (place.agreement, place.study) = (Agreement::parse(&agreement).unwrap(), Study::parse(&study).unwrap());
        place.usage = EncodedPeople::new(&LinkageSchema::parse(SCHEMA).unwrap(), 8 + count);
        let body = place.released();
        assert!(body.tables().iter().all(|table| table.note().len() <= 1_800), "room for longer names of datasets");
    }
}
