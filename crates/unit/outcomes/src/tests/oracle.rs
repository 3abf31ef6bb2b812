//! The made-up place against a second implementation in Python (`vectors/make_oracle.py`): what is shown, cell by cell, and what is
//! reckoned before it is shown, to 1e-8.

use counterfoil_estimate::{Arm, Drawn, Interval, Modelled, Period, Quantity};
use counterfoil_model::CensoringReason::{Died, MovedOut};
use serde_json::Value as Json;

use super::place::{COARSENED, HEAD, MEASURES, Place};
use super::*;
use crate::estimates::{Estimates, estimates};
use crate::used::Periods;

fn oracle() -> Json {
    serde_json::from_str(include_str!("../../vectors/oracle.json")).unwrap()
}

fn place() -> Place {
    Place::of(&format!("{HEAD}{MEASURES}{COARSENED}"))
}

/// What a tabulation reckons before it becomes cells.
pub(super) struct Reckoned {
    pub(super) people: people::People,
    pub(super) frame: frame::Frame,
    pub(super) counted: Vec<tally::Counted>,
    pub(super) tally: tally::Tally,
    pub(super) matched: matched::Matched,
}

impl Reckoned {
    pub(super) fn of(place: &Place) -> Self {
        let inputs = place.inputs();
        let comparison = place.study.comparison.as_ref().unwrap();
        let observations = observed::observations(&inputs);
        let people = people::People::of::<Infallible>(&inputs, &observations).unwrap();
        let frame = frame::Frame::of(&inputs, comparison, &people, &observations, place.seed);
        let mut counted: Vec<_> = people
            .analysed
            .iter()
            .map(|(row, windows)| tally::Counted { usage_row: *row, index: windows.follow_up.start })
            .collect();
        counted.extend(&frame.others);
        let tally = tally::Tally::new(&inputs, &counted, &observations, |sink: &mut dyn FnMut(EventRow)| {
            place.read_events(sink)
        })
        .unwrap();
        let matched = matched::matched(&inputs, comparison, &frame, &counted, &tally, place.seed).unwrap();
        Self { people, frame, counted, tally, matched }
    }
}

#[test]
fn every_cell_is_that_of_the_second_implementation() {
    let body = place().released();
    let oracle = oracle();
    let tables = oracle["tables"].as_object().unwrap();
    assert_eq!(body.tables().len(), tables.len());
    let (mut same, mut by_sums) = (0, 0);
    for table in body.tables() {
        let expected = tables[table.id().as_str()].as_array().unwrap();
        assert_eq!(table.rows().len(), expected.len(), "{}", table.id());
        for ((label, cells), expected) in table.rows().zip(expected) {
            let shown: Vec<String> = cells.iter().map(text).collect();
            for ((shown, expected), column) in shown.iter().zip(expected.as_array().unwrap()).zip(table.columns()) {
                // Sums may take more counts than the primary rule, which is all that the oracle knows of.
                let is_count = column.kind == counterfoil_release::ColumnKind::Count;
                if shown == expected.as_str().unwrap() {
                    same += 1;
                } else if is_count && shown == "*" {
                    by_sums += 1;
                } else {
                    panic!("{} / {label} / {}: {shown} is not {expected}", table.id(), column.label);
                }
            }
        }
    }
    assert!(same > 400 && by_sums < 10, "{same} {by_sums}");
}

fn text(cell: &ReleasedCell) -> String {
    match cell {
        ReleasedCell::Count(number) | ReleasedCell::Money(number) => number.to_string(),
        ReleasedCell::Figure(figure) => figure.to_string(),
        ReleasedCell::NotEstimated => "n/a".to_owned(),
        ReleasedCell::Suppressed => "*".to_owned(),
    }
}

#[test]
fn people_and_amounts_are_counted_exactly() {
    let place = place();
    let Reckoned { people, frame, tally, matched, .. } = Reckoned::of(&place);
    let exact = &oracle()["exact"];
    let numbers = |of: &str| -> Vec<u64> { serde_json::from_value(exact[of].clone()).unwrap() };
    let flow = numbers("flow");
    let completed = people.completed.iter().filter(|completed| **completed).count() as u64;
    assert_eq!([people.analysed.len() as u64, completed], [flow[7], flow[8]]);
    let of_frame = numbers("frame");
    assert_eq!([frame.others_not_eligible, frame.others_not_observed], [of_frame[2], of_frame[3]]);
    let kept = |wanted| frame.participants.iter().filter(|kept| **kept == wanted).count() as u64;
    assert_eq!([kept(frame::Kept::NotEligible), kept(frame::Kept::NotObserved)], [of_frame[8], of_frame[9]]);
    let matched_people = [Arm::Comparison, Arm::Participant].map(|arm| matched.rows.count(arm));
    assert_eq!(matched_people, [of_frame[5], of_frame[11]]);

    let periods = Periods::of(&place.study);
    for (measure, expected) in exact["use"].as_array().unwrap().iter().enumerate() {
        let amounts = |months| (0..people.analysed.len()).map(move |person| (person, months));
        let amounts = |months| amounts(months).map(|(person, months)| tally.amount(person, measure, months));
        let sums = [periods.before, periods.after].map(|months| amounts(months).sum::<u64>());
        let with_any =
            [periods.before, periods.after].map(|months| amounts(months).filter(|of| *of > 0).count() as u64);
        assert_eq!(serde_json::json!([sums[0], sums[1], with_any[0], with_any[1]]), *expected, "{measure}");
    }
    let rows = [None, Some(None), Some(Some(Died)), Some(Some(MovedOut))];
    for (expected, wanted) in exact["time"].as_array().unwrap().iter().zip(rows) {
        let found: Vec<u64> = Arm::BOTH
            .into_iter()
            .flat_map(|arm| {
                let seen = matched.rows.people(arm).map(|person| tally.observed(person as usize, periods.after));
                let of_row = seen.filter(|(_, ended)| wanted.is_none_or(|wanted| *ended == wanted));
                let days: Vec<u64> = of_row.map(|(days, _)| u64::from(days)).collect();
                [days.len() as u64, days.iter().sum()]
            })
            .collect();
        assert_eq!(serde_json::json!(found), *expected, "{wanted:?}");
    }
}

