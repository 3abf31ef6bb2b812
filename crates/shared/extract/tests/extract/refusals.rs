//! What is not believed: changed files, changed manifests, other signatures, other columns, other values.

use std::fs;
use std::path::{Path, PathBuf};

use counterfoil_audit::{NoteError, parse_signed_note};
use counterfoil_extract::{CellProblem, ColumnProblem, ExtractError, MANIFEST_FILE, Manifest, Table, parse_manifest};
use counterfoil_model::{AgreementDigest, AgreementId, DatasetId, Digest, PartyId, SchemaDigest, ValueError};
use jiff::civil::Date;

use crate::common::*;
use crate::crafted::*;

struct Home {
    parties: Parties,
    folder: PathBuf,
    _kept: tempfile::TempDir,
}

fn home() -> Home {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let folder = home.path().join("x");
    parties.write(&folder, &people(40), &events(40), &measures(40));
    Home { parties, folder, _kept: home }
}

fn manifest_of(folder: &Path) -> Manifest {
    let note = parse_signed_note(&fs::read(folder.join(MANIFEST_FILE)).unwrap()).unwrap();
    parse_manifest(note.text().as_str()).unwrap()
}

#[test]
fn a_flipped_byte_anywhere_in_any_file_is_refused() {
    let home = home();
    home.parties.read(&home.folder).unwrap();
    for name in names(&home.folder) {
        let path = home.folder.join(name);
        let bytes = fs::read(&path).unwrap();
        for place in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            fs::write(&path, changed).unwrap();
            assert!(home.parties.open(&home.folder).is_err(), "{} byte {place}", path.display());
        }
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(home.parties.open(&home.folder).is_err());
        fs::write(&path, [bytes.as_slice(), b"\n"].concat()).unwrap();
        assert!(home.parties.open(&home.folder).is_err());
        fs::remove_file(&path).unwrap();
        assert!(matches!(home.parties.open(&home.folder), Err(ExtractError::Io { .. })));
        fs::write(&path, bytes).unwrap();
    }
    home.parties.read(&home.folder).unwrap();
}

type Change = Box<dyn Fn(&mut Manifest)>;

#[test]
fn a_manifest_of_other_terms_is_refused_though_the_custodian_signed_it() {
    let home = home();
    let original = manifest_of(&home.folder);
    let digest = Digest::of(b"other");
    let changes: [(&str, Change); 9] = [
        ("agreement", Box::new(|manifest| manifest.agreement = AgreementId::parse("other").unwrap())),
        ("agreement_digest", Box::new(move |manifest| manifest.agreement_digest = AgreementDigest(digest))),
        ("schema_digest", Box::new(move |manifest| manifest.schema_digest = SchemaDigest(digest))),
        ("dataset", Box::new(|manifest| manifest.dataset = DatasetId::parse("other").unwrap())),
        ("custodian", Box::new(|manifest| manifest.custodian = PartyId::parse("programme").unwrap())),
        ("key_epoch", Box::new(|manifest| manifest.key_epoch = 4)),
        ("encoding", Box::new(|manifest| manifest.encoding = None)),
        ("table", Box::new(|manifest| manifest.tables.truncate(2))),
        ("people", Box::new(|manifest| manifest.tables[0].rows = 500_001)),
    ];
    for (field, change) in changes {
        sign_again(&home.folder, "icb", |manifest| {
            *manifest = original.clone();
            change(manifest);
        });
        let error = home.parties.open(&home.folder).expect_err(field).to_string();
        assert!(error.contains(field), "{error}");
    }
    for place in 0..3 {
        sign_again(&home.folder, "icb", |manifest| {
            *manifest = original.clone();
            manifest.tables[place].rows -= 1;
        });
        assert!(matches!(home.parties.open(&home.folder), Err(ExtractError::Rows { .. })));
    }
    // What only the custodian knows is believed, because it is signed.
    sign_again(&home.folder, "icb", |manifest| {
        *manifest = original.clone();
        manifest.complete_to = Date::constant(2025, 11, 30);
        manifest.tariff = None;
    });
    home.parties.read(&home.folder).unwrap();
}

#[test]
fn a_manifest_that_the_custodian_has_not_signed_is_refused() {
    let home = home();
    for party in ["programme", "unit"] {
        sign_again(&home.folder, party, |_| ());
        let error = home.parties.open(&home.folder).unwrap_err();
        assert!(matches!(error, ExtractError::Signature(NoteError::NoneVerified)), "{error}");
    }
    // The text changed under the custodian's own signature.
    sign_again(&home.folder, "icb", |_| ());
    let path = home.folder.join(MANIFEST_FILE);
    let note = fs::read_to_string(&path).unwrap();
    let changed = note.replace("complete_to 2025-12-31", "complete_to 2026-12-31");
    assert_ne!(note, changed);
    fs::write(&path, changed).unwrap();
    let error = home.parties.open(&home.folder).unwrap_err();
    assert!(matches!(error, ExtractError::Signature(NoteError::BadSignature { .. })), "{error}");
}

