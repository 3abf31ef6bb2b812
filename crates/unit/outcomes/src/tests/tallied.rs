//! Stretches and observation by hand. The index date is 31 March 2021, whose stretches begin at the ends of other months.

use counterfoil_model::CensoringReason::{self, Died, MovedOut};

use super::place::{AGE, COARSENED, DIED, HEAD, IMD, MEASURES, MOVED, PRACTICE_SINCE, Place, REGISTERED};
use super::*;
use crate::used::Periods;

const GP_EVENT: u16 = 0;
const AE_EVENT: u16 = 1;
/// Positions of measures.
const GP_MEASURE: usize = 0;
const AE_MEASURE: usize = 1;

/// One participant with these events, and with these dates.
fn tally(dates: [(usize, &str); 3], events: &[(u16, &str)]) -> tally::Tally {
    let mut place = Place::empty(&format!("{HEAD}{MEASURES}{COARSENED}"));
    place.add(5, Some("2021-03-31"), dates.map(|(variable, date)| (variable, Value::Date(day(date)))));
    for (event, date) in events {
        place.add_event(5, *event, date);
    }
    let inputs = place.inputs();
    let observations = observed::observations(&inputs);
    let counted = [tally::Counted { usage_row: 0, index: day("2021-03-31") }];
    tally::Tally::new::<Infallible>(&inputs, &counted, &observations, |sink: &mut dyn FnMut(EventRow)| {
        place.read_events(sink)
    })
    .unwrap()
}

/// Dates far from every window.
const NEVER: [(usize, &str); 3] = [(REGISTERED, "2000-01-01"), (DIED, "2090-01-01"), (MOVED, "2091-01-01")];

/// The first and the last day of each stretch between two cuts, and the days beside the first and the last.
const EDGES: [(u16, &str); 16] = [
    (AE_EVENT, "2019-09-29"), // before the look-back
    (AE_EVENT, "2019-09-30"),
    (AE_EVENT, "2019-12-30"),
    (AE_EVENT, "2019-12-31"),
    (AE_EVENT, "2020-06-29"),
    (AE_EVENT, "2020-06-30"),
    (AE_EVENT, "2020-09-29"),
    (AE_EVENT, "2020-09-30"),
    (AE_EVENT, "2020-12-30"),
    (AE_EVENT, "2020-12-31"), // the dip
    (AE_EVENT, "2021-03-30"),
    (AE_EVENT, "2021-03-31"), // the index date
    (AE_EVENT, "2021-09-29"),
    (AE_EVENT, "2021-09-30"),
    (AE_EVENT, "2022-03-30"),
    (AE_EVENT, "2022-03-31"), // after the follow-up
];

#[test]
fn every_day_is_in_one_stretch() {
    let tally = tally(NEVER, &EDGES);
    for stretch in [(-18, -15), (-15, -9), (-9, -6), (-6, -3), (-3, 0), (0, 6), (6, 12)] {
        assert_eq!(tally.amount(0, AE_MEASURE, stretch), 2, "{stretch:?}");
    }
    assert_eq!(tally.amount(0, AE_MEASURE, (-18, 12)), 14);
    assert_eq!(tally.amount(0, GP_MEASURE, (-18, 12)), 0);
}

#[test]
fn periods_leave_out_the_dip_and_the_placebo_divides_what_is_before_it() {
    let study = Study::parse(&format!("{HEAD}{MEASURES}{COARSENED}")).unwrap();
    let (planned, placebo) = (Periods::of(&study), Periods::placebo(&study, 6));
    assert_eq!((planned.before, planned.after), ((-18, -3), (0, 12)));
    assert_eq!((placebo.before, placebo.after), ((-18, -6), (-6, -3)));
    let tally = tally(NEVER, &EDGES);
    let amounts =
        [planned.before, planned.after, placebo.before, placebo.after].map(|of| tally.amount(0, AE_MEASURE, of));
    assert_eq!(amounts, [8, 4, 6, 2]);
    // 92 days of 2019 and the 366 of 2020 less its last; a year.
    assert_eq!([planned.before, planned.after].map(|of| tally.days(0, AE_MEASURE, of)), [458, 365]);
}

