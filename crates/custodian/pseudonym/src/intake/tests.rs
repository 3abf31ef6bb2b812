//! Readers from bytes to rows: lines, fields, reasons, counts, and nothing of a value in any message.

#![allow(clippy::unwrap_used, reason = "a test may stop where its own fixture is wrong")]

use std::fmt::Write as _;

use counterfoil_model::{
    AgreementId, Code, Dataset, DatasetColumns, DatasetId, Instrument, LinkageSchema, MeasureTerm, PartyId, PersonRow,
    Value, Variable, VariableKind,
};
use jiff::civil::Date;

use super::*;
use crate::{Encoder, LocalIdKey, PseudonymisationKey, Reason};

mod instruments;
mod quotes;

const SCHEMA: &str = include_str!("../../vectors/schema.toml");
const HEADER: &str = "id,nhs,family,given,born,sex,postcode,gp,hospital,address,decile";
const ROW: &str = "1,9434765919,Smith,Ann,03/04/1950,F,DN31 1AA,A81001,12,8 High St,4";
const TODAY: Date = Date::constant(2026, 11, 21);

struct Fixture {
    columns: DatasetColumns,
    variables: Vec<Variable>,
    encoder: Encoder,
    local_ids: LocalIdKey,
}

fn code(name: &str) -> Code {
    Code::parse(name).unwrap()
}

fn fixture(schema: &str) -> Fixture {
    let schema = LinkageSchema::parse(schema).unwrap();
    let key = PseudonymisationKey::generate(&mut |bytes| bytes.fill(1));
    Fixture {
        columns: schema.columns().of("default").unwrap().clone(),
        variables: vec![Variable { name: code("decile"), kind: VariableKind::Integer { min: 1, max: 10 } }],
        encoder: Encoder::new(&key, &AgreementId::parse("a").unwrap(), 1, &schema),
        local_ids: LocalIdKey::generate(&mut |bytes| bytes.fill(2)),
    }
}

type People = (Collected<PersonRow>, PeopleSummary);

fn people_with(fixture: &Fixture, file: &[u8]) -> Result<People, String> {
    let intake = PeopleIntake {
        file: "people.csv",
        columns: &fixture.columns,
        variables: &fixture.variables,
        encoder: &fixture.encoder,
        local_ids: &fixture.local_ids,
        today: TODAY,
    };
    let mut sink = Collected::default();
    let summary = read_people(file, &intake, &mut sink).map_err(|error| error.to_string())?;
    Ok((sink, summary))
}

fn people(file: &[u8]) -> Result<People, String> {
    people_with(&fixture(SCHEMA), file)
}

/// `line field reason` of every problem.
fn problems(problems: &[Problem]) -> Vec<String> {
    let text = |problem: &Problem| {
        format!("{} {} {}", problem.line, problem.field.as_deref().unwrap_or("row"), problem.reason.name())
    };
    problems.iter().map(text).collect()
}

#[test]
fn a_clean_file_gives_its_rows_and_counts() {
    let (sink, summary) = people(format!("\u{feff}{HEADER}\r\n{ROW}\r\n").as_bytes()).unwrap();
    assert_eq!(sink.problems, []);
    let (row, line) = &sink.rows[0];
    assert_eq!((*line, &*row.values), (2, &[Some(Value::Integer(4))][..]));
    assert_eq!(row.person, fixture(SCHEMA).local_ids.person_ref("1"));
    assert!(row.encoding.tokens.iter().all(Option::is_some) && row.encoding.clk.is_some());
    assert_eq!((summary.file.rows, summary.file.kept, summary.clks), (1, 1, 1));
    assert_eq!(summary.tokens[0], (code("nhs_dob"), 1));
    assert_eq!(summary.fields_without_column, []);
}

