//! A quotation mark that is not closed refuses the file: it never takes rows away in silence.

use super::*;

const EVENTS_HEADER: &str = "local_id,event,date,nights,comment";
const MEASURES_HEADER: &str = "local_id,measure,date,score,comment";

/// A thousand people (rows 1 to 1,000 on lines 2 to 1,001) with a column that is not asked for; some comments as given.
fn people_file(line_end: &str, comments: &[(usize, &str)]) -> String {
    let row = |person: usize| {
        let fields = ROW.trim_start_matches("1,");
        format!("{person},{fields}")
    };
    file_of(&format!("{HEADER},comment"), line_end, comments, row)
}

fn file_of(header: &str, line_end: &str, comments: &[(usize, &str)], row: impl Fn(usize) -> String) -> String {
    let mut file = format!("{header}{line_end}");
    for number in 1..=1_000 {
        let comment = comments.iter().find(|(at, _)| *at == number).map_or("ok", |(_, comment)| comment);
        write!(file, "{},{comment}{line_end}", row(number)).unwrap();
    }
    file
}

fn event_rows(file: &str) -> Result<usize, String> {
    let fixture = fixture(SCHEMA);
    let intake = EventIntake { file: "events.csv", dataset: &dataset(), local_ids: &fixture.local_ids };
    let mut sink = Collected::default();
    read_events(file.as_bytes(), &intake, &mut sink).map_err(|error| error.to_string())?;
    Ok(sink.rows.len())
}

fn measure_rows(file: &str) -> Result<usize, String> {
    let fixture = fixture(SCHEMA);
    let intake = MeasureIntake { file: "measures.csv", dataset: &dataset(), local_ids: &fixture.local_ids };
    let mut sink = Collected::default();
    read_measures(file.as_bytes(), &intake, &mut sink).map_err(|error| error.to_string())?;
    Ok(sink.rows.len())
}

fn assert_refused<T: std::fmt::Debug>(read: Result<T, String>, file: &str, line: usize) {
    let error = read.unwrap_err();
    assert!(error.contains(&format!("{file}: the quotation mark at line {line} ")), "{error}");
}

#[test]
fn one_that_takes_the_rest_of_the_file_is_refused() {
    for line_end in ["\n", "\r\n", "\r"] {
        let (sink, _) = people(people_file(line_end, &[]).as_bytes()).unwrap();
        assert_eq!(sink.rows.len(), 1_000);
        assert_refused(people(people_file(line_end, &[(101, "\"ok")]).as_bytes()), "people.csv", 102);
        assert_refused(people(people_file(line_end, &[(1_000, "\"ok")]).as_bytes()), "people.csv", 1_001);
    }
    let mut file = people_file("\r\n", &[(1_000, "\"")]);
    file.truncate(file.len() - 2);
    assert_refused(people(file.as_bytes()), "people.csv", 1_001);
}

#[test]
fn one_that_takes_the_rows_up_to_the_next_is_refused() {
    for line_end in ["\n", "\r\n"] {
        for second in [102, 103, 151, 1_000] {
            for comment in ["ok\"", "\"ok", "\"", "5ft 6\" tall", "\"one, two\""] {
                let file = people_file(line_end, &[(101, "\"ok"), (second, comment)]);
                let read = people(file.as_bytes());
                assert!(read.is_err(), "row {second}, comment {comment}");
                assert!(read.unwrap_err().contains("people.csv: the quotation mark at line "));
            }
        }
        let file = people_file(line_end, &[(101, "\"ok"), (151, "\"ok")]);
        assert_refused(people(file.as_bytes()), "people.csv", 102);
    }
}

#[test]
fn events_and_measures_are_refused_too() {
    let event = |number: usize| format!("p{number},gp,2024-01-01,0");
    let measure = |number: usize| format!("p{number},swemwbs,2024-01-01,20");
    for line_end in ["\n", "\r\n"] {
        assert_eq!(event_rows(&file_of(EVENTS_HEADER, line_end, &[], event)), Ok(1_000));
        assert_eq!(measure_rows(&file_of(MEASURES_HEADER, line_end, &[], measure)), Ok(1_000));
        for comments in [&[(101, "\"ok")][..], &[(101, "\"ok"), (151, "\"ok")]] {
            assert_refused(event_rows(&file_of(EVENTS_HEADER, line_end, comments, event)), "events.csv", 102);
            assert_refused(measure_rows(&file_of(MEASURES_HEADER, line_end, comments, measure)), "measures.csv", 102);
        }
    }
}

