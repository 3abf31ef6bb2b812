//! What an information-governance officer is shown, and what would make her stop.

use std::fs;

use counterfoil_extract::{AsInManifest, Distinct, Finding, FindingReason, MANIFEST_FILE, Signature, inspect};

use crate::common::*;
use crate::crafted::*;

#[test]
fn an_extract_is_described_and_no_identifier_is_found() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let folder = home.path().join("x");
    parties.write(&folder, &people(420), &events(420), &measures(420));
    let inspection = inspect(&folder, Some(&note_key("icb"))).unwrap();
    assert_eq!(inspection.findings, []);
    assert_eq!(inspection.signature, Signature::Verified("icb".to_owned()));
    assert!(inspection.manifest.is_some());
    let [people, events, measures] = inspection.tables.as_slice() else { panic!("three tables") };
    assert_eq!((people.rows, people.as_in_manifest), (420, AsInManifest::Same));
    let described: Vec<_> = people
        .columns
        .iter()
        .map(|column| {
            let Distinct::Exactly(distinct) = column.distinct else { panic!("few values") };
            (column.name.as_str(), column.kind.to_string(), column.non_null, distinct)
        })
        .collect();
    // By hand: of 420, 84 lack every fifth, 60 every seventh, 140 every third, 105 every fourth. Deciles are number % 10
    // + 1 for numbers not divisible by 3: all ten. Days are number % 365 of 420: 365.
    assert_eq!(
        described,
        [
            ("person_ref", "reference made for this extract, 8 bytes".to_owned(), 420, 420),
            ("token_nhs", "keyed token, 16 bytes".to_owned(), 336, 336),
            ("token_family", "keyed token, 16 bytes".to_owned(), 420, 42),
            ("block_sound", "keyed blocking token, 8 bytes".to_owned(), 336, 32),
            ("clk", "keyed CLK, 256 bits".to_owned(), 360, 360),
            ("imd_decile", "agreed variable: whole number".to_owned(), 280, 10),
            ("started_on", "agreed variable: date".to_owned(), 420, 365),
            ("outcome", "agreed variable: code".to_owned(), 315, 3),
        ]
    );
    let column = |name: &str| people.columns.iter().find(|column| column.name == name).unwrap();
    assert_eq!(column("token_nhs").parquet_type, "FIXED_LEN_BYTE_ARRAY(16)");
    assert_eq!(column("imd_decile").smallest.as_deref(), Some("1"));
    assert_eq!(column("imd_decile").largest.as_deref(), Some("10"));
    assert_eq!(column("started_on").smallest.as_deref(), Some("2023-01-01"));
    assert_eq!(column("started_on").largest.as_deref(), Some("2023-12-31"));
    assert_eq!(column("token_nhs").smallest, None);
    let codes: u64 = column("outcome").codes.iter().map(|(_, count)| count).sum();
    assert_eq!(codes, 315);
    assert_eq!(events.columns[1].codes.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(), ["admission", "ae"]);
    assert_eq!(measures.columns.len(), 4);
}

#[test]
fn signatures_are_claims_until_a_key_is_given() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let folder = home.path().join("x");
    parties.write(&folder, &people(3), &[], &[]);
    assert_eq!(inspect(&folder, None).unwrap().signature, Signature::Claimed(vec!["icb".to_owned()]));
    let refused = inspect(&folder, Some(&note_key("programme"))).unwrap();
    assert!(matches!(refused.signature, Signature::Refused(_)));
    assert_eq!(refused.findings, [found(MANIFEST_FILE, None, FindingReason::Signature)]);
}

fn found(file: &str, column: Option<&str>, reason: FindingReason) -> Finding {
    Finding { file: file.to_owned(), column: column.map(str::to_owned), reason }
}

#[test]
fn identifiers_in_any_disguise_are_found() {
    let home = tempfile::tempdir().unwrap();
    let padded = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(16, 0);
        bytes
    };
    let long = "a".repeat(65);
    let columns = [
        refs(&[9_434_765_919, 4_010_232_137]),
        fixed("token_nhs", 16, &[padded("9434765919"), padded("4010232137")]),
        fixed("block_sound", 8, &[7_u64.to_be_bytes().to_vec(), 8_u64.to_be_bytes().to_vec()]),
        fixed("other", 8, &[vec![0x5b; 8], vec![0xdc; 8]]),
        texts("a", &[Some("943 476 5919"), None], false),
        texts("b", &[Some("Smith"), None], false),
        texts("c", &[Some(&long), None], false),
        texts("family_name", &[Some("smith"), None], false),
        longs("d", &[9_434_765_919, 5]),
        dates("e", &[-10_000, 12_000], false),
        numbers("imd_decile", &[Some(1), Some(2)]),
    ];
    craft(&home.path().join("people.parquet"), &columns, Some("written by somebody"));
    fs::write(home.path().join("people.csv"), b"local_id,nhs_number\n").unwrap();
    let inspection = inspect(home.path(), None).unwrap();
    assert_eq!(inspection.signature, Signature::Absent);
    let people = |column, reason| found("people.parquet", column, reason);
    let mut expected = vec![
        found(MANIFEST_FILE, None, FindingReason::NoManifest),
        found("people.csv", None, FindingReason::OtherFile),
        people(None, FindingReason::Unlisted),
        people(None, FindingReason::Metadata),
        people(Some("person_ref"), FindingReason::NhsNumber),
        people(Some("person_ref"), FindingReason::NotKeyed),
        people(Some("token_nhs"), FindingReason::NotKeyed),
        people(Some("block_sound"), FindingReason::NotKeyed),
        people(Some("other"), FindingReason::Type),
        people(Some("a"), FindingReason::NotCode),
        people(Some("a"), FindingReason::NhsNumber),
        people(Some("b"), FindingReason::NotCode),
        people(Some("c"), FindingReason::LongText),
        people(Some("c"), FindingReason::NotCode),
        people(Some("family_name"), FindingReason::IdentifierName),
        people(Some("d"), FindingReason::Type),
        people(Some("d"), FindingReason::NhsNumber),
        people(Some("e"), FindingReason::BirthDates),
    ];
    expected.sort();
    assert_eq!(inspection.findings, expected);
    let text = inspection.tables[0].columns.iter().find(|column| column.name == "b").unwrap();
    assert!(text.codes.is_empty(), "what is no code is not shown");
}

#[test]
fn a_changed_or_missing_table_is_found() {
    let (parties, home) = (parties(), tempfile::tempdir().unwrap());
    let folder = home.path().join("x");
    parties.write(&folder, &people(3), &events(3), &[]);
    craft(&folder.join("people.parquet"), &[refs(&[u64::MAX])], None);
    fs::remove_file(folder.join("events.parquet")).unwrap();
    assert_eq!(
        inspect(&folder, None).unwrap().findings,
        [
            found("events.parquet", None, FindingReason::Missing),
            found("people.parquet", None, FindingReason::Different)
        ]
    );
    fs::write(folder.join("people.parquet"), b"PAR1 is not enough PAR1").unwrap();
    assert!(inspect(&folder, None).is_err());
}