#[test]
fn a_column_of_former_numbers_is_read_beside_the_current() {
    let with_former = SCHEMA.replace("nhs_number = \"nhs\"", "nhs_number = { header = \"nhs\", former = \"before\" }");
    assert_ne!(with_former, SCHEMA);
    let file = format!(
        "{HEADER},before\n\
         {ROW},\n\
         2{},9990000018;9990000019; 9990000027\n\
         3{},9990000019\n\
         4,,Smith,Ann,03/04/1950,F,DN31 1AA,A81001,12,8 High St,4,9990000018\n",
        &ROW[1..],
        &ROW[1..]
    );
    let (sink, summary) = people_with(&fixture(&with_former), file.as_bytes()).unwrap();
    assert_eq!(
        problems(&sink.problems),
        [
            "3 nhs_number.former nhs-number-check-digit",
            "4 nhs_number.former nhs-number-check-digit",
            "5 nhs_number.former former-without-current",
        ]
    );
    let former: Vec<_> = sink.rows.iter().map(|(row, _)| row.encoding.former.len()).collect();
    let keys = LinkageSchema::parse(SCHEMA).unwrap().keys_with_numbers().len();
    assert_eq!((former, summary.former_rows), (vec![0, keys, 0, 0], 1));
    assert_eq!(sink.rows[0].0.encoding, people(format!("{HEADER}\n{ROW}\n").as_bytes()).unwrap().0.rows[0].0.encoding);
    let missing = people_with(&fixture(&with_former), format!("{HEADER}\n{ROW}\n").as_bytes()).unwrap_err();
    assert!(missing.contains("no column `before` (for nhs_number.former)"), "{missing}");
}

#[test]
fn headers_are_matched_exactly_or_else_without_outer_spaces_in_any_order() {
    let shuffled = format!("decile, id ,{}", HEADER.trim_start_matches("id,").trim_end_matches(",decile"));
    let row = format!("4, 1 ,{}", ROW.trim_start_matches("1,").trim_end_matches(",4"));
    let (sink, _) = people(format!("{shuffled},extra\n{row},ignored\n").as_bytes()).unwrap();
    let (reference, _) = people(format!("{HEADER}\n{ROW}\n").as_bytes()).unwrap();
    assert_eq!(sink.rows, reference.rows);
}

#[test]
fn every_problem_names_its_line_and_field() {
    let file = format!(
        "{HEADER}\r\n\
         \r\n\
         1,9434765918,Smith,Ann,03/04/1950,F,DN31 1AA,A81001,12,8 High St,4\r\n\
         2,9434765919,\"Smith\r\nunknown\",Ann,\"01/01/\r\n1900\",F,ZZ99 3VZ,A81001,12,8 High St,11\r\n\
         3,9434765919,too,few\r\n\
         \r\n\
         \r\n\
         ,9434765919,Smith,Ann,03/04/1950,F,DN31 1AA,A81001,12,8 High St,4\r\n\
         5,,,,,,,,,,\r\n\
         6,9434765919,Smith,Ann,1900-01-01,F,,,12,,x\n\
         7,9434765919,Smith,Ann,03/04/1950,F,DN31 1AA,A81001,12,8 High St,4,9\r\
         8,9434765919,Smith,Ann,03/04/1950,F,DN31 1AA,A81001,12,8 High St,4"
    );
    let (sink, summary) = people(file.as_bytes()).unwrap();
    // Lines counted by hand: record 2 covers lines 4 to 6, lines 8 and 9 are empty.
    assert_eq!(
        problems(&sink.problems),
        [
            "3 nhs_number nhs-number-check-digit",
            "4 date_of_birth date-form",
            "4 postcode postcode-pseudo",
            "4 decile variable-out-of-bounds",
            "7 row row-field-count",
            "10 row row-local-id-blank",
            "11 row row-no-match-key",
            "12 date_of_birth date-form",
            "12 decile variable-not-integer",
            "13 row row-field-count",
        ]
    );
    assert_eq!(sink.rows.iter().map(|(_, line)| *line).collect::<Vec<_>>(), [3, 4, 12, 14]);
    assert_eq!((summary.file.rows, summary.file.kept), (8, 4));
    assert_eq!(summary.file.rejected[&Reason::RowNoMatchKey], 1);
    assert_eq!(summary.file.field_problems[&("date_of_birth".into(), Reason::DateForm)], 2);
    assert_eq!(summary.file.rejected.values().sum::<u64>() + summary.file.kept, summary.file.rows);
}