#[test]
fn an_extract_of_another_agreement_is_refused() {
    let home = home();
    let other = parties_of(SCHEMA, &DATASET.replace("max = 10 }", "max = 9 }"));
    let error = other.open(&home.folder).unwrap_err().to_string();
    assert!(error.contains("agreement_digest"), "{error}");
    let other_schema = parties_of(&SCHEMA.replace("bits = 50", "bits = 51"), DATASET);
    let error = counterfoil_extract::Extract::open(&home.folder, &home.parties.agreement, &other_schema.schema);
    assert!(matches!(error, Err(ExtractError::Schema(_))));
}

/// Two events of person 7, as the agreement has them, but for what a test changes.
fn event_columns() -> Vec<Crafted> {
    let person = person_ref(7).0;
    vec![
        refs(&[person, person]),
        texts("event", &[Some("ae"), Some("admission")], true),
        dates("date", &[19_400, 19_401], true),
        numbers("cost_pence", &[Some(100), None]),
    ]
}

/// Replaces the events by these, signs, and reads everything.
fn read_with(home: &Home, columns: &[Crafted], metadata: Option<&str>) -> Result<(), ExtractError> {
    craft(&home.folder.join("events.parquet"), columns, metadata);
    sign_again(&home.folder, "icb", |manifest| manifest.tables[1].rows = 2);
    home.parties.read(&home.folder)
}

#[test]
fn columns_are_exactly_those_agreed() {
    let home = home();
    read_with(&home, &event_columns(), None).unwrap();

    let refused = |columns: &[Crafted]| match read_with(&home, columns, None) {
        Err(ExtractError::Column { file: "events.parquet", column, problem }) => (column, problem),
        other => panic!("{other:?}"),
    };
    let mut columns = event_columns();
    columns.push(numbers("imd_decile", &[Some(1), None]));
    assert_eq!(refused(&columns), ("imd_decile".to_owned(), ColumnProblem::Extra));
    let mut columns = event_columns();
    columns.pop();
    assert_eq!(refused(&columns), ("cost_pence".to_owned(), ColumnProblem::Missing));
    let mut columns = event_columns();
    columns.swap(1, 2);
    assert_eq!(refused(&columns), ("date".to_owned(), ColumnProblem::Type));
    let of_another_type = [
        (0, longs("person_ref", &[1, 2])),
        (1, texts("event", &[Some("ae"), None], false)),
        (2, dates("date", &[19_400, 19_401], false)),
        (3, longs("cost_pence", &[1, 2])),
        (3, texts("cost_pence", &[Some("ae"), None], false)),
        (3, dates("cost_pence", &[1, 2], false)),
    ];
    for (place, column) in of_another_type {
        let mut columns = event_columns();
        columns[place] = column;
        assert_eq!(refused(&columns).1, ColumnProblem::Type, "{place}");
    }
    let mut twice = event_columns();
    twice.push(numbers("cost_pence", &[Some(1), None]));
    assert_eq!(refused(&twice), ("cost_pence".to_owned(), ColumnProblem::Type));
    let mut long = event_columns();
    let name = format!("x\n{}", "9".repeat(100));
    long.push(numbers(&name, &[Some(1), None]));
    assert_eq!(refused(&long).0, format!("x\\n{}", "9".repeat(61)));

    let error = read_with(&home, &event_columns(), Some("anything"));
    assert!(matches!(error, Err(ExtractError::Metadata { file: "events.parquet" })));
}

