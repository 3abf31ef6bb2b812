//! What stands beside the planned result, by hand: days left out, a wash-in, two parts. The index date is 31 March 2021:
//! before is 30 September 2019 to 30 December 2020, after is 31 March 2021 to 30 March 2022.

use counterfoil_estimate::{Arm, CountModel, GroupBy, Period, Quantity, Rates};

use super::oracle::Reckoned;
use super::place::{BESIDE, COARSENED, DIED, HEAD, MEASURES, PRACTICE_SINCE, Place, REGISTERED};
use super::*;
use crate::compared::{Part, Rows, View, panels};
use crate::estimates::estimates;
use crate::matched::MatchedRow;
use crate::used::Periods;

/// Positions of measures.
const GP_MEASURE: usize = 0;
const AE_MEASURE: usize = 1;
const GP_COST: usize = 6;

/// Before any day, a spring, all that counts as before, and from one period into the other.
const LEFT_OUT: &str = r#"
[[comparison.left_out]]
label = "nothing"
from = 2010-01-01
to = 2010-12-31
[[comparison.left_out]]
label = "a spring"
from = 2020-03-01
to = 2020-05-31
[[comparison.left_out]]
label = "all before"
from = 2019-09-30
to = 2020-12-30
[[comparison.left_out]]
label = "a winter"
from = 2020-12-01
to = 2021-04-30
"#;
const NOTHING: usize = 0;
const SPRING: usize = 1;
const ALL_BEFORE: usize = 2;
const WINTER: usize = 3;

pub(super) fn study(beside: &str) -> String {
    format!("{HEAD}{MEASURES}{COARSENED}{beside}")
}

/// One participant with these dates, and an attendance and an appointment on each of these days.
fn one(beside: &str, dates: [(usize, &str); 3], days: &[&str]) -> (Place, tally::Tally) {
    let mut place = Place::empty(&study(beside));
    place.add(5, Some("2021-03-31"), dates.map(|(variable, date)| (variable, Value::Date(day(date)))));
    for date in days {
        place.add_event(5, GP, date);
        place.add_event(5, AE, date);
    }
    let tally = tally_of(&place);
    (place, tally)
}

/// The use of everybody in the programme, in the order of the links.
fn tally_of(place: &Place) -> tally::Tally {
    let inputs = place.inputs();
    let observations = observed::observations(&inputs);
    let people = people::People::of::<Infallible>(&inputs, &observations).unwrap();
    let analysed = people.analysed.iter();
    let counted: Vec<_> =
        analysed.map(|(row, windows)| tally::Counted { usage_row: *row, index: windows.follow_up.start }).collect();
    let read = |sink: &mut dyn FnMut(EventRow)| place.read_events(sink);
    tally::Tally::new::<Infallible>(&inputs, &counted, &observations, read).unwrap()
}

/// Dates far from every window.
const NEVER: [(usize, &str); 3] = [(REGISTERED, "2000-01-01"), (DIED, "2090-01-01"), (PRACTICE_SINCE, "2000-01-01")];

/// Amounts and days of both periods, without some of the study's times.
fn without(tally: &tally::Tally, left_out: usize, measure: usize) -> ([u64; 2], [u32; 2]) {
    (
        Period::BOTH.map(|period| tally.amounts_without(left_out, measure, period)(0)),
        Period::BOTH.map(|period| tally.days_without(left_out, measure, period)(0)),
    )
}

#[test]
fn days_left_out_are_neither_used_nor_observed() {
    let days = [
        "2019-09-30", // the first day before
        "2020-02-29",
        "2020-03-01", // the spring
        "2020-05-31",
        "2020-06-01",
        "2020-11-30",
        "2020-12-01", // the winter
        "2020-12-30",
        "2020-12-31", // the dip
        "2021-03-30",
        "2021-03-31",
        "2021-04-30",
        "2021-05-01", // after the winter
        "2022-03-30",
        "2022-03-31", // after the follow-up
    ];
    let (_, tally) = one(LEFT_OUT, NEVER, &days);
    // 458 days before, 92 of a spring, 1 to 30 December; 365 days after, 31 March and April.
    for measure in [GP_MEASURE, AE_MEASURE] {
        assert_eq!(without(&tally, NOTHING, measure), ([8, 4], [458, 365]));
        assert_eq!(without(&tally, SPRING, measure), ([6, 4], [458 - 92, 365]));
        assert_eq!(without(&tally, ALL_BEFORE, measure), ([0, 4], [0, 365]));
        assert_eq!(without(&tally, WINTER, measure), ([6, 2], [458 - 30, 365 - 31]));
        // What is left out elsewhere leaves the planned periods as they are.
        assert_eq!([(-18, -3), (0, 12)].map(|months| tally.amount(0, measure, months)), [8, 4]);
        assert_eq!([(-18, -3), (0, 12)].map(|months| tally.days(0, measure, months)), [458, 365]);
    }
}

