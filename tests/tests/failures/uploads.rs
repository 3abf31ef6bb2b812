//! Uploads that end early, come twice or collide. Without its finish, nothing has happened.

use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};

use counterfoil_cli::StepError;
use counterfoil_tests::wire::{Gate, Tap};
use counterfoil_tests::world::{NHS, PROGRAMME};
use counterfoil_tests::{AGREEMENT, LATER, TODAY, UnitFiles, UnitProcess, UnitThread, copy_folder, steps, wait_for};
use counterfoil_wire::{CHUNK_BYTES_MAX, ClientError, LoggedEntry, RefusalCode};

use crate::common::{ENTRIES_AT_START, entries, new_unit, world};

/// Three chunks and a part of the fourth.
const PART: usize = 3 * CHUNK_BYTES_MAX + CHUNK_BYTES_MAX / 2;

/// Sends the extract of usage as submission `one`, and gives the receipt and what its progress showed first. An earlier
/// attempt may still be under way at the unit: then it says so, and the upload is tried again.
fn send_again(address: impl std::fmt::Display) -> (LoggedEntry, u64) {
    let connect = world().connect(address, NHS);
    wait_for("the earlier upload to end", || {
        let mut first = None;
        let mut progress = |sent| _ = first.get_or_insert(sent);
        match steps::upload(world(), &connect, (&world().extract("nhs-usage"), "one"), |_| {}, &mut progress) {
            Err(ClientError::Refused(RefusalCode::Busy, _)) => None,
            sent => Some((sent.expect("admitted"), first.expect("progress was shown"))),
        }
    })
}

fn total() -> u64 {
    let files = counterfoil_tests::files_under(&world().extract("nhs-usage"));
    let tables = files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "parquet"));
    tables.map(|path| std::fs::metadata(path).expect("a table").len()).sum()
}

/// The first progress of an upload that goes on where `stored` bytes are stored already.
fn expected_first(stored: u64) -> u64 {
    let people = std::fs::metadata(world().extract("nhs-usage").join("people.parquet")).expect("a table").len();
    let end = if stored < people { people } else { total() };
    (stored + CHUNK_BYTES_MAX as u64).min(end)
}

#[test]
fn an_upload_that_the_client_cancels_is_not_taken_for_a_finished_one() {
    let (files, unit) = new_unit();
    let tap = Tap::cutting(world(), NHS, unit.address, PART);
    let through = world().connect(tap.address, NHS);
    std::thread::scope(|scope| {
        let extract = world().extract("nhs-usage");
        let upload = scope.spawn(move || steps::upload(world(), &through, (&extract, "one"), |_| {}, &mut |_| {}));
        wait_for("three chunks to be stored", || (files.staged_bytes() == 3 * CHUNK_BYTES_MAX as u64).then_some(()));
        tap.cancel();
        let error = upload.join().expect("no panic").expect_err("must fail");
        assert!(matches!(error, ClientError::Connection(_)), "{error}");
    });
    assert_eq!(entries(unit.address), ENTRIES_AT_START);
    let (receipt, first) = send_again(unit.address);
    assert_eq!(first, expected_first(3 * CHUNK_BYTES_MAX as u64), "what was stored is not sent again");
    assert_eq!(receipt.evidence.index.0, ENTRIES_AT_START);
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 1);
    tap.hang_up();
}

#[test]
fn an_upload_that_ends_cleanly_without_its_finish_is_nothing() {
    let (files, unit) = new_unit();
    let connect = world().connect(unit.address, NHS);
    let folder = world().scratch().join("extract");
    copy_folder(&world().extract("nhs-usage"), &folder);
    // The file becomes shorter after it was opened, so the client's stream ends in the middle, in good order.
    let cut = |folder: &Path| {
        let file = std::fs::File::options().write(true).open(folder.join("people.parquet")).expect("a table");
        file.set_len(2 * CHUNK_BYTES_MAX as u64).expect("cut");
    };
    let error = steps::upload(world(), &connect, (&folder, "one"), cut, &mut |_| {}).expect_err("must fail");
    assert!(matches!(error, ClientError::Io(_)), "{error}");
    assert!(error.to_string().contains("people.parquet"), "{error}");
    assert_eq!(entries(unit.address), ENTRIES_AT_START);
    let stored = files.staged_bytes();
    let (_, first) = send_again(unit.address);
    assert_eq!((stored, first), (2 * CHUNK_BYTES_MAX as u64, expected_first(stored)));
}

#[test]
fn the_same_submission_twice_is_one_entry_and_one_receipt() {
    let (_files, unit) = new_unit();
    let connect = world().connect(unit.address, PROGRAMME);
    let send = || steps::submit(world(), &connect, &world().extract("programme")).expect("admitted");
    let (first, second) = (send(), send());
    assert_eq!((first.submission, first.log_index), (second.submission, second.log_index));
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 1);
}

