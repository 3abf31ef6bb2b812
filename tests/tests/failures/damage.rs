//! A flipped byte, wherever it is, stops what stands on it.

use std::path::Path;

use counterfoil_cli::Exit;
use counterfoil_tests::world::{AGREEMENT, AUDITOR, PARTNER, agreement_id};
use counterfoil_tests::{UnitThread, copy_folder, files_under, flip_byte, steps};
use counterfoil_wire::RefusalCode;

use crate::common::{ENTRIES_AT_START, entries, linked, refused, released, unit_from, world};

#[test]
fn a_flipped_byte_in_the_log_stops_the_daemon_before_it_listens() {
    let (files, unit) = unit_from(released());
    let leaves = steps::block_on(async {
        let mut client = world().connect(unit.address, AUDITOR).connect().await.expect("connected");
        client.read_entries(&agreement_id(AGREEMENT), 0, ENTRIES_AT_START + 4).await.expect("the log")
    });
    unit.stop();
    let database = files.data().join("log.sqlite");
    let bytes = std::fs::read(&database).expect("the database");
    let mut places: Vec<(String, usize)> = Vec::new();
    for (index, leaf) in leaves.iter().enumerate() {
        let at = find(&bytes, leaf).expect("the database holds the leaf as it is");
        places.extend([0, leaf.len() / 2, leaf.len() - 2].map(|byte| (format!("entry {index}"), at + byte)));
    }
    // Openings: every record names its agreement; the checkpoint: it begins with its origin.
    places.extend(all(&bytes, AGREEMENT.as_bytes()).into_iter().map(|at| ("a record".to_owned(), at)));
    for at in all(&bytes, b"linkage-unit\n10\n") {
        places.extend([0, 14, 20].map(|byte| ("the checkpoint".to_owned(), at + byte)));
    }
    assert!(places.len() > 30, "{places:?}");
    // A release's body names the agreement too, and is checked when it is fetched.
    let body = find(&bytes, b"{\"format\":\"counterfoil-release-2\"").expect("the release's body is in the database");
    for (what, at) in places.into_iter().filter(|(_, at)| !(body..body + 400).contains(at)) {
        std::fs::write(&database, &bytes).expect("written");
        flip_byte(&database, at);
        let error = UnitThread::start(&files).map(drop).expect_err(&what).to_string();
        assert!(error.contains("damaged") || error.contains("checkpoint"), "{what}, byte {at}: {error}");
    }
    std::fs::write(&database, &bytes).expect("written");
    let unit = UnitThread::start(&files).expect("nothing but the flipped byte was wrong");
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 4);
}

#[test]
fn a_flipped_byte_in_a_stored_release_keeps_it_in() {
    let (files, unit) = unit_from(released());
    unit.stop();
    let database = files.data().join("log.sqlite");
    let bytes = std::fs::read(&database).expect("the database");
    flip_byte(&database, find(&bytes, b"\"tables\":[").expect("the release's body") + 12);
    let unit = UnitThread::start(&files).expect("the log itself is whole");
    let (code, message) = refused(steps::fetch(world(), &world().connect(unit.address, PARTNER), "use"));
    assert_eq!(code, RefusalCode::Internal);
    assert!(!message.contains("sqlite") && !message.contains('/'), "nothing of the inside is told: {message}");
}

#[test]
fn a_flipped_byte_in_the_links_lets_nothing_out() {
    for at in [0, 27, 40] {
        let (files, unit) = unit_from(linked());
        let links = files_under(&files.data().join("runs"));
        let links = links.iter().find(|path| path.ends_with("links")).expect("the links");
        flip_byte(links, at);
        let connect = world().connect(unit.address, PARTNER);
        let (code, message) = refused(steps::request(world(), &connect, "use"));
        assert_eq!(code, RefusalCode::Internal, "byte {at}: {message}");
        assert!(!message.contains("links"), "nothing of the inside is told: {message}");
        assert_eq!(refused(steps::fetch(world(), &connect, "use")).0, RefusalCode::NotReady);
        assert_eq!(entries(unit.address), ENTRIES_AT_START + 3);
        // Mended, the same question is answered: the failure has spent nothing.
        flip_byte(links, at);
        steps::request(world(), &connect, "use").expect("released");
    }
}

