//! What else a programme counts: attainments, use again, uptake by year, people who are in its extract several times.

use super::place::{COARSENED, DIED, HEAD, IMD, MEASURES, Place, REGISTERED};
use super::*;

const COMPLETE: (&str, &str) = ("2022-01-01", "2023-12-31");

/// The study without measures, scores and breakdowns, and with this.
fn study(with: &str) -> String {
    let head = STUDY.split("[[").next().unwrap();
    format!("{head}{with}")
}

const ATTAINED: &str = r#"
[[attainment]]
id = "home"
label = "Kept the home"
variable = "sex"
codes = ["female"]
[[attainment]]
id = "either"
label = "Either"
variable = "sex"
codes = ["other", "male"]
"#;

#[test]
fn attained_is_of_everybody_with_an_index_date() {
    let of = |sex| Person { sex, ..linked("2023-01-01") };
    let people = [
        of(Some(0)),
        Person { linked: false, ..of(Some(0)) },
        of(Some(1)),
        of(None),
        // Without an index date: out.
        Person { start: None, ..of(Some(0)) },
    ];
    let body = World::of(&study(ATTAINED), &people, COMPLETE).released();
    assert_eq!(counts(&body, "attained"), [row("Kept the home", &[4, 3, 2]), row("Either", &[4, 3, 1])]);
    let nobody = World::of(&study(ATTAINED), &[], COMPLETE).released();
    assert!(counts(&nobody, "attained").iter().all(|(_, counts)| counts == &[0; 3]));
}

const AGAIN: &str = r#"
[[again]]
id = "support"
label = "Support"
events = ["ae"]
within_months = 3
"#;

/// The look-back is 2022, without its last 3 months; the follow-up 2023.
#[test]
fn again_is_another_day_within_the_months_and_inside_the_period() {
    let study = study(AGAIN).replace("dip_months = 0", "dip_months = 3");
    let of = |dates: &[&'static str]| Person {
        events: dates.iter().map(|date| (AE, *date)).collect(),
        ..linked("2023-01-01")
    };
    let again = |people: &[Person]| {
        let mut world = World::of(&study, people, COMPLETE);
        let counted = counts(&world.released(), "again");
        world.events.reverse();
        world.links.reverse();
        assert_eq!(counts(&world.released(), "again"), counted);
        let (label, counts) = counted.into_iter().next().unwrap();
        assert_eq!(label, "Support, again within 3 months");
        counts
    };
    for (dates, expected) in [
        (&["2022-02-01", "2022-04-30"][..], [1, 1, 1, 0, 0]),
        (&["2022-02-01", "2022-05-01"], [1, 1, 0, 0, 0]),
        (&["2022-02-01", "2022-02-01"], [1, 1, 0, 0, 0]),
        // The months after 1 July end with the period, those after 2 July do not.
        (&["2022-07-01", "2022-07-02"], [1, 1, 1, 0, 0]),
        (&["2022-07-02", "2022-07-03"], [1, 0, 0, 0, 0]),
        (&["2022-11-01", "2022-11-02"], [1, 0, 0, 0, 0]),
        // Before the look-back: not the first use.
        (&["2021-12-31", "2022-02-01"], [1, 1, 0, 0, 0]),
        (&["2022-09-30", "2023-01-01"], [1, 0, 0, 1, 0]),
        (&["2023-01-01", "2023-03-31"], [1, 0, 0, 1, 1]),
        (&["2023-10-01", "2023-12-31"], [1, 0, 0, 1, 1]),
        (&["2023-10-02", "2023-10-03"], [1, 0, 0, 0, 0]),
        (&["2024-01-01", "2024-01-02"], [1, 0, 0, 0, 0]),
    ] {
        assert_eq!(again(&[of(dates)]), expected, "{dates:?}");
    }
    let both = of(&["2022-02-01", "2022-02-02", "2023-02-01", "2023-02-02"]);
    let others = [
        both.clone(),
        Person { linked: false, ..both.clone() },
        Person { start: None, ..both.clone() },
        Person { start: Some("2023-01-02"), ..both.clone() },
        Person { events: vec![(GP, "2022-02-01"), (GP, "2022-02-02")], ..both },
    ];
    assert_eq!(again(&others), [2, 1, 1, 1, 1]);
}

const UPTAKE: &str = r#"
[[uptake]]
id = "screened"
label = "Screened"
events = ["ae", "admission"]
from_year = 2021
to_year = 2024
within_months = 24
"#;

