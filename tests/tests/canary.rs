//! A made-up person with unmistakable names, and the key's bytes, go through the whole journey; afterwards nothing that
//! left the custodian's own files may hold any of them.
//!
//! The test runs itself as a second process, so that everything which that process writes can be read: its output with
//! all libraries at their most talkative, its panics, its temporary files. Inside, a tap reads what is on the wire.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use counterfoil_cli::AgreementFolder;
use counterfoil_extract::{Extract, inspect};
use counterfoil_synth::PlaceSettings;
use counterfoil_tests::search::{Marker, found_in};
use counterfoil_tests::wire::Tap;
use counterfoil_tests::world::{AUDITOR, NHS, PARTNER, PROGRAMME, UNIT};
use counterfoil_tests::{UnitFiles, UnitProcess, UnitThread, World, WorldPlan, files_under, steps};

/// Says that this process is the second one, and where it may leave what only the first one needs.
const INNER: &str = "COUNTERFOIL_CANARY_FOLDER";
const TEST: &str = "nothing_of_a_person_leaves_the_custodian";

#[test]
fn nothing_of_a_person_leaves_the_custodian() {
    match std::env::var_os(INNER) {
        Some(folder) => inner(Path::new(&folder)),
        None => outer(),
    }
}

fn outer() {
    let base = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = tempfile::Builder::new().prefix("canary-").tempdir_in(base).expect("a folder");
    let temporary = folder.path().join("tmp");
    std::fs::create_dir(&temporary).expect("a folder");
    let output = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", TEST, "--nocapture", "--test-threads=1"])
        .env(INNER, folder.path())
        .env("TMPDIR", &temporary)
        .env("RUST_BACKTRACE", "1")
        .output()
        .expect("this test runs again");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stdout), last_lines(&said));

    let key = std::fs::read(folder.path().join("key")).expect("the second process leaves the key's bytes");
    let markers = markers(&key);
    // A release build has no more than the informing lines in it.
    let talkative = said.contains("TRACE") && said.contains("h2::");
    assert!(talkative || !cfg!(debug_assertions), "the libraries are talkative");
    assert!(said.contains("the person's own panic"), "panics are in it");
    assert_eq!(found_in(&output.stderr, &markers), [""; 0], "in what the process wrote");
    assert_eq!(found_in(&output.stdout, &markers), [""; 0], "in what the process printed");
    for file in files_under(&temporary) {
        let bytes = std::fs::read(&file).expect("readable");
        assert_eq!(found_in(&bytes, &markers), [""; 0], "in the temporary file {}", file.display());
    }
}

fn inner(folder: &Path) {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let WorldPlan { settings, .. } = WorldPlan::without_mistakes(5);
    let settings = PlaceSettings { people: 1_000, participants: 100, ..settings };
    let plan = WorldPlan { settings, alter: add_the_person, money: false };
    let world = World::make(&folder.join("world"), &plan);
    std::fs::write(folder.join("key"), &world.key_bytes).expect("written");
    let markers = markers(&world.key_bytes);
    control(&world, &markers);

    let mut said = String::new();
    failures(&world, &mut said);
    let heard = journey(&world, &mut said);
    process(&world);
    let _panic = std::thread::spawn(|| panic!("the person's own panic")).join();

    for file in files_under(world.dir()).iter().filter(|file| !file.starts_with(world.place())) {
        let bytes = std::fs::read(file).expect("readable");
        assert_eq!(found_in(&bytes, &markers), [""; 0], "in {}", file.display());
    }
    for bytes in &heard {
        assert_eq!(found_in(bytes, &markers), [""; 0], "on the wire");
    }
    for dataset in ["nhs-usage", "programme"] {
        assert_eq!(found_in(&decoded(&world, dataset), &markers), [""; 0], "in the columns of {dataset}");
    }
    let leaks: Vec<&str> = said.lines().filter(|line| !found_in(line.as_bytes(), &markers).is_empty()).collect();
    assert!(leaks.is_empty(), "in what the steps say:\n{}", leaks.join("\n"));
}

/// What may be nowhere. The last are secrets.
fn markers(key: &[u8]) -> Vec<Marker> {
    let mut markers = of_the_person();
    markers.push(Marker::text("a passphrase", "correct horse battery"));
    markers.extend(Marker::secret("the key", key));
    markers
}

fn of_the_person() -> Vec<Marker> {
    [
        ("a name or a local record number", "QZXMARK"),
        ("a name in small letters", "qzxmark"),
        ("the NHS number", "9434765919"),
        ("the NHS number in groups", "943 476 5919"),
        ("the postcode", "DN31 7QZ"),
        ("the postcode without its space", "DN317QZ"),
        ("the date of birth", "1961-03-17"),
        ("the date of birth, day first", "17/03/1961"),
    ]
    .map(|(name, text)| Marker::text(name, text))
    .into()
}