#[test]
fn a_row_is_kept_for_a_match_key_or_for_a_blocking_rule() {
    let file = format!(
        "{HEADER}\n\
         1,,Smith,Ann,,,,,,,4\n\
         2,,,,,,,A81001,12,,4\n\
         3,9434765919,Smith,,,F,,A81001,,8 High St,4\n\
         4,,,,03/04/1950,,,,,,4\n"
    );
    let (sink, _) = people(file.as_bytes()).unwrap();
    // By hand from the schema: the first has both first words alone, the second practice and number alone. The third lacks one
    // part of every match key and of every blocking rule; the fourth could have had the salt of a CLK and its date.
    assert_eq!(problems(&sink.problems), ["4 row row-no-match-key", "5 row row-no-match-key"]);
    let made = |row: &PersonRow| {
        let tokens = row.encoding.tokens.iter().flatten().count();
        (tokens, row.encoding.blocking.iter().flatten().count())
    };
    assert_eq!(sink.rows.iter().map(|(row, line)| (*line, made(row))).collect::<Vec<_>>(), [(2, (0, 1)), (3, (1, 0))]);
}

#[test]
fn bytes_that_are_not_utf8_reject_their_row_alone() {
    let mut file = format!("{HEADER}\n{ROW}\n").into_bytes();
    file.extend_from_slice(b"2,9434765919,Jos\xe9,Ann,03/04/1950,F,DN31 1AA,A81001,12,8 High St,4\n");
    file.extend_from_slice(b"3,9434765919,\x81\x00,Ann,03/04/1950,F,DN31 1AA,A81001,12,8 High St,4\n");
    let (sink, _) = people(&file).unwrap();
    assert_eq!(problems(&sink.problems), ["3 row row-windows-1252", "4 row row-not-utf8"]);
    assert_eq!(sink.rows.len(), 1);
}