#[test]
fn one_in_any_two_fields_is_refused_or_every_row_is_accounted_for() {
    let rows: Vec<Vec<String>> =
        (1..=5).map(|row| ["p", "gp", "2024-01-0", "", "c"].map(|text| format!("{text}{row}")).to_vec()).collect();
    let places: Vec<(usize, usize)> = (0..5).flat_map(|row| (0..5).map(move |column| (row, column))).collect();
    for first in &places {
        for second in places.iter().filter(|second| *second > first) {
            for closing in ["\"x", "x\"", "x\" x"] {
                let mut rows = rows.clone();
                rows[first.0][first.1].insert(0, '"');
                let field = &mut rows[second.0][second.1];
                *field = closing.replace('x', field);
                let lines: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
                let file = format!("{EVENTS_HEADER}\n{}\n", lines.join("\n"));
                let refused = event_rows(&file);
                if first.0 < second.0 {
                    assert!(refused.is_err(), "{file}");
                } else {
                    // Of one row nothing else is taken away.
                    assert!(refused.is_ok() || closing == "\"x", "{file}");
                }
            }
        }
    }
}

#[test]
fn text_of_several_lines_that_is_well_quoted_still_works() {
    let comments = [
        (5, "\"Dear all,\nsee you, then\r\n\r\nAnn\""),
        (6, "\"she said \"\"no\"\",\nand \"\"yes\"\"\""),
        (7, "\"\n\""),
        (8, "\"\""),
        (9, "\"\n,\"\"\n\""),
        (10, "\"a, b, c,\nd, e, f,\ng\""),
        (11, "5ft 6\""),
        (12, "\"ok\" then"),
    ];
    let file = people_file("\r\n", &comments).replacen("8 High St", "\"Flat 1, 8 High St,\r\nGrimsby,\r\nUK\"", 900);
    let (sink, summary) = people(file.as_bytes()).unwrap();
    assert_eq!((sink.rows.len(), summary.file.rows, sink.problems.as_slice()), (1_000, 1_000, &[][..]));
    let event = |number: usize| format!("p{number},gp,2024-01-01,0");
    let comments = [(3, "\"came by bus,\nleft by train\""), (4, "\"a\n\nb\"")];
    assert_eq!(event_rows(&file_of(EVENTS_HEADER, "\n", &comments, event)), Ok(1_000));
    let header = format!("\u{feff}\"id\",{},\"of\nmany, lines\"", HEADER.trim_start_matches("id,"));
    let (sink, _) = people(format!("{header}\n{ROW},x\n").as_bytes()).unwrap();
    assert_eq!(sink.rows.len(), 1);
}

#[test]
fn one_in_the_header_is_named_and_no_row_is_repeated() {
    let row = ROW.replace("Smith", "Zzyzxcanary");
    for header in
        [HEADER.replace("family", "\"family"), format!("{HEADER},\"comment"), HEADER.replacen("id", "\"id", 1)]
    {
        let width = if header.ends_with("comment") { ",ok" } else { "" };
        for end in ["", "2,9434765919,5ft 6\",Ann\n", "2,\"9434765919,Smith,Ann\n"] {
            match people(format!("{header}\n{row}{width}\n{end}{ROW}{width}\n").as_bytes()) {
                Err(error) => assert!(!error.contains("canary") && !error.contains("9434765919"), "{error}"),
                // The header has a field more than each row: that is said of each, and none is kept.
                Ok((sink, summary)) => assert_eq!((sink.rows.len(), summary.file.rejected.len()), (0, 1), "{end}"),
            }
        }
        assert_refused(people(format!("{header}\n{row}{width}\n").as_bytes()), "people.csv", 1);
    }
    // Closed by chance inside the first row, so that a header is what stands on two lines.
    let file = format!("{HEADER},\"comment\n{row},5ft 6\"\n{row},ok\n");
    assert_refused(people(file.as_bytes()), "people.csv", 1);
}

#[test]
fn a_long_file_is_refused_wherever_the_buffers_end() {
    let row = ROW.trim_start_matches("1,");
    for padding in 0..8 {
        let mut file = format!("{HEADER},comment{}\n", "x".repeat(padding));
        for number in 1..=3_000 {
            let comment = if number == 900 || number == 2_400 { "\"ok" } else { "ok" };
            writeln!(file, "{number},{row},{comment}").unwrap();
        }
        assert_refused(people(file.as_bytes()), "people.csv", 901);
    }
}
