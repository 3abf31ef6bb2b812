//! What decides who is matched, and what does not.

use counterfoil_estimate::Arm;

use super::oracle::Reckoned;
use super::place::{COARSENED, HEAD, MEASURES, Place};
use super::*;

const NEAREST: &str = r#"
[comparison]
method = "mahalanobis"
controls = 2
replacement = "without"
caliper_permille = 5000
exact = ["sex"]
covariate = [{ variable = "age" }]
trajectory = { measures = ["ae"], stretch_months = 3 }
cluster = "practice"
draws = 2000
"#;

fn place(comparison: &str) -> Place {
    Place::of(&format!("{HEAD}{MEASURES}{comparison}"))
}

fn matched_rows(place: &Place) -> Vec<matched::MatchedRow> {
    Reckoned::of(place).matched.rows.matched
}

/// Everybody's matches, where every third of those counted has two more events so many days after the index date.
fn matched_with_more(comparison: &str, days_after: i32) -> Vec<matched::MatchedRow> {
    let mut more = place(comparison);
    for person in Reckoned::of(&place(comparison)).counted.iter().step_by(3) {
        let values = [None, Some(Value::Integer(1)), Some(Value::Integer(1))];
        let event = EventRow {
            person: more.usage.refs()[person.usage_row as usize],
            event: 1,
            date: person.index + days_after,
            values: values.into(),
        };
        more.events.extend([event.clone(), event]);
    }
    matched_rows(&more)
}

/// What the effect is measured from, before the dip and after the index date, decides nothing. Three months have 89 to 92 days.
#[test]
fn only_use_in_the_dip_is_matched_on() {
    let plain = matched_rows(&place(NEAREST));
    assert!(plain.len() > 100);
    let days =
        [(-500, true), (-200, true), (-93, true), (-89, false), (-40, false), (-1, false), (0, true), (100, true)];
    for (days_after, is_same) in days {
        assert_eq!(matched_with_more(NEAREST, days_after) == plain, is_same, "{days_after}");
    }
}

/// 40 and 70 days before are in one stretch of three months, and in two of one month.
#[test]
fn use_is_matched_on_stretch_by_stretch() {
    assert_eq!(matched_with_more(NEAREST, -40), matched_with_more(NEAREST, -70));
    let by_month = NEAREST.replace("stretch_months = 3", "stretch_months = 1");
    assert_ne!(matched_with_more(&by_month, -40), matched_with_more(&by_month, -70));
}

#[test]
fn only_with_replacement_is_somebody_in_two_sets() {
    let most_sets = |comparison: &str| {
        let mut sets: std::collections::BTreeMap<u32, u32> = std::collections::BTreeMap::new();
        for row in matched_rows(&place(comparison)).iter().filter(|row| row.arm == Arm::Comparison) {
            *sets.entry(row.person).or_default() += 1;
        }
        sets.into_values().max().unwrap()
    };
    assert_eq!(most_sets(NEAREST), 1);
    assert!(most_sets(&NEAREST.replace("\"without\"", "\"with\"")) > 1);
}

/// With the same index dates.
#[test]
fn another_seed_draws_other_controls() {
    let comparison = COARSENED.replace("\"coarsened\"", "\"stratified\"").replace("controls = \"all\"", "controls = 1");
    let comparison = comparison.lines().filter(|line| !line.starts_with("covariate")).collect::<Vec<_>>().join("\n");
    let place = place(&comparison);
    let Reckoned { frame, counted, tally, .. } = Reckoned::of(&place);
    let inputs = place.inputs();
    let controls = |seed| -> Vec<u32> {
        let comparison = place.study.comparison.as_ref().unwrap();
        let matched = matched::matched(
            &inputs,
            &comparison.matching,
            frame.planned(),
            &counted,
            &tally,
            derived(seed, "matching"),
        )
        .unwrap();
        matched.rows.people(Arm::Comparison).collect()
    };
    assert_eq!(controls([1; 32]), controls([1; 32]));
    assert_ne!(controls([1; 32]), controls([2; 32]));
}
