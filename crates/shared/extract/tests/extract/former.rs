//! Former tokens: a table of their own, there only when there is any, and nothing in it that its people do not bear out.

use std::fs;
use std::path::Path;

use counterfoil_extract::{
    CellProblem, ColumnKind, ExtractError, LeftOutReason, MANIFEST_FILE, Manifest, Table, inspect,
};
use counterfoil_model::{EncodedPeople, FormerToken, PersonRow, Token};

use crate::common::*;
use crate::crafted::{Crafted, craft, fixed, missing, refs, texts};

fn former(match_key: u16, number: u64) -> FormerToken {
    FormerToken { match_key, token: Token::from_tag(&tag("former", number)) }
}

/// A person with these former tokens of the first match key, which is the one with the number.
fn person_with(number: u64, formers: &[u64]) -> PersonRow {
    let mut row = person(number);
    let mut tokens: Vec<_> = formers.iter().map(|number| former(0, *number)).collect();
    tokens.sort_unstable();
    row.encoding.former = tokens.into();
    row
}

/// 60 people, of whom persons 1 and 17 have former tokens.
fn sixty() -> Vec<PersonRow> {
    let formers = |number| match number {
        1 => &[1, 2, 3][..],
        17 => &[4],
        _ => &[],
    };
    (0..60).map(|number| person_with(number, formers(number))).collect()
}

#[test]
fn former_tokens_are_read_with_their_people_in_whatever_order_they_came() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let mut people = sixty();
    let one = parties.write(&home.path().join("one"), &people, &[], &[]);
    people.reverse();
    let two = parties.write(&home.path().join("two"), &people, &[], &[]);
    assert_eq!((one.digest(), rows_of(&one, Table::FormerTokens)), (two.digest(), 4));
    assert_eq!(one.files().last().map(|file| (file.name, file.rows)), Some(("former_tokens.parquet", 4)));

    people.sort_by_key(|row| row.person);
    let mut expected = EncodedPeople::new(&parties.schema, 3);
    for row in &people {
        expected.push(row);
    }
    assert_eq!(expected.former().len(), 4);
    let read = parties.open(&home.path().join("one")).unwrap().read_people().unwrap();
    assert_eq!(read, expected);
}

#[test]
fn without_former_tokens_there_is_no_table_and_with_them_the_others_are_the_same() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let people = sixty();
    let bare: Vec<_> = (0..60).map(person).collect();
    parties.write(&home.path().join("with"), &people, &[], &[]);
    parties.write(&home.path().join("without"), &bare, &[], &[]);
    let [with, without] = ["with", "without"].map(|name| home.path().join(name));
    assert_eq!(names(&without), ["events.parquet", MANIFEST_FILE, "measures.parquet", "people.parquet"]);
    assert_eq!(names(&with).len(), 5);
    let bytes = |folder: &Path| fs::read(folder.join("people.parquet")).unwrap();
    assert_eq!(bytes(&with), bytes(&without));
}

#[test]
fn former_tokens_go_with_the_row_that_they_are_part_of() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    for (name, earlier, later, rows) in [("a", &[][..], &[1, 2][..], None), ("b", &[1], &[2, 3], Some(1))] {
        let mut writer = parties.writer(&home.path().join(name));
        writer.push_person(&person_with(1, later), 9).unwrap();
        writer.push_person(&person_with(1, earlier), 4).unwrap();
        let (unsigned, left_out) = parties.finish(writer);
        let left_out: Vec<_> = left_out.iter().map(|row| (row.table, row.line, row.reason)).collect();
        assert_eq!(left_out, [(Table::People, 9, LeftOutReason::Repeated)]);
        let extract = parties.sign(unsigned);
        assert_eq!(extract.manifest().table(Table::FormerTokens).map(|facts| facts.rows), rows);
        let found: Vec<_> = extract.read_people().unwrap().former().iter().map(|(_, former)| *former).collect();
        assert_eq!(found, earlier.iter().map(|number| former(0, *number)).collect::<Vec<_>>());
    }
}

#[test]
fn rows_that_no_encoder_makes_are_not_written() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let mut writer = parties.writer(&home.path().join("x"));
    let ascending = |keys: &[(u16, u64)]| {
        let mut formers: Vec<_> = keys.iter().map(|(key, number)| former(*key, *number)).collect();
        formers.sort_unstable();
        formers
    };
    let mut descending = ascending(&[(0, 1), (0, 2)]);
    descending.reverse();
    // Nine of one number; a key without the number; no key; twice; out of order; and person 5, who has no current token.
    for (number, formers) in [
        (1, ascending(&[(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 6), (0, 7), (0, 8), (0, 9)])),
        (1, ascending(&[(1, 1)])),
        (1, ascending(&[(2, 1)])),
        (1, ascending(&[(0, 1), (0, 1)])),
        (1, descending),
        (5, ascending(&[(0, 1)])),
    ] {
        let mut row = person(number);
        row.encoding.former = formers.into();
        let refused = writer.push_person(&row, 3);
        assert!(matches!(refused, Err(ExtractError::RowShape { table: Table::FormerTokens, line: 3 })), "{refused:?}");
    }
}

