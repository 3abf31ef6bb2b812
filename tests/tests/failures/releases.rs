//! One question, one answer; and no more answers than were agreed.

use counterfoil_cli::StepError;
use counterfoil_tests::files_under;
use counterfoil_tests::steps;
use counterfoil_tests::world::{PARTNER, UNIT};
use counterfoil_wire::RefusalCode;

use crate::common::{ENTRIES_AT_START, entries, linked, new_unit, refused, released, submitted, unit_from, world};

#[test]
fn the_same_question_twice_is_one_entry_and_the_same_bytes() {
    let (_files, unit) = unit_from(linked());
    let connect = world().connect(unit.address, PARTNER);
    let ask = || {
        let requested = steps::request(world(), &connect, "use").expect("released");
        let fetched = steps::fetch(world(), &connect, "use").expect("fetched");
        assert_eq!(requested.release_digest, fetched.release_digest);
        fetched.folder
    };
    let (first, second) = (ask(), ask());
    let files = files_under(&first);
    assert_eq!(files.len(), 22, "four files, and three for each of six entries");
    for file in &files {
        let other = second.join(file.strip_prefix(&first).expect("it is there"));
        assert!(std::fs::read(file).expect("there") == std::fs::read(&other).expect("there"), "{}", file.display());
    }
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 4);
}

#[test]
fn when_the_agreed_number_of_releases_is_used_up_nothing_more_comes_out() {
    let (_files, unit) = unit_from(released());
    let connect = world().connect(unit.address, PARTNER);
    let (code, message) = refused(steps::request(world(), &connect, "who"));
    assert_eq!(code, RefusalCode::BudgetSpent, "{message}");
    assert_eq!(refused(steps::fetch(world(), &connect, "who")).0, RefusalCode::NotReady);
    // What was released before is still there, and asking for it again spends nothing.
    steps::request(world(), &connect, "use").expect("the release that is there");
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 4);
}

#[test]
fn nothing_happens_before_its_time() {
    let (_files, unit) = new_unit();
    assert_eq!(refused(steps::link(world(), &world().connect(unit.address, UNIT))).0, RefusalCode::NotReady);
    unit.stop();
    let (_files, unit) = unit_from(submitted());
    let connect = world().connect(unit.address, PARTNER);
    let (code, message) = refused(steps::request(world(), &connect, "use"));
    assert_eq!(code, RefusalCode::NotReady);
    assert!(message.contains("have not been linked"), "{message}");
    assert_eq!(refused(steps::fetch(world(), &connect, "use")).0, RefusalCode::NotReady);
    let error = steps::request(world(), &connect, "no-such-study").expect_err("must be refused");
    assert!(matches!(error, StepError::UnknownStudy { .. }), "{error}");
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 2);
}
