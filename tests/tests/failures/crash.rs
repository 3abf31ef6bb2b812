//! `kill -9`: what was acknowledged is there, what was not has not happened, and the log verifies.

use counterfoil_model::DatasetId;
use counterfoil_tests::wire::Gate;
use counterfoil_tests::world::{AGREEMENT, NHS, PROGRAMME, UNIT, agreement_id};
use counterfoil_tests::{UnitFiles, UnitProcess, UnitThread, flip_byte, steps, wait_for};
use counterfoil_wire::{CHUNK_BYTES_MAX, ClientError};

use crate::common::{ENTRIES_AT_START, entries, submitted, world};

#[test]
fn killed_during_a_submission_the_unit_has_nothing_and_the_upload_goes_on() {
    let files = UnitFiles::new(world());
    let unit = UnitProcess::start(&files);
    let gate = Gate::before(unit.address, 4 * CHUNK_BYTES_MAX);
    let held = world().connect(gate.address, NHS);
    let extract = world().extract("nhs-usage");
    std::thread::scope(|scope| {
        let upload = scope.spawn(|| steps::upload(world(), &held, (&extract, "one"), |_| {}, &mut |_| {}));
        wait_for("two chunks to be stored", || (files.staged_bytes() >= 2 * CHUNK_BYTES_MAX as u64).then_some(()));
        unit.kill();
        gate.open();
        let error = upload.join().expect("no panic").expect_err("must fail");
        assert!(matches!(error, ClientError::Connection(_)), "{error}");
    });
    let stored = files.staged_bytes();
    let unit = UnitProcess::start(&files);
    assert_eq!(entries(unit.address), ENTRIES_AT_START);
    let connect = world().connect(unit.address, NHS);
    let mut first = None;
    let mut progress = |sent| _ = first.get_or_insert(sent);
    let receipt = steps::upload(world(), &connect, (&extract, "one"), |_| {}, &mut progress).expect("admitted");
    assert_eq!(receipt.evidence.index.0, ENTRIES_AT_START);
    assert!(first.expect("progress was shown") > stored, "what was stored is not sent again");
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 1);

    // Killed right after a receipt: the receipt still holds.
    unit.kill();
    let unit = UnitProcess::start(&files);
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 1);
}

#[test]
fn killed_during_a_link_the_unit_links_again_under_the_same_name() {
    // Whether the blow falls before the end of the run is the machine's to say; it all but always does.
    let (files, run) = (0..10).find_map(|_| kill_during_link()).expect("one of ten runs is hit before its end");
    let unit = UnitProcess::start(&files);
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 2);
    let again = steps::link(world(), &world().connect(unit.address, UNIT)).expect("linked");
    assert_eq!((again.run, again.log_index), (run, ENTRIES_AT_START + 2));
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 3);
}

/// A unit that was killed while it linked, and the name of the run; nothing if the run had ended before.
fn kill_during_link() -> Option<(UnitFiles, String)> {
    let files = submitted().copy_of(world());
    let mut unit = Some(UnitProcess::start(&files));
    let address = unit.as_ref()?.address;
    let dataset = |name| DatasetId::parse(name).expect("a dataset's name");
    let run = steps::block_on(async {
        let mut client = world().connect(address, UNIT).connect().await.expect("connected");
        let agreement = agreement_id(AGREEMENT);
        let run = client.start_link(&agreement, &dataset("programme"), &dataset("nhs-usage")).await.expect("started");
        let mut kill = |_| unit.take().into_iter().for_each(UnitProcess::kill);
        let ended = client.watch_link(&agreement, &run, &mut kill).await;
        ended.is_err().then_some(run)
    })?;
    // The unit may have logged the end of the run before it could tell.
    let unit = UnitThread::start(&files).expect("a unit starts on what a killed one left");
    (entries(unit.address) == ENTRIES_AT_START + 2).then_some((files, run.to_string()))
}

#[test]
fn after_a_crash_a_damaged_log_is_refused_too() {
    let files = UnitFiles::new(world());
    let unit = UnitProcess::start(&files);
    let receipt = steps::submit(world(), &world().connect(unit.address, PROGRAMME), &world().extract("programme"));
    receipt.expect("admitted");
    unit.kill();
    // What a receipt is out for stands in the one file that is replayed, not in a journal whose damaged end is dropped.
    let written = files.data().join("log.sqlite");
    let bytes = std::fs::read(&written).expect("the log");
    let at = find_last(&bytes, PROGRAMME.as_bytes()).expect("the entry's record names the custodian");
    flip_byte(&written, at);
    // The receipt is out: a unit that starts without its entry denies what it has signed.
    let started = UnitThread::start(&files);
    let entries = started.as_ref().ok().map(|unit| entries(unit.address));
    assert!(started.is_err(), "the unit started with {entries:?} entries of {}", ENTRIES_AT_START + 1);
}

fn find_last(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).rposition(|window| window == what)
}