/// Both known and within 1e-8 of each other, or both unknown.
fn assert_close(found: Option<f64>, expected: &Json, place: &str) {
    let expected = expected.as_f64();
    let close = match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-8 * expected.abs().max(1.0),
        (found, expected) => found.is_none() && expected.is_none(),
    };
    assert!(close, "{place}: {found:?} is not {expected:?}");
}

fn assert_three<Q: Quantity>(found: Option<(Q, Interval<Q>)>, expected: &Json, place: &str) {
    assert_close(found.map(|(estimate, _)| estimate.value()), &expected[0], place);
    assert_close(found.map(|(_, interval)| interval.lower.value()), &expected[1], place);
    assert_close(found.map(|(_, interval)| interval.upper.value()), &expected[2], place);
}

fn assert_drawn<Q: Quantity>(drawn: &Drawn<Q>, expected: &Json, place: &str) {
    let found = drawn.bca.ok().and_then(|interval| Some((drawn.estimate.ok()?, interval)));
    assert_three(found, expected, &format!("{place}, drawn"));
}

fn assert_modelled<Q: Quantity>(modelled: Option<Modelled<Q>>, expected: &Json, place: &str) {
    assert_three(modelled.map(|of| (of.estimate, of.interval)), expected, &format!("{place}, modelled"));
}

#[test]
fn rates_effects_and_intervals_are_the_same_before_they_are_rounded() {
    let place = place();
    let reckoned = Reckoned::of(&place);
    let inputs = place.inputs();
    let study = &place.study;
    let parts = Parts {
        inputs: &inputs,
        comparison: study.comparison.as_ref().unwrap(),
        plan: &[],
        counted: &reckoned.counted,
        tally: &reckoned.tally,
        matched: &reckoned.matched,
        seed: place.seed,
    };
    let rows = &reckoned.matched.rows;
    let completers = compared::Rows::of(effect::of_completers(&rows.rows, &reckoned.people.completed));
    let (planned, placebo) = (Periods::of(study), Periods::placebo(study, 6));
    let all = 0..study.measures.len();
    let oracle = oracle();
    for (suffix, rows, measures, periods, cut) in [
        ("", rows, all.clone(), planned, None),
        ("_completers", &completers, all.clone(), planned, None),
        ("_placebo", rows, all.clone(), placebo, None),
        ("_cut", rows, 5..7, planned, Some(950)),
    ] {
        for (measure, of) in &estimates(&parts, rows, measures, periods, cut).unwrap() {
            let name = format!("{}{suffix}", study.measures[*measure].id);
            assert_estimates(of, &oracle["exact"]["effect"][&name], &name);
        }
    }
}

fn assert_estimates(of: &Estimates<'_>, expected: &Json, name: &str) {
    for arm in Arm::BOTH {
        for period in Period::BOTH {
            let rate = of.rates.rate(arm, period).ok().map(Quantity::value);
            assert_close(rate, &expected["rates"][arm as usize][period as usize], name);
        }
        assert_close(of.rates.change(arm).ok().map(Quantity::value), &expected["changes"][arm as usize], name);
    }
    let drawn = of.drawn.as_ref().unwrap();
    assert_drawn(&drawn.difference, &expected["drawn"]["difference"], name);
    assert_drawn(&drawn.ratio_of_ratios, &expected["drawn"]["ratio_of_ratios"], name);
    assert_modelled(of.difference, &expected["modelled"]["difference"], name);
    assert_modelled(of.ratio_of_ratios, &expected["modelled"]["ratio_of_ratios"], name);
}

#[test]
fn means_and_differences_are_the_same_before_they_are_rounded() {
    let place = place();
    let Reckoned { counted, tally, matched, .. } = Reckoned::of(&place);
    let inputs = place.inputs();
    let rows = balance::rows(&inputs, place.study.comparison.as_ref().unwrap());
    let oracle = oracle();
    let expected = oracle["exact"]["balance"].as_array().unwrap();
    assert_eq!(rows.len(), expected.len());
    for (at, (of, expected)) in rows.iter().zip(expected).enumerate() {
        let numbers = balance::numbers(&inputs, *of, &matched, &counted, &tally);
        let columns = [(numbers.treated.as_slice(), numbers.candidates.as_slice())];
        let found = &counterfoil_matching::balance_of(&columns, matched.matching.as_ref().unwrap()).unwrap()[0];
        let found = [
            found.before.treated_mean,
            found.before.control_mean,
            found.after.treated_mean,
            found.after.control_mean,
            found.before.standardised_difference,
            found.after.standardised_difference,
            numbers.variance_ratio(&found.after),
        ];
        for (found, expected) in found.into_iter().zip(expected.as_array().unwrap()) {
            assert_close(found, expected, &format!("row {at}"));
        }
    }
}