#[test]
fn a_file_that_cannot_be_read_says_what_to_do() {
    let unclosed = format!("{HEADER}\n{ROW}\n2,\"{}", "x".repeat(3 << 20));
    for (file, message) in [
        (String::new(), "people.csv: is empty"),
        (
            HEADER.replace("born", "dob"),
            "people.csv: has no column `born` (for date_of_birth); its columns are id, nhs, family, given, dob,",
        ),
        (HEADER.replace(",decile", ""), "has no column `decile` (for decile)"),
        (format!("{HEADER},nhs"), "has more than one column `nhs`"),
        (HEADER.replace(',', ";"), "parted by semicolons"),
        (HEADER.replace(',', "\t"), "parted by tabs"),
        (unclosed, "the row at line 3 is longer than 1048576 bytes"),
    ] {
        let error = people(file.as_bytes()).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(HEADER.bytes().flat_map(|byte| [byte, 0])).collect();
    assert!(people(&utf16).unwrap_err().contains("is UTF-16"));
}

#[test]
fn a_file_without_header_is_not_repeated_in_the_message() {
    let error = people("77,9434765919,Zzyzxcanary,Ann\n".as_bytes()).unwrap_err();
    assert!(error.contains("is its first line the column headers?"), "{error}");
    assert!(!error.contains("canary") && !error.contains("9434765919"), "{error}");
}

#[test]
fn no_message_repeats_what_a_field_holds() {
    let marker = "Zzyzxcanary7";
    let mut file = format!("{HEADER}\n");
    for place in 0..11 {
        let mut fields: Vec<&str> = ROW.split(',').collect();
        fields[place] = marker;
        writeln!(file, "{}", fields.join(",")).unwrap();
    }
    writeln!(file, "{marker},{marker}").unwrap();
    writeln!(file, "{}", [marker; 11].join(",")).unwrap();
    let (sink, summary) = people(file.as_bytes()).unwrap();
    assert!(sink.problems.len() > 10);
    let shown = format!("{:?} {:?} {summary:?}", sink.problems, sink.rows);
    let reasons: String = sink.problems.iter().map(|problem| problem.reason.to_string()).collect();
    for text in [shown, reasons] {
        assert!(!text.to_lowercase().contains("canary"), "{text}");
    }
}

#[test]
fn a_field_that_the_file_lacks_is_missing_and_listed() {
    let fixture = fixture(&SCHEMA.replace("gp_practice = \"gp\"\n", "").replace("nhs_number = \"nhs\"\n", ""));
    let file = format!("{HEADER}\n{ROW}\n");
    let (sink, summary) = people_with(&fixture, file.as_bytes()).unwrap();
    assert_eq!(summary.fields_without_column, [code("nhs_number"), code("gp_practice")]);
    assert_eq!(sink.problems, []);
    let present: Vec<bool> = sink.rows[0].0.encoding.tokens.iter().map(Option::is_some).collect();
    assert_eq!(present, [false, true, true, false, true]);
}

#[test]
fn results_do_not_depend_on_threads_and_keep_the_order_of_the_file() {
    let mut file = format!("{HEADER}\n");
    for person in 0..20_000 {
        let (day, year) = (person % 31, 1950 + person % 37);
        writeln!(
            file,
            "p{person},,Name{},Ann,{day}/04/{year},F,DN31 1AA,A81001,{person},8 High St,4",
            "x".repeat(person % 7)
        )
        .unwrap();
    }
    let read = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| people(file.as_bytes())).unwrap()
    };
    let (one, three) = (read(1), read(3));
    assert_eq!(one, three);
    assert!(one.0.rows.windows(2).all(|pair| pair[0].1 < pair[1].1));
    assert!(one.0.problems.windows(2).all(|pair| pair[0].line <= pair[1].line));
    assert_eq!(one.1.file.rows, 20_000);
    // A row's CLK is its own, wherever the row stands and whatever came before it.
    let lines: Vec<&str> = file.lines().collect();
    for (row, line) in one.0.rows.iter().step_by(997) {
        let (alone, _) =
            people(format!("{HEADER}\n{}\n", lines[usize::try_from(*line).unwrap() - 1]).as_bytes()).unwrap();
        assert_eq!(row.encoding, alone.rows[0].0.encoding, "line {line}");
    }
}

fn dataset() -> Dataset {
    Dataset {
        id: DatasetId::parse("usage").unwrap(),
        custodian: PartyId::parse("trust").unwrap(),
        people_max: 100,
        people: Vec::new(),
        event_codes: vec![code("emergency"), code("gp")],
        events: vec![Variable { name: code("nights"), kind: VariableKind::Integer { min: 0, max: 400 } }],
        measures: vec![MeasureTerm { code: code("swemwbs"), instrument: Some(Instrument::Swemwbs), min: 7, max: 35 }],
    }
}

