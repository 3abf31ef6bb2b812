//! Other people compared with, beside the planned: whom each matching is offered, and what becomes of one that cannot be made.

use counterfoil_estimate::Arm;

use super::beside::{cells, of_kind, study};
use super::oracle::Reckoned;
use super::place::{AGE, COARSENED, HEAD, IMD, MEASURES, PRACTICE, Place, REGISTERED};
use super::*;

/// What other matchings add to a release: the rows of each, and nothing to anything else.
fn beside(
    alternatives: &[&str],
    change: impl Fn(usize, &mut Vec<Option<Value>>) + Copy,
) -> Vec<Vec<Vec<ReleasedCell>>> {
    let text = (0..).zip(alternatives).map(|(at, of)| {
        format!("[[comparison.alternative]]\nlabel = \"others {at}\"\nreplacement = \"without\"\n{of}")
    });
    let with = Place::of(&study(&text.collect::<String>())).with_usage(change).released();
    let plain = Place::of(&study("")).with_usage(change).released();
    for (with, plain) in with.tables().iter().zip(plain.tables()) {
        let rows = |table: &ReleasedTable| -> Vec<(String, Vec<ReleasedCell>)> {
            let planned = table.rows().filter(|(label, _)| !label.contains(": compared with others"));
            planned.map(|(label, cells)| (label.to_owned(), cells.to_vec())).collect()
        };
        assert_eq!(rows(with), rows(plain), "{}", plain.id());
    }
    let of_each = (0..alternatives.len()).map(|at| cells(&of_kind(&with, &format!(": compared with others {at}"))));
    of_each.inspect(|lines| assert_eq!(lines.len(), 7)).collect()
}

#[test]
fn terms_that_match_nobody_leave_the_planned_result() {
    let assert_nobody = |found: Vec<Vec<Vec<ReleasedCell>>>, what: &str| {
        let none = [vec![ReleasedCell::Count(0); 2], vec![ReleasedCell::NotEstimated; 5]].concat();
        for (at, lines) in found.iter().enumerate() {
            assert!(lines.iter().all(|line| *line == none), "{what}: {at}: {lines:?}");
        }
    };
    let by_age = "exact = []\ncovariate = [{ variable = \"age\" }]\n";
    let distance = |method: &str| format!("method = \"{method}\"\ncontrols = 1\ncaliper_permille = 200\n{by_age}");
    let (propensity, mahalanobis) = (distance("propensity"), distance("mahalanobis"));
    let weights = format!("method = \"entropy-balance\"\ncontrols = \"all\"\n{by_age}");
    // All participants are older than anybody else.
    let apart = |row: usize, values: &mut Vec<Option<Value>>| {
        values[AGE] = Some(Value::Integer(if Place::is_participant(row) { 60 } else { 50 }));
    };
    assert_nobody(beside(&[&propensity, &mahalanobis, &weights], apart), "apart");
    // Nothing tells anybody apart.
    let alike = |_: usize, values: &mut Vec<Option<Value>>| values[AGE] = Some(Value::Integer(50));
    assert_nobody(beside(&[&propensity, &mahalanobis, &weights], alike), "alike");
    // Nobody else is of the one practice.
    let elsewhere = |row: usize, values: &mut Vec<Option<Value>>| {
        if !Place::is_participant(row) && values[PRACTICE] == Some(Value::Code(7)) {
            values[PRACTICE] = None;
        }
    };
    let of_one = |terms: &str| format!("{terms}others = [{{ variable = \"practice\", codes = [\"p7\"] }}]\n");
    let stratified = of_one("method = \"stratified\"\ncontrols = 2\nexact = []\n");
    let each = [of_one(&propensity), of_one(&mahalanobis), of_one(&weights), stratified];
    assert_nobody(beside(&each.each_ref().map(String::as_str), elsewhere), "elsewhere");
}

#[test]
fn the_planned_terms_once_more_give_the_planned_result() {
    let again = "method = \"coarsened\"\ncontrols = \"all\"\nexact = [\"sex\"]\n\
                 covariate = [{ variable = \"age\", cut_points = [40, 65] }]\n";
    let all = format!("{again}others = [{{ variable = \"imd\", min = 1 }}]\n");
    let some = format!("{again}others = [{{ variable = \"imd\", max = 5 }}]\n");
    let found = beside(&[again, &all, &some], |_, _| ());
    let body = Place::of(&study("")).released();
    let planned = cells(&of_kind(&body, ": as planned"));
    assert_eq!(found[..2], [planned.clone(), planned.clone()]);
    for (fewer, planned) in found[2].iter().zip(&planned) {
        let (ReleasedCell::Count(found), ReleasedCell::Count(all)) = (fewer[1], planned[1]) else {
            panic!("{fewer:?}")
        };
        assert!((100..all).contains(&found), "{found} of {all}");
    }
}

