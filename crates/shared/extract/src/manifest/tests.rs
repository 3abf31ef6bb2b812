//! One manifest has one text, and every other text is refused.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use super::*;

const TEXT: &str = "\
counterfoil-extract-1
agreement thrive-nel
agreement_digest 1111111111111111111111111111111111111111111111111111111111111111
schema_digest 2222222222222222222222222222222222222222222222222222222222222222
dataset nhs-usage
custodian nel-icb
key_epoch 4
key_fingerprint 3333333333333333333333333333333333333333333333333333333333333333
encoding diffused-1 t=10
created_on 2026-11-21
complete_from 2023-04-01
complete_to 2026-03-31
tariff nhsps-2024-25
build counterfoil 0.1.0
table people rows=180000 bytes=123 sha256=4444444444444444444444444444444444444444444444444444444444444444
table events rows=4500000 bytes=456 sha256=5555555555555555555555555555555555555555555555555555555555555555
";

#[test]
fn the_text_is_read_and_written_alike() {
    let manifest = parse_manifest(TEXT).unwrap();
    assert_eq!(manifest.encoding, Some(ClkEncoding::Diffused(10)));
    assert_eq!(manifest.complete_to, Date::constant(2026, 3, 31));
    assert_eq!(manifest.table(Table::Events).map(|facts| (facts.rows, facts.bytes)), Some((4_500_000, 456)));
    assert_eq!(manifest.table(Table::Measures), None);
    assert_eq!(manifest.to_text().unwrap().as_str(), TEXT);
    for (encoding, text) in [(Some(ClkEncoding::Plain), "plain-1"), (None, "none")] {
        let other = parse_manifest(&TEXT.replace("diffused-1 t=10", text)).unwrap();
        assert_eq!(other.encoding, encoding);
    }
    let former = format!("{TEXT}table former_tokens rows=3 bytes=789 sha256={}\n", "6".repeat(64));
    let manifest = parse_manifest(&former).unwrap();
    assert_eq!(manifest.table(Table::FormerTokens).map(|facts| facts.rows), Some(3));
    assert_eq!(manifest.to_text().unwrap().as_str(), former);
    assert!(parse_manifest(&former.replace("former_tokens rows=3", "former_tokens rows=0")).is_err());
    assert!(
        parse_manifest(&former.replace("table events", "table measures").replace("former_tokens", "events")).is_err()
    );
    assert_eq!(parse_manifest(&TEXT.replace("tariff nhsps-2024-25\n", "")).unwrap().tariff, None);
}

#[test]
fn every_other_spelling_is_refused() {
    let four = "4".repeat(64);
    for (from, to) in [
        ("extract-1", "extract-2"),
        ("agreement thrive-nel\n", ""),
        ("agreement thrive-nel", "agreement Thrive"),
        ("agreement thrive-nel", "agreement thrive-nel\nagreement thrive-nel"),
        ("dataset nhs-usage\ncustodian nel-icb", "custodian nel-icb\ndataset nhs-usage"),
        ("key_epoch 4", "key_epoch 04"),
        ("key_epoch 4", "key_epoch +4"),
        ("key_epoch 4", "key_epoch -4"),
        ("key_epoch 4", "key_epoch 4294967296"),
        ("diffused-1 t=10", "diffused-1 t=010"),
        ("diffused-1 t=10", "diffused-1"),
        ("diffused-1 t=10", "diffused-2 t=10"),
        ("created_on 2026-11-21", "created_on 21/11/2026"),
        ("created_on 2026-11-21", "created_on 20261121"),
        ("created_on 2026-11-21", "created_on 2026-11-31"),
        ("complete_to 2026-03-31", "complete_to 2023-03-31"),
        ("tariff nhsps-2024-25", "tariff NHSPS 2024/25"),
        ("build counterfoil 0.1.0", "build counterfoil"),
        ("build counterfoil 0.1.0", "build something 0.1.0"),
        ("build counterfoil 0.1.0", "build counterfoil /home/somebody"),
        ("build counterfoil", "comment hello\nbuild counterfoil"),
        ("table people rows=180000", "table people rows=0180000"),
        ("table people rows=180000", "table persons rows=180000"),
        ("rows=180000 bytes=123", "bytes=123 rows=180000"),
        ("rows=180000 bytes=123", "rows=180000  bytes=123"),
        ("rows=180000", "rows=-1"),
        (four.as_str(), &four[1..]),
        (four.as_str(), "4444 extra=1"),
        ("table events", "table people"),
        ("table people", "table measures"),
    ] {
        let changed = TEXT.replacen(from, to, 1);
        assert_ne!(changed, TEXT, "{from}");
        assert!(parse_manifest(&changed).is_err(), "{to}");
    }
    let (head, tables) = TEXT.split_at(TEXT.find("table people").unwrap());
    assert!(parse_manifest(head).is_err(), "no tables");
    let swapped: Vec<&str> = tables.lines().rev().collect();
    assert!(parse_manifest(&format!("{head}{}\n", swapped.join("\n"))).is_err());
}

#[test]
fn the_digest_is_that_of_the_text() {
    let text = parse_manifest(TEXT).unwrap().to_text().unwrap();
    // By sha256sum.
    assert_eq!(manifest_digest(&text).to_string(), "06bceb40560fd5f88e8c0589fc65fb0dc8c701a2e43b16947f9daf3a3087aab3");
}
