//! Money at another tariff than the study's: what is worth more in one extract than in another is not more use. The custodian's own
//! command hears of it before anything is made; here is one who signs another manifest than that command would.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use counterfoil_audit::parse_signed_note;
use counterfoil_cli::Identity;
use counterfoil_extract::{MANIFEST_FILE, parse_manifest};
use counterfoil_model::Code;
use counterfoil_release::{ReleasedCell, parse_release};
use counterfoil_tests::world::{AUDITOR, NHS, PARTNER, PROGRAMME, TARIFF, UNIT, WorldPlan, passphrase};
use counterfoil_tests::{UnitFiles, UnitThread, World, copy_folder, steps};
use counterfoil_wire::RefusalCode;

use crate::common::refused;

/// A place with a study of money, and its usage extract at that study's tariff.
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    let plan = || WorldPlan { money: true, ..WorldPlan::without_mistakes(2) };
    WORLD.get_or_init(|| World::make(Path::new(env!("CARGO_TARGET_TMPDIR")), &plan()))
}

/// The usage extract with another tariff in its manifest, or none, signed by its custodian.
fn priced_at(tariff: Option<&str>) -> PathBuf {
    let extract = world().scratch().join("extract");
    copy_folder(&world().extract("nhs-usage"), &extract);
    let path = extract.join(MANIFEST_FILE);
    let note = parse_signed_note(&std::fs::read(&path).expect("a manifest")).expect("signed");
    let mut manifest = parse_manifest(note.text().as_str()).expect("a manifest");
    assert_eq!(manifest.tariff.as_ref().map(Code::as_str), Some(TARIFF));
    manifest.tariff = tariff.map(|tariff| Code::parse(tariff).expect("a tariff"));
    let identity = Identity::open(&world().identity(NHS), &passphrase()).expect("the custodian's own");
    let text = manifest.to_text().expect("a manifest");
    std::fs::write(&path, identity.sign_text(text).expect("signed").to_bytes()).expect("written");
    extract
}

fn entries(unit: &UnitThread) -> u64 {
    let log = world().scratch().join("log");
    steps::audit_fetch(world(), &world().connect(unit.address, AUDITOR), &log).expect("the log verifies").entries
}

#[test]
fn a_study_of_money_is_not_answered_from_an_extract_at_another_tariff() {
    for (tariff, said) in [(Some("nhsps-2023-24"), "at tariff nhsps-2023-24,"), (None, "at no stated tariff,")] {
        let files = UnitFiles::new(world());
        let unit = UnitThread::start(&files).expect("a unit starts");
        let connect = |party| world().connect(unit.address, party);
        steps::submit(world(), &connect(NHS), &priced_at(tariff)).expect("admitted: other studies count no money");
        steps::submit(world(), &connect(PROGRAMME), &world().extract("programme")).expect("admitted");
        steps::link(world(), &connect(UNIT)).expect("linked");
        let before = entries(&unit);

        for _ in 0..2 {
            let (code, message) = refused(steps::request(world(), &connect(PARTNER), "worth"));
            assert_eq!(code, RefusalCode::NotReleasable, "{message}");
            assert!(message.contains(said), "{message}");
            assert!(message.contains(&format!("--tariff {TARIFF}")), "it says what to do: {message}");
        }
        assert_eq!(refused(steps::fetch(world(), &connect(PARTNER), "worth")).0, RefusalCode::NotReady);
        assert_eq!(entries(&unit), before, "nothing was logged");

        // The refusals spent nothing of the one release that is agreed, and the extract at the study's tariff is answered from.
        steps::submit(world(), &connect(NHS), &world().extract("nhs-usage")).expect("admitted");
        steps::link(world(), &connect(UNIT)).expect("linked");
        steps::request(world(), &connect(PARTNER), "worth").expect("released");
        let fetched = steps::fetch(world(), &connect(PARTNER), "worth").expect("fetched");
        assert_eq!(entries(&unit), before + 3);
        let body = std::fs::read(fetched.folder.join("release.json")).expect("there");
        let body = parse_release(&body).expect("a release");
        let (_, cost) = body.table("cost").expect("the money").rows().next().expect("its row");
        assert!(matches!(cost[1..], [ReleasedCell::Money(1..), ReleasedCell::Money(1..)]), "{cost:?}");
        unit.stop();
    }
}

#[test]
fn a_study_without_money_is_answered_at_any_tariff() {
    let files = UnitFiles::new(world());
    let unit = UnitThread::start(&files).expect("a unit starts");
    let connect = |party| world().connect(unit.address, party);
    steps::submit(world(), &connect(NHS), &priced_at(Some("nhsps-2023-24"))).expect("admitted");
    steps::submit(world(), &connect(PROGRAMME), &world().extract("programme")).expect("admitted");
    steps::link(world(), &connect(UNIT)).expect("linked");
    steps::request(world(), &connect(PARTNER), "use").expect("released");
    unit.stop();
}
