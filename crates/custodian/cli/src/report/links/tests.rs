#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use super::super::tables::tests::{COMPARISON, body, study, table, text};
use super::*;

const BREAKDOWNS: &str = r#"
breakdown = [
    { id = "ending", label = "How it ended", dataset = "programme", variable = "ending" },
    { id = "reach", label = "Reach", dataset = "records", variable = "ending" },
]
"#;

const COLUMNS: [(&str, &str); 5] =
    [("People in the extract", "#"), ("Of those, linked", "#"), ("W", "%"), ("M", "%"), ("D", "1")];

/// The sentences of a release with a `linkage` table of these groups: people, linked, expected to be missed.
fn of_linkage(groups: &[(&str, [&str; 3])]) -> Vec<String> {
    let cells: Vec<(String, [&str; 5])> = groups
        .iter()
        .map(|(label, [people, linked, missed])| {
            (format!("How it ended: {label}"), [*people, linked, "0.10", missed, "0.02"])
        })
        .collect();
    let everybody: (&str, &[&str]) = ("Everybody", &["2000", "1800", "0.10", "4.00", "n/a"]);
    let rows = cells.iter().map(|(label, cells)| (label.as_str(), &cells[..]));
    let rows: Vec<(&str, &[&str])> = std::iter::once(everybody).chain(rows).collect();
    // A breakdown by itself would say more; the table of links has the last word.
    let breakdown = table("ending", &COLUMNS[..2], &[("a", &["1000", "100"]), ("b", &["1000", "1000"])]);
    let body = body(&format!("{},{breakdown}", table("linkage", &COLUMNS, &rows)));
    said(&unequal(&body, &study(BREAKDOWNS)))
}

/// The same of a release that has the breakdown alone.
fn of_breakdown(columns: [&str; 2], rows: &[(&str, [&str; 2])]) -> Vec<String> {
    let rows: Vec<(&str, &[&str])> = rows.iter().map(|(label, cells)| (*label, &cells[..])).collect();
    let body = body(&table("ending", &columns.map(|label| (label, "#")), &rows));
    said(&unequal(&body, &study(BREAKDOWNS)))
}

fn said(unequal: &[Unequal<'_>]) -> Vec<String> {
    unequal.iter().map(|of| of.sentence().replace('\u{a0}', " ")).collect()
}

const BESIDE: [&str; 2] = ["People in the extract", "Of those, linked"];

#[test]
fn five_points_between_groups_are_said_and_less_is_not() {
    let apart =
        of_breakdown(BESIDE, &[("completed", ["1000", "950"]), ("left early", ["500", "450"]), ("rare", ["20", "10"])]);
    assert_eq!(apart, ["Title of ending: of “left early” 90 % could be linked, of “completed” 95 %."]);
    for equal in [
        &[("completed", ["1000", "945"]), ("left early", ["500", "450"])][..],
        &[("completed", ["1000", "1000"]), ("left early", ["50", "10"])],
        &[("completed", ["1000", "1000"]), ("left early", ["500", "*"])],
        &[("completed", ["1000", "950"])],
    ] {
        assert!(of_breakdown(BESIDE, equal).is_empty(), "{equal:?}");
    }
    assert!(
        of_breakdown(["People", "Improved"], &[("completed", ["1000", "950"]), ("left", ["500", "450"])]).is_empty()
    );
}

#[test]
fn what_is_expected_to_be_missed_is_said_from_five_points_on() {
    assert_eq!(
        of_linkage(&[("completed", ["1000", "950", "2.10"]), ("left early", ["500", "470", "7.10"])]),
        ["How it ended: of “left early” 7.1 % are expected to have been missed, of “completed” 2.1 %."]
    );
    for equal in [
        [("completed", ["1000", "950", "2.10"]), ("left early", ["500", "470", "7.09"])],
        [("completed", ["1000", "950", "2.10"]), ("left early", ["95", "85", "60.00"])],
        [("completed", ["1000", "950", "2.10"]), ("left early", ["500", "470", "*"])],
        [("completed", ["1000", "950", "*"]), ("left early", ["*", "*", "60.00"])],
    ] {
        assert_eq!(of_linkage(&equal), [""; 0], "{equal:?}");
    }
}

/// 1 of 10 fewer were linked, and 10 points more are expected to have been missed: one sentence says both.
#[test]
fn both_differences_of_a_breakdown_are_one_sentence() {
    assert_eq!(
        of_linkage(&[("completed", ["1000", "950", "2.00"]), ("left early", ["500", "425", "12.00"])]),
        [
            "How it ended: of “left early” 85 % could be linked, of “completed” 95 %; of “left early” 12 % are expected to have been missed, \
             of “completed” 2 %."
        ]
    );
}

#[test]
fn a_table_of_links_that_is_not_as_expected_leaves_the_breakdowns() {
    let linkage = table("linkage", &COLUMNS[..3], &[("Everybody", &["2000", "1800", "0.10"])]);
    let breakdown = table("ending", &COLUMNS[..2], &[("a", &["1000", "100"]), ("b", &["1000", "1000"])]);
    let body = body(&format!("{linkage},{breakdown}"));
    assert_eq!(
        said(&unequal(&body, &study(BREAKDOWNS))),
        ["Title of ending: of “a” 10 % could be linked, of “b” 100 %."]
    );
}

#[test]
fn groups_are_flagged_in_a_subgroup_by_the_same_variable_alone() {
    let subgroup = |dataset: &str, variable: &str| {
        let more = format!(
            "{BREAKDOWNS}{COMPARISON}[[comparison.subgroup]]\nid = \"by\"\nlabel = \"by\"\ndataset = \"{dataset}\"\nvariable = \"{variable}\"\n"
        );
        let study = study(&more);
        let of = Unequal { title: "How it ended", clauses: Vec::new(), less: vec!["left early"] };
        less_linked(&[of], &study.comparison.as_ref().unwrap().subgroups[0], &study).concat()
    };
    assert_eq!(subgroup("programme", "ending"), "left early");
    assert_eq!([subgroup("programme", "age"), subgroup("records", "ending")], ["", ""]);
}

#[test]
fn a_warning_stands_only_where_there_is_something_to_warn_of() {
    assert_eq!(warning(&[]).into_string(), "");
    let of = Unequal { title: "Ending", clauses: vec!["of a 1, of b 2".to_owned()], less: Vec::new() };
    let html = warning(&[of]).into_string();
    assert!(html.contains("class=\"care\"") && text(&html).contains("Links were missed unequally."), "{html}");
    assert!(html.contains("<li>Ending: of a 1, of b 2.</li>"), "{html}");
}
