//! Who is counted, what they used, who they are.

use super::*;

const COMPLETE: (&str, &str) = ("2022-01-01", "2023-12-31");

#[test]
fn the_tables_come_in_the_order_of_the_study() {
    let body = World::of(STUDY, &[linked("2023-01-01")], COMPLETE).released();
    assert_eq!(
        body.tables().iter().map(|table| table.id().as_str()).collect::<Vec<_>>(),
        ["flow", "linkage", "sureness", "use", "change", "star", "sex", "band"]
    );
    let columns: Vec<_> = body.table("use").unwrap().columns().iter().map(|column| column.label.as_str()).collect();
    let expected = [
        "People analysed",
        "People with any in the 12 months before",
        "People with any in the 12 months after",
        "Events in the 12 months before",
        "Events in the 12 months after",
    ];
    assert_eq!(columns, expected);
    let note = body.table("flow").unwrap().note();
    assert!(note.contains("2022-01-01 to 2023-12-31") && note.contains("12 months before"), "{note}");
}

#[test]
fn everybody_is_somewhere_in_the_flow() {
    let people = [
        linked("2023-01-01"),                             // windows 2022-01-01 to 2023-12-31: just covered
        linked("2022-12-31"),                             // look-back from 2021-12-31
        linked("2023-01-02"),                             // follow-up to 2024-01-01
        Person { start: None, ..linked("2023-01-01") },   // linked, no index date
        Person { linked: false, ..linked("2023-01-01") }, // not linked
        Person { linked: false, start: None, ..Person::default() }, // not linked, no index date
    ];
    let expected = vec![
        row("People in the programme's extract", &[6]),
        row("Linked", &[4]),
        row("Not linked", &[2]),
        row("Linked, a further row of somebody counted", &[0]),
        row("Linked, without an index date", &[1]),
        row("Linked, look-back or follow-up not covered", &[2]),
        row("Linked, not under observation on the index date", &[0]),
        row("Analysed", &[1]),
    ];
    assert_eq!(counts(&World::of(STUDY, &people, COMPLETE).released(), "flow"), expected);
    let nobody = World::of(STUDY, &[], COMPLETE).released();
    assert!(counts(&nobody, "flow").iter().all(|(_, counts)| counts == &[0]));
}

#[test]
fn boundary_days_fall_on_their_side() {
    let events = [
        (AE, "2021-12-31"), // before the look-back
        (AE, "2022-01-01"),
        (AE, "2022-12-31"),
        (AE, "2023-01-01"), // the index date is after
        (AE, "2023-12-31"),
        (AE, "2024-01-01"), // after the follow-up
        (GP, "2023-05-05"), // in no measure
        (ADMISSION, "2023-05-05"),
    ];
    let people = [
        Person { events: events.to_vec(), ..linked("2023-01-01") },
        Person { events: vec![(ADMISSION, "2022-06-01"), (AE, "2022-06-01")], ..linked("2023-01-01") },
        linked("2023-01-01"),
    ];
    // All three; with any before, after; events before, after. The code listed twice in "hospital" counts once.
    let expected = vec![row("A&E attendances", &[3, 2, 1, 3, 2]), row("A&E and admissions", &[3, 2, 1, 4, 3])];
    assert_eq!(counts(&World::of(STUDY, &people, COMPLETE).released(), "use"), expected);
}

#[test]
fn windows_of_a_leap_day_and_of_a_month_end() {
    let study = STUDY
        .replace("follow_up_months = 12", "follow_up_months = 1")
        .replace("look_back_months = 12", "look_back_months = 1");
    let complete = ("2024-01-01", "2025-12-31");
    let month_end = [
        (AE, "2024-02-28"), // out: the look-back of 31 March begins on 29 February
        (AE, "2024-02-29"),
        (AE, "2024-03-30"),
        (AE, "2024-03-31"),
        (AE, "2024-04-29"),
        (AE, "2024-04-30"), // out: the follow-up ends with 29 April
    ];
    let people = [Person { events: month_end.to_vec(), ..linked("2024-03-31") }];
    assert_eq!(
        counts(&World::of(&study, &people, complete).released(), "use")[0],
        row("A&E attendances", &[1, 1, 1, 2, 2])
    );
    let leap_day = [
        (AE, "2023-02-27"), // out
        (AE, "2023-02-28"),
        (AE, "2024-02-28"),
        (AE, "2024-02-29"),
        (AE, "2025-02-27"),
        (AE, "2025-02-28"), // out
    ];
    let people = [Person { events: leap_day.to_vec(), ..linked("2024-02-29") }];
    let world = |complete| World::of(STUDY, &people, complete).released();
    assert_eq!(counts(&world(("2023-02-28", "2025-02-27")), "use")[0], row("A&E attendances", &[1, 1, 1, 2, 2]));
    // One day less on either side, and nobody is analysed.
    for complete in [("2023-03-01", "2025-02-27"), ("2023-02-28", "2025-02-26")] {
        assert_eq!(counts(&world(complete), "use")[0], row("A&E attendances", &[0, 0, 0, 0, 0]));
    }
}

