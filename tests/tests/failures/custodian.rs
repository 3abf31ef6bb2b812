//! Mistakes at a custodian's: caught there, before anything is sent.

use counterfoil_cli::steps as cli;
use counterfoil_cli::{Exit, StepError};
use counterfoil_tests::world::{NHS, PROGRAMME, passphrase, passphrase_of};
use counterfoil_tests::{OutsideWorld, copy_folder, files_under, flip_byte, steps};
use counterfoil_wire::{ClientError, RefusalCode};

use crate::common::{ENTRIES_AT_START, entries, new_unit, refused, world};

#[test]
fn a_wrong_passphrase_opens_nothing_and_leaves_nothing() {
    let folder = world().scratch();
    let mut args = steps::pseudonymise_args(world(), "programme");
    args.out = folder.join("extract");
    let wrong = "correct horse batterz";
    for (of_key, of_identity) in [(wrong, "correct horse battery"), ("correct horse battery", wrong)] {
        let made = OutsideWorld::new(1)
            .with(|context| cli::pseudonymise(context, &args, &passphrase_of(of_key), &passphrase_of(of_identity)));
        let error = made.expect_err("must be refused");
        assert!(matches!(error, StepError::Sealed { .. }), "{error}");
        assert_eq!(error.exit(), Exit::Sealed);
        assert!(error.to_string().contains("wrong passphrase"), "{error}");
        assert!(!error.to_string().contains("batter"), "{error}");
        assert_eq!(files_under(&folder), Vec::<std::path::PathBuf>::new());
    }
}

#[test]
fn a_flipped_byte_in_a_sealed_key_is_refused() {
    let path = world().scratch().join("copy.key");
    let sealed = std::fs::read(world().key()).expect("the key");
    for at in (0..sealed.len()).step_by(sealed.len() / 8) {
        std::fs::write(&path, &sealed).expect("written");
        flip_byte(&path, at);
        let args = cli::KeyVerify { key: path.clone(), agreement: world().agreement() };
        let error = cli::key_verify(&args, &passphrase()).map(drop).expect_err("must be refused");
        assert_eq!(error.exit(), Exit::Sealed, "byte {at}: {error}");
    }
}

#[test]
fn a_missing_column_is_named_and_no_value_is() {
    let folder = world().scratch();
    let people = std::fs::read_to_string(world().place().join("programme/people.csv")).expect("the CSV");
    let first_row: Vec<&str> = people.lines().nth(1).expect("a row").split(',').collect();
    for column in ["local_id", "nhs_number", "family_name", "postcode", "start_date", "outcome"] {
        let mut args = steps::pseudonymise_args(world(), "programme");
        args.people = folder.join("people.csv");
        args.out = folder.join("extract");
        std::fs::write(&args.people, people.replacen(column, "something_else", 1)).expect("written");
        let error = steps::pseudonymise(&args, 1).expect_err("must be refused");
        assert!(matches!(error, StepError::Intake(_)), "{error}");
        assert_eq!(error.exit(), Exit::Input);
        let said = error.to_string();
        assert!(said.contains("people.csv") && said.contains(column), "{said}");
        for value in first_row.iter().filter(|value| value.len() > 3) {
            assert!(!said.contains(value), "a value is shown: {said}");
        }
        std::fs::remove_file(&args.people).expect("removed");
        assert_eq!(files_under(&folder), Vec::<std::path::PathBuf>::new());
    }
}

#[test]
fn another_key_at_one_custodian_is_refused_before_anything_links() {
    let folder = world().scratch();
    let key = folder.join("other.key");
    steps::key_new(world(), &mut OutsideWorld::new(77), &key).expect("a key");
    let mut args = steps::pseudonymise_args(world(), "programme");
    (args.key, args.out) = (key, folder.join("extract"));
    steps::pseudonymise(&args, 1).expect("an extract");

    let (files, unit) = new_unit();
    let connect = |party| world().connect(unit.address, party);
    steps::submit(world(), &connect(NHS), &world().extract("nhs-usage")).expect("admitted");
    let (code, message) = refused(steps::submit(world(), &connect(PROGRAMME), &args.out));
    assert_eq!(code, RefusalCode::KeyMismatch);
    assert!(message.contains("key verify"), "{message}");
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 1);
    assert_eq!(files.staged_bytes(), 0);
    steps::submit(world(), &connect(PROGRAMME), &world().extract("programme")).expect("the right key's extract");
}

#[test]
fn a_flipped_byte_in_an_extract_is_found_before_it_is_sent() {
    let (_files, unit) = new_unit();
    let connect = world().connect(unit.address, PROGRAMME);
    let folder = world().scratch().join("extract");
    copy_folder(&world().extract("programme"), &folder);
    for file in files_under(&folder) {
        let bytes = std::fs::read(&file).expect("readable");
        for at in (0..bytes.len()).step_by(bytes.len().div_ceil(6)).chain([bytes.len() - 1]) {
            flip_byte(&file, at);
            let error = steps::submit(world(), &connect, &folder).map(drop).expect_err("must be refused");
            assert!(matches!(error, StepError::Extract(_)), "{}, byte {at}: {error}", file.display());
            std::fs::write(&file, &bytes).expect("written");
        }
    }
    assert_eq!(entries(unit.address), ENTRIES_AT_START);
    steps::submit(world(), &connect, &folder).expect("nothing but the flipped byte was wrong");
}

#[test]
fn the_unit_finds_a_flipped_byte_that_the_custodian_sent() {
    let (files, unit) = new_unit();
    let connect = world().connect(unit.address, PROGRAMME);
    let folder = world().scratch().join("extract");
    copy_folder(&world().extract("programme"), &folder);
    let flip = |folder: &std::path::Path| flip_byte(&folder.join("people.parquet"), 2_000);
    let error = steps::upload(world(), &connect, (&folder, "one"), flip, &mut |_| {}).expect_err("must be refused");
    let ClientError::Refused(code, message) = error else { panic!("{error}") };
    assert_eq!(code, RefusalCode::ExtractRefused, "{message}");
    assert!(message.contains("people.parquet"), "{message}");
    assert_eq!((entries(unit.address), files.staged_bytes()), (ENTRIES_AT_START, 0));
    flip(&folder);
    steps::upload(world(), &connect, (&folder, "one"), |_| {}, &mut |_| {}).expect("admitted under the same name");
}
