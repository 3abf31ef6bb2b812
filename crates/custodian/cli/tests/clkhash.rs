//! `counterfoil clkhash` as it is typed: what it makes, and when it makes nothing.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::fs;
use std::process::Output;

use support::{Place, counterfoil};

/// The linkage schema and record of clkhash 0.18.3 whose CLK was worked out step by step in `counterfoil-clkhash`'s vectors.
const SCHEMA: &str = r#"{"version": 3, "clkConfig": {"l": 128, "kdf": {"type": "HKDF"}}, "features": [
    {"identifier": "name", "format": {"type": "string"},
     "hashing": {"comparison": {"type": "ngram", "n": 2}, "strategy": {"bitsPerToken": 3}}},
    {"identifier": "nhs", "format": {"type": "string", "maxLength": 10},
     "hashing": {"comparison": {"type": "exact"}, "strategy": {"bitsPerToken": 5}, "hash": {"type": "doubleHash"}}}]}"#;
const PEOPLE: &str = "name,nhs\nANN,9990000018\nANN,9990000018\n";
const CLKS: &str = r#"{"clks": ["ASIAACgIACAEBIBBAAMAEA==", "ASIAACgIACAEBIBBAAMAEA=="]}"#;

fn place(unhardened: &str) -> Place {
    let place = Place::with_other_terms("unhardened_clk = \"refused\"", &format!("unhardened_clk = \"{unhardened}\""));
    for (file, text) in [("clkhash.json", SCHEMA), ("secret", "test secret\n"), ("clk-people.csv", PEOPLE)] {
        fs::write(place.path(file), text).unwrap();
    }
    place
}

fn run(place: &Place, more: &[&str]) -> Output {
    let args = [
        "clkhash",
        "--agreement",
        "agreement",
        "--schema",
        "clkhash.json",
        "--secret-file",
        "secret",
        "--input",
        "clk-people.csv",
        "--output",
        "clks.json",
    ];
    counterfoil(place.dir.path(), &[args.as_slice(), more].concat())
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Nothing made, and nothing left over from making.
fn expect_nothing_made(place: &Place) {
    assert!(!place.path("clks.json").exists());
    let mut left = fs::read_dir(place.dir.path()).unwrap();
    assert!(left.all(|entry| !entry.unwrap().file_name().to_string_lossy().starts_with(".tmp")));
}

#[test]
fn an_agreement_that_allows_plain_clks_gets_those_of_clkhash() {
    let place = place("allowed");
    let made = run(&place, &["--json"]);
    assert_eq!(code(&made), 0, "{}", said(&made));
    assert_eq!(fs::read_to_string(place.path("clks.json")).unwrap(), CLKS);
    let summary: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(
        (&summary["rows"], &summary["clk_bits"], &summary["agreement"]),
        (&2.into(), &128.into(), &"tiny".into())
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(place.path("clks.json")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = run(&place, &[]);
    assert_eq!(code(&again), 3);
    assert!(said(&again).contains("is there already"), "{}", said(&again));
}

#[test]
fn an_agreement_that_refuses_plain_clks_is_kept() {
    let place = place("refused");
    let refused = run(&place, &[]);
    assert_eq!(code(&refused), 3);
    assert!(said(&refused).contains("agreement tiny refuses CLKs without diffusion"), "{}", said(&refused));
    expect_nothing_made(&place);
    // Nor does changing the file help: it is no longer what the parties signed.
    let terms = place.path("agreement/agreement.toml");
    let changed =
        fs::read_to_string(&terms).unwrap().replace("unhardened_clk = \"refused\"", "unhardened_clk = \"allowed\"");
    fs::write(&terms, changed).unwrap();
    let changed = run(&place, &[]);
    assert_eq!(code(&changed), 3);
    assert!(said(&changed).contains("agreement.note"), "{}", said(&changed));
    expect_nothing_made(&place);
}

#[test]
fn every_wrong_row_is_named_without_its_values_and_no_file_is_made() {
    let place = place("allowed");
    fs::write(place.path("clk-people.csv"), "name,nhs\nANN,9990000018\nBOB,99900000180\n\nEVE\n\"Z\nZ\",99900000181\n")
        .unwrap();
    let refused = run(&place, &[]);
    assert_eq!(code(&refused), 3);
    let text = said(&refused);
    for line in [
        "clk-people.csv: 4 problems",
        "line 3, nhs: is longer than maxLength 10",
        "line 4, the row is an empty line",
        "line 5, the row has 1 fields where the schema has 2 features",
        "line 6, nhs: is longer than maxLength 10",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    for value in ["BOB", "EVE", "99900000180", "ANN"] {
        assert!(!text.contains(value), "{text}");
    }
    expect_nothing_made(&place);
}

#[test]
fn what_cannot_stand_ends_with_3_and_names_the_file() {
    for (file, bytes, expected) in [
        ("secret", "", "secret: the secret is empty"),
        ("secret", "\n", "secret: the secret is empty"),
        ("clkhash.json", "{", "clkhash.json: the schema is not JSON"),
        ("clkhash.json", "{\"version\": 4}", "clkhash.json: the schema's version"),
        ("clk-people.csv", "", "clk-people.csv: is empty"),
        ("clk-people.csv", "nhs,name\n", "clk-people.csv: column 1 is not \"name\""),
        ("clk-people.csv", "name\n", "clk-people.csv: has 1 columns where the schema has 2"),
        ("clk-people.csv", "name,nhs\n\"ANN,1\n", "clk-people.csv: line 2: a quote is opened"),
    ] {
        let place = place("allowed");
        fs::write(place.path(file), bytes).unwrap();
        let refused = run(&place, &[]);
        assert_eq!(code(&refused), 3, "{file} {bytes:?}");
        assert!(said(&refused).contains(expected), "{}", said(&refused));
        expect_nothing_made(&place);
    }
    let place = place("allowed");
    fs::write(place.path("secret"), "x".repeat(4_097)).unwrap();
    assert_eq!(code(&run(&place, &[])), 3);
    fs::remove_file(place.path("secret")).unwrap();
    assert_eq!(code(&run(&place, &[])), 3);
    assert_eq!(code(&counterfoil(place.dir.path(), &["clkhash", "--agreement", "agreement"])), 2);
}
