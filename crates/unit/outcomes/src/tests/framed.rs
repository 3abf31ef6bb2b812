//! Who may be compared, by hand, and the rows of the balance.

use super::place::{AGE, COARSENED, DIED, HEAD, IMD, MEASURES, PRACTICE, PRACTICE_SINCE, Place, REGISTERED};
use super::*;
use crate::frame::{Frame, Kept};

const TRAJECTORY: &str = r#"
[comparison]
method = "mahalanobis"
controls = 1
replacement = "without"
caliper_permille = 5000
exact = ["sex", "imd"]
covariate = [{ variable = "age" }]
trajectory = { measures = ["gp"], stretch_months = 1 }
cluster = "practice"
draws = 2000
"#;

/// Somebody who may be compared, but for one value.
fn with(variable: usize, value: Value) -> [(usize, Value); 3] {
    let mut values = [(PRACTICE, Value::Code(0)), (AGE, Value::Integer(50)), (IMD, Value::Integer(5))];
    match values.iter_mut().find(|(of, _)| *of == variable) {
        Some(of) => of.1 = value,
        // Without a deprivation band, which only some studies ask for.
        None => values[2] = (variable, value),
    }
    values
}

fn anybody() -> [(usize, Value); 3] {
    with(IMD, Value::Integer(5))
}

fn on(date: &str) -> Value {
    Value::Date(day(date))
}

fn place(comparison: &str) -> Place {
    Place::empty(&format!("{HEAD}{MEASURES}{comparison}"))
}

fn frame(place: &Place) -> Frame {
    let inputs = place.inputs();
    let observations = observed::observations(&inputs);
    let people = people::People::of::<Infallible>(&inputs, &observations).unwrap();
    Frame::of(&inputs, place.study.comparison.as_ref().unwrap(), &people, &observations, place.seed)
}

/// What becomes of one other person beside a participant of 31 March 2021, whose look-back begins on 30 September 2019.
fn fate(comparison: &str, values: [(usize, Value); 3]) -> Kept {
    let mut place = place(comparison);
    place.add(1, Some("2021-03-31"), anybody());
    place.add(2, None, values);
    let frame = frame(&place);
    assert_eq!(frame.planned().participants, [Kept::Offered]);
    match (frame.others.len(), frame.others_not_eligible, frame.others_not_observed) {
        (1, 0, 0) => Kept::Offered,
        (0, 1, 0) => Kept::NotEligible,
        (0, 0, 1) => Kept::NotObserved,
        other => panic!("{other:?}"),
    }
}

#[test]
fn terms_and_covariates_decide_who_is_eligible() {
    let free = COARSENED.lines().filter(|line| !line.starts_with("eligible")).collect::<Vec<_>>().join("\n");
    for (comparison, values, expected) in [
        (COARSENED, anybody(), Kept::Offered),
        (COARSENED, with(IMD, Value::Integer(9)), Kept::Offered),
        (COARSENED, with(IMD, Value::Integer(10)), Kept::NotEligible),
        (COARSENED, with(REGISTERED, on("2000-01-01")), Kept::NotEligible), // whose band is not recorded
        (&free, with(REGISTERED, on("2000-01-01")), Kept::Offered),
        (&free, [(PRACTICE, Value::Code(0)), (IMD, Value::Integer(5)), (DIED, on("2090-01-01"))], Kept::NotEligible),
        (&free, [(AGE, Value::Integer(50)), (IMD, Value::Integer(5)), (DIED, on("2090-01-01"))], Kept::NotEligible),
    ] {
        assert_eq!(fate(comparison, values), expected);
    }
}