#[test]
fn uptake_is_of_the_months_that_end_with_the_year() {
    let of = |events: &[(u16, &'static str)]| Person { events: events.to_vec(), ..linked("2023-01-01") };
    let people = [
        of(&[(AE, "2021-01-01"), (AE, "2021-01-01")]),
        of(&[(ADMISSION, "2022-12-31")]),
        of(&[(AE, "2023-12-31")]),
        of(&[(AE, "2020-12-31"), (GP, "2022-06-01"), (AE, "2024-01-01")]),
        Person { start: None, ..of(&[(AE, "2022-01-01")]) },
        Person { linked: false, ..of(&[(AE, "2022-06-01")]) },
    ];
    let study = study(UPTAKE);
    let screened = |study: &str, complete| counts(&World::of(study, &people, complete).released(), "screened");
    let expected = [row("2021", &[0, 0]), row("2022", &[5, 3]), row("2023", &[5, 3]), row("2024", &[0, 0])];
    assert_eq!(screened(&study, ("2021-01-01", "2023-12-31")), expected);
    // A day less at either end, or a lag of a day.
    assert_eq!(screened(&study, ("2021-01-02", "2023-12-31"))[1], row("2022", &[0, 0]));
    assert_eq!(screened(&study, ("2021-01-01", "2023-12-30"))[2], row("2023", &[0, 0]));
    let late = study.replace("lag_days = 0", "lag_days = 1");
    assert_eq!(screened(&late, ("2021-01-01", "2023-12-31"))[1..3], [row("2022", &[5, 3]), row("2023", &[0, 0])]);
}

/// Ten people each with one set of dates, in the place, whose usage people have dates of registration and death.
#[test]
fn use_again_and_uptake_are_under_observation() {
    let more = "[[again]]\nid = \"again_ae\"\nlabel = \"A&E\"\nevents = [\"ae\"]\nwithin_months = 3\n\
                [[uptake]]\nid = \"year\"\nlabel = \"Year\"\nevents = [\"ae\"]\nfrom_year = 2020\nto_year = 2023\nwithin_months = 12\n";
    let mut place = Place::empty(&format!("{HEAD}{more}"));
    let mut reference = 0;
    for (registered, died) in [
        ("2019-01-01", "2021-08-01"),
        ("2019-01-01", "2021-07-31"),
        ("2019-01-01", "2021-07-30"),
        ("2020-01-02", "2022-12-31"),
    ] {
        for _ in 0..TIMES {
            reference += 1;
            let dates = [(REGISTERED, registered), (DIED, died)].map(|(at, date)| (at, Value::Date(day(date))));
            place.add(reference, Some("2021-03-31"), [dates[0], dates[1], (IMD, Value::Integer(1))]);
            place.add_event(reference, 1, "2021-05-01");
            place.add_event(reference, 1, "2021-05-02");
        }
    }
    let body = place.released();
    // Three months from 1 May end with 31 July: who died on 30 July was not seen for all of them.
    assert_eq!(counts(&body, "again"), [row("A&E, again within 3 months", &[4, 0, 0, 3, 3])]);
    let expected = [row("2020", &[3, 0]), row("2021", &[1, 1]), row("2022", &[1, 0]), row("2023", &[0, 0])];
    assert_eq!(counts(&body, "year"), expected);
}

#[test]
fn these_tables_stand_before_and_after_the_scores() {
    let study = format!("{STUDY}{ATTAINED}{AGAIN}{UPTAKE}");
    let body = World::of(&study, &[linked("2023-01-01")], COMPLETE).released();
    let ids: Vec<_> = body.tables().iter().map(|table| table.id().as_str()).collect();
    let expected =
        ["flow", "linkage", "sureness", "use", "change", "attained", "again", "star", "screened", "sex", "band"];
    assert_eq!(ids, expected);
}

#[test]
fn events_are_read_only_if_something_counts_them_and_once() {
    let read = |study: &str| {
        let mut times = 0;
        let world = World::of(study, &[linked("2023-01-01")], COMPLETE);
        let events = |_: &mut dyn FnMut(EventRow)| -> Result<(), Infallible> {
            times += 1;
            Ok(())
        };
        tabulate(&world.inputs(), events, |_| Ok(())).unwrap();
        times
    };
    assert_eq!([ATTAINED, AGAIN, UPTAKE].map(|with| read(&study(with))), [0, 1, 1]);
    assert_eq!(read(&format!("{STUDY}{AGAIN}{UPTAKE}")), 1);
}

#[test]
fn two_records_of_one_reference_are_refused() {
    for (with, is_refused) in [(ATTAINED, false), (AGAIN, true), (UPTAKE, true)] {
        let mut world = World::of(&study(with), &[], COMPLETE);
        world.add(0, &linked("2023-01-01"));
        let twice = PersonRow {
            person: world.usage.refs()[0],
            encoding: Encoding { tokens: [None].into(), blocking: [].into(), clk: None, former: [].into() },
            values: [None, None].into(),
        };
        world.add(1, &Person { linked: false, ..linked("2023-01-01") });
        world.usage.push(&twice);
        world.links.push((1, 2));
        let error = world.tables().err();
        assert_eq!(matches!(error, Some(OutcomesError::RepeatedPerson { .. })), is_refused, "{with}");
    }
}

/// The rows of the flow of two referrals, of which the second is linked to the record of the first; and those of a score.
fn twice(first: &Person, second: &Person) -> (Vec<u64>, Vec<u64>) {
    let study = format!("{STUDY}{ATTAINED}{AGAIN}{UPTAKE}").replace("from_year = 2021", "from_year = 2023");
    let mut world = World::of(&study, &[first.clone(), second.clone()], COMPLETE);
    let number = u32::try_from(TIMES).unwrap();
    world.links.extend((0..number).map(|row| (number + row, row)));
    let body = world.released();
    world.links.reverse();
    assert_eq!(body, world.released());
    let column = |table: &str| counts(&body, table).into_iter().map(|(_, counts)| counts[0]).collect::<Vec<_>>();
    let people = u64::from(first.start.is_some() || second.start.is_some());
    assert_eq!(column("attained"), [people; 2], "one person");
    assert_eq!(column("screened"), [1, 0], "one person");
    assert_eq!(column("again")[0], column("flow")[7]);
    assert_eq!(counts(&body, "sex")[3], row("Not recorded", &[2, 2]));
    assert_eq!(counts(&body, "band")[4], row("Not recorded", &[2]));
    (column("flow"), counts(&body, "star").remove(0).1)
}

#[test]
fn somebody_in_the_extract_twice_is_counted_once_by_the_earliest_index_date() {
    let started = |start| Person { start, ..Person::default() };
    let first = linked("2023-01-01");
    let flow = |second: Option<&'static str>| twice(&first, &started(second)).0;
    let analysed = [2, 2, 0, 1, 0, 0, 0, 1];
    assert_eq!(flow(Some("2023-01-02")), analysed);
    assert_eq!(flow(None), analysed);
    assert_eq!(flow(Some("2023-01-01")), analysed);
    // The earlier one counts, though it is not covered.
    assert_eq!(flow(Some("2022-12-31")), [2, 2, 0, 1, 0, 1, 0, 0]);
    let neither = twice(&Person { linked: true, ..started(None) }, &started(None)).0;
    assert_eq!(neither, [2, 2, 0, 1, 1, 0, 0, 0]);
    // The other order of rows.
    let turned = twice(&Person { linked: true, ..started(Some("2023-01-02")) }, &started(Some("2023-01-01"))).0;
    assert_eq!(turned, analysed);
}

#[test]
fn only_the_counted_row_has_scores() {
    let scores = vec![(STAR, "2023-01-01", 10), (STAR, "2024-01-01", 20)];
    let with = |start| Person { start: Some(start), scores: scores.clone(), ..Person::default() };
    let without = |start| Person { start: Some(start), ..Person::default() };
    let star = |first: Person, second: Person| twice(&Person { linked: true, ..first }, &second).1;
    assert_eq!(star(with("2023-01-01"), with("2023-01-02")), [1, 1, 1]);
    assert_eq!(star(with("2023-01-01"), without("2023-01-02")), [1, 1, 1]);
    assert_eq!(star(without("2023-01-01"), with("2023-01-02")), [0, 0, 0]);
    assert_eq!(star(with("2023-01-02"), without("2023-01-01")), [0, 0, 0]);
    assert_eq!(star(without("2023-01-02"), with("2023-01-01")), [1, 1, 1]);
    // On one day the lesser reference, which is the first.
    assert_eq!(star(with("2023-01-01"), without("2023-01-01")), [1, 1, 1]);
    assert_eq!(star(without("2023-01-01"), with("2023-01-01")), [0, 0, 0]);
}

/// Of a place in which 190 of 200 are linked, 10 more are linked to the records of the first 10.
#[test]
fn participants_among_the_usage_people_are_people() {
    let mut place = Place::of(&format!("{HEAD}{MEASURES}{COARSENED}"));
    place.links.extend((0..10).map(|row| (190 + row, 7 * row + 3)));
    let body = place.released();
    let column = |table: &str| body.table(table).unwrap().rows().map(|(_, cells)| cells[0]).collect::<Vec<_>>();
    let (flow, frame) = (column("flow"), column("frame"));
    assert_eq!(flow[..4], [200, 200, 0, 10].map(ReleasedCell::Count));
    assert_eq!(frame[1], ReleasedCell::Count(190));
}