#[test]
fn events_are_read_and_what_does_not_fit_is_left_out() {
    let fixture = fixture(SCHEMA);
    let intake = EventIntake { file: "events.csv", dataset: &dataset(), local_ids: &fixture.local_ids };
    let file = "local_id,event,date,nights\n\
        a,emergency,1970-01-02,3\n\
        a,gp,2024-01-01,\n\
        a,gp,2024-01-01,401\n\
        b,dentist,2024-01-01,0\n\
        b,,2024-01-01,0\n\
        ,gp,2024-01-01,0\n\
        b,gp,01/02/2024,0\n\
        b,gp,2023-02-29,0\n\
        b,gp,,0\n\
        b,gp,2024-01-01\n\
        b, gp , 2024-01-01 , 0 \n\
        b,gp,1899-12-31,0\n\
        b,gp,1900-01-01,0\n\
        b,gp,2199-12-31,0\n\
        b,gp,2200-01-01,0\n\
        b,gp,9999-12-31,0\n";
    let mut sink = Collected::default();
    let summary = read_events(file.as_bytes(), &intake, &mut sink).unwrap();
    let rows: Vec<_> =
        sink.rows.iter().map(|(row, line)| (row.person, row.event, row.date, row.values[0], *line)).collect();
    let person = |id| fixture.local_ids.person_ref(id);
    assert_eq!(
        rows,
        [
            (person("a"), 0, 1, Some(Value::Integer(3)), 2),
            (person("a"), 1, 19_723, None, 3),
            (person("a"), 1, 19_723, None, 4),
            (person("b"), 1, 19_723, Some(Value::Integer(0)), 12),
            // By Python: (date(1900, 1, 1) - date(1970, 1, 1)).days, and the same of 2199-12-31.
            (person("b"), 1, -25_567, Some(Value::Integer(0)), 14),
            (person("b"), 1, 84_005, Some(Value::Integer(0)), 15),
        ]
    );
    assert_eq!(
        problems(&sink.problems),
        [
            "4 nights variable-out-of-bounds",
            "5 row row-event-unknown",
            "6 row row-event-unknown",
            "7 row row-local-id-blank",
            "8 row row-date",
            "9 row row-date",
            "10 row row-date",
            "11 row row-field-count",
            "13 row row-date-range",
            "16 row row-date-range",
            "17 row row-date-range",
        ]
    );
    assert_eq!((summary.rows, summary.kept), (16, 6));
}

#[test]
fn measures_are_read_and_what_does_not_fit_is_left_out() {
    let fixture = fixture(SCHEMA);
    let intake = MeasureIntake { file: "measures.csv", dataset: &dataset(), local_ids: &fixture.local_ids };
    let file = "local_id,measure,date,score\n\
        a,swemwbs,1969-12-31,7\n\
        a,swemwbs,2024-01-01,36\n\
        a,swemwbs,2024-01-01,7.5\n\
        a,swemwbs,2024-01-01,\n\
        a,gad7,2024-01-01,7\n\
        a,swemwbs,2024-1-1,7\n\
        a,swemwbs,1899-12-31,7\n\
        a,swemwbs,2200-01-01,7\n";
    let mut sink = Collected::default();
    let summary = read_measures(file.as_bytes(), &intake, &mut sink).unwrap();
    let (row, line) = &sink.rows[0];
    assert_eq!((row.measure, row.date, row.score, *line), (0, -1, 7, 2));
    assert_eq!(
        problems(&sink.problems),
        [
            "3 row row-score",
            "4 row row-score",
            "5 row row-score",
            "6 row row-measure-unknown",
            "7 row row-date",
            "8 row row-date-range",
            "9 row row-date-range",
        ]
    );
    assert_eq!((summary.rows, summary.kept), (8, 1));
}

/// Gives up at the second row.
struct Full(u32);

impl Sink<PersonRow> for Full {
    type Error = &'static str;

    fn row(&mut self, _row: PersonRow, _line: u64) -> Result<(), &'static str> {
        self.0 += 1;
        if self.0 == 2 { Err("the disk is full") } else { Ok(()) }
    }

    fn problem(&mut self, _problem: Problem) -> Result<(), &'static str> {
        Ok(())
    }
}

#[test]
fn a_sink_that_gives_up_stops_the_reader() {
    let fixture = fixture(SCHEMA);
    let intake = PeopleIntake {
        file: "people.csv",
        columns: &fixture.columns,
        variables: &fixture.variables,
        encoder: &fixture.encoder,
        local_ids: &fixture.local_ids,
        today: TODAY,
    };
    let file = format!("{HEADER}\n{ROW}\n{ROW}\n{ROW}\n");
    let mut sink = Full(0);
    let error = read_people(file.as_bytes(), &intake, &mut sink).unwrap_err();
    assert!(matches!(error, IntakeError::Sink("the disk is full")));
    assert_eq!(sink.0, 2);
}