/// Practices of the others of the offer at some place, and how many participants it has.
fn offered(place: &Place, at: usize) -> (Vec<u64>, usize) {
    let reckoned = Reckoned::of(place);
    let offer = &reckoned.frame.offers[at];
    let others = offer.others.iter().map(|other| reckoned.frame.others[*other as usize].usage_row);
    let participants = offer.participants.iter().filter(|kept| **kept == frame::Kept::Offered).count();
    (others.map(|row| place.usage.refs()[row as usize].0).collect(), participants)
}

const AREA: &str = r#"
[[comparison.alternative]]
label = "other practices"
method = "stratified"
controls = "all"
replacement = "without"
exact = []
others = [{ variable = "practice", codes = ["p1"] }, { variable = "imd", max = 4 }]
"#;

fn with(practice: u16, imd: i32) -> [(usize, Value); 3] {
    [(PRACTICE, Value::Code(practice)), (AGE, Value::Integer(50)), (IMD, Value::Integer(imd))]
}

#[test]
fn what_is_asked_of_others_is_not_asked_of_participants() {
    let mut place = Place::empty(&study(AREA));
    place.add(1, Some("2021-03-31"), with(0, 9));
    for (reference, practice, imd) in [(10, 1, 4), (11, 1, 5), (12, 0, 4), (13, 1, 1)] {
        place.add(reference, None, with(practice, imd));
    }
    assert_eq!(offered(&place, 0), (vec![10, 11, 12, 13], 1));
    assert_eq!(offered(&place, 1), (vec![10, 13], 1), "both must hold");
    let reckoned = Reckoned::of(&place);
    let alternative = &reckoned.alternatives(&place)[0];
    assert_eq!(alternative.people(Arm::Comparison).collect::<Vec<_>>(), [1, 4], "after the one participant");
    let weights = alternative.matched.iter().map(|row| row.weight).collect::<Vec<_>>();
    assert_eq!(weights, [1.0, 0.5, 0.5]);
    // The same of the planned terms.
    let planned = COARSENED.replace("eligible", "others = [{ variable = \"practice\", codes = [\"p1\"] }]\neligible");
    let place = Place { study: Study::parse(&format!("{HEAD}{MEASURES}{planned}")).unwrap(), ..place };
    assert_eq!(offered(&place, 0), (vec![10, 11, 13], 1));
}

/// Somebody whom only the alternative can have is of no part in the planned matching; those who share an index date with them may be.
#[test]
fn an_alternative_has_people_of_its_own() {
    let alternative = AREA.lines().filter(|line| !line.starts_with("others")).collect::<Vec<_>>().join("\n");
    let mut place = Place::empty(&study(&alternative));
    // The planned terms ask for the age.
    let without_age = [(PRACTICE, Value::Code(0)), (REGISTERED, Value::Date(0)), (IMD, Value::Integer(5))];
    place.add(1, Some("2021-03-31"), with(0, 5));
    place.add(2, Some("2021-06-30"), without_age);
    for reference in 100..200 {
        place.add(reference, None, with(0, 5));
    }
    place.add(200, None, without_age);
    let (planned, other) = (offered(&place, 0), offered(&place, 1));
    assert_eq!((planned.1, other.1), (1, 2));
    assert_eq!((planned.0.len(), other.0.len()), (100, 101));
    let Reckoned { frame, .. } = Reckoned::of(&place);
    assert_eq!((frame.others_not_eligible, frame.others_not_observed, frame.others.len()), (1, 0, 101));
    let on = |date: &str| frame.others.iter().filter(|other| other.index == day(date)).count();
    assert!(on("2021-03-31") > 25 && on("2021-06-30") > 25, "dates are drawn from participants of either");
    let body = place.released();
    let frame: Vec<_> = body.table("frame").unwrap().rows().map(|(_, cells)| cells[0]).collect();
    assert_eq!(frame[4], ReleasedCell::Count(100), "the planned offer");
}