#[test]
fn what_is_not_recorded_is_neither_used_nor_observed() {
    let dates = [(REGISTERED, "2000-01-01"), (PRACTICE_SINCE, "2020-07-01"), (DIED, "2090-01-01")];
    let events = ["2020-06-30", "2020-07-01", "2021-04-01"];
    let both: Vec<_> = events.iter().flat_map(|date| [(GP_EVENT, *date), (AE_EVENT, *date)]).collect();
    let of = tally(dates, &both);
    let amounts = |measure| [(-18, -3), (0, 12)].map(|months| of.amount(0, measure, months));
    assert_eq!((amounts(GP_MEASURE), amounts(AE_MEASURE)), ([1, 1], [2, 1]));
    // 1 July to 30 December are 183 days.
    let days = |measure| [(-18, -3), (-18, -15), (0, 12)].map(|months| of.days(0, measure, months));
    assert_eq!((days(GP_MEASURE), days(AE_MEASURE)), ([183, 0, 365], [458, 92, 365]));
    let dates = [(REGISTERED, "2000-01-01"), (PRACTICE_SINCE, "2050-01-01"), (DIED, "2090-01-01")];
    let of = tally(dates, &both);
    assert_eq!((of.amount(0, GP_MEASURE, (-18, 12)), of.days(0, GP_MEASURE, (-18, 12))), (0, 0));
}

#[test]
fn late_entry_and_the_day_of_an_end_count() {
    let dates = [(REGISTERED, "2020-01-01"), (DIED, "2021-05-01"), (MOVED, "2022-01-01")];
    let events = ["2019-12-31", "2020-01-01", "2021-05-01", "2021-05-02"].map(|date| (AE_EVENT, date));
    let of = tally(dates, &events);
    assert_eq!([(-18, -3), (0, 12)].map(|months| of.amount(0, AE_MEASURE, months)), [1, 1]);
    // 365 days of 2020 without its last; 31 March, April, 1 May.
    assert_eq!([(-18, -3), (0, 12)].map(|months| of.days(0, AE_MEASURE, months)), [365, 32]);
    assert_eq!(of.observed(0, (0, 12)), (32, Some(Died)));
}

#[test]
fn observation_ends_early_only_before_the_last_day() {
    let ended = |died, moved| -> (u32, Option<CensoringReason>) {
        tally([(REGISTERED, "2000-01-01"), (DIED, died), (MOVED, moved)], &[]).observed(0, (0, 12))
    };
    assert_eq!(ended("2022-03-30", "2090-01-01"), (365, None));
    assert_eq!(ended("2022-03-31", "2090-01-01"), (365, None));
    assert_eq!(ended("2022-03-29", "2090-01-01"), (364, Some(Died)));
    assert_eq!(ended("2022-03-29", "2022-03-28"), (363, Some(MovedOut)));
    // Of two on one day the first in the study.
    assert_eq!(ended("2021-03-31", "2021-03-31"), (1, Some(Died)));
    assert_eq!(ended("2021-03-30", "2090-01-01"), (0, Some(Died)));
    assert_eq!(ended("1999-01-01", "2090-01-01"), (0, Some(Died)), "an end before the beginning leaves no day");
}

#[test]
fn events_of_nobody_counted_and_of_no_measure_do_not_count() {
    let mut place = Place::empty(&format!("{HEAD}{MEASURES}{COARSENED}"));
    place.add(5, None, [(AGE, Value::Integer(50)), (IMD, Value::Integer(1)), (REGISTERED, Value::Date(0))]);
    place.add_event(6, AE_EVENT, "2021-04-01");
    place.add_event(5, 9, "2021-04-01");
    let inputs = place.inputs();
    let observations = observed::observations(&inputs);
    let counted = [tally::Counted { usage_row: 0, index: day("2021-03-31") }];
    let read = |sink: &mut dyn FnMut(EventRow)| place.read_events(sink);
    let of = tally::Tally::new(&inputs, &counted, &observations, read).unwrap();
    assert!((0..7).all(|measure| of.amount(0, measure, (-18, 12)) == 0));
}