#[test]
fn only_observed_days_can_be_left_out() {
    let days = ["2020-03-31", "2020-04-01", "2020-06-01", "2021-04-30", "2021-05-01"];
    let dates = [(REGISTERED, "2020-04-01"), (DIED, "2021-04-15"), (PRACTICE_SINCE, "2020-06-01")];
    let (_, tally) = one(LEFT_OUT, dates, &days);
    // From 1 April to 30 December are 274 days, from 1 June 213; from 31 March to 15 April 16.
    assert_eq!(without(&tally, NOTHING, AE_MEASURE), ([2, 0], [274, 16]));
    assert_eq!(without(&tally, SPRING, AE_MEASURE), ([1, 0], [213, 16]));
    assert_eq!(without(&tally, NOTHING, GP_MEASURE), ([1, 0], [213, 16]));
    assert_eq!(without(&tally, SPRING, GP_MEASURE), ([1, 0], [213, 16]), "not recorded then");
    assert_eq!(without(&tally, ALL_BEFORE, GP_MEASURE), ([0, 0], [0, 16]));
    assert_eq!(without(&tally, WINTER, AE_MEASURE), ([2, 0], [274 - 30, 0]));
}

#[test]
fn a_wash_in_leaves_out_the_first_months_and_nothing_else() {
    let (place, tally) = one(BESIDE, NEVER, &["2020-12-30", "2021-03-31", "2021-05-30", "2021-05-31", "2022-03-30"]);
    let (planned, washed_in) = (Periods::of(&place.study), Periods::washed_in(&place.study, 2));
    assert_eq!((washed_in.before, washed_in.after), (planned.before, (2, 12)));
    let amounts = |periods: Periods| periods.both().map(|months| tally.amount(0, AE_MEASURE, months));
    assert_eq!((amounts(planned), amounts(washed_in)), ([1, 4], [1, 2]));
    // 31 May 2021 to 30 March 2022.
    assert_eq!(washed_in.both().map(|months| tally.days(0, AE_MEASURE, months)), [458, 304]);
    let gone = [(REGISTERED, "2000-01-01"), (DIED, "2021-05-30"), (PRACTICE_SINCE, "2000-01-01")];
    let (_, tally) = one(BESIDE, gone, &[]);
    assert_eq!([planned.after, washed_in.after].map(|months| tally.days(0, AE_MEASURE, months)), [61, 0]);
}

/// Two participants and two others, whose appointments cost so much before and after.
fn four() -> (Place, Rows) {
    let mut place = Place::empty(&study(BESIDE));
    let pence = [(10, 0, 0), (11, 300, 100), (20, 200, 600), (21, 100, 0)];
    for (reference, before, after) in pence {
        place.add(reference, Some("2021-03-31"), NEVER.map(|(variable, date)| (variable, Value::Date(day(date)))));
        for (date, cost) in [("2020-01-10", before), ("2020-02-10", before), ("2021-06-10", after)] {
            let values = [None, Some(Value::Integer(cost)), None];
            place.events.push(EventRow {
                person: PersonRef(reference),
                event: GP,
                date: day(date),
                values: values.into(),
            });
        }
    }
    let row = |arm, person, weight| MatchedRow { person, arm, set: 0, cluster: person, weight };
    let rows = vec![
        row(Arm::Participant, 0, 1.0),
        row(Arm::Participant, 1, 1.0),
        row(Arm::Comparison, 2, 0.5),
        row(Arm::Comparison, 3, 1.5),
    ];
    (place, Rows::of(rows, GroupBy::OwnCluster))
}

/// Rates for each person-year before and after, of participants and of the others.
fn rates(place: &Place, rows: &Rows, view: View) -> [[Option<f64>; 2]; 2] {
    let tally = tally_of(place);
    let together = panels(&place.study, rows, &tally, std::iter::once(GP_COST), view).unwrap().pop().unwrap();
    let rates = Rates::of(&together.panel, &together.measures[0].1).unwrap();
    Arm::BOTH.map(|arm| Period::BOTH.map(|period| rates.rate(arm, period).ok().map(Quantity::value)))
}

fn assert_rates(found: [[Option<f64>; 2]; 2], expected: [[f64; 2]; 2]) {
    for (found, expected) in found.as_flattened().iter().zip(expected.as_flattened()) {
        assert!((found.unwrap() - expected).abs() < 1e-12 * expected.abs().max(1.0), "{found:?} {expected}");
    }
}

