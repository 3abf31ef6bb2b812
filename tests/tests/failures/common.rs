//! The world that all of these tests share, units at each stage of the journey, and what errors are.

use std::path::Path;
use std::sync::OnceLock;

use counterfoil_cli::StepError;
use counterfoil_tests::world::{AUDITOR, NHS, PARTNER, PROGRAMME, UNIT};
use counterfoil_tests::{UnitFiles, UnitThread, World, steps};
use counterfoil_wire::{ClientError, RefusalCode};

/// Entries of the log before any extract: two agreements, two studies of each.
pub(crate) const ENTRIES_AT_START: u64 = 6;

pub(crate) fn world() -> &'static World {
    World::shared(Path::new(env!("CARGO_TARGET_TMPDIR")))
}

/// A stopped unit that has admitted both extracts.
pub(crate) fn submitted() -> &'static UnitFiles {
    static FILES: OnceLock<UnitFiles> = OnceLock::new();
    FILES.get_or_init(|| {
        let (files, unit) = new_unit();
        for (party, dataset) in [(NHS, "nhs-usage"), (PROGRAMME, "programme")] {
            let connect = world().connect(unit.address, party);
            steps::submit(world(), &connect, &world().extract(dataset)).expect("admitted");
        }
        unit.stop();
        files
    })
}

/// A stopped unit that has linked them.
pub(crate) fn linked() -> &'static UnitFiles {
    static FILES: OnceLock<UnitFiles> = OnceLock::new();
    FILES.get_or_init(|| {
        let (files, unit) = unit_from(submitted());
        steps::link(world(), &world().connect(unit.address, UNIT)).expect("linked");
        unit.stop();
        files
    })
}

/// A stopped unit that has released the study `use`.
pub(crate) fn released() -> &'static UnitFiles {
    static FILES: OnceLock<UnitFiles> = OnceLock::new();
    FILES.get_or_init(|| {
        let (files, unit) = unit_from(linked());
        steps::request(world(), &world().connect(unit.address, PARTNER), "use").expect("released");
        unit.stop();
        files
    })
}

pub(crate) fn new_unit() -> (UnitFiles, UnitThread) {
    let files = UnitFiles::new(world());
    let unit = UnitThread::start(&files).expect("a unit starts");
    (files, unit)
}

pub(crate) fn unit_from(files: &UnitFiles) -> (UnitFiles, UnitThread) {
    let files = files.copy_of(world());
    let unit = UnitThread::start(&files).expect("a unit starts on what another left");
    (files, unit)
}

/// Entries of the log, all of them fetched and verified by the auditor.
pub(crate) fn entries(address: impl std::fmt::Display) -> u64 {
    let log = world().scratch().join("log");
    let connect = world().connect(address, AUDITOR);
    steps::audit_fetch(world(), &connect, &log).expect("the log verifies").entries
}

/// The refusal, and what it says.
#[track_caller]
pub(crate) fn refused<T>(result: Result<T, StepError>) -> (RefusalCode, String) {
    match result.map(drop).expect_err("must be refused") {
        StepError::Client(ClientError::Refused(code, message)) => (code, message),
        other => panic!("another error than a refusal: {other}"),
    }
}