#[test]
fn events_of_people_not_analysed_are_not_counted() {
    let events = vec![(AE, "2022-06-01"), (AE, "2023-06-01")];
    let people = [
        Person { events: events.clone(), ..linked("2023-01-01") },
        Person { linked: false, events: events.clone(), ..linked("2023-01-01") },
        Person { start: None, events: events.clone(), ..linked("2023-01-01") },
        Person { events, ..linked("2022-12-31") },
    ];
    assert_eq!(
        counts(&World::of(STUDY, &people, COMPLETE).released(), "use")[0],
        row("A&E attendances", &[1, 1, 1, 1, 1])
    );
}

#[test]
fn breakdowns_have_every_agreed_value_and_the_missing_one() {
    let of = |sex, band| Person { sex, band, ..linked("2023-01-01") };
    let people = [
        of(Some(1), Some(-1)),
        of(Some(1), Some(2)),
        of(Some(0), None),
        of(None, Some(0)),
        // Without an index date but linked: in. Not linked: out.
        Person { start: None, ..of(Some(0), Some(2)) },
        Person { linked: false, ..of(Some(2), Some(1)) },
    ];
    let body = World::of(STUDY, &people, COMPLETE).released();
    let expected =
        vec![row("female", &[2, 2]), row("male", &[2, 2]), row("other", &[1, 0]), row("Not recorded", &[1, 1])];
    assert_eq!(counts(&body, "sex"), expected);
    let expected =
        vec![row("minus 1", &[1]), row("0", &[1]), row("1", &[0]), row("2", &[2]), row("Not recorded", &[1])];
    assert_eq!(counts(&body, "band"), expected);
}

/// What tables together would show: 30 in the extract, all linked, and four rows of at most 7.
#[test]
fn sums_across_tables_show_no_small_count() {
    let released = |linked_of: [u64; 4], not_linked: u64| {
        let mut world = World::of(STUDY, &[], COMPLETE);
        let sexes = [Some(0), Some(1), Some(2), None].into_iter().zip(linked_of);
        let people = sexes.flat_map(|(sex, times)| (0..times).map(move |_| (sex, true)));
        for (number, (sex, linked)) in (0..).zip(people.chain((0..not_linked).map(|_| (None, false)))) {
            world.add(number, &Person { linked, sex, ..super::linked("2023-01-01") });
        }
        let body = world.released();
        let first = |(_, cells): (&str, &[ReleasedCell])| cells[0];
        let table = |id: &str| body.table(id).unwrap().rows().map(first).collect::<Vec<_>>();
        (table("flow"), table("use"), table("sex"))
    };
    let gone = ReleasedCell::Suppressed;
    let shown = ReleasedCell::Count;
    let (flow, of_use, sex) = released([7, 7, 7, 7], 0);
    assert_eq!(flow, [30, 30, 0, 0, 0, 0, 0, 30].map(shown));
    assert_eq!(of_use, [30, 30].map(shown));
    assert_eq!(sex, [gone; 4]);
    // Nor does it say that they are four small ones.
    assert_eq!(released([30, 0, 0, 0], 0).2, [gone; 4]);
    assert_eq!(released([20, 0, 0, 0], 0).2, [20, 0, 0, 0].map(shown));
    assert_eq!(released([20, 0, 0, 0], 20).2, [20, 0, 0, 20].map(shown));
    // All of them go with a suppressed total, in every table where they stand.
    let (flow, of_use, sex) = released([1, 1, 1, 0], 20);
    assert_eq!(flow, [gone, gone, shown(20), gone, gone, gone, gone, gone]);
    assert_eq!((of_use, sex), (vec![gone; 2], vec![gone; 4]));
    // 15 people, 8 linked and 7 not.
    let (flow, _, _) = released([8, 0, 0, 0], 7);
    assert_eq!(flow, [gone, shown(10), gone, shown(0), shown(0), shown(0), shown(0), shown(10)]);
}

#[test]
fn the_order_of_rows_and_links_changes_nothing() {
    let people = [
        Person { events: vec![(AE, "2022-06-01"), (AE, "2023-06-01")], sex: Some(1), ..linked("2023-01-01") },
        Person { scores: vec![(STAR, "2023-01-01", 10), (STAR, "2024-01-01", 20)], ..linked("2023-01-01") },
        Person { linked: false, ..linked("2023-01-01") },
    ];
    let mut world = World::of(STUDY, &people, COMPLETE);
    let before = world.released();
    world.links.reverse();
    world.events.reverse();
    world.measures.reverse();
    assert_eq!(world.released(), before);
}

#[test]
fn a_study_without_measures_has_no_table_of_use() {
    let from = STUDY.find("[[measure]]").unwrap();
    let to = STUDY.find("[[score]]").unwrap();
    let study = format!("{}{}", &STUDY[..from], &STUDY[to..]);
    let body = World::of(&study, &[linked("2023-01-01")], COMPLETE).released();
    assert!(body.table("use").is_none());
    assert!(body.table("star").is_some());
}
