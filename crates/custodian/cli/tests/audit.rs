//! Verifying offline: a sound release passes, and every byte of it and of the log counts.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use counterfoil_audit::{MerkleTree, leaf_hash};
use counterfoil_cli::steps::{AuditReport, AuditVerify, audit_verify};
use support::{Place, counterfoil};

fn verify(place: &Place) -> AuditReport {
    let (agreement, release, log) = (place.agreement(), place.path("release"), Some(place.path("log")));
    audit_verify(&AuditVerify { agreement, release, log, previous: None }).unwrap()
}

fn released() -> (Place, Vec<Vec<u8>>) {
    let place = Place::new();
    let (_, leaves) = place.release();
    place.write_log(&leaves);
    (place, leaves)
}

fn files_below(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
    files.sort();
}

#[test]
fn a_sound_release_is_verified() {
    let (place, _) = released();
    let args = ["audit", "verify", "--agreement", "agreement", "--release", "release", "--log", "log"];
    let output = counterfoil(place.dir.path(), &args);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("VERIFIED: the release was permitted, logged first, and is unaltered."), "{text}");
    assert!(!text.contains("FAILED"), "{text}");
    // Six checks are of the log.
    let with_log = verify(&place).checks.all().len();
    let without =
        AuditVerify { agreement: place.agreement(), release: place.path("release"), log: None, previous: None };
    let without = audit_verify(&without).unwrap();
    assert!(without.verified);
    assert_eq!(with_log - without.checks.all().len(), 6);
}

#[test]
fn a_flipped_byte_anywhere_in_a_release_or_a_log_is_found() {
    let (place, _) = released();
    let mut files = Vec::new();
    files_below(&place.path("release"), &mut files);
    files_below(&place.path("log"), &mut files);
    assert_eq!(files.len(), 4 + 6 * 3 + 2);
    for path in files {
        let before = fs::read(&path).unwrap();
        // Every place of a large file takes too long; these cover its head, its end and what is between.
        let step = (before.len() / 40).max(1);
        for at in (0..before.len()).step_by(step).chain([before.len() - 1]) {
            let mut changed = before.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).unwrap();
            let report = verify(&place);
            assert!(!report.verified, "{} byte {at}", path.display());
            assert!(report.first_failed().is_some());
        }
        fs::write(&path, &before).unwrap();
        assert!(verify(&place).verified);
        fs::remove_file(&path).unwrap();
        assert!(!verify(&place).verified, "{} missing", path.display());
        fs::write(&path, &before).unwrap();
    }
}

#[test]
fn the_first_failing_item_is_named_in_plain_words() {
    let (place, _) = released();
    let said_after = |file: &str, change: &dyn Fn(String) -> String| {
        let path = place.dir.path().join(file);
        let before = fs::read_to_string(&path).unwrap();
        fs::write(&path, change(before.clone())).unwrap();
        let report = verify(&place);
        fs::write(&path, before).unwrap();
        assert!(!report.verified);
        report.first_failed().unwrap().name.clone()
    };
    for (file, from, to, said) in [
        ("release/release.json", "2400", "2405", "release.json is the release that was logged"),
        ("release/tables.csv", "2400", "2405", "tables.csv says exactly what release.json says"),
        ("release/report.html", "2,400", "2,405", "report.html says exactly what release.json says"),
        (
            "agreement/agreement.toml",
            "releases_max = 4",
            "releases_max = 5",
            "the agreement is signed by all its parties",
        ),
        (
            "agreement/schema.toml",
            "bits = 512",
            "bits = 1024",
            "the agreement is signed by all its parties, and pins this",
        ),
        (
            "agreement/studies/use.toml",
            "Use of hospital",
            "Use of hotels",
            "study use is the one that the agreement pins",
        ),
        ("release/checkpoint", "unit\n6\n", "unit\n7\n", "the release's files are there"),
        ("log/checkpoint", "unit\n6\n", "unit\n5\n", "the log's own checkpoint is signed by the unit"),
    ] {
        let first = said_after(file, &|text| {
            assert!(text.contains(from), "{file} has {from}");
            text.replacen(from, to, 1)
        });
        assert!(first.starts_with(said), "{file}: {first}");
    }
}

#[test]
fn a_log_that_was_rewritten_under_the_same_key_is_found() {
    let (place, mut leaves) = released();
    let kept = place.path("kept");
    fs::copy(place.path("log/checkpoint"), &kept).unwrap();
    let with_kept = || {
        let (agreement, release, log) = (place.agreement(), place.path("release"), Some(place.path("log")));
        audit_verify(&AuditVerify { agreement, release, log, previous: Some(kept.clone()) }).unwrap()
    };
    assert!(with_kept().verified);

    // Grown: still the same log.
    leaves.push(String::from_utf8(leaves[5].clone()).unwrap().replace("1795219205", "1795219206").into_bytes());
    fs::remove_dir_all(place.path("log")).unwrap();
    place.write_log(&leaves);
    assert!(with_kept().verified, "{}", with_kept());

    // Rewritten: every entry is sound and the root is signed by the unit, but it is another log.
    leaves[3] = String::from_utf8(leaves[3].clone()).unwrap().replace("1795219203", "1795219202").into_bytes();
    fs::remove_dir_all(place.path("log")).unwrap();
    place.write_log(&leaves);
    let report = with_kept();
    let failed: Vec<_> =
        report.checks.all().iter().filter(|check| !check.ok).map(|check| check.name.as_str()).collect();
    assert_eq!(failed, ["the release's checkpoint is of this log", "the log has only grown since the checkpoint kept"]);

    // Times that go backwards.
    leaves[3] = String::from_utf8(leaves[3].clone()).unwrap().replace("1795219202", "1795219201").into_bytes();
    fs::remove_dir_all(place.path("log")).unwrap();
    place.write_log(&leaves);
    assert_eq!(verify(&place).first_failed().unwrap().name, "no entry is dated before the one before it");
    let tree: MerkleTree = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
    assert_eq!(tree.size().0, 7);
}

#[test]
fn a_folder_that_is_not_there_is_an_input_error() {
    let place = Place::new();
    for missing in [["agreement", "nowhere"], ["nowhere", "agreement"]] {
        let args = ["audit", "verify", "--agreement", missing[0], "--release", missing[1]];
        assert_eq!(counterfoil(place.dir.path(), &args).status.code(), Some(3));
    }
}