#[test]
fn observed_is_the_whole_look_back_and_the_index_date() {
    let free = COARSENED.lines().filter(|line| !line.starts_with("eligible")).collect::<Vec<_>>().join("\n");
    for (variable, date, expected) in [
        (REGISTERED, "2019-09-30", Kept::Offered),
        (REGISTERED, "2019-10-01", Kept::NotObserved),
        (DIED, "2021-03-31", Kept::Offered),
        (DIED, "2021-03-30", Kept::NotObserved),
        (DIED, "2000-01-01", Kept::NotObserved),
        // Matters to those who are matched on it alone.
        (PRACTICE_SINCE, "2019-10-01", Kept::Offered),
    ] {
        assert_eq!(fate(&free, with(variable, on(date))), expected, "{variable} {date}");
    }
    // What is matched on is use of the dip.
    for (date, expected) in [("2020-12-31", Kept::Offered), ("2021-01-01", Kept::NotObserved)] {
        assert_eq!(fate(TRAJECTORY, with(PRACTICE_SINCE, on(date))), expected, "{date}");
    }
}

#[test]
fn others_have_index_dates_of_offered_participants_and_no_participant_is_another() {
    let mut place = place(COARSENED);
    place.add(1, Some("2021-03-31"), anybody());
    place.add(2, Some("2021-06-30"), anybody());
    // Not eligible, not covered, not observed: nobody inherits their dates, and they are not compared with.
    place.add(3, Some("2021-08-01"), with(IMD, Value::Integer(10)));
    place.add(4, Some("2023-08-01"), anybody());
    place.add(5, Some("2021-09-01"), with(DIED, on("2021-08-01")));
    for reference in 100..300 {
        place.add(reference, None, anybody());
    }
    let frame = frame(&place);
    assert_eq!(frame.planned().participants, [Kept::Offered, Kept::Offered, Kept::NotEligible]);
    assert_eq!(frame.others.len(), 200);
    assert!(frame.others.iter().all(|other| other.usage_row >= 5));
    let on_first = frame.others.iter().filter(|other| other.index == day("2021-03-31")).count();
    let on_second = frame.others.iter().filter(|other| other.index == day("2021-06-30")).count();
    // Five standard deviations of 200 fair coins are 35.
    assert!(on_first + on_second == 200 && (65..=135).contains(&on_first), "{on_first}");
}

#[test]
fn index_dates_do_not_depend_on_the_order_of_rows() {
    let dates = |references: &[u64]| {
        let mut place = place(COARSENED);
        for (reference, start) in [(1, "2021-03-31"), (2, "2021-06-30"), (3, "2021-09-30")] {
            place.add(reference, Some(start), anybody());
        }
        for reference in references {
            place.add(*reference, None, anybody());
        }
        let frame = frame(&place);
        let reference = |row: u32| place.usage.refs()[row as usize].0;
        let mut dates: Vec<_> = frame.others.iter().map(|other| (reference(other.usage_row), other.index)).collect();
        dates.sort_unstable();
        dates
    };
    let forward: Vec<u64> = (100..150).collect();
    let backward: Vec<u64> = (100..150).rev().collect();
    assert_eq!(dates(&forward), dates(&backward));
    assert_eq!(dates(&forward).len(), 50);
}

/// What each row of the balance reckons, in words, against the planned label.
#[test]
fn rows_of_the_balance_are_what_their_labels_say() {
    for comparison in [COARSENED, TRAJECTORY] {
        let place = place(comparison);
        let inputs = place.inputs();
        let people = &place.agreement.dataset(&place.study.usage).unwrap().people;
        let sexes = ["female", "male"];
        let in_words = |of: &balance::Of| match *of {
            balance::Of::Share { variable, code } => format!("{}: {}", people[variable].name, sexes[usize::from(code)]),
            balance::Of::Number { variable } => people[variable].name.to_string(),
            balance::Of::Used { measure, months: (from, to), .. } => {
                let dip = if from >= -3 { " (dip)" } else { "" };
                format!("{}, months {} to {} before{dip}", place.study.measures[measure].label, -from, 1 - to)
            }
        };
        let rows = balance::rows(&inputs, place.study.comparison.as_ref().unwrap());
        let planned = planned_tables(&place.agreement, &place.study);
        assert_eq!(rows.iter().map(in_words).collect::<Vec<_>>(), labels(&planned, "balance"));
        // Half-years, the first shorter, and the dip; or months.
        let stretches = if comparison == COARSENED { 4 } else { 18 };
        let used = rows.iter().filter(|of| matches!(of, balance::Of::Used { .. })).count();
        assert_eq!(used, 7 * stretches);
    }
}