#[test]
fn a_flipped_byte_in_an_admitted_extract_lets_nothing_out() {
    let (files, unit) = unit_from(linked());
    let tables = files_under(&files.data().join("extracts"));
    let tables: Vec<_> =
        tables.iter().filter(|path| path.extension().is_some_and(|ending| ending == "parquet")).collect();
    assert_eq!(tables.len(), 4);
    let connect = world().connect(unit.address, PARTNER);
    for table in tables {
        flip_byte(table, 1_000);
        assert_eq!(refused(steps::request(world(), &connect, "use")).0, RefusalCode::Internal, "{}", table.display());
        flip_byte(table, 1_000);
    }
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 3);
    steps::request(world(), &connect, "use").expect("released");
}

#[test]
fn a_flipped_byte_in_any_file_of_a_release_or_of_the_log_fails_the_audit() {
    let (_files, unit) = unit_from(released());
    let connect = |party| world().connect(unit.address, party);
    let release = steps::fetch(world(), &connect(PARTNER), "use").expect("fetched").folder;
    let log = world().scratch().join("log");
    steps::audit_fetch(world(), &connect(AUDITOR), &log).expect("fetched");
    let verify = || steps::audit_verify(world(), &release, Some(log.clone()));
    assert!(verify().expect("there").verified);
    for file in files_under(&release).into_iter().chain(files_under(&log)) {
        let bytes = std::fs::read(&file).expect("readable");
        for at in (0..bytes.len()).step_by(bytes.len().div_ceil(5)).chain([bytes.len() - 1]) {
            flip_byte(&file, at);
            let report = verify().expect("the folders are there");
            let failed = report.first_failed();
            assert!(!report.verified && failed.is_some(), "{}, byte {at}, is not noticed", file.display());
            let problem = failed.and_then(|check| check.problem.as_deref()).unwrap_or_default();
            assert!(!problem.is_empty(), "{}", file.display());
            assert!(report.to_string().contains("NOT VERIFIED. The first item that fails is"), "{report}");
            std::fs::write(&file, &bytes).expect("written");
        }
        std::fs::remove_file(&file).expect("removed");
        assert!(!verify().expect("the folders are there").verified, "{} is missing", file.display());
        std::fs::write(&file, &bytes).expect("written");
    }
    assert!(verify().expect("there").verified);
}

#[test]
fn a_copy_of_the_log_that_was_changed_is_not_continued() {
    let (_files, unit) = unit_from(released());
    let connect = world().connect(unit.address, AUDITOR);
    let log = world().scratch().join("log");
    steps::audit_fetch(world(), &connect, &log).expect("fetched");
    let other = world().scratch().join("other");
    copy_folder(&log, &other);
    flip_byte(&other.join("checkpoint"), 20);
    let error = steps::audit_fetch(world(), &connect, &other).map(drop).expect_err("must be refused");
    assert_eq!(error.exit(), Exit::VerificationFailed, "{error}");
    // The same log again is no growth and no error.
    assert_eq!(steps::audit_fetch(world(), &connect, &log).expect("fetched").entries, ENTRIES_AT_START + 4);
}

#[test]
fn a_folder_that_is_not_there_is_no_failed_check() {
    let error = steps::audit_verify(world(), Path::new("/nonexistent"), None).map(drop).expect_err("must fail");
    assert_eq!(error.exit(), Exit::Input);
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn all(bytes: &[u8], what: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(what.len()).enumerate();
    windows.filter(|(_, window)| *window == what).map(|(at, _)| at).collect()
}