/// An extract of [`sixty`] with another table of former tokens, which the custodian has signed.
fn crafted(rows: usize, columns: &[Crafted]) -> Result<(), ExtractError> {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let folder = home.path().join("x");
    parties.write(&folder, &sixty(), &[], &[]);
    craft(&folder.join("former_tokens.parquet"), columns, None);
    sign_again(&folder, "icb", |manifest: &mut Manifest| {
        manifest.tables.last_mut().unwrap().rows = rows as u64;
    });
    parties.read(&folder)
}

fn rows(people: &[u64], keys: &[&str], tokens: &[u8]) -> Result<(), ExtractError> {
    let people: Vec<u64> = people.iter().map(|number| person_ref(*number).0).collect();
    let keys: Vec<_> = keys.iter().copied().map(Some).collect();
    let tokens: Vec<_> = tokens.iter().map(|byte| vec![*byte; 16]).collect();
    crafted(people.len(), &[refs(&people), texts("match_key", &keys, true), fixed("token", 16, &tokens)])
}

#[test]
fn a_table_that_its_people_do_not_bear_out_is_refused() {
    let (mut two, mut nine) = ([1, 17], [0; 9]);
    two.sort_unstable_by_key(|number| person_ref(*number));
    nine.fill(1);
    rows(&two, &["nhs"; 2], &[7, 7]).unwrap();
    rows(&nine[..8], &["nhs"; 8], &[1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
    let problem = |result: Result<(), ExtractError>| match result {
        Err(ExtractError::Cell { file: "former_tokens.parquet", row, column, problem }) => (row, column, problem),
        other => panic!("{other:?}"),
    };
    let cell = |row: u64, column: &str, problem| (row, column.to_owned(), problem);
    assert_eq!(problem(rows(&[two[1], two[0]], &["nhs"; 2], &[7, 7])), cell(1, "person_ref", CellProblem::Order));
    assert_eq!(problem(rows(&[1, 1], &["nhs"; 2], &[7, 7])), cell(1, "person_ref", CellProblem::Order));
    assert_eq!(problem(rows(&[1, 1], &["nhs"; 2], &[8, 7])), cell(1, "person_ref", CellProblem::Order));
    assert_eq!(problem(rows(&[60], &["nhs"], &[7])), cell(0, "person_ref", CellProblem::NotInPeople));
    assert_eq!(problem(rows(&[5], &["nhs"], &[7])), cell(0, "match_key", CellProblem::NoCurrentToken));
    let many = rows(&nine, &["nhs"; 9], &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(problem(many), cell(8, "token", CellProblem::TooMany));
    for key in ["family", "sound", "other"] {
        let (row, column, _) = problem(rows(&[1], &[key], &[7]));
        assert_eq!((row, column.as_str()), (0, "match_key"), "{key}");
    }
    let null = crafted(1, &[refs(&[person_ref(1).0]), texts("match_key", &[Some("nhs")], true), missing("token", 16)]);
    assert_eq!(problem(null), cell(0, "token", CellProblem::Missing));
    let short = crafted(1, &[refs(&[1]), texts("match_key", &[Some("nhs")], true), fixed("token", 8, &[vec![1; 8]])]);
    assert!(matches!(short, Err(ExtractError::Column { .. })), "{short:?}");
}

#[test]
fn a_schema_without_numbers_has_no_former_tokens() {
    let numbers = SCHEMA.replace("rule = \"nhs_number_v1\"", "rule = \"identifier_v1\"");
    let (parties, home) = (parties_of(&numbers, DATASET), tempfile::tempdir().unwrap());
    let folder = home.path().join("x");
    let mut writer = parties.writer(&folder);
    assert!(matches!(writer.push_person(&person_with(1, &[1]), 2), Err(ExtractError::RowShape { .. })));
    parties.write(&folder, &people(40), &[], &[]);
    fs::copy(folder.join("people.parquet"), folder.join("former_tokens.parquet")).unwrap();
    sign_again(&folder, "icb", |manifest| {
        let facts = manifest.tables[0];
        manifest.tables.push(counterfoil_extract::TableFacts { table: Table::FormerTokens, ..facts });
    });
    assert!(matches!(parties.open(&folder), Err(ExtractError::Terms { field: "table", .. })));
}

#[test]
fn an_inspection_says_what_the_table_is() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let folder = home.path().join("x");
    parties.write(&folder, &sixty(), &[], &[]);
    let inspection = inspect(&folder, Some(&note_key("icb"))).unwrap();
    assert_eq!(inspection.findings, []);
    let table = inspection.tables.iter().find(|table| table.table == Table::FormerTokens).unwrap();
    let kinds: Vec<_> = table.columns.iter().map(|column| (column.kind, column.non_null)).collect();
    assert_eq!(kinds, [(ColumnKind::PersonRef, 4), (ColumnKind::Code, 4), (ColumnKind::FormerToken, 4)]);
    assert_eq!(table.columns[1].codes, [("nhs".to_owned(), 4)]);
    assert_eq!(ColumnKind::FormerToken.to_string(), "keyed token of a superseded NHS number, 16 bytes");
}
