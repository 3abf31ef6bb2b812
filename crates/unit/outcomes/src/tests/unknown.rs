//! What cannot be reckoned, and says so everywhere it would stand.

use super::oracle::Reckoned;
use super::place::{COARSENED, HEAD, MEASURES, PRACTICE, Place};
use super::planned::{column, figures, of, stratified};
use super::*;

#[test]
fn one_practice_has_rates_and_no_effect() {
    for comparison in [COARSENED.to_owned(), stratified("3", "without")] {
        let body = of(&comparison).with_usage(|_, values| values[PRACTICE] = Some(Value::Code(0))).released();
        assert!(column(&body, "effect", 2).iter().all(|cell| matches!(cell, ReleasedCell::Figure(_))));
        assert!(column(&body, "effect", 6).iter().all(|cell| matches!(cell, ReleasedCell::Figure(_))));
        assert!(figures(&body, "effect", 8).iter().all(|cell| *cell == ReleasedCell::NotEstimated));
        for (label, cells) in body.table("sensitivity").unwrap().rows() {
            // Three months have so little that it may not even be said that there is no estimate.
            let is_of_few = label.starts_with("Elective") && label.contains("placebo");
            let hidden = if is_of_few { cells[2] } else { ReleasedCell::NotEstimated };
            assert!(matches!(hidden, ReleasedCell::NotEstimated | ReleasedCell::Suppressed), "{label}");
            assert_eq!(cells[2..], [hidden; 5], "{label}");
        }
        for people in [0, 1] {
            let matched = column(&body, "effect", people)[0];
            assert!(matches!(matched, ReleasedCell::Count(100..)), "{matched:?}");
            assert!(column(&body, "sensitivity", people).iter().all(|cell| *cell == matched));
            assert!(column(&body, "trend", people).iter().all(|cell| *cell == matched));
        }
        for (label, cells) in body.table("course").unwrap().rows() {
            let is_of_few = cells[..2].contains(&ReleasedCell::Suppressed);
            let hidden = if is_of_few { ReleasedCell::Suppressed } else { ReleasedCell::NotEstimated };
            assert_eq!(cells[2..], [hidden; 3], "{label}");
        }
        assert!(figures(&body, "course", 2).contains(&ReleasedCell::NotEstimated));
        let trend = column(&body, "trend", 2);
        assert_eq!(trend[..2], [ReleasedCell::NotEstimated; 2]);
        assert!(!trend.iter().any(|cell| matches!(cell, ReleasedCell::Figure(_))));
    }
}

/// Of two practices one has use only before among participants and only after among others, and the other the reverse: by t with one
/// degree of freedom an end of the interval is beyond anything that can be written.
#[test]
fn an_effect_whose_interval_has_no_end_is_not_shown() {
    let mut place =
        of(COARSENED).with_usage(|row, values| values[PRACTICE] = Some(Value::Code(u16::from(row % 2 == 0))));
    let index_of: std::collections::BTreeMap<PersonRef, (u32, i32)> = Reckoned::of(&place)
        .counted
        .iter()
        .map(|person| (place.usage.refs()[person.usage_row as usize], (person.usage_row, person.index)))
        .collect();
    place.events.retain(|event| {
        index_of.get(&event.person).is_some_and(|(row, index)| {
            let is_first_kind = (row % 2 == 0) == Place::is_participant(*row as usize);
            (event.date < *index) == is_first_kind
        })
    });
    let body = place.released();
    assert!(column(&body, "effect", 2).iter().any(|cell| matches!(cell, ReleasedCell::Figure(_))));
    // The E-values go with their estimate, of which they would tell.
    for (table, first) in [("effect", 11), ("sensitivity", 2)] {
        let (mut with, mut without) = (0, 0);
        for (label, cells) in body.table(table).unwrap().rows() {
            let is_none = |cell: &ReleasedCell| *cell == ReleasedCell::NotEstimated;
            match cells[first..].iter().filter(|cell| is_none(cell)).count() {
                0 => with += 1,
                all if all == cells.len() - first => without += 1,
                _ => panic!("{table} / {label}: {cells:?}"),
            }
        }
        assert!(without > 0, "{table}: {with} {without}");
    }
}

#[test]
fn without_two_stretches_before_nothing_says_that_both_ran_alike() {
    for (look_back, tested) in [(9, false), (10, true)] {
        let head = HEAD.replace("look_back_months = 18", &format!("look_back_months = {look_back}"));
        let body = Place::of(&format!("{head}{MEASURES}{COARSENED}")).released();
        let trend = column(&body, "trend", 2);
        assert_eq!(trend.len(), 5);
        assert!(trend.iter().all(|cell| (*cell != ReleasedCell::NotEstimated) == tested), "{look_back}: {trend:?}");
        assert!(figures(&body, "course", 2).iter().any(|cell| matches!(cell, ReleasedCell::Figure(_))));
    }
}