#[test]
fn two_parts_by_hand() {
    let (place, rows) = four();
    let planned = View::of(Periods::of(&place.study));
    let (before, after) = (458.0 / 365.25, 365.0 / 365.25);
    // The one with 300 pence twice, of two; 0.5 with 200 pence twice and 1.5 with 100 twice, of two.
    let whole = [[600.0 / (2.0 * before), 100.0 / (2.0 * after)], [500.0 / (2.0 * before), 300.0 / (2.0 * after)]];
    assert_rates(rates(&place, &rows, planned), whole);
    // One of two before and after; all, and then a quarter.
    let any = View { part: Part::Any, ..planned };
    let share = [[1.0 / (2.0 * before), 1.0 / (2.0 * after)], [2.0 / (2.0 * before), 0.5 / (2.0 * after)]];
    assert_rates(rates(&place, &rows, any), share);
    // For each with any, and each counts for a day.
    let of_those = View { part: Part::OfThoseWithAny, ..planned };
    let each = [[600.0, 100.0], [250.0, 600.0]].map(|of| of.map(|amount| amount * 365.25));
    assert_rates(rates(&place, &rows, of_those), each);
    // Left out as in the whole: the second appointment of each before.
    let study = study(BESIDE).replace("2020-11-05", "2020-02-10").replace("2021-03-08", "2020-02-10");
    let place = Place { study: Study::parse(&study).unwrap(), ..place };
    let before = 457.0 / 365.25;
    let whole = [[300.0 / (2.0 * before), 100.0 / (2.0 * after)], [250.0 / (2.0 * before), 300.0 / (2.0 * after)]];
    assert_rates(rates(&place, &rows, View { left_out: Some(0), ..planned }), whole);
}

#[test]
fn the_ratios_of_the_parts_multiply_to_that_of_the_whole() {
    let place = Place::of(&study(BESIDE));
    let reckoned = Reckoned::of(&place);
    let inputs = place.inputs();
    let parts = reckoned.parts(&place, &inputs);
    let planned = View::of(Periods::of(&place.study));
    let ratio = |part, measure| {
        let view = View { part, ..planned };
        let found =
            estimates(&parts, &reckoned.matched.rows, std::iter::once(measure), view, CountModel::Poisson).unwrap();
        let of = &found[&measure];
        assert_eq!(of.is_money, measure >= 5 && part != Part::Any, "{measure} {part:?}");
        of.ratio_of_ratios.unwrap().estimate.value()
    };
    // Of every measure: the parts know nothing of money.
    for measure in 0..place.study.measures.len() {
        let [whole, any, amount] = [Part::Whole, Part::Any, Part::OfThoseWithAny].map(|part| ratio(part, measure));
        assert!((any * amount / whole - 1.0).abs() < 1e-12, "{measure}: {whole} {any} {amount}");
        assert!((any - 1.0).abs() > 1e-3 && (amount - 1.0).abs() > 1e-3, "{measure}: neither part is nothing");
    }
}

pub(super) type Line<'a> = (&'a str, &'a [ReleasedCell]);

/// Rows of the table of other choices whose labels end so.
pub(super) fn of_kind<'a>(body: &'a ReleaseBody, kind: &str) -> Vec<Line<'a>> {
    body.table("sensitivity").unwrap().rows().filter(|(label, _)| label.ends_with(kind)).collect()
}

pub(super) fn cells(lines: &[Line<'_>]) -> Vec<Vec<ReleasedCell>> {
    lines.iter().map(|(_, cells)| cells.to_vec()).collect()
}

#[test]
fn without_days_of_nobody_all_is_as_planned_and_without_all_days_nothing_is_known() {
    let left_out =
        |from: &str, to: &str| format!("[[comparison.left_out]]\nlabel = \"{from}\"\nfrom = {from}\nto = {to}\n");
    let ranges = [("2000-01-01", "2018-12-31"), ("2024-01-01", "2030-12-31"), ("2018-01-01", "2030-01-01")];
    let text: String = ranges.iter().map(|(from, to)| left_out(from, to)).collect();
    let body = Place::of(&study(&text)).released();
    let planned = of_kind(&body, ": as planned");
    assert_eq!(planned.len(), 7);
    for (from, _) in &ranges[..2] {
        assert_eq!(cells(&of_kind(&body, &format!(": without {from}"))), cells(&planned), "{from}");
    }
    let nothing = of_kind(&body, ": without 2018-01-01");
    assert_eq!(nothing.len(), 7);
    for ((label, none), (_, planned)) in nothing.iter().zip(&planned) {
        assert_eq!(none[..2], planned[..2], "{label}");
        assert_eq!(none[2..], [ReleasedCell::NotEstimated; 5], "{label}");
    }
}
