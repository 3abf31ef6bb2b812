//! The made-up place against a second implementation in Python (`vectors/make_oracle.py`): what is shown, cell by cell, and what is
//! reckoned before it is shown, to 1e-8.

use counterfoil_estimate::{Arm, CountModel, Drawn, Interval, Modelled, Period, Quantity, e_value};
use counterfoil_model::CensoringReason::{Died, MovedOut};
use serde_json::Value as Json;

use super::place::{BESIDE, COARSENED, HEAD, MEASURES, Place};
use super::*;
use crate::compared::{Part, Rows, View};
use crate::estimates::{Estimates, drawn, estimates};
use crate::used::Periods;

fn oracle() -> Json {
    serde_json::from_str(include_str!("../../vectors/oracle.json")).unwrap()
}

const STATUS: &str = r#"
[[breakdown]]
id = "status"
label = "Status"
dataset = "programme"
variable = "status"
"#;

fn place() -> Place {
    Place::of(&format!("{HEAD}{MEASURES}{COARSENED}{BESIDE}{STATUS}"))
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
        let (terms, seed) = (&comparison.matching, derived(place.seed, "matching"));
        let matched = matched::matched(&inputs, terms, frame.planned(), &counted, &tally, seed).unwrap();
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
    assert!(same > 1_500 && by_sums < 10, "{same} {by_sums}");
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
    let kept = |wanted| frame.planned().participants.iter().filter(|kept| **kept == wanted).count() as u64;
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

impl Reckoned {
    pub(super) fn parts<'a>(&'a self, place: &'a Place, inputs: &'a Inputs<'a>) -> Parts<'a> {
        Parts {
            inputs,
            comparison: place.study.comparison.as_ref().unwrap(),
            plan: &[],
            frame: &self.frame,
            counted: &self.counted,
            tally: &self.tally,
            matched: &self.matched,
            seed: place.seed,
        }
    }

    /// Matched rows of each of the study's other comparisons.
    pub(super) fn alternatives(&self, place: &Place) -> Vec<Rows> {
        let inputs = place.inputs();
        let alternatives = &place.study.comparison.as_ref().unwrap().alternatives;
        let each = alternatives.iter().zip(&self.frame.offers[1..]).map(|(of, offer)| {
            matched::matched(&inputs, &of.matching, offer, &self.counted, &self.tally, [0; 32]).unwrap().rows
        });
        each.collect()
    }
}

#[test]
fn rates_effects_and_intervals_are_the_same_before_they_are_rounded() {
    let place = place();
    let reckoned = Reckoned::of(&place);
    let inputs = place.inputs();
    let study = &place.study;
    let parts = reckoned.parts(&place, &inputs);
    let rows = &reckoned.matched.rows;
    let completers = effect::of_some(rows, &reckoned.people.completed);
    let alternatives = reckoned.alternatives(&place);
    let (planned, placebo) = (View::of(Periods::of(study)), View::of(Periods::placebo(study, 6)));
    let (all, counts, money) = (0..study.measures.len(), 0..5, 5..7);
    let oracle = oracle();
    let compare = |suffix: &str, rows: &Rows, measures: std::ops::Range<usize>, view, model| {
        let found = estimates(&parts, rows, measures.clone(), view, model).unwrap();
        assert!(found.keys().copied().eq(measures), "{suffix}");
        for (measure, of) in &found {
            let name = format!("{}{suffix}", study.measures[*measure].id);
            assert_estimates(of, &oracle["exact"]["effect"][&name], &name);
        }
    };
    for (suffix, rows, measures, view) in [
        ("", rows, &all, planned),
        ("_completers", &completers, &all, planned),
        ("_placebo", rows, &all, placebo),
        ("_cut", rows, &money, View { winsorise_permille: Some(950), ..planned }),
        ("_washed_in", rows, &all, View::of(Periods::washed_in(study, 2))),
        ("_without_0", rows, &all, View { left_out: Some(0), ..planned }),
        ("_alternative_0", &alternatives[0], &all, planned),
        ("_alternative_1", &alternatives[1], &all, planned),
        ("_alternative_2", &alternatives[2], &all, planned),
        ("_any", rows, &money, View { part: Part::Any, ..planned }),
        ("_amount", rows, &money, View { part: Part::OfThoseWithAny, ..planned }),
    ] {
        compare(suffix, rows, measures.clone(), view, CountModel::Poisson);
    }
    compare("_negative_binomial", rows, counts, planned, CountModel::NegativeBinomial);
    for subgroup in &parts.comparison.subgroups {
        let (of_participants, groups) = subgroup::groups(&parts, &reckoned.people, subgroup);
        assert_eq!(of_participants.iter().filter(|of| **of == groups - 1).count(), 0, "all is recorded");
        for group in 0..groups - 1 {
            let chosen: Vec<bool> = of_participants.iter().map(|of| *of == group).collect();
            let rows = effect::of_some(rows, &chosen);
            compare(&format!("_{}_{group}", subgroup.id), &rows, all.clone(), planned, CountModel::Poisson);
        }
    }
    for (measure, of) in drawn(&parts, rows, all, planned).unwrap() {
        let name = study.measures[measure].id.as_str();
        let expected = &oracle["exact"]["effect"][name]["drawn"];
        assert_drawn(&of.difference, &expected["difference"], name);
        assert_drawn(&of.ratio_of_ratios, &expected["ratio_of_ratios"], name);
    }
}

#[test]
fn others_are_matched_exactly() {
    let place = place();
    let reckoned = Reckoned::of(&place);
    let found: Vec<_> = reckoned.alternatives(&place).iter().map(|of| Arm::BOTH.map(|arm| of.count(arm))).collect();
    assert_eq!(serde_json::json!(found), oracle()["exact"]["alternatives"]);
}

#[test]
fn the_course_and_its_test_are_the_same_before_they_are_rounded() {
    let place = place();
    let reckoned = Reckoned::of(&place);
    let inputs = place.inputs();
    let parts = reckoned.parts(&place, &inputs);
    let stretches = place.study.stretches();
    let oracle = oracle();
    for measure in 0..5 {
        let of = course::OfMeasure::read(&parts, measure, &stretches).unwrap();
        let study = of.apart().unwrap().unwrap();
        let expected = oracle["exact"]["apart"][measure].as_array().unwrap();
        let mut points = study.points.iter();
        for (stretch, expected) in expected.iter().enumerate() {
            if usize::try_from(study.base) == Ok(stretch) {
                assert!(expected.is_null());
                continue;
            }
            let point = points.next().unwrap();
            assert_eq!(usize::try_from(point.quarter), Ok(stretch));
            assert_three(Some((point.estimate, point.interval.unwrap())), expected, &format!("{measure} {stretch}"));
        }
        assert_eq!(points.len(), 0);
        let p = study.pre_trend.ok().map(|wald| wald.p_value_t_squared);
        assert_close(p, &oracle["exact"]["trend"][measure], &format!("{measure}, p"));
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
    assert_modelled(of.difference, &expected["modelled"]["difference"], name);
    assert_modelled(of.ratio_of_ratios, &expected["modelled"]["ratio_of_ratios"], name);
    let strength = of.ratio_of_ratios.map(|of| e_value(of.estimate, of.interval).unwrap());
    assert_close(strength.map(|of| of.estimate), &expected["e_values"][0], name);
    assert_close(strength.map(|of| of.limit), &expected["e_values"][1], name);
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
            found.after.distribution_distance,
        ];
        for (found, expected) in found.into_iter().zip(expected.as_array().unwrap()) {
            assert_close(found, expected, &format!("row {at}"));
        }
    }
}
