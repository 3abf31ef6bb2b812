//! Who may call what: nobody learns anything from being refused.

use counterfoil_cli::StepError;
use counterfoil_model::{AgreementId, DatasetId, RunId};
use counterfoil_tests::world::{AGREEMENT, AUDITOR, NHS, OUTSIDER, PARTNER, PROGRAMME, UNIT, agreement_id};
use counterfoil_tests::{LATER, UnitThread, steps};
use counterfoil_wire::{ClientError, RefusalCode, UnitClient};

use crate::common::{ENTRIES_AT_START, entries, new_unit, refused, released, unit_from, world};

/// What each call but a submission answers under an agreement: all are refusals.
async fn answers(client: &mut UnitClient, agreement: &AgreementId) -> Vec<(RefusalCode, String)> {
    let dataset = |name| DatasetId::parse(name).expect("a dataset's name");
    let run = RunId::parse("run-0123456789abcdef").expect("a run's name");
    let study = steps::study_id("use");
    let answers = [
        client.checkpoint(agreement).await.map(drop),
        client.read_entries(agreement, 0, 1).await.map(drop),
        client.consistency_proof(agreement, 1, 2).await.map(drop),
        client.start_link(agreement, &dataset("programme"), &dataset("nhs-usage")).await.map(drop),
        client.watch_link(agreement, &run, &mut |_| {}).await.map(drop),
        client.request_release(agreement, &study, &mut |_| {}).await.map(drop),
        client.fetch_release(agreement, &study).await.map(drop),
    ];
    let refusal = |answer: Result<(), ClientError>| match answer.expect_err("must be refused") {
        ClientError::Refused(code, message) => (code, message),
        other => panic!("another error than a refusal: {other}"),
    };
    answers.map(refusal).into()
}

#[test]
fn another_agreements_party_is_answered_as_if_there_were_no_such_agreement() {
    let (_files, unit) = unit_from(released());
    let connect = world().connect(unit.address, OUTSIDER);
    steps::block_on(async {
        let mut client = connect.connect().await.expect("connected");
        let of_this = answers(&mut client, &agreement_id(AGREEMENT)).await;
        let of_none = answers(&mut client, &agreement_id("no-such-agreement")).await;
        assert_eq!(of_this, of_none);
        assert!(of_this.iter().all(|(code, _)| *code == RefusalCode::NotPermitted), "{of_this:?}");
        assert!(of_this.iter().all(|(_, message)| !message.contains(AGREEMENT)));
    });
    let sent = steps::submit(world(), &connect, &world().extract("programme"));
    assert_eq!(refused(sent), refused(steps::request(world(), &connect, "use")));
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 4);
}

#[test]
fn a_party_does_what_its_role_allows_and_no_more() {
    let (_files, unit) = unit_from(released());
    let connect = |party| world().connect(unit.address, party);
    for party in [PARTNER, AUDITOR, UNIT] {
        let sent = steps::submit(world(), &connect(party), &world().extract("programme"));
        assert_eq!(refused(sent).0, RefusalCode::NotPermitted, "{party} submits");
    }
    for party in [NHS, PROGRAMME, AUDITOR, UNIT] {
        let asked = steps::request(world(), &connect(party), "use");
        assert_eq!(refused(asked).0, RefusalCode::NotPermitted, "{party} requests");
    }
    for party in [NHS, PROGRAMME, UNIT] {
        let asked = steps::fetch(world(), &connect(party), "use");
        assert_eq!(refused(asked).0, RefusalCode::NotPermitted, "{party} fetches");
    }
    for party in [NHS, PROGRAMME, PARTNER, AUDITOR] {
        assert_eq!(refused(steps::link(world(), &connect(party))).0, RefusalCode::NotPermitted, "{party} links");
    }
    // A custodian sends its own dataset, not the other's, however well that one is signed.
    let sent = steps::submit(world(), &connect(NHS), &world().extract("programme"));
    assert_eq!(refused(sent).0, RefusalCode::NotPermitted);
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 4);
}

#[test]
fn a_strangers_certificate_gets_no_connection() {
    let (_files, unit) = new_unit();
    let sent = steps::submit(world(), &world().connect(unit.address, "stranger"), &world().extract("nhs-usage"));
    let error = sent.map(drop).expect_err("must fail");
    assert!(matches!(error, StepError::Client(ClientError::Connection(_))), "{error}");
    assert_eq!(entries(unit.address), ENTRIES_AT_START);
}

#[test]
fn a_certificate_of_two_names_or_none_names_nobody() {
    let (_files, unit) = new_unit();
    for caller in ["two-names", "no-name"] {
        let connect = world().connect(unit.address, caller);
        for answer in [
            steps::submit(world(), &connect, &world().extract("nhs-usage")).map(drop),
            steps::request(world(), &connect, "use").map(drop),
            steps::audit_fetch(world(), &connect, &world().scratch().join("log")).map(drop),
        ] {
            let (code, message) = refused(answer);
            assert_eq!(code, RefusalCode::NotPermitted, "{caller}");
            assert!(message.contains("exactly one URI name"), "{message}");
        }
    }
    assert_eq!(entries(unit.address), ENTRIES_AT_START);
}

#[test]
fn an_agreement_that_has_ended_lets_nothing_happen_but_checking() {
    let (files, unit) = unit_from(released());
    unit.stop();
    let unit = UnitThread::start_on(&files, LATER).expect("a unit starts on any day");
    let connect = |party| world().connect(unit.address, party);
    // The parties' own clocks stand on a day of the term: it is the unit that refuses.
    for answer in [
        steps::submit(world(), &connect(NHS), &world().extract("nhs-usage")).map(drop),
        steps::link(world(), &connect(UNIT)).map(drop),
        steps::request(world(), &connect(PARTNER), "use").map(drop),
        steps::fetch(world(), &connect(PARTNER), "use").map(drop),
    ] {
        assert_eq!(refused(answer).0, RefusalCode::NotInForce);
    }
    assert_eq!(entries(unit.address), ENTRIES_AT_START + 4, "the auditor still reads the log");
    steps::fetch(world(), &connect(AUDITOR), "use").expect("the auditor still reads what was released");
}

#[test]
fn a_party_whose_own_clock_says_that_the_agreement_has_ended_sends_nothing() {
    use counterfoil_cli::steps as cli;
    use counterfoil_tests::OutsideWorld;
    let mut args = steps::pseudonymise_args(world(), "programme");
    args.out = world().scratch().join("extract");
    let passphrase = counterfoil_tests::world::passphrase();
    let made =
        OutsideWorld::new(1).on(LATER).with(|context| cli::pseudonymise(context, &args, &passphrase, &passphrase));
    let error = made.expect_err("must be refused");
    assert!(matches!(error, StepError::NotInForce { .. }), "{error}");
    assert!(!args.out.exists());
}