#[test]
fn values_are_those_agreed() {
    let home = home();
    let (low, high) = (person_ref(7).0.min(person_ref(8).0), person_ref(7).0.max(person_ref(8).0));
    let cases = [
        (1, texts("event", &[Some("ae"), Some("death")], true), "event", CellProblem::Value(ValueError::UnknownCode)),
        (1, texts("event", &[Some("ae"), Some("AE")], true), "event", CellProblem::Value(ValueError::UnknownCode)),
        (1, texts("event", &[Some("ae"), Some("")], true), "event", CellProblem::Value(ValueError::UnknownCode)),
        (3, numbers("cost_pence", &[None, Some(-1)]), "cost_pence", CellProblem::Value(ValueError::OutOfBounds)),
        (3, numbers("cost_pence", &[None, Some(5_000_001)]), "cost_pence", CellProblem::Value(ValueError::OutOfBounds)),
        // 1899-12-31 and 2200-01-01, by Python.
        (2, dates("date", &[19_400, -25_568], true), "date", CellProblem::Value(ValueError::OutOfBounds)),
        (2, dates("date", &[19_400, 84_006], true), "date", CellProblem::Value(ValueError::OutOfBounds)),
        (2, dates("date", &[19_400, i32::MAX], true), "date", CellProblem::Value(ValueError::OutOfBounds)),
        (2, dates("date", &[19_400, 19_399], true), "person_ref", CellProblem::Order),
        (0, refs(&[high, low]), "person_ref", CellProblem::Order),
    ];
    for (place, column, name, expected) in cases {
        let mut columns = event_columns();
        columns[place] = column;
        match read_with(&home, &columns, None) {
            Err(ExtractError::Cell { file: "events.parquet", row: 1, column, problem }) => {
                assert_eq!((column.as_str(), problem), (name, expected));
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_person_stands_once_and_a_score_within_its_own_bounds() {
    let dataset = "[[dataset]]\nid = \"nhs-usage\"\ncustodian = \"icb\"\npeople_max = 9\n\
                   measures = [{ code = \"swemwbs\", min = 7, max = 35 }, { code = \"ons4\", min = 0, max = 40 }]\n";
    let (parties, home) = (parties_of(SCHEMA, dataset), tempfile::tempdir().unwrap());
    let folder = home.path().join("x");
    let person = counterfoil_model::PersonRow { values: [].into(), ..person(1) };
    parties.write(&folder, std::slice::from_ref(&person), &[], &[measure(1, 1)]);
    let reference = person.person.0;
    let keyed = |refs_read: &[u64]| {
        let rows = refs_read.len();
        craft(
            &folder.join("people.parquet"),
            &[
                refs(refs_read),
                fixed("token_nhs", 16, &vec![vec![0xa5; 16]; rows]),
                fixed("token_family", 16, &vec![vec![0xa6; 16]; rows]),
                fixed("block_sound", 8, &vec![vec![0xa7; 8]; rows]),
                fixed("clk", 32, &vec![vec![0xa8; 32]; rows]),
            ],
            None,
        );
        sign_again(&folder, "icb", |manifest| manifest.tables[0].rows = rows as u64);
        parties.read(&folder)
    };
    keyed(&[1, reference]).unwrap();
    for wrong in [[reference, reference], [reference, 1]] {
        assert!(matches!(keyed(&wrong), Err(ExtractError::Cell { row: 1, problem: CellProblem::Order, .. })));
    }
    keyed(&[reference]).unwrap();
    let scored = |measure: &str, score: i32| {
        let columns = [
            refs(&[reference]),
            texts("measure", &[Some(measure)], true),
            dates("date", &[19_400], true),
            numbers_required("score", &[score]),
        ];
        craft(&folder.join("measures.parquet"), &columns, None);
        sign_again(&folder, "icb", |_| ());
        parties.read(&folder)
    };
    scored("ons4", 40).unwrap();
    scored("swemwbs", 35).unwrap();
    for (measure, score) in [("swemwbs", 36), ("swemwbs", 6), ("ons4", 41), ("ons4", -1)] {
        let error = scored(measure, score).unwrap_err();
        let bounds = CellProblem::Value(ValueError::OutOfBounds);
        assert!(matches!(&error, ExtractError::Cell { row: 0, problem, .. } if *problem == bounds), "{error}");
    }
}

/// The custodian himself signs a malformed file: an error or a reading, never a panic, never more rows than declared.
#[test]
fn no_signed_file_however_malformed_is_a_panic() {
    let home = home();
    let declared = manifest_of(&home.folder).table(Table::People).map(|facts| facts.rows);
    for table in [Table::People, Table::Events] {
        let path = home.folder.join(table.file_name());
        let bytes = fs::read(&path).unwrap();
        let mut refused = 0;
        // A sample: every byte takes more than a minute without optimisation.
        for (place, flip) in (0..bytes.len()).step_by(13).zip([0x01, 0x80, 0xff].into_iter().cycle()) {
            let mut changed = bytes.clone();
            changed[place] ^= flip;
            fs::write(&path, changed).unwrap();
            sign_again(&home.folder, "icb", |_| ());
            refused += usize::from(home.parties.read(&home.folder).is_err());
        }
        assert!(refused > 0);
        for length in [0, 1, 4, 8, 12, bytes.len() / 2, bytes.len() - 4] {
            fs::write(&path, &bytes[..length]).unwrap();
            sign_again(&home.folder, "icb", |_| ());
            assert!(home.parties.read(&home.folder).is_err(), "{length}");
        }
        fs::write(&path, bytes).unwrap();
    }
    sign_again(&home.folder, "icb", |_| ());
    let people = home.parties.open(&home.folder).unwrap().read_people().unwrap();
    assert_eq!(Some(people.len() as u64), declared);
}