#[test]
fn a_submissions_name_is_of_one_extract() {
    let (_files, unit) = new_unit();
    let connect = world().connect(unit.address, PROGRAMME);
    let mut args = steps::pseudonymise_args(world(), "programme");
    args.out = world().scratch().join("extract");
    steps::pseudonymise(&args, 9).expect("another extract of the same people");
    let send = |extract: &Path| steps::upload(world(), &connect, (extract, "one"), |_| {}, &mut |_| {});
    send(&world().extract("programme")).expect("admitted");
    let error = send(&args.out).expect_err("must be refused");
    assert!(matches!(error, ClientError::Refused(RefusalCode::SubmissionConflict, _)), "{error}");
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 1);
}

#[test]
fn two_uploads_of_one_submission_do_not_mix() {
    let (files, unit) = new_unit();
    let gate = Gate::before(unit.address, PART);
    let held = world().connect(gate.address, NHS);
    std::thread::scope(|scope| {
        let extract = world().extract("nhs-usage");
        let first = scope.spawn(move || steps::upload(world(), &held, (&extract, "one"), |_| {}, &mut |_| {}));
        wait_for("a chunk to be stored", || (files.staged_bytes() > 0).then_some(()));
        let connect = world().connect(unit.address, NHS);
        let extract = world().extract("nhs-usage");
        let second = steps::upload(world(), &connect, (&extract, "one"), |_| {}, &mut |_| {});
        let error = second.expect_err("must be refused");
        assert!(matches!(error, ClientError::Refused(RefusalCode::Busy, _)), "{error}");
        gate.open();
        first.join().expect("no panic").expect("admitted");
    });
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 1);
}

#[test]
fn an_upload_that_outlives_the_agreement_is_not_admitted() {
    let files = UnitFiles::new(world());
    let calendar = Arc::new(Mutex::new(TODAY));
    let unit = UnitThread::start_by(&files, calendar.clone()).expect("a unit starts");
    let gate = Gate::before(unit.address, PART);
    let held = world().connect(gate.address, NHS);
    std::thread::scope(|scope| {
        let extract = world().extract("nhs-usage");
        let upload = scope.spawn(move || steps::upload(world(), &held, (&extract, "one"), |_| {}, &mut |_| {}));
        wait_for("a chunk to be stored", || (files.staged_bytes() > 0).then_some(()));
        *calendar.lock().expect("no panic") = LATER;
        gate.open();
        let error = upload.join().expect("no panic").expect_err("must be refused");
        assert!(matches!(error, ClientError::Refused(RefusalCode::NotInForce, _)), "{error}");
    });
    assert_eq!(entries(unit.address), ENTRIES_AT_START);
}

#[test]
fn a_custodian_finishes_what_is_begun_before_beginning_more() {
    let (files, unit) = new_unit();
    let connect = world().connect(unit.address, NHS);
    let send = |number: u32, after_open: &dyn Fn(&Path)| {
        let extract = world().scratch().join("extract");
        copy_folder(&world().extract("nhs-usage"), &extract);
        let name = format!("number-{number}");
        steps::upload(world(), &connect, (&extract, &name), |folder| after_open(folder), &mut |_| {})
    };
    let staged = |number: u32| files.data().join(format!("staging/{AGREEMENT}/{NHS}/number-{number}")).exists();
    for number in 0..8 {
        // Left unfinished, because a table goes missing while it is sent; again, if the unit was still busy.
        wait_for("a submission to be begun", || {
            let lost = |folder: &Path| std::fs::remove_file(folder.join("events.parquet")).expect("removed");
            send(number, &lost).expect_err("cut short");
            staged(number).then_some(())
        });
    }
    wait_for("the uploads to end, and then a refusal", || match send(8, &|_| {}).expect_err("must be refused") {
        ClientError::Refused(RefusalCode::Busy, _) => Some(()),
        other => panic!("{other}"),
    });
    assert!(!staged(8), "nothing was begun");
    // Finishing one makes room.
    wait_for("one to be finished", || send(0, &|_| {}).ok());
    wait_for("another to be admitted", || send(8, &|_| {}).ok());
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 2);
}

#[test]
fn a_stopping_daemon_lets_an_upload_end() {
    let files = UnitFiles::new(world());
    let unit = UnitProcess::start(&files);
    let gate = Gate::before(unit.address, PART);
    let held = world().connect(gate.address, NHS);
    let address = unit.address;
    std::thread::scope(|scope| {
        let (done, ended) = mpsc::channel();
        scope.spawn(move || done.send(steps::submit(world(), &held, &world().extract("nhs-usage"))));
        wait_for("a chunk to be stored", || (files.staged_bytes() > 0).then_some(()));
        unit.terminate();
        wait_for("the daemon to take no new connection", || {
            std::net::TcpStream::connect(address).is_err().then_some(())
        });
        assert!(ended.try_recv().is_err(), "the upload is still held");
        gate.open();
        let receipt: Result<_, StepError> = ended.recv().expect("the upload ends");
        assert_eq!(receipt.expect("admitted").log_index, ENTRIES_AT_START);
    });
    assert!(unit.wait().success(), "the daemon stops well");
    let said = std::fs::read_to_string(files.standard_error()).expect("what the daemon said");
    assert!(said.contains("stopping; what is under way may end"), "{said}");
}
