#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use counterfoil_release::ReleaseBody;

use super::super::tables::tests::{COMPARISON, body, study, table};
use super::super::view::Choices;
use super::*;

const MORE: &str = r#"placebo_months = 6
wash_in_months = 3
left_out = [{ label = "the lockdown", from = 2020-03-01, to = 2021-03-31 }]

[[comparison.alternative]]
label = "others"
method = "stratified"
controls = 1
replacement = "without"
exact = ["sex"]
"#;

const COLUMNS: [(&str, &str); 7] =
    [("P", "#"), ("C", "#"), ("A", "%"), ("A, from", "%"), ("A, to", "%"), ("E", "1"), ("E, limit", "1")];

/// Rows of estimates with their intervals, and E-values.
fn released(rows: &[(&str, [&str; 3], [&str; 2])]) -> ReleaseBody {
    let cells: Vec<(&str, Vec<&str>)> =
        rows.iter().map(|(label, of, e)| (*label, ["100", "200"].into_iter().chain(*of).chain(*e).collect())).collect();
    let rows: Vec<(&str, &[&str])> = cells.iter().map(|(label, cells)| (*label, &cells[..])).collect();
    body(&table("sensitivity", &COLUMNS, &rows))
}

fn with<T>(rows: &[(&str, [&str; 3], [&str; 2])], look: impl FnOnce(&Choices<'_>) -> T) -> Option<T> {
    let (body, study) = (released(rows), study(&format!("{COMPARISON}{MORE}")));
    Choices::of(&body.tables()[0], &study).as_ref().map(look)
}

const E: [&str; 2] = ["2.21", "1.92"];
const PLANNED: [&str; 3] = ["-20.00", "-30.00", "-10.00"];

/// The verdict on falls; the planned row first.
fn verdict_of(planned: [&str; 3], others: &[(&str, [&str; 3])]) -> Option<String> {
    let mut rows = vec![("Falls: as planned", planned, E)];
    rows.extend(others.iter().map(|(label, of)| (*label, *of, E)));
    with(&rows, |choices| verdict(choices, "Falls")).unwrap()
}

#[test]
fn a_result_that_stands_under_all_choices_is_said_to() {
    let others = [
        ("Falls: compared with others", ["-25.00", "-35.00", "-15.00"]),
        ("Falls: without the first 3 months after the start", ["-21.00", "-31.00", "-11.00"]),
        ("Falls: without the lockdown", ["-21.00", "-31.00", "-11.00"]),
        ("Falls: negative binomial", ["-21.00", "-31.00", "-11.00"]),
        ("Falls: interval by drawing groups again", ["-20.00", "-31.00", "-8.00"]),
    ];
    assert_eq!(
        verdict_of(PLANNED, &others).unwrap(),
        "Falls: the direction is the same in all 5 other choices. The interval stays clear of no change as planned, and in all 5 other choices."
    );
    assert_eq!(
        verdict_of(PLANNED, &others[..1]).unwrap(),
        "Falls: the direction is the same in the other choice. The interval stays clear of no change as planned, and in the other choice."
    );
}

#[test]
fn choices_that_change_the_result_are_named() {
    assert_eq!(
        verdict_of(
            PLANNED,
            &[
                ("Falls: compared with others", ["5.00", "1.00", "9.00"]),
                ("Falls: without the lockdown", ["3.00", "-5.00", "9.00"]),
                ("Falls: negative binomial", ["-2.00", "-5.00", "0.00"]),
                ("Falls: interval by drawing groups again", ["*", "*", "*"]),
            ]
        )
        .unwrap(),
        "Falls: the direction changes in 2 of 3 other choices: compared with others; without the lockdown. The interval includes no change in \
         2 of 3 other choices: without the lockdown; negative binomial. It cannot be told for 1 of 4 other choices: interval by drawing \
         groups again."
    );
}

#[test]
fn a_choice_that_is_surer_than_the_planned_one_is_no_better() {
    let unsure = ["-5.00", "-12.00", "3.00"];
    assert_eq!(
        verdict_of(
            unsure,
            &[("Falls: compared with others", ["-9.00", "-12.00", "-3.00"]), ("Falls: negative binomial", unsure)]
        )
        .unwrap(),
        "Falls: the direction is the same in both other choices. As planned the interval includes no change; it does not in 1 of 2 other \
         choices: compared with others. That is no better a result than the planned one."
    );
    assert_eq!(
        verdict_of(unsure, &[("Falls: negative binomial", unsure)]).unwrap(),
        "Falls: the direction is the same in the other choice. The interval includes no change as planned, and in the other choice."
    );
}

#[test]
fn a_placebo_and_parts_are_no_other_choices() {
    let beside = [
        ("Falls: placebo, 6 months earlier", ["9.00", "1.00", "20.00"]),
        ("Falls: part 1, people with any", ["9.00", "1.00", "20.00"]),
        ("Falls: part 2, amount of those with any", ["9.00", "1.00", "20.00"]),
    ];
    assert_eq!(verdict_of(PLANNED, &beside), None);
    assert_eq!(verdict_of(PLANNED, &[]), None);
    let unknown = verdict_of(["*", "*", "*"], &[("Falls: negative binomial", PLANNED)]).unwrap();
    assert_eq!(unknown, "How Falls came out as planned cannot be told, and no other choice stands in for it.");
    let all_unknown = verdict_of(PLANNED, &[("Falls: negative binomial", ["n/a", "n/a", "n/a"])]).unwrap();
    assert_eq!(all_unknown, "It cannot be told for the other choice: negative binomial.");
    let others_of_others = verdict_of(PLANNED, &[("Cost: greatest amounts cut at 99.0 %", ["9.00", "1.00", "20.00"])]);
    assert_eq!(others_of_others, None, "of another measure");
}

#[test]
fn rows_that_the_study_does_not_name_leave_the_table_as_any_other() {
    for label in [
        "Falls: compared with somebody else",
        "Falls: without the first 4 months after the start",
        "Falls: without another time",
        "Falls",
        "Stumbles: as planned",
        "Falls: As planned",
    ] {
        assert!(with(&[(label, PLANNED, E)], |_| ()).is_none(), "{label}");
    }
}

#[test]
fn placebos_that_show_an_effect_are_named() {
    let none = ["1.00", "-5.00", "6.00"];
    let some = ["9.00", "1.00", "20.00"];
    let said = |falls, cost| {
        let rows = [("Falls: placebo, 6 months earlier", falls, E), ("Cost: placebo, 6 months earlier", cost, E)];
        with(&rows, placebos).unwrap().unwrap()
    };
    assert_eq!(
        said(none, none),
        "There should be no effect, and none of the 2 measures of which it can be told shows one."
    );
    assert_eq!(
        said(none, some),
        "There should be no effect, and 1 of the 2 measures of which it can be told show one: Cost. By chance alone one in twenty would."
    );
    assert_eq!(said(["*", "*", "*"], ["n/a", "n/a", "n/a"]), "Of no measure can it be told.");
    assert_eq!(with(&[("Falls: as planned", none, E)], placebos).unwrap(), None);
}

#[test]
fn an_e_value_is_said_with_what_it_is_for() {
    let said = |e: [&str; 2]| {
        let rows = [("Falls: as planned", PLANNED, e)];
        with(&rows, |choices| e_value("Falls", choices.of_measure("Falls").next().unwrap().1)).unwrap()
    };
    let start = "To explain the effect on Falls away, something that nobody recorded would have to go with both starting the programme and \
                 what came after, each by a ratio of at least";
    let over = "over and above everything by which people were matched (E-value).";
    assert_eq!(
        said(["2.21", "1.90"]).unwrap(),
        format!("{start} 2.21, {over} To make the interval include no change, a ratio of at least 1.9 would do.")
    );
    assert_eq!(
        said(["1.46", "1.00"]).unwrap(),
        format!(
            "{start} 1.46, {over} The interval includes no change as it is: for that, nothing unrecorded is needed."
        )
    );
    assert_eq!(said(["2.00", "*"]).unwrap(), format!("{start} 2, {over}"));
    assert_eq!(
        said(["1.00", "1.00"]).unwrap(),
        "There is no effect on Falls that something unrecorded would have to explain."
    );
    assert_eq!(
        said(["*", "*"]).unwrap(),
        "Too few people to say how strong something unrecorded would have to be to explain the effect on Falls away."
    );
    assert_eq!(said(["n/a", "n/a"]), None);
}