/// The person at both custodians, and rows of hers that cannot be used, each wrong in another way.
fn add_the_person(place: &Path) {
    let append = |file: &str, rows: &[&str]| {
        let path = place.join(file);
        let mut text = std::fs::read_to_string(&path).expect("a CSV file");
        for row in rows {
            writeln!(text, "{row}").expect("a string takes any text");
        }
        std::fs::write(path, text).expect("written");
    };
    append(
        "programme/people.csv",
        &[
            "QZXMARKLOCAL1,943 476 5919,Qzxmarkfamily,QZXMARKGIVEN,17/03/1961,F,DN31 7QZ,B81001,2023-02-01,,continuing,3,45_to_64,1",
            "QZXMARKLOCAL2,9434765918,QZXMARKTWO,QZXMARKGIVEN,QZXMARKDATE,QZXMARKSEX,QZXMARKCODE,QZXMARKGP,2023-02-01,,completed,9,45_to_64,1",
            "QZXMARKLOCAL3,,QZXMARKTHREE,QZXMARKGIVEN,17/03/1961,F,DN31 7QZ,B81001,QZXMARKSTART,,QZXMARKOUTCOME,QZXMARKDOSE,45_to_64,1",
            "QZXMARKLOCAL4,too,few,QZXMARKFIELDS",
            "QZXMARKLOCAL5,,qzxmarkfamily,QZXMARKONCE,17/03/1961,F,DN31 7QZ,B81001,2023-02-01,,continuing,3,45_to_64,1",
            "QZXMARKLOCAL5,,qzxmarkfamily,QZXMARKTWICE,17/03/1961,F,DN31 7QZ,B81001,2023-02-01,,continuing,3,45_to_64,1",
        ],
    );
    append(
        "programme/measures.csv",
        &["QZXMARKLOCAL1,wellbeing_star,2023-02-01,20", "QZXMARKLOCAL1,qzxmarkmeasure,QZXMARKDAY,QZXMARKSCORE"],
    );
    append(
        "nhs/people.csv",
        &[
            "QZXMARKLOCALN,9434765919,QZXMARKFAMILY,QZXMARKGIVEN,1961-03-17,2,DN317QZ,B81001,1,1961,female,b89001,2,,,2019-01-01,2019-01-01,",
        ],
    );
    append(
        "nhs/events.csv",
        &["QZXMARKLOCALN,ae_attendance,2023-03-01,10000,,,", "QZXMARKLOCALN,qzxmarkevent,QZXMARKDAY,QZXMARKCOST,,,"],
    );
}

/// The search finds what is there.
fn control(world: &World, markers: &[Marker]) {
    let all: Vec<u8> =
        files_under(&world.place()).iter().flat_map(|file| std::fs::read(file).expect("readable")).collect();
    assert_eq!(found_in(&all, markers).len(), of_the_person().len(), "the custodians' own files have every marker");
    let opened =
        counterfoil_pseudonym::PseudonymisationKey::generate(&mut |bytes| bytes.copy_from_slice(&world.key_bytes));
    let folder = AgreementFolder::at(&world.agreement()).open_signed().expect("signed");
    let agreement = folder.agreement();
    let encoder = counterfoil_pseudonym::Encoder::new(&opened, &agreement.id, agreement.key_epoch, &folder.schema);
    let of_sealed = steps::key_fingerprint(world).expect("opens");
    assert_eq!(encoder.fingerprint().to_string(), of_sealed, "the bytes searched for are the key's");
}

/// Files that cannot be read at all, one of them without a header, so that the first person stands where names should.
fn failures(world: &World, said: &mut String) {
    let folder = world.scratch();
    let people = std::fs::read_to_string(world.place().join("programme/people.csv")).expect("a CSV file");
    let person = people.lines().find(|line| line.starts_with("QZXMARKLOCAL1")).expect("she is there");
    let header = people.lines().next().expect("a header");
    for text in [
        format!("{person}\n{person}\n"),
        format!("{header}\n{person}\n").replace("postcode", "post_code"),
        format!("{header}\n\"{person}\n{person}\n"),
        format!("{header}\n{person}\n\u{0}QZXMARKNUL{person}\n"),
    ] {
        let mut args = steps::pseudonymise_args(world, "programme");
        // Her rows stay in the place, where they may be.
        args.people = world.place().join("programme/wrong.csv");
        args.out = folder.join(format!("extract-{}", said.len()));
        std::fs::write(&args.people, text).expect("written");
        match steps::pseudonymise(&args, 3) {
            Ok(summary) => writeln!(said, "{summary}\n{summary:?}").expect("a string takes any text"),
            Err(error) => writeln!(said, "{error}\n{error:?}").expect("a string takes any text"),
        }
    }
    let mut bytes = people.into_bytes();
    bytes.extend_from_slice(b"QZXMARKLOCAL6,\xff\xfe,QZXMARKBYTES\n");
    let mut args = steps::pseudonymise_args(world, "programme");
    args.people = world.place().join("programme/wrong.csv");
    args.out = folder.join("extract-bytes");
    std::fs::write(&args.people, bytes).expect("written");
    match steps::pseudonymise(&args, 3) {
        Ok(summary) => writeln!(said, "{summary}\n{summary:?}").expect("a string takes any text"),
        Err(error) => writeln!(said, "{error}\n{error:?}").expect("a string takes any text"),
    }
}

