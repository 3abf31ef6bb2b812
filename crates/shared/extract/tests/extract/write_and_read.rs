//! What goes in comes out, in an order that says nothing, and nothing else is left lying about.

use std::fs;
use std::ops::ControlFlow;

use counterfoil_extract::{ExtractError, ExtractWriter, LeftOut, LeftOutReason, MANIFEST_FILE, Table};
use counterfoil_model::{EncodedPeople, EventRow, MeasureRow, PersonRow, Value};

use crate::common::*;

#[test]
fn what_is_written_is_read() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let folder = home.path().join("extract");
    let (mut people, mut events, mut measures) = (people(500), events(500), measures(500));
    let extract = parties.write(&folder, &people, &events, &measures);
    assert_eq!(names(&folder), ["events.parquet", MANIFEST_FILE, "measures.parquet", "people.parquet"]);
    assert_eq!(names(home.path()), ["extract"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    }

    // In the order of person, date, code and values, worked out here by sorting the rows themselves.
    people.sort_by_key(|row| row.person);
    events.sort_by_key(|row| (row.person, row.date, row.event, row.values.clone()));
    measures.sort_by_key(|row| (row.person, row.date, row.measure, row.score));
    let mut expected = EncodedPeople::new(&parties.schema, 3);
    for row in &people {
        expected.push(row);
    }
    for extract in [extract, parties.open(&folder).unwrap()] {
        assert_eq!(extract.read_people().unwrap(), expected);
        let mut read = Vec::new();
        extract
            .read_events(&mut |row| {
                read.push(row);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(read, events);
        let mut read = Vec::new();
        extract
            .read_measures(&mut |row| {
                read.push(row);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(read, measures);
    }
}

#[test]
fn reading_stops_when_it_is_told_to() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let extract = parties.write(&home.path().join("x"), &people(50), &events(50), &[]);
    let mut read = 0;
    extract
        .read_events(&mut |_| {
            read += 1;
            if read == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert_eq!(read, 3);
}

#[test]
fn the_order_of_the_input_leaves_no_trace() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let (mut people, mut events, mut measures) = (people(700), events(700), measures(700));
    let one = parties.write(&home.path().join("one"), &people, &events, &measures);
    people.reverse();
    events.rotate_left(333);
    events.reverse();
    measures.reverse();
    let two = parties.write(&home.path().join("two"), &people, &events, &measures);
    assert_eq!(one.digest(), two.digest());
    for (one, two) in one.files().iter().zip(two.files()) {
        assert_eq!(fs::read(&one.path).unwrap(), fs::read(two.path).unwrap(), "{}", one.name);
    }
}

#[test]
fn more_rows_than_a_row_group_keep_their_order() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let count = 150_000;
    let mut writer = parties.writer(&home.path().join("x"));
    for number in 0..count {
        writer.push_person(&PersonRow { values: [None, None, None].into(), ..person(number) }, number).unwrap();
        writer.push_event(&event(number, number % 9), number).unwrap();
    }
    let extract = parties.sign(parties.finish(writer).0);
    assert_eq!(rows_of(&extract, Table::People), count);
    let people = extract.read_people().unwrap();
    assert_eq!(people.len() as u64, count);
    let mut refs: Vec<_> = (0..count).map(person_ref).collect();
    refs.sort_unstable();
    assert_eq!(people.refs(), refs);
    let mut events = Vec::new();
    extract
        .read_events(&mut |row| {
            events.push(row.person);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(events, refs);
}

#[test]
fn rows_that_cannot_stand_are_left_out_and_named() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let mut writer = parties.writer(&home.path().join("x"));
    // Person 1 stands on lines 7, 2 and 9, pushed in this order, with different values.
    for (number, line) in [(1, 7), (2, 3), (1, 2), (3, 4), (1, 9)] {
        let values = [Some(Value::Integer(i32::try_from(line).unwrap())), None, None].into();
        writer.push_person(&PersonRow { values, ..person(number) }, line).unwrap();
    }
    for (number, line) in [(1, 2), (8, 3), (3, 4), (9, 5)] {
        writer.push_event(&event(number, 1), line).unwrap();
    }
    // 1753-01-01, the least date of a widespread database.
    let long_ago = EventRow { date: -79_257, ..event(1, 1) };
    writer.push_event(&long_ago, 6).unwrap();
    writer.push_measure(&measure(2, 1), 2).unwrap();
    writer.push_measure(&measure(8, 1), 3).unwrap();
    let (unsigned, left_out) = parties.finish(writer);
    let row = |table, line, reason| LeftOut { table, line, reason };
    assert_eq!(
        left_out,
        [
            row(Table::People, 7, LeftOutReason::Repeated),
            row(Table::People, 9, LeftOutReason::Repeated),
            row(Table::Events, 3, LeftOutReason::NotInPeople),
            row(Table::Events, 5, LeftOutReason::NotInPeople),
            row(Table::Events, 6, LeftOutReason::Date),
            row(Table::Measures, 3, LeftOutReason::NotInPeople),
        ]
    );
    let summary = unsigned.summary();
    assert_eq!((summary.people.rows, summary.people.left_out), (3, 2));
    assert_eq!((summary.events.rows, summary.events.left_out), (2, 3));
    assert_eq!((summary.measures.rows, summary.measures.left_out), (1, 1));
    let people = parties.sign(unsigned).read_people().unwrap();
    let place = people.refs().iter().position(|person| *person == person_ref(1)).unwrap();
    assert_eq!(people.values(0)[place], Some(Value::Integer(2)), "the row of line 2 stays");
}

#[test]
fn nothing_stays_of_an_extract_that_is_not_finished() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let folder = home.path().join("x");
    let mut writer = parties.writer(&folder);
    for number in 0..20_000 {
        writer.push_person(&person(number), number).unwrap();
    }
    assert!(!folder.exists());
    drop(writer);
    assert_eq!(names(home.path()), [""; 0]);

    let (unsigned, _) = parties.finish(parties.writer(&folder));
    assert!(!folder.exists(), "unsigned, it has no name yet");
    drop(unsigned);
    assert_eq!(names(home.path()), [""; 0]);

    let (unsigned, _) = parties.finish(parties.writer(&folder));
    let note = signed(unsigned.manifest_text(), "programme");
    assert!(unsigned.sign(&note, &parties.agreement).is_err());
    assert_eq!(names(home.path()), [""; 0]);
}

#[test]
fn nothing_is_overwritten() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let folder = home.path().join("x");
    fs::create_dir(&folder).unwrap();
    parties.write(&folder, &people(3), &[], &[]);
    let again = ExtractWriter::create(&folder, parties.dataset(), &parties.schema);
    assert!(matches!(again, Err(ExtractError::OutputInUse { .. })));
    let file = home.path().join("file");
    fs::write(&file, b"").unwrap();
    let onto_a_file = ExtractWriter::create(&file, parties.dataset(), &parties.schema);
    assert!(matches!(onto_a_file, Err(ExtractError::OutputInUse { .. })));

    // Somebody else takes the name meanwhile.
    let folder = home.path().join("y");
    let (unsigned, _) = parties.finish(parties.writer(&folder));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("theirs"), b"theirs").unwrap();
    let note = signed(unsigned.manifest_text(), "icb");
    assert!(matches!(unsigned.sign(&note, &parties.agreement), Err(ExtractError::OutputInUse { .. })));
    assert_eq!(names(&folder), ["theirs"]);
}

#[test]
fn rows_of_other_terms_are_not_taken() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let mut writer = parties.writer(&home.path().join("x"));
    let mut fewer = person(1);
    fewer.encoding.tokens = [None].into();
    assert!(matches!(writer.push_person(&fewer, 2), Err(ExtractError::RowShape { line: 2, .. })));
    let without_values = PersonRow { values: [].into(), ..person(1) };
    assert!(matches!(writer.push_person(&without_values, 3), Err(ExtractError::RowShape { line: 3, .. })));
    let out_of_bounds = PersonRow { values: [Some(Value::Integer(11)), None, None].into(), ..person(1) };
    let error = writer.push_person(&out_of_bounds, 4).unwrap_err().to_string();
    assert_eq!(error, "people line 4: imd_decile is outside the bounds that the agreement sets");
    let unlisted = EventRow { event: 2, ..event(1, 1) };
    assert!(matches!(writer.push_event(&unlisted, 5), Err(ExtractError::RowValue { line: 5, .. })));
    let too_high = MeasureRow { score: 36, ..measure(1, 1) };
    assert!(matches!(writer.push_measure(&too_high, 6), Err(ExtractError::RowValue { line: 6, .. })));

    let fewer_tables = parties_of(SCHEMA, "[[dataset]]\nid = \"nhs-usage\"\ncustodian = \"icb\"\npeople_max = 2\n");
    let mut writer = fewer_tables.writer(&home.path().join("y"));
    let plain = |number| PersonRow { values: [].into(), ..person(number) };
    let eventless = EventRow { values: [].into(), ..event(1, 1) };
    assert!(writer.push_event(&eventless, 2).is_err());
    assert!(writer.push_measure(&measure(1, 1), 2).is_err());
    for number in 0..3 {
        writer.push_person(&plain(number), number).unwrap();
    }
    let error = writer.finish(fewer_tables.facts(), &mut |_| ()).err().unwrap();
    assert!(matches!(error, ExtractError::TooManyPeople { rows: 3, people_max: 2 }));

    let mut writer = fewer_tables.writer(&home.path().join("y"));
    writer.push_person(&plain(1), 2).unwrap();
    fewer_tables.sign(fewer_tables.finish(writer).0);
    assert_eq!(names(&home.path().join("y")), [MANIFEST_FILE, "people.parquet"]);
    fewer_tables.read(&home.path().join("y")).unwrap();
}

#[test]
fn an_extract_of_nobody_is_an_extract() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let extract = parties.write(&home.path().join("x"), &[], &[], &[]);
    assert!(extract.read_people().unwrap().is_empty());
    parties.read(&home.path().join("x")).unwrap();
}