/// The journey through taps: what passed on the wire.
fn journey(world: &World, said: &mut String) -> Vec<Vec<u8>> {
    let files = UnitFiles::new(world);
    let unit = UnitThread::start(&files).expect("a unit starts");
    let taps = [NHS, PROGRAMME, UNIT, PARTNER, AUDITOR].map(|party| (party, Tap::between(world, party, unit.address)));
    let connect = |party| {
        let (_, tap) = taps.iter().find(|(of, _)| *of == party).expect("every party has a tap");
        world.connect(tap.address, party)
    };
    let mut say = |text: &dyn std::fmt::Debug| writeln!(said, "{text:?}").expect("a string takes any text");
    for (party, dataset) in [(NHS, "nhs-usage"), (PROGRAMME, "programme")] {
        say(&steps::submit(world, &connect(party), &world.extract(dataset)).expect("admitted"));
        say(&inspect(&world.extract(dataset), None).expect("inspected"));
    }
    say(&steps::link(world, &connect(UNIT)).expect("linked"));
    say(&steps::request(world, &connect(PARTNER), "use").expect("released"));
    let fetched = steps::fetch(world, &connect(PARTNER), "use").expect("fetched");
    say(&fetched);
    let log = world.scratch().join("log");
    say(&steps::audit_fetch(world, &connect(AUDITOR), &log).expect("fetched"));
    say(&steps::audit_verify(world, &fetched.folder, Some(log)).expect("verified"));
    let heard: Vec<_> = taps.iter().flat_map(|(_, tap)| tap.heard()).collect();
    let all = heard.concat();
    // What did pass is seen: the tap reads what TLS hides.
    let passed = ["counterfoil-extract-1", "{\"format\":\"counterfoil-release-2\"", "PAR1"];
    let passed = passed.map(|text| Marker::text(text, text));
    assert_eq!(found_in(&all, &passed).len(), passed.len(), "the tap reads what passes");
    heard
}

/// The daemon as it is installed: what it writes to standard error stays in its folder, which is searched.
fn process(world: &World) {
    let files = UnitFiles::new(world);
    let unit = UnitProcess::start(&files);
    for (party, dataset) in [(NHS, "nhs-usage"), (PROGRAMME, "programme")] {
        let connect = world.connect(unit.address, party);
        steps::submit(world, &connect, &world.extract(dataset)).expect("admitted");
    }
    steps::link(world, &world.connect(unit.address, UNIT)).expect("linked");
    unit.terminate();
    assert!(unit.wait().success());
    let said = std::fs::read_to_string(files.standard_error()).expect("what the daemon said");
    assert!(said.contains("logged"), "{said}");
}

/// Every value of an extract's columns, which in the file are compressed.
fn decoded(world: &World, dataset: &str) -> Vec<u8> {
    let folder = AgreementFolder::at(&world.agreement()).open_signed().expect("signed");
    let extract = Extract::open(&world.extract(dataset), &folder.signed, &folder.schema).expect("sound");
    let people = extract.read_people().expect("sound");
    let mut bytes = Vec::new();
    for row in 0..people.len() {
        bytes.extend_from_slice(&people.refs()[row].0.to_be_bytes());
        for key in 0..people.match_keys() {
            people.tokens(key)[row].iter().for_each(|token| bytes.extend_from_slice(token.as_bytes()));
        }
        for rule in 0..people.blocking_rules() {
            people.blocking(rule)[row].iter().for_each(|token| bytes.extend_from_slice(token.as_bytes()));
        }
        people.clk(row).into_iter().flatten().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
    }
    let made_up = if dataset == "programme" { 100 } else { 1_000 };
    assert!(people.len() > made_up, "her row is among the {} of {dataset}", people.len());
    let inspection = inspect(&world.extract(dataset), None).expect("inspected");
    bytes.extend_from_slice(format!("{inspection:?}").as_bytes());
    bytes
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("TRACE") && !line.contains("DEBUG")).collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
